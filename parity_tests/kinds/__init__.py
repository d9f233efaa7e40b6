"""The part of the proof that belongs to a kind: formulas, mistakes in them, and cases."""
