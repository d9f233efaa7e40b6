"""What each kind of loss brings to the proof, in the module of the kind's name."""
