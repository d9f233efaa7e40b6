"""A report as one HTML file, to be sent and printed."""
