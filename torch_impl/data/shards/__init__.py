"""Data sets in pairs of .npy files, which may be larger than memory."""
