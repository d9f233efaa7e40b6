"""The two passes of a layer, or of a loss, by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# The names of the two passes of a layer.
PASSES = (
    ("forward", "forward_propagation", "forward_prop", "forward_pass", "feed_forward", "fprop"),
    ("backward", "backward_propagation", "backward_prop", "backward_pass", "backprop", "bprop"),
)


def has_passes(layer: Any) -> bool:
    """Return whether a class or a layer has a forward and a backward pass."""
    return all(any(callable(getattr(layer, n, None)) for n in names) for names in PASSES)


def forward_of(layer: Any) -> Callable[..., Any]:
    """Return the forward pass of a layer that has both."""
    return next(getattr(layer, n) for n in PASSES[0] if hasattr(layer, n))


def backward_of(layer: Any) -> Callable[..., Any]:
    """Return the backward pass of a layer that has both."""
    return next(getattr(layer, n) for n in PASSES[1] if hasattr(layer, n))
