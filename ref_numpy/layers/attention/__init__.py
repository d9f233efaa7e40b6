"""The kinds of layers of which attention is made, and attention as one."""
