"""Graphs that tests run."""
