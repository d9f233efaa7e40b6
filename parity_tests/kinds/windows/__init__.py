"""What the kinds of convolutions and poolings share: lines, formulas, and how graphs get them."""
