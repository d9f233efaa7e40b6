"""The proof that a candidate's forward and backward propagation are the reference's."""
