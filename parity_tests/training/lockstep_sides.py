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
from parity_tests.training.numpy_trainer import Params, check_finite_cost, each_batch, evaluate
from parity_tests.training.score import Score
from ref_numpy import Array, Context, NetworkSpec, backward, cost, forward
from ref_numpy.optimisers import Optimiser
from ref_numpy.propagation import next_state
from torch_impl import conventions, torch_costs, torch_optimisers
from torch_impl.data.batches import Batch
from torch_impl.lightning.epoch_sums import correct
from torch_impl.lightning.module import NetworkModule
from torch_impl.torch_optimisers import AVERAGES


class TorchSide:
    """A plain loop of torch over a copy of the module, with the optimiser that it configures.

    Args:
        module: the network, which stays as it is.
        dtype: of every number.
        units: σ_y (n_y, 1) of standardised targets, in which costs are counted.
        device: on which it computes.
        optimiser: the description, with its schedule; None takes the module's, without one.

    Attributes:
        score: the sum over the batches since it was set.
        J: the cost of the last batch, before its update.

    Raises:
        InputError: the module configures anything but one optimiser.
    """

    def __init__(
        self,
        module: NetworkModule,
        dtype: torch.dtype,
        units: Array | None = None,
        device: torch.device | str = "cpu",
        optimiser: Optimiser | None = None,
    ) -> None:
        self.module, self.device = deepcopy(module).to(dtype).to(device), device
        self.network, self.optimiser = self.module.network, optimiser or self.module.optimiser
        self.state_names = AVERAGES[type(self.optimiser)]
        self.dtype, self.score, self.J, self.units = dtype, Score(), math.nan, units
        self.optimizer = self.module.configured()
        if not isinstance(self.optimizer, torch.optim.Optimizer):
            raise input_error("lockstep.optimiser", given=type(self.optimizer).__name__)
        schedule = self.optimiser.schedule
        self.schedule = schedule and torch_optimisers.rate_schedule(schedule, self.optimizer)

    @property
    def params(self) -> Params:
        """The parameters and the state, with the reference's names and shapes."""
        return conventions.get_params(self.network)

    @property
    def gradients(self) -> Params:
        """The gradients of the last batch."""
        return conventions.get_gradients(self.network)

    @property
    def averages(self) -> dict[str, tuple[Array, ...]]:
        """The optimiser's running averages of each parameter."""
        return conventions.get_averages(self.network, self.optimizer, self.state_names)

    def cast(self, batch: Batch) -> Batch:
        """Return the batch on this side's device, in its dtype."""
        here = (t.to(self.device) for t in batch)
        return tuple(t.to(self.dtype) if t.is_floating_point() else t for t in here)

    def step(self, x: Tensor, y: Tensor, *w: Tensor, context: Context | None = None) -> None:
        """Make an update with one batch, whose examples may have weights.

        Args:
            x: (m, n_x).
            y: the labels.
            w: perhaps the weights of the examples, (m,).
            context: what random layers draw with; None where there are none.
        """
        if context is not None:
            self.network.set_context(context, len(x))
        self.optimizer.zero_grad()
        outputs = self.network(x)
        J = torch_costs.cost(self.network, outputs, y, *w)
        J.backward()
        self.optimizer.step()
        if self.schedule is not None:
            self.schedule.step()
        self.J = J.item()
        self.score += self.scored(outputs, y, *w)

    @torch.no_grad()
    def scored(self, outputs: Tensor, y: Tensor, *w: Tensor) -> Score:
        """Return the score of some outputs."""
        spec, m, right = self.network.spec, len(outputs), math.nan
        if self.module.labels is not None:
            N = int(self.module.labels.number(y))
            loss = N * float(torch_costs.mean_loss(spec, outputs, y, *w))
            return Score(loss, float(self.module.count_right(outputs, y)), N)
        if spec.loss.classifies:
            right = float(correct(self.network.output(outputs), y, spec.loss.boundary))
        if self.units is None:
            return Score(m * float(torch_costs.mean_loss(spec, outputs, y, *w)), right, m)
        units = torch.from_numpy(self.units.ravel()).to(self.device)
        each = torch_costs.output_losses(spec.loss, outputs.to(units), y.to(units), *w)
        return Score(m * float((units**spec.loss.degree * each).sum()), right, m)

    @torch.no_grad()
    def evaluate(self, batches: Iterable[Any]) -> Score:
        """Return the score on a part's batches."""
        self.network.eval()
        every = (self.cast(batch) for batch in each_batch(batches))
        return sum((self.scored(self.network(x), y, *w) for x, y, *w in every), Score())


