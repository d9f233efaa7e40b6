"""A run as a folder: made, named in commands, interrupted, resumed, begun from another."""
