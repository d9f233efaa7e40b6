"""The layers of convolutional networks: the kinds, and what several of them share."""
