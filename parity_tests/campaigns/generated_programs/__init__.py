"""Programs that are written at random, right ones and wrong ones, and how they are read."""
