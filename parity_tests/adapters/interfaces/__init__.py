"""Candidates of any interface: what they take and return is inferred from their numbers."""
