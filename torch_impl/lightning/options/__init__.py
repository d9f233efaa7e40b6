"""The options of a command line: what a person wrote, and what may be meant."""
