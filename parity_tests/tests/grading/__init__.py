"""Tests of the room `grading`."""
