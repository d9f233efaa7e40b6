"""What a page is asked to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parity_tests.adapters.request import Request

# Networks that are small enough to look at, of two inputs where nothing else is asked for: by the
# week of the course's functions, else by None.
OWN: Mapping[int | None, Mapping[str, str]] = {
    None: {"network": "2-4-1", "hidden": "tanh", "output": "sigmoid", "precision": "float64"},
    2: {"network": "2-1", "hidden": "relu", "output": "sigmoid", "precision": "float64"},
    3: {"network": "2-4-1", "hidden": "tanh", "output": "sigmoid", "precision": "float64"},
    4: {"network": "2-4-3-1", "hidden": "relu", "output": "sigmoid", "precision": "float64"},
}

DATA = ("planar_flower", "two_moons", "digits", "breast_cancer")


ITERATIONS, LEARNING_RATE = 1000, 1.2


@dataclass(frozen=True)
class PageRequest(Request):
    """A candidate of "" is the torch twin.   data: by name; None takes what fits the network.
    iterations: of the reference's gradient descent on all examples, with the learning rate α; None
    takes ITERATIONS and LEARNING_RATE."""

    examples: int = 32
    data: str | None = None
    iterations: int | None = None
    learning_rate: float | None = None
