"""A training by NumPy alone, on the batches that Lightning takes.

It starts from the module's initial weights, with its description and its optimiser's: forward,
backward and update are those of `ref_numpy`. Torch only holds the data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import torch
from rich.progress import track

from parity_tests.check_messages import input_error
from parity_tests.checking.console import plain_console
from parity_tests.training.random_numbers import training_context
from parity_tests.training.score import Score
from ref_numpy import Array, NetworkSpec, backward, forward
from ref_numpy.loss import labelled_examples
from ref_numpy.propagation import next_state
from torch_impl import conventions
from torch_impl.data.batches import Batch, Batches
from torch_impl.data.datamodule import Data
from torch_impl.lightning.module import NetworkModule

Params = dict[str, Array]
Costs = dict[str, list[float]]


@dataclass(frozen=True)
class Trained:
    """The result of a training by NumPy.

    Attributes:
        params: after the last epoch, the state among them.
        best: after `best_epoch`, counted from 1, that of the lowest validation cost; without a
            validation the last.
        best_epoch: see best.
        costs: of each epoch, as `NetworkModule.costs` has them.
        accuracies: of each epoch, likewise.
    """

    params: Params
    best: Params
    best_epoch: int
    costs: Costs
    accuracies: Costs


def train_numpy(
    module: NetworkModule,
    data: Data,
    epochs: int,
    dtype: Any = np.float32,
    on_epoch: Callable[[int, Mapping[str, float]], object] | None = None,
) -> Trained:
    """Train by `ref_numpy` as `train.py` does in as many epochs; the module itself stays as it is.

    Args:
        module: the network, its optimiser and its initial weights.
        data: its data.
        epochs: how many, from 1 up.
        dtype: of every number, float32 or float64.
        on_epoch: called with the epoch's number, from 1, and {"train_cost": …, "val_cost": …,
            "train_accuracy": …, "val_accuracy": …}.

    Raises:
        InputError: the cost is no longer finite.
    """
    loader = training_batches(data, epochs, dtype, module.network.spec)
    units = None if data.spec is None else data.spec.units
    spec, optimiser = module.network.spec, module.optimiser_over(updates_of(loader, epochs))
    params = {n: p.astype(dtype) for n, p in conventions.get_params(module.network).items()}
    best, best_epoch, state = params, 0, optimiser.start(spec.parameters_in(params))
    costs: Costs = {"train": [], "val": []}
    accuracies: Costs = {"train": [], "val": []}
    for epoch, batches in batches_by_epoch(loader, epochs, "NumPy"):
        train = Score()
        for X, Y, *w in in_columns(spec, batches, dtype):
            with np.errstate(all="ignore"):  # a cost that is not finite is refused below
                m = labelled_examples(spec.loss, Y)
                context = training_context(module, m, state.t)
                activations, caches = forward(spec, params, X, context)
                train += Score.of(spec, activations, Y, units, *w)
                check_finite_cost(train.loss, state.t, optimiser.learning_rate)
                gradients = backward(spec, params, activations, caches, Y, False, *w)
                remembered = next_state(spec, params, caches)
                params, state = optimiser.update(spec.parameters_in(params), gradients, state)
                params |= remembered
        scores = {"train": train, "val": evaluate(spec, params, data.val_dataloader(), units)}
        if not math.isfinite(scores["val"].loss):
            raise input_error(
                "training.validation-not-finite",
                cost=scores["val"].cost,
                epoch=epoch + 1,
                learning_rate=optimiser.learning_rate,
            )
        if not scores["val"].m or scores["val"].cost < min(costs["val"], default=math.inf):
            best, best_epoch = params, epoch + 1
        for part, score in scores.items():
            costs[part].append(score.cost)
            accuracies[part].append(score.accuracy)
        if on_epoch is not None:
            metrics = {f"{part}_cost": score.cost for part, score in scores.items()}
            metrics |= {f"{part}_accuracy": score.accuracy for part, score in scores.items()}
            on_epoch(epoch + 1, metrics)
    return Trained(params, best, best_epoch, costs, accuracies)


def evaluate(
    spec: NetworkSpec,
    params: Mapping[str, Array],
    batches: Iterable[Any],
    units: Array | None = None,
) -> Score:
    """Return the reference's score on a part's batches, in the dtype of the parameters.

    Args:
        spec: the network's description.
        params: its parameters.
        batches: of a part of the data.
        units: σ_y of standardised targets.
    """
    dtype = next(iter(params.values())).dtype
    score = Score()
    for X, Y, *w in in_columns(spec, each_batch(batches), dtype):
        with np.errstate(all="ignore"):  # the caller looks at a cost that is not finite
            activations, _ = forward(spec, params, X)
            score += Score.of(spec, activations, Y, units, *w)
    return score


def training_batches(
    data: Data, epochs: int, dtype: Any, spec: NetworkSpec | None = None
) -> Batches:
    """Return the training batches as Lightning takes them at that precision, for a network.

    Raises:
        InputError: epochs is below 1, or the network takes other data.
    """
    if epochs < 1:
        raise input_error("training.epochs", epochs=epochs)
    data.prepare_data()
    data.dtype = torch.float64 if np.dtype(dtype) == np.float64 else torch.float32
    data.setup("fit")
    if spec is not None:
        data.check_network(spec)
    return data.train_dataloader()


def updates_of(loader: Batches, epochs: int) -> int:
    """Return how many mini-batches so many epochs have."""
    return epochs * -(-loader.m // (loader.batch_size * loader.processes))


def batches_by_epoch(
    loader: Batches, epochs: int, title: str
) -> Iterator[tuple[int, Iterator[Batch]]]:
    """Yield (0, its mini-batches), (1, …), …, and draw a progress bar.

    Each epoch's batches are to be taken before the next epoch is.

    Args:
        loader: the training batches.
        epochs: how many.
        title: of the progress bar.
    """

    def every() -> Iterator[tuple[int, Batch]]:
        for epoch in range(epochs):
            loader.set_epoch(epoch)
            for batch in each_batch(loader):
                yield epoch, batch

    steps = updates_of(loader, epochs)
    console = plain_console(stderr=True)
    hidden = not console.is_terminal
    shown = track(every(), title, steps, transient=True, console=console, disable=hidden)
    for epoch, batches in groupby(shown, key=lambda step: step[0]):
        yield epoch, (batch for _, batch in batches)


def each_batch(loader: Iterable[Batch | list[Batch]]) -> Iterator[Batch]:
    """Yield the mini-batches one by one, of which several may come at once."""
    for item in loader:
        yield from item if isinstance(item, list) else [item]


def in_columns(
    spec: NetworkSpec, batches: Iterable[Batch], dtype: Any
) -> Iterator[tuple[Array, ...]]:
    """Yield X (n_x, m) and Y (n_y, m) of each batch, and w (1, m) where examples have weights.

    Whole numbers, such as tokens, stay as they are.
    """
    for x, y, *w in batches:
        arrays = conventions.from_batch(x), conventions.from_targets(spec, y)
        weights = map(conventions.from_weights, w)
        whole = not x.is_floating_point(), spec.loss.whole_labels, *(False for _ in w)
        yield tuple(
            array if is_whole else array.astype(dtype)
            for array, is_whole in zip((*arrays, *weights), whole, strict=True)
        )


def check_finite_cost(J: float, step: int, learning_rate: float) -> None:
    """Raise InputError where a step's cost is not finite."""
    if not math.isfinite(J):
        raise input_error(
            "training.step-cost-not-finite", cost=J, step=step, learning_rate=learning_rate
        )
