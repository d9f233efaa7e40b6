"""What several kinds of attention bring to the proof together: lines, formulas, random graphs."""
