"""Arithmetics to compare bounds with."""
