"""One training done twice, by torch and by the reference, a step at a time on the same batches.

Each step alone: from torch's own weights and running averages, is what torch makes of them within
what rounding allows?  Side by side: both go their own way from the same initial weights. The
reference's is done on error arrays, whose errors are carried from step to step: what torch's
parameters may have come to by rounding alone. That bound says something for as long as it is
smaller than the way that training has gone,  ‖bound‖ < ‖θ − θ₀‖  over all parameters together;
after that the reference goes on without it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from parity_tests.checking.comparison import Comparison
from parity_tests.checking.layerwise import roundings
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32, FLOAT64, Precision, precision_named
from parity_tests.training.lockstep_sides import Numpy, Torch, norm
from parity_tests.training.numpy_trainer import (
    Costs,
    Params,
    Score,
    by_epoch,
    in_columns,
    loader_of,
)
from ref_numpy import Array, InputError, cost_and_gradients
from ref_numpy.optimisers import State
from torch_impl.data.datamodule import Data
from torch_impl.lightning.module import NetworkModule

DTYPES = {FLOAT32.name: torch.float32, FLOAT64.name: torch.float64}


@dataclass(frozen=True)
class Judged:
    """A step alone: the tensor that used most of its allowance, or the first that used more than it
    has; and how many numbers, of all tensors, may be anything."""

    step: int
    tensor: str
    used: float
    unbounded: int


@dataclass(frozen=True)
class Moment:
    """After a step, both on their own way.

    apart: ‖θ_torch − θ_NumPy‖ over all parameters.   size: ‖θ_NumPy‖.   moved: ‖θ_NumPy − θ₀‖.
    bound: ‖what rounding may have come to‖; None once it says nothing.
    within: whether every number of torch's is within its own bound.   J: torch's cost and NumPy's.
    """

    step: int
    apart: float
    size: float
    moved: float
    bound: float | None
    within: bool
    J: tuple[float, float]

    @property
    def digits(self) -> tuple[float, float]:
        """How many decimal digits of parameters and cost are the same; infinite where all are."""
        torchs, numpys = self.J
        return digits(self.apart, self.size), digits(abs(torchs - numpys), abs(numpys))


@dataclass(frozen=True)
class Lockstep:
    """steps: made by each.   test: after the last one.   costs, test: by "torch" and "NumPy"."""

    network: str
    optimiser: str
    precision: str
    epochs: int
    judged: list[Judged] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    costs: dict[str, Costs] = field(default_factory=dict)
    test: dict[str, Score] = field(default_factory=dict)

    @property
    def wrong(self) -> Judged | None:
        """The first step that rounding does not explain."""
        return next((j for j in self.judged if j.used > 1), None)

    @property
    def bounded(self) -> list[Moment]:
        """The steps for which the bound says something."""
        return [moment for moment in self.moments if moment.bound is not None]

    @property
    def outside(self) -> Moment | None:
        """The first of them at which torch is outside."""
        return next((moment for moment in self.bounded if not moment.within), None)

    @property
    def agrees(self) -> bool:
        return self.wrong is None and self.outside is None


@np.errstate(all="ignore")  # a bound may be infinite; a cost that is not finite is refused
def compare(
    module: NetworkModule,
    data: Data,
    epochs: int,
    precision: str | Precision = "float32",
    every: int = 1,
) -> Lockstep:
    """Train a copy of the module with torch at `precision`, and the reference at float64.

    The copy's optimiser is what `module.configure_optimizers()` gives; the reference's is
    `module.optimiser`.   every: judge each every-th step alone, beginning with the first.
    Raises InputError for another precision, more than an optimiser, or a cost that is not finite.
    """
    p = precision_named(precision)
    if p.name not in DTYPES or every < 1:
        raise InputError(
            f"precision is {p.name} and every is {every}; expected one of {', '.join(DTYPES)}, "
            f"and a whole number from 1 up."
        )
    loader = loader_of(data, epochs, np.dtype(p.name))
    units = None if data.spec is None else data.spec.units
    spec, optimiser = module.network.spec, module.optimiser
    # Every step counts twice: alone, and on the way.
    p = p.with_union_bound(2 * epochs * roundings(spec, loader.m))
    theirs = Torch(module, DTYPES[p.name], units)
    ours = Numpy(spec, optimiser, theirs.params, p, units)
    sides: dict[str, Torch | Numpy] = {"torch": theirs, "NumPy": ours}
    result = Lockstep(spec.summary, type(optimiser).__name__, p.name, epochs)
    result.costs.update({name: {"train": [], "val": []} for name in sides})
    for _, batches in by_epoch(loader, epochs, f"torch and NumPy, {p.name}"):
        theirs.score = ours.score = Score()
        for batch in batches:
            x, y = theirs.cast(batch)
            ((X, Y),) = in_columns(spec, [(x, y)], np.float64)
            params, state = theirs.params, State(ours.state.t, theirs.averages)
            theirs.step(x, y)
            if state.t % every == 0:
                result.judged.append(judge(theirs, params, state, X, Y, p))
            ours.step(X, Y)
            result.moments.append(moment(theirs, ours))
        for name, side in sides.items():
            result.costs[name]["train"].append(side.score.cost)
            result.costs[name]["val"].append(side.evaluate(data.val_dataloader()).cost)
    result.test.update({n: side.evaluate(data.test_dataloader()) for n, side in sides.items()})
    return result


def judge(theirs: Torch, params: Params, state: State, X: Array, Y: Array, p: Precision) -> Judged:
    """The step that torch has just made from `params` and `state`: J and gradients from these, then
    averages and parameters from its own gradients."""

    def exact(arrays: Mapping[str, Array]) -> Any:  # error arrays stand where arrays are expected
        return {name: ErrorArray(x, p=p) for name, x in arrays.items()}

    spec, optimiser = theirs.network.spec, theirs.optimiser
    J, right = cost_and_gradients(spec, exact(params), *exact({"X": X, "Y": Y}).values())
    memory: Any = {n: tuple(ErrorArray(x, p=p) for x in xs) for n, xs in state.memory.items()}
    gradients, params_after = theirs.gradients, theirs.params
    updated, after = optimiser.update(exact(params), exact(gradients), State(state.t, memory))
    pairs: dict[str, tuple[Array, Any]] = {"J": (np.asarray(theirs.J), J)}
    pairs |= {name: (gradients[name], right[name]) for name in right if name in gradients}
    for name, averages in theirs.averages.items():
        kinds = zip(theirs.kinds, averages, after.memory[name], strict=True)
        pairs |= {f"{kind} of {name}": (own, should) for kind, own, should in kinds}
    pairs |= {f"{name} after it": (own, updated[name]) for name, own in params_after.items()}
    used, unbounded = {}, 0
    for name, (own, should) in pairs.items():
        c = Comparison.of(own, [should])
        used[name] = c.used if np.isfinite(own).all() else math.inf
        unbounded += c.unbounded
    worst = max(used, key=lambda name: used[name])
    first = next((name for name in used if used[name] > 1), worst)
    return Judged(state.t + 1, first, used[first], unbounded)


def moment(theirs: Torch, ours: Numpy) -> Moment:
    """Where both are."""
    values, bounds = ours.values, ours.bounds
    apart = {name: own - values[name] for name, own in theirs.params.items()}
    return Moment(
        ours.state.t,
        norm(apart),
        norm(values),
        ours.moved,
        None if bounds is None else norm(bounds),
        bounds is None or all((np.abs(apart[n]) <= bounds[n]).all() for n in apart),
        (theirs.J, ours.J),
    )


def digits(apart: float, size: float) -> float:
    """−log₁₀ of the relative difference."""
    return -math.log10(apart / size) if apart and size else math.inf
