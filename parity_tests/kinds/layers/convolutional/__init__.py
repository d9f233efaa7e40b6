"""What the layers of convolutional networks bring to the proof."""
