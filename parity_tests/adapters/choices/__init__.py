"""Differences on purpose, which a request may declare."""
