"""Networks that are graphs, by the reference."""
