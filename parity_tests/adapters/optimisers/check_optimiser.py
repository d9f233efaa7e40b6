"""An optimiser as a candidate: torch's, one's own, or one like ref_numpy's, beside the reference.

Parameters go through a few updates on random gradients. Each update is checked from the candidate's
own parameters before it, with averages that follow from the gradients. A mistake is a whole rule,
one line of it edited: it must give the parameters after every update.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.course.update_functions import update_context
from parity_tests.adapters.optimisers.rules import FORMULAS, STEP, Rule, rules, with_a_constant
from parity_tests.check_messages import input_error
from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import Comparison, closest, gives
from parity_tests.checking.findings import Finding, Remark
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array, sound
from parity_tests.diagnosis.cause_wording import unknown
from parity_tests.diagnosis.fitted_constants import constant_facts, solution
from parity_tests.diagnosis.formula_eval import evaluate
from parity_tests.diagnosis.line_functions import FUNCTIONS
from parity_tests.diagnosis.unexplained import where
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision, precision_named
from ref_numpy import Array
from ref_numpy.optimisers import Optimiser

SHAPE = (4, 3)


@dataclass(frozen=True)
class Run:
    """A candidate's updates by `gradients`: θ before each update, and after it."""

    optimiser: Optimiser
    p: Precision
    before: Sequence[Array]
    gradients: Sequence[Array]
    after: Sequence[Array]

    def by(self, rule: Rule, c: Any = None) -> Iterator[ErrorArray | None]:
        """Yield θ after each update by a rule, from the candidate's own θ before it."""
        o = self.optimiser
        names: dict[str, Any] = {
            "alpha": o.learning_rate, "lambd": o.weight_decay, "np": FUNCTIONS, "c": c,
            **{n: getattr(o, n) for n in ("beta", "beta1", "beta2", "epsilon") if hasattr(o, n)},
            "v": ErrorArray(np.zeros(SHAPE), p=self.p), "s": ErrorArray(np.zeros(SHAPE), p=self.p),
        }  # fmt: skip
        for t, (theta, gradient) in enumerate(zip(self.before, self.gradients, strict=True), 1):
            names |= {"t": t, "v_prev": names["v"], "s_prev": names["s"]}
            names |= {"theta": ErrorArray(theta, p=self.p)}
            names |= {"gradient": ErrorArray(gradient, p=self.p)}
            for left, text in rule.lines.items():
                names[left] = evaluate(text, names)
            result = names["theta"]
            yield result if isinstance(result, ErrorArray) else None

    def fits(self, rule: Rule, c: Any = None) -> bool:
        """Return whether the rule gives the candidate's parameters after every update."""
        pairs = zip(self.by(rule, c), self.after, strict=True)
        return all(gives(theta, after, self.p) for theta, after in pairs)


def check_optimiser(
    candidate: Any,
    optimiser: Optimiser,
    precision: str | Precision = "float64",
    steps: int = 5,
    seed: int = 0,
) -> Report:
    """Compare the candidate's parameters after each of some updates with the reference's rule.

    Args:
        candidate: a function from a list of torch parameters to a torch.optim.Optimizer, or an
            object with start(params) and update(params, gradients, state) as ref_numpy's optimisers
            have.
        optimiser: the rule, and the hyper-parameters that the candidate should have.
        precision: the candidate's arithmetic.
        steps: the number of updates.
        seed: of the random parameters and gradients.

    Raises:
        InputError: the candidate is neither.
    """
    p = precision_named(precision)
    rng = np.random.default_rng(seed)
    theta = p.round(rng.standard_normal(SHAPE))
    gradients = [p.round(rng.standard_normal(SHAPE)) for _ in range(steps)]
    name = str(getattr(candidate, "__name__", type(candidate).__name__))
    run = by_update if hasattr(candidate, "update") else by_torch
    thetas, dtypes, tensors, findings = [theta], [], [], []
    for t, after in enumerate(run(candidate, theta, gradients), start=1):
        own, findings = sound({"theta": after}, {"theta": SHAPE}, {}, p)
        findings = [replace(f, tensor=f"theta{t}", layer=None) for f in findings]
        if "theta" not in own:
            break
        thetas.append(own["theta"].copy())
        dtypes.append(str(as_array(after).dtype))
    done = Run(optimiser, p, thetas[:-1], gradients[: len(thetas) - 1], thetas[1:])
    wrong: list[Finding] = []
    for t, (right, after) in enumerate(zip(reference(done), done.after, strict=True), start=1):
        c = Comparison.of(after, [right])
        tensors.append(c.tensor(f"theta{t}"))
        text = sentence("theta.value", t=t)
        for finding in c.findings(f"theta{t}", dtypes[t - 1], "value", "value"):
            remark = unexplained(right, after)
            wrong.append(replace(finding, message=text, layer=None, facts={"t": t}, remark=remark))
    if wrong:
        findings = [explain(wrong[0], done), *findings]  # the others may follow from it
    every = tuple(tensor.name for tensor in tensors)
    return Report(name, p.name, tuple(findings), tuple(tensors), evidence=every)


