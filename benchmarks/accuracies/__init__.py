"""How accurate trained networks are, beside other programs and a published result."""
