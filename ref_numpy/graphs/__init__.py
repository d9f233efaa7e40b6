"""Networks as graphs of steps."""
