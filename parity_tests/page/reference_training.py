"""The reference's training, whose parameters and costs a page shows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from parity_tests.page.page_request import ITERATIONS, LEARNING_RATE
from ref_numpy import Array, GradientDescent, InputError, NetworkSpec
from ref_numpy.propagation import Inputs
from ref_numpy.training import training_updates

Arrays = dict[str, Array]

# Of a graph: any may come, on random numbers. The first with which the cost falls is taken.
GRAPH_RATES, GRAPH_ITERATIONS = (0.3, 0.03, 0.003, 0.0003), 200


class Training(NamedTuple):
    """The rule, and the parameters and the cost before each iteration."""

    optimiser: GradientDescent
    at: list[Arrays]
    costs: list[float]


def train_reference(
    spec: NetworkSpec,
    params: Arrays,
    X: Inputs,
    Y: Array,
    rate: float | None,
    n: int | None,
    seed: int = 0,
) -> Training:
    """Train by gradient descent on all examples.

    Args:
        spec: the network.
        params: before the first iteration.
        X: (n_x, m), or each input by name.
        Y: (n_y, m).
        rate: α; None takes LEARNING_RATE, and for a graph one with which the cost falls.
        n: how many iterations; None takes ITERATIONS, or GRAPH_ITERATIONS.
        seed: of a dropout's masks.

    Raises:
        InputError: the cost stops being finite.
    """
    n = n or (ITERATIONS if spec.is_chain else GRAPH_ITERATIONS)
    if rate or spec.is_chain:
        return train(spec, params, X, Y, rate or LEARNING_RATE, n, seed)
    for rate in GRAPH_RATES:
        try:
            training = train(spec, params, X, Y, rate, n, seed)
        except InputError:
            continue
        if n == 1 or training.costs[-1] < training.costs[0]:
            return training
    return train(spec, params, X, Y, GRAPH_RATES[-1], 1, seed)


def train(
    spec: NetworkSpec, params: Arrays, X: Inputs, Y: Array, rate: float, n: int, seed: int
) -> Training:
    """Train with the learning rate α for n iterations.

    Raises:
        InputError: the cost stops being finite.
    """
    optimiser, at, costs = GradientDescent(rate), [dict(params)], []
    with np.errstate(all="ignore"):  # a cost that is not finite is refused
        for update in training_updates(spec, params, [(X, Y)] * n, optimiser, seed):
            at.append(update.params)
            costs.append(update.J)
    return Training(optimiser, at, costs)
