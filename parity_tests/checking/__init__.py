"""The comparison: a candidate's tensors against value ± bound of each, layer by layer."""
