"""The twin of each kind of layer in torch, in the module of the kind's name."""
