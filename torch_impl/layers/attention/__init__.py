"""The twins of the kinds of layers of which attention is made."""
