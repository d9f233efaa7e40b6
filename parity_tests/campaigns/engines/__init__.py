"""Libraries with which the campaign of false positives computes networks: a file each."""
