"""The teaching comparison: one HTML file, made from a real run, that steps through it."""
