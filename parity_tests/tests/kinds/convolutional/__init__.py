"""Tests of the kinds of convolutional networks."""
