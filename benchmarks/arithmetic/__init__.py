"""How far arithmetics are off."""
