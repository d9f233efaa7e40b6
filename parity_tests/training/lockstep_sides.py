"""The two sides of a training in lockstep: torch's plain loop, and the reference ± rounding."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor

from parity_tests.check_messages import input_error
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.training.numpy_trainer import Params, Score, evaluate, finite, one_by_one
from ref_numpy import Array, NetworkSpec, backward, cost, forward
from ref_numpy.optimisers import Optimiser
from torch_impl import conventions
from torch_impl.data.batches import Batch
from torch_impl.lightning.module import NetworkModule, correct
from torch_impl.torch_optimisers import AVERAGES


class Torch:
    """A plain loop of torch over a copy of the module, with the optimiser that it configures.

    units: σ_y of standardised targets, in which costs are counted.
    score: what the batches since it was set came to.   J: of the last batch, before its update.
    Raises InputError where the module configures anything else than one optimiser.
    """

    def __init__(
        self, module: NetworkModule, dtype: torch.dtype, units: Array | None = None
    ) -> None:
        self.module = deepcopy(module).cpu().to(dtype)
        self.network, self.optimiser = self.module.network, self.module.optimiser
        self.kinds = AVERAGES[type(self.optimiser)]
        self.dtype, self.score, self.J, self.units = dtype, Score(), math.nan, units
        self.optimizer = self.module.configure_optimizers()
        if not isinstance(self.optimizer, torch.optim.Optimizer):
            raise input_error("lockstep.optimiser", given=type(self.optimizer).__name__)

    @property
    def params(self) -> Params:
        return conventions.get_params(self.network)

    @property
    def gradients(self) -> Params:
        """Of the last batch."""
        return conventions.get_gradients(self.network)

    @property
    def averages(self) -> dict[str, tuple[Array, ...]]:
        return conventions.get_averages(self.network, self.optimizer, self.kinds)

    def cast(self, batch: Batch) -> Batch:
        x, y = (t.cpu() for t in batch)
        return x.to(self.dtype), y.to(self.dtype) if y.is_floating_point() else y

    def step(self, x: Tensor, y: Tensor) -> None:
        self.optimizer.zero_grad()
        outputs = self.network(x)
        J = conventions.cost(self.network, outputs, y)
        J.backward()
        self.optimizer.step()
        self.J = J.item()
        self.score += self.scored(outputs, y)

    @torch.no_grad()
    def scored(self, outputs: Tensor, y: Tensor) -> Score:
        spec, m, right = self.network.spec, len(outputs), math.nan
        if spec.loss.reads == "Z":
            right = float(correct(self.network.output(outputs), y))
        if self.units is not None:
            units = torch.from_numpy(self.units.T)
            outputs, y = units * outputs, units * y
        return Score(m * float(conventions.mean_loss(spec, outputs, y)), right, m)

    @torch.no_grad()
    def evaluate(self, batches: Iterable[Any]) -> Score:
        every = (self.cast(batch) for batch in one_by_one(batches))
        return sum((self.scored(self.network(x), y) for x, y in every), Score())


class Numpy:
    """The reference's own way at float64, ± what rounding in `p` may do to another's.

    params, state: error arrays from step to step, for as long as ‖bounds‖ < ‖θ − θ₀‖; then float64.
    bounds: of each parameter, or None after that.   units, score, J: as `Torch` has them.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        optimiser: Optimiser,
        params: Mapping[str, Array],
        p: Precision,
        units: Array | None = None,
    ) -> None:
        self.spec, self.optimiser, self.units = spec, optimiser, units
        self.score, self.J = Score(), math.nan
        self.start = {name: theta.astype(np.float64) for name, theta in params.items()}
        self.params: dict[str, Any] = {n: ErrorArray(x, p=p) for n, x in self.start.items()}
        self.state: Any = optimiser.start(self.start)
        self.bounds: dict[str, Array] | None = {n: np.zeros(x.shape) for n, x in self.start.items()}

    @property
    def values(self) -> Params:
        return {name: value(theta) for name, theta in self.params.items()}

    @property
    def moved(self) -> float:
        """‖θ − θ₀‖"""
        return norm({name: theta - self.start[name] for name, theta in self.values.items()})

    def step(self, X: Array, Y: Array) -> None:
        """Raises InputError where the cost stops being finite."""
        with np.errstate(all="ignore"):  # a bound may become infinite
            activations, caches = forward(self.spec, self.params, X)
            self.J = float(value(cost(self.spec, self.params, activations, Y)))
            finite(self.J, self.state.t, self.optimiser.learning_rate)
            gradients = backward(self.spec, self.params, activations, caches, Y, to_input=False)
            self.params, state = self.optimiser.update(self.params, gradients, self.state)
            memory = {n: tuple(map(closed, xs)) for n, xs in state.memory.items()}
            self.params = {name: closed(theta) for name, theta in self.params.items()}
        self.state = state._replace(memory=memory)
        self.score += Score.of(
            self.spec, {n: value(A) for n, A in activations.items()}, Y, self.units
        )
        if self.bounds is not None:
            self.bounds = {name: theta.error for name, theta in self.params.items()}
            if not norm(self.bounds) < self.moved:
                self.forget()

    def forget(self) -> None:
        """Go on without the errors."""
        self.params, self.bounds = self.values, None
        memory = {n: tuple(map(value, xs)) for n, xs in self.state.memory.items()}
        self.state = self.state._replace(memory=memory)

    def evaluate(self, batches: Iterable[Any]) -> Score:
        return evaluate(self.spec, self.values, batches, self.units)


def value(x: Any) -> Array:
    return x.value if isinstance(x, ErrorArray) else x


def closed(x: Any) -> Any:
    """What is stored: no sum goes on from one step to the next."""
    return ErrorArray(x.value, x.error, x.p) if isinstance(x, ErrorArray) else x


def norm(arrays: Mapping[str, Array]) -> float:
    """‖·‖ over all numbers of all arrays."""
    with np.errstate(over="ignore"):  # infinite is an answer
        return math.sqrt(sum(float(np.square(x, dtype=np.float64).sum()) for x in arrays.values()))
