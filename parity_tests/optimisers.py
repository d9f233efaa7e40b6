"""An optimiser as a candidate: torch's, one's own, or one like ref_numpy's, beside the reference.

Parameters go through a few updates on random gradients. Each is judged from the candidate's own
parameters before it, with averages that follow from the gradients; after the first wrong update
nothing follows, and the check ends there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity_tests.catalogue import Line
from parity_tests.catalogue_updates import (
    ADAM,
    GRADIENT_DESCENT,
    MOMENTUM,
    RMSPROP,
    TORCH_MOMENTUM,
    average,
    decayed,
    through,
)
from parity_tests.comparison import Comparison
from parity_tests.diagnosis import diagnosed
from parity_tests.formulas import Formulas
from parity_tests.precision import Precision, precision_named
from parity_tests.report import Finding, Report, Tensor
from parity_tests.rounding import ErrorArray
from parity_tests.sites import FUNCTIONS, Site
from parity_tests.structure import as_array, sound
from parity_tests.updates import NOTHING
from ref_numpy import Array
from ref_numpy.optimisers import Adam, GradientDescent, Momentum, Optimiser, RMSProp

LINES: dict[type[Optimiser], tuple[Line, tuple[Line, ...]]] = {
    GradientDescent: (GRADIENT_DESCENT, ()),
    Momentum: (MOMENTUM, (TORCH_MOMENTUM,)),
    RMSProp: (RMSPROP, (average("s", "beta"),)),
    Adam: (ADAM, (average("v", "beta1"), average("s", "beta2"))),
}
SHAPE = (4, 3)


def check_optimiser(
    candidate: Any,
    optimiser: Optimiser,
    precision: str | Precision = "float64",
    steps: int = 5,
    seed: int = 0,
) -> Report:
    """Compare the candidate's parameters after each of some updates with the reference's rule.

    candidate: a function from a list of torch parameters to a torch.optim.Optimizer, or an object
    with start(params) and update(params, gradients, state) as ref_numpy's optimisers have.
    optimiser: the rule, and the hyper-parameters that the candidate should have.
    """
    p = precision_named(precision)
    rng = np.random.default_rng(seed)
    theta = p.round(rng.standard_normal(SHAPE))
    gradients = [p.round(rng.standard_normal(SHAPE)) for _ in range(steps)]
    name = str(getattr(candidate, "__name__", type(candidate).__name__))
    run = by_update if hasattr(candidate, "update") else by_torch
    tensors: list[Tensor] = []
    findings: list[Finding] = []
    rule = Rule(optimiser, p)
    for t, after in enumerate(run(candidate, theta, gradients), start=1):
        site, rule = rule.step(theta, gradients[t - 1], t)
        own, findings = sound({"theta": after}, {"theta": SHAPE}, {}, p)
        if "theta" not in own:
            break
        c = Comparison.of(own["theta"], site.right)
        tensors.append(Tensor(f"theta{t}", SHAPE, c.apart, c.used, c.unbounded))
        text = f"after update {t} is wrong"
        dtype = str(as_array(after).dtype)
        findings += c.findings("theta", dtype, "value", text)
        if findings:
            break
        theta = own["theta"]
    else:
        return Report(name, p.name, (), tuple(tensors))
    said = [diagnosed(f, site, own["theta"], p) if f.kind == "value" else f for f in findings]
    named = [replace(f, tensor=f"theta{t}", layer=None) for f in said]
    return Report(name, p.name, tuple(named), tuple(tensors))


@dataclass(frozen=True)
class Rule:
    """The reference's rule on error arrays.   memory: of each parameter's averages; plain: those
    of the gradients without weight decay, which a decoupled one would have."""

    optimiser: Optimiser
    p: Precision
    memory: tuple[ErrorArray, ...] | None = None
    plain: tuple[ErrorArray, ...] | None = None

    def step(self, theta: Array, gradient: Array, t: int) -> tuple[Site, Rule]:
        """Where θ after update t is computed, and the rule after it."""
        o = self.optimiser
        zeros = (ErrorArray(np.zeros(SHAPE), p=self.p),) * o.n_memory
        memory, plain = self.memory or zeros, self.plain or zeros
        before, dtheta_plain = ErrorArray(theta, p=self.p), ErrorArray(gradient, p=self.p)
        dtheta: Any = dtheta_plain
        if o.weight_decay:
            dtheta = dtheta + o.weight_decay * before
        rule: Callable[..., Any] = o.rule
        right, memory_after = rule(before, dtheta, memory, t)
        _, plain_after = rule(before, dtheta_plain, plain, t)
        letters = {Momentum: "v", RMSProp: "s", Adam: "vs"}.get(type(o), "")
        names = {
            "theta": before, "dtheta": dtheta, "dtheta_plain": dtheta_plain, "t": t,
            "alpha": o.learning_rate, "np": FUNCTIONS, **NOTHING, "lambd": o.weight_decay,
        }  # fmt: skip
        names |= {n: getattr(o, n) for n in ("beta", "beta1", "beta2", "epsilon") if hasattr(o, n)}
        for i, x in enumerate(letters):
            names |= {f"{x}_prev": memory[i], x: memory_after[i], f"{x}_plain": plain_after[i]}
        site = Site("theta", 0, lines_of(o), Formulas([right]), (names,), None)
        return site, replace(self, memory=memory_after, plain=plain_after)


def lines_of(optimiser: Optimiser) -> tuple[Line, ...]:
    line, averages = LINES[type(optimiser)]
    first = decayed(line) if optimiser.weight_decay else line
    return (first, *(through(line, inner) for inner in averages))


def by_update(candidate: Any, theta: Array, gradients: list[Array]) -> Iterator[Any]:
    params = {"W1": theta.copy()}
    state = candidate.start(params)
    for gradient in gradients:
        params, state = candidate.update(params, {"dW1": gradient.copy()}, state)
        yield params["W1"]


def by_torch(candidate: Any, theta: Array, gradients: list[Array]) -> Iterator[Any]:
    torch = sys.modules["torch"]
    parameter = torch.nn.Parameter(torch.from_numpy(theta.copy()))
    optimizer = candidate([parameter])
    for gradient in gradients:
        parameter.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
        yield parameter.detach().numpy().copy()
