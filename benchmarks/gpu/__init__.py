"""A training step on a GPU: its share of the matrix rate; Lightning's loop beside a bare one."""
