"""Thousands of damaged files of every kind, each read as a command reads it: `parity fuzz`."""
