"""The process that a candidate runs in, and what crosses its border: plain data alone."""
