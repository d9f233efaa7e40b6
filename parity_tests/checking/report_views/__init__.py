"""What of a report is shown: less of it, and its tables."""
