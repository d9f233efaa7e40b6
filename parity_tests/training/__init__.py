"""Proof while a network trains: the monitor, a training by NumPy, and both step by step."""
