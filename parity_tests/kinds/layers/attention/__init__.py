"""What the kinds of layers of which attention is made bring to the proof."""
