"""Torch modules that compute a graph: which module or function gives which tensor."""
