"""The request of a page: the candidate, the problem, and the training that is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parity_tests.adapters.request import Request

# The default networks, small enough to look at: by the week of the course's functions, else by
# None.
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
    """A request, in which the candidate "" is the torch twin.

    Attributes:
        data: the name of a data set; None takes one that fits the network.
        iterations: of the reference's gradient descent on all examples; None takes ITERATIONS.
        learning_rate: its α; None takes LEARNING_RATE.
        training: whether the runs that are shown train, as the reference's own do.
    """

    examples: int = 20  # no layer of these networks has 20 units, so that no Z is square
    data: str | None = None
    iterations: int | None = None
    learning_rate: float | None = None
    training: bool = False
