"""Programs that tests write to files, and check."""
