"""Optimisers as candidates."""
