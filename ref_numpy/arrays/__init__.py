"""Arrays of any rank: which axis is which."""
