"""Rules of arrays of any rank, and of maps that move numbers."""
