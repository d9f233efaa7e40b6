"""A program without functions: one round of its training loop, executed as one step."""
