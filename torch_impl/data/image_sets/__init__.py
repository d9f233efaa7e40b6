"""Data sets of images, and what a training does to its images."""
