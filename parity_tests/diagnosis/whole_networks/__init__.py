"""Gradients alone: one mistake in the whole network, its consequences followed."""