def reference(run: Run) -> Iterator[ErrorArray]:
    """Yield θ after each update by the reference's own code."""
    o, p = run.optimiser, run.p
    memory: Any = (ErrorArray(np.zeros(SHAPE), p=p),) * o.n_memory
    for t, (theta, gradient) in enumerate(zip(run.before, run.gradients, strict=True), start=1):
        before: Any = ErrorArray(theta, p=p)
        dtheta: Any = ErrorArray(gradient, p=p)
        if o.weight_decay:
            dtheta = dtheta + o.weight_decay * before
        result: Any
        result, memory = o.rule(before, dtheta, memory, t)
        yield result


def unexplained(right: ErrorArray, after: Array) -> Remark:
    """Return the remark on an error without a cause: where the parameters are wrong."""
    *_, ratio = closest(after, [right])
    return unknown("unknown.no-known-update", [where(update_context({}), ratio > 1)])


def explain(finding: Finding, run: Run) -> Finding:
    """Return the finding with the mistakes that give the parameters after every update.

    Those with a constant only where none without one does.
    """
    finding = replace(finding, right_line=FORMULAS[type(run.optimiser)][-1].text)
    fitting = (rule for rule in rules(run.optimiser) if run.fits(rule))
    causes = [Cause(rule.code, rule.sentence, rule.wrong, rule.right) for rule in fitting]
    # With α = 0.1 a step that is 0.1 times as large is one with α squared.
    causes = [*causes, *fitted(run, STEP)] if causes else list(fitted(run))
    if not causes:
        return finding
    return replace(
        finding, causes=tuple(causes), right_line=causes[0].right, reproduces="updates", remark=None
    )  # fmt: skip


def fitted(run: Run, code: str = "") -> Iterator[Cause]:
    """Yield each rule, or that of one code, with c from the element that determines it best."""
    for rule, near in with_a_constant(run.optimiser):
        if code and rule.code != code:
            continue
        c = constant(run, rule, near)
        if c is None:
            continue
        shown = constant_facts(float(c.value), float(c.error), update_context({}))
        if run.fits(rule, written_out(shown["c"])) or run.fits(rule, c):
            yield Cause(rule.code, rule.sentence, rule.wrong, rule.right, shown)


def written_out(shown: str) -> float:
    """A hyper-parameter is a number that somebody wrote: 0.9, exactly."""
    try:
        return float(shown)
    except ValueError:
        return math.nan


def constant(run: Run, rule: Rule, near: float) -> ErrorArray | None:
    """Return c ± its rounding error."""
    p, after = run.p, np.array(run.after)

    def by(c: float) -> Array:
        nothing = ErrorArray(np.full(SHAPE, np.nan), p=p)
        results = [nothing if x is None else x for x in run.by(rule, c)]
        return np.array([(x.value, x.error) for x in results])  # update, value or error, place

    with np.errstate(all="ignore"):
        moved = np.nan_to_num(np.abs(by(near + 2.0**-10) - by(near)))[:, 0]
    t, *place = map(int, np.unravel_index(np.argmax(moved), moved.shape))
    i = tuple(place)
    c, slope = solution(lambda c: float(by(c)[t, 0][i] - after[t][i]), near)
    value, error = (float(x[i]) for x in by(c)[t])
    off = error + abs(value - after[t][i]) + (p.u + p.output_rounding) * abs(after[t][i])
    return ErrorArray(c, off / slope, p) if slope and off < slope * abs(c) else None


def by_update(candidate: Any, theta: Array, gradients: list[Array]) -> Iterator[Any]:
    """Yield θ after each update by an object with start and update."""
    params = {"W1": theta.copy()}
    state = candidate.start(params)
    for gradient in gradients:
        params, state = candidate.update(params, {"dW1": gradient.copy()}, state)
        yield np.array(params["W1"])  # which the next update may change in place


def by_torch(candidate: Any, theta: Array, gradients: list[Array]) -> Iterator[Any]:
    """Yield θ after each update by a torch.optim.Optimizer.

    Raises:
        InputError: the candidate gives none.
    """
    torch: Any = sys.modules.get("torch")
    parameter = torch and torch.nn.Parameter(torch.from_numpy(theta.copy()))
    optimizer: Any = candidate([parameter]) if torch and callable(candidate) else None
    if optimizer is None or not isinstance(optimizer, torch.optim.Optimizer):
        raise input_error("optimiser.interface", type=type(candidate).__name__)
    for gradient in gradients:
        parameter.grad = torch.from_numpy(gradient.copy())
        optimizer.step()
        yield as_array(parameter).copy()