class ReferenceSide:
    """The reference's training at float64, with the errors that rounding in `p` may have caused.

    Args:
        spec: the network's description.
        optimiser: the optimiser's description.
        params: the initial parameters.
        p: torch's precision.
        units: σ_y (n_y, 1) of standardised targets, in which costs are counted.

    Attributes:
        params, state: error arrays, for as long as ‖bounds‖ < ‖θ − θ₀‖; then float64. The network's
            state is among the params.
        bounds: of each parameter; None after that.
        score: the sum over the batches since it was set.
        J: the cost of the last batch, before its update.
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
        self.state: Any = optimiser.start(spec.parameters_in(self.start))
        self.bounds: dict[str, Array] | None = {n: np.zeros(x.shape) for n, x in self.start.items()}

    @property
    def values(self) -> Params:
        """The parameters without their errors."""
        return {name: value(theta) for name, theta in self.params.items()}

    @property
    def displacement(self) -> float:
        """Return ‖θ − θ₀‖."""
        return norm({name: theta - self.start[name] for name, theta in self.values.items()})

    def step(self, X: Array, Y: Array, *w: Array, context: Context | None = None) -> None:
        """Make an update with one batch.

        Args:
            X: (n_x, m).
            Y: (n_y, m).
            w: perhaps the weights of the examples, (1, m).
            context: what random layers draw with; None where there are none.

        Raises:
            InputError: the cost is no longer finite.
        """
        with np.errstate(all="ignore"):  # a bound may become infinite
            activations, caches = forward(self.spec, self.params, X, context)
            self.J = float(value(cost(self.spec, self.params, activations, Y, *w)))
            check_finite_cost(self.J, self.state.t, self.optimiser.learning_rate)
            gradients = backward(self.spec, self.params, activations, caches, Y, False, *w)
            remembered = next_state(self.spec, self.params, caches)
            own = self.spec.parameters_in(self.params)
            self.params, state = self.optimiser.update(own, gradients, self.state)
            self.params |= remembered
            memory = {n: tuple(map(stored, xs)) for n, xs in state.memory.items()}
            self.params = {name: stored(theta) for name, theta in self.params.items()}
        self.state = state._replace(memory=memory)
        values = {n: value(A) for n, A in activations.items()}
        self.score += Score.of(self.spec, values, Y, self.units, *w)
        if self.bounds is not None:
            self.bounds = {name: theta.error for name, theta in self.params.items()}
            if not norm(self.bounds) < self.displacement:
                self.forget()

    def forget(self) -> None:
        """Continue without the errors."""
        self.params, self.bounds = self.values, None
        memory = {n: tuple(map(value, xs)) for n, xs in self.state.memory.items()}
        self.state = self.state._replace(memory=memory)

    def evaluate(self, batches: Iterable[Any]) -> Score:
        """Return the score on a part's batches."""
        return evaluate(self.spec, self.values, batches, self.units)


def value(x: Any) -> Array:
    """Return an error array's value; any other array itself."""
    return x.value if isinstance(x, ErrorArray) else x


def stored(x: Any) -> Any:
    """Return the error array as it is stored: no sum stays open from one step to the next."""
    return ErrorArray(x.value, x.error, x.p) if isinstance(x, ErrorArray) else x


def norm(arrays: Mapping[str, Array]) -> float:
    """‖·‖ over all numbers of all arrays."""
    with np.errstate(over="ignore"):  # infinite is an answer
        return math.sqrt(sum(float(np.square(x, dtype=np.float64).sum()) for x in arrays.values()))
