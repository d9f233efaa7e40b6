"""Programs that are written by hand, without anything of the reference."""
