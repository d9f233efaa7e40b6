"""What each kind of layer brings to the proof, in the module of the kind's name."""
