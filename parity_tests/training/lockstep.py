"""One training done twice, by torch and by the reference, a step at a time on the same batches.

Each step: from torch's own weights and running averages, are torch's results within their error
bounds?  Side by side: both continue from the same initial weights without looking at each other.
The reference computes with error arrays, whose errors accumulate from step to step: how far torch's
parameters may be from the reference's by rounding alone. That bound means something for as long as
it is smaller than the change by training,  ‖bound‖ < ‖θ − θ₀‖  over all parameters together; after
that the reference continues without it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from parity_tests.check_messages import input_error
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.received_tensors import roundings
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32, FLOAT64, Precision, precision_named
from parity_tests.training.lockstep_sides import ReferenceSide, TorchSide, norm
from parity_tests.training.numpy_trainer import (
    Costs,
    Params,
    batches_by_epoch,
    in_columns,
    training_batches,
)
from parity_tests.training.random_numbers import training_context
from parity_tests.training.score import Score
from ref_numpy import Array, Context
from ref_numpy.loss import labelled_examples
from ref_numpy.optimisers import State
from ref_numpy.training import cost_gradients_and_state
from torch_impl.data.datamodule import Data
from torch_impl.lightning.module import NetworkModule

DTYPES = {FLOAT32.name: torch.float32, FLOAT64.name: torch.float64}


@dataclass(frozen=True)
class CheckedStep:
    """One step of torch, compared with the reference's from the same weights.

    Attributes:
        step: its number, from 1.
        tensor: the first tensor outside its error bound; where there is none, the one with the
            largest error ratio.
        error_ratio: the largest error ÷ bound of that tensor's numbers.
        unbounded: how many numbers, of all tensors, have no bound.
    """

    step: int
    tensor: str
    error_ratio: float
    unbounded: int


@dataclass(frozen=True)
class StepState:
    """Both trainings after a step.

    Attributes:
        step: its number, from 1.
        distance: ‖θ_torch − θ_NumPy‖ over all parameters.
        size: ‖θ_NumPy‖.
        displacement: ‖θ_NumPy − θ₀‖.
        bound: ‖accumulated error bound‖; None once it is larger than the displacement.
        within: whether every number of torch's is within its own bound.
        J: torch's cost and NumPy's.
    """

    step: int
    distance: float
    size: float
    displacement: float
    bound: float | None
    within: bool
    J: tuple[float, float]

    @property
    def digits(self) -> tuple[float, float]:
        """How many decimal digits of parameters and cost are the same; infinite where all are."""
        torchs, numpys = self.J
        return digits(self.distance, self.size), digits(abs(torchs - numpys), abs(numpys))


@dataclass(frozen=True)
class Lockstep:
    """A training done twice.

    Attributes:
        network: its description in words.
        optimiser: the name of its class.
        precision: torch's.
        epochs: how many.
        checked: the steps that were checked each.
        states: both trainings after each step.
        costs: of each epoch, by "torch" and "NumPy".
        test: the scores after the last step, by the same names.
    """

    network: str
    optimiser: str
    precision: str
    epochs: int
    checked: list[CheckedStep] = field(default_factory=list)
    states: list[StepState] = field(default_factory=list)
    costs: dict[str, Costs] = field(default_factory=dict)
    test: dict[str, Score] = field(default_factory=dict)

    @property
    def wrong(self) -> CheckedStep | None:
        """The first step that rounding does not explain."""
        return next((j for j in self.checked if j.error_ratio > 1), None)

    @property
    def bounded(self) -> list[StepState]:
        """The steps for which the accumulated bound means something."""
        return [state for state in self.states if state.bound is not None]

    @property
    def outside(self) -> StepState | None:
        """The first of them after which torch is outside the bound."""
        return next((state for state in self.bounded if not state.within), None)

    @property
    def agrees(self) -> bool:
        """Whether rounding explains every difference."""
        return self.wrong is None and self.outside is None


@np.errstate(all="ignore")  # a bound may be infinite; a cost that is not finite is refused
def compare(
    module: NetworkModule,
    data: Data,
    epochs: int,
    precision: str | Precision = "float32",
    every: int = 1,
    device: torch.device | str = "cpu",
) -> Lockstep:
    """Train a copy of the module with torch at `precision`, and the reference at float64.

    Args:
        module: the network; the copy's optimiser is that of `module.configure_optimizers()`, the
            reference's is `module.optimiser`.
        data: its data.
        epochs: how many, from 1 up.
        precision: float32 or float64.
        every: check one step in so many, beginning with the first.
        device: on which torch computes.

    Returns:
        Both trainings, step by step.

    Raises:
        InputError: another precision, more than one optimiser, or a cost that is not finite.
    """
    p = precision_named(precision)
    if p.name not in DTYPES or every < 1:
        known = ", ".join(DTYPES)
        raise input_error("lockstep.options", precision=p.name, every=every, known=known)
    loader = training_batches(data, epochs, np.dtype(p.name), module.network.spec)
    units = None if data.spec is None else data.spec.units
    spec, optimiser = module.network.spec, module.optimiser
    # Every step counts twice: alone, and on the way.
    columns = max(math.prod(step.shape[1:]) for step in spec.steps)  # of an example
    p = p.with_union_bound(2 * epochs * roundings(spec, loader.m * columns))
    torch_side = TorchSide(module, DTYPES[p.name], units, device)
    reference = ReferenceSide(spec, optimiser, torch_side.params, p, units)
    sides: dict[str, TorchSide | ReferenceSide] = {"torch": torch_side, "NumPy": reference}
    result = Lockstep(spec.summary, type(optimiser).__name__, p.name, epochs)
    result.costs.update({name: {"train": [], "val": []} for name in sides})
    for _, batches in batches_by_epoch(loader, epochs, f"torch and NumPy, {p.name}"):
        torch_side.score = reference.score = Score()
        for batch in batches:
            here = torch_side.cast(batch)
            (given,) = in_columns(spec, [here], np.float64)
            params, state = torch_side.params, State(reference.state.t, torch_side.averages)
            context = training_context(module, labelled_examples(spec.loss, given[1]), state.t)
            torch_side.step(*here, context=context)
            if state.t % every == 0:
                result.checked.append(check_step(torch_side, params, state, given, p, context))
            reference.step(*given, context=context)
            result.states.append(step_state(torch_side, reference))
        for name, side in sides.items():
            result.costs[name]["train"].append(side.score.cost)
            result.costs[name]["val"].append(side.evaluate(data.val_dataloader()).cost)
    result.test.update({n: side.evaluate(data.test_dataloader()) for n, side in sides.items()})
    return result


def check_step(
    torch_side: TorchSide,
    params: Params,
    state: State,
    batch: tuple[Array, ...],
    p: Precision,
    context: Context | None = None,
) -> CheckedStep:
    """Check the step that torch has just made from `params` and `state`.

    J and gradients are compared with those from `params`, averages and parameters with those that
    follow from torch's own gradients.

    Args:
        torch_side: after the step.
        params: before it.
        state: the optimiser's, before it.
        batch: X, Y and perhaps w.
        p: torch's arithmetic.
        context: what random layers drew with; None where there are none.
    """

    def exact(arrays: Mapping[str, Array]) -> Any:  # error arrays stand where arrays are expected
        return {name: ErrorArray(x, p=p) for name, x in arrays.items()}

    spec, optimiser = torch_side.network.spec, torch_side.optimiser
    X, Y, *w = batch
    given: Any = *(x if x.dtype.kind in "iu" else ErrorArray(x, p=p) for x in (X, Y)), *w
    J, right, remembered = cost_gradients_and_state(spec, exact(params), *given, context=context)
    memory: Any = {n: tuple(ErrorArray(x, p=p) for x in xs) for n, xs in state.memory.items()}
    gradients, params_after = torch_side.gradients, torch_side.params
    own = exact(spec.parameters_in(params))
    updated, after = optimiser.update(own, exact(gradients), State(state.t, memory))
    updated |= remembered
    pairs: dict[str, tuple[Array, Any]] = {"J": (np.asarray(torch_side.J), J)}
    pairs |= {name: (gradients[name], right[name]) for name in right if name in gradients}
    for name, averages in torch_side.averages.items():
        kinds = zip(torch_side.state_names, averages, after.memory[name], strict=True)
        pairs |= {f"{kind} of {name}": (actual, expected) for kind, actual, expected in kinds}
    pairs |= {
        f"{name} after the update": (actual, updated[name]) for name, actual in params_after.items()
    }
    error_ratios, unbounded = {}, 0
    for name, (actual, expected) in pairs.items():
        c = Comparison.of(actual, [expected])
        error_ratios[name] = c.ratio if np.isfinite(actual).all() else math.inf
        unbounded += c.unbounded
    worst = max(error_ratios, key=lambda name: error_ratios[name])
    first = next((name for name in error_ratios if error_ratios[name] > 1), worst)
    return CheckedStep(state.t + 1, first, error_ratios[first], unbounded)


def step_state(torch_side: TorchSide, reference: ReferenceSide) -> StepState:
    """Compare both trainings after a step."""
    values, bounds = reference.values, reference.bounds
    difference = {name: x - values[name] for name, x in torch_side.params.items()}
    return StepState(
        reference.state.t,
        norm(difference),
        norm(values),
        reference.displacement,
        None if bounds is None else norm(bounds),
        bounds is None or all((np.abs(difference[n]) <= bounds[n]).all() for n in difference),
        (torch_side.J, reference.J),
    )


def digits(distance: float, size: float) -> float:
    """−log₁₀ (distance / size), the decimal digits that are the same."""
    return -math.log10(distance / size) if distance and size else math.inf
