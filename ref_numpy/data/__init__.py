"""From raw data to X and Y, and from A[L] back: names, statistics, labels."""
