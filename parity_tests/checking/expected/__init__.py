"""What a right program would have computed from the candidate's own tensors, with its error."""
