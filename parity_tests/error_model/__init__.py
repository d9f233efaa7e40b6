"""Bounds of the rounding error of a correct computation."""
