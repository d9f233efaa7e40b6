"""The twins of the layers of convolutional networks."""
