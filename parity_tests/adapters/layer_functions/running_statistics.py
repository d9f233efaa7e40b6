"""The running statistics that a normalisation keeps of a batch, with the mistakes in them.

Two conventions are in use for the momentum, and two for the variance: the momentum weighs the old
value (cs231n, Keras) or the batch's (torch); the batch's variance is divided by N (cs231n, Keras)
or by N − 1 (torch, and the paper). Each is right. Which weight the momentum is shows where none is
given: nobody means the old value to have less than a half.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.layer_functions.one_step import OneStepProblem
from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.findings import Finding
from parity_tests.diagnosis.diagnose import explain_tensor
from parity_tests.diagnosis.hypotheses import values
from parity_tests.diagnosis.line_functions import FUNCTIONS
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.formula_text import ALL, Edit, FormulaText, apply_edits, edit
from ref_numpy import Array
from ref_numpy.arrays.axes import columns


def mistakes(old: str, batch: str) -> tuple[Edit, ...]:
    """Return the mistakes in `momentum * old + (1 - momentum) * batch`."""
    return (
        edit("not-updated", "it stays as it was: the batch has not changed it", ALL, old),
        edit("replaced", "the batch's value replaces it: the momentum is missing", ALL, batch),
        edit("missing-momentum", "the old value is not multiplied by the momentum",
             "momentum * r", "r"),
        edit("missing-1-minus-momentum", "the batch's value is not multiplied by 1 − momentum",
             "(1 - momentum) * ", ""),
        edit("missing-old-value", "the old value is missing", f"momentum * {old} + ", ""),
        edit("twice-the-momentum", "both values are multiplied by the momentum",
             "(1 - momentum)", "momentum"),
    )  # fmt: skip


MEAN = FormulaText("running_mean", "momentum * running_mean + (1 - momentum) * mu", (
    *mistakes("running_mean", "mu"),
    edit("sum-for-mean", "the batch's sum is averaged, not its mean", "mu", "mu * N"),
))  # fmt: skip
VARIANCE = FormulaText("running_var", "momentum * running_var + (1 - momentum) * sigma2", (
    *mistakes("running_var", "sigma2"),
    edit("standard-deviation", "the standard deviation is averaged, not the variance",
         "sigma2", "np.sqrt(sigma2)"),
    edit("with-epsilon", "ε is added to the variance before it is averaged",
         "sigma2", "(sigma2 + epsilon)"),
    edit("deviation-with-epsilon", "√(σ² + ε) is averaged, not the variance",
         "sigma2", "np.sqrt(sigma2 + epsilon)"),
    edit("sum-for-mean", "the sum of the squares is averaged, not their mean",
         "sigma2", "sigma2 * N"),
    edit("mean-for-variance", "the mean is averaged, not the variance", "sigma2", "mu"),
))  # fmt: skip
FORMULAS = {"mean": MEAN, "variance": VARIANCE}
REVERSED = edit(
    "momentum-reversed",
    "the momentum weighs the batch's value, and 1 − momentum the old one: the other way round",
    "(1 - momentum)", "momentum", "momentum", "(1 - momentum)",
)  # fmt: skip


@dataclass(frozen=True)
class JudgedStatistic:
    """A running statistic beside those of the conventions.

    Attributes:
        is_right: it is that of a convention.
        is_unbiased: it is that of a variance divided by N − 1 alone.
        finding: of the mistake that gives it; None where none is known.
    """

    is_right: bool
    is_unbiased: bool = False
    finding: Finding | None = None


def judge_statistic(
    function: str, own: str, x: Array, problem: OneStepProblem, p: Precision
) -> JudgedStatistic:
    """Compare a running statistic after a batch with those of the conventions.

    Args:
        function: the candidate's.
        own: the layer's name of it, "mean" or "variance".
        x: the candidate's statistic, (n, 1).
        problem: the batch.
        p: the candidate's arithmetic.
    """
    formula = FORMULAS[own]
    context = context_of(formula, own, problem, p)
    c = Comparison.of(x, context.right)
    if c.ratio <= 1:
        biased = [v for v, names in zip(context.right, context.bindings, strict=True)
                  if not names["is_unbiased"]]  # fmt: skip
        return JudgedStatistic(True, Comparison.of(x, biased).ratio > 1)
    (found,) = c.findings(formula.left, str(x.dtype), "value", "value")
    found = explain_tensor(found, context, x, p)
    if not any(cause.is_certain for cause in found.causes):
        return JudgedStatistic(False)
    return JudgedStatistic(False, finding=of_function(found, function, formula))


def context_of(
    formula: FormulaText, own: str, problem: OneStepProblem, p: Precision
) -> TensorContext:
    """Return the names of a statistic's line, by each convention."""
    layer: Mapping[str, Any] = vars(problem.step.layer)
    A = columns(np.asarray(next(iter(problem.inputs.values())), float))
    N, every = A.shape[1], ErrorArray(A, 0.0, p)
    mu, sigma2 = (of(every, axis=1, keepdims=True) for of in (np.mean, np.var))
    names = {
        formula.left: ErrorArray(problem.state[own], 0.0, p), "mu": mu, "N": N,
        "epsilon": layer["epsilon"], "np": FUNCTIONS, "m": problem.m, "n": len(A), "n_prev": None,
        "n_y": 1, "n_x": None, "lambd": 0, "Z": None, "weights": [],
    }  # fmt: skip
    q = layer["momentum"]
    variances: list[tuple[Any, bool]] = [(sigma2, False)]
    if own == "variance":
        variances.append((sigma2 * (N / (N - 1)), True))
    bindings = tuple(
        {**names, "momentum": w, "sigma2": v, "is_unbiased": u}
        for w in (q, 1 - q)
        for v, u in variances
    )
    context = TensorContext(formula.left, 0, (formula,), Formulas(()), bindings, None)
    return replace(context, right=Formulas(values(context, formula.right)))


def of_function(found: Finding, function: str, formula: FormulaText) -> Finding:
    """Return a finding under the function's own name for the statistic."""
    text = sentence("unit-check", function=function, message=found.message)
    return replace(
        found, tensor=f"{function}.{formula.left}", message=text, layer=None,
        code=f"{formula.left}.value", facts={"function": function, "message": found.message},
    )  # fmt: skip


def reversed_momentum(
    function: str, kept: Mapping[str, Array], problem: OneStepProblem
) -> list[Finding]:
    """Return the findings of a momentum that weighs the batch's value by far the most.

    Args:
        function: the candidate's.
        kept: its statistics after a batch, where its settings have no momentum.
        problem: the batch.
    """
    A = columns(np.asarray(next(iter(problem.inputs.values())), float))
    of_batch = {"mean": A.mean(axis=1, keepdims=True), "variance": A.var(axis=1, keepdims=True)}
    found: list[Finding] = []
    for own, x in kept.items():
        formula, old, new = FORMULAS[own], problem.state[own], of_batch[own]
        is_kept = (np.abs(x - old) <= np.abs(new - old)).all()  # it lies between the two
        if not is_kept or (np.abs(x - new) >= np.abs(x - old)).any() or np.array_equal(x, new):
            continue
        wrong = f"{formula.left} = {apply_edits(formula, REVERSED)}"
        cause = Cause(f"{formula.left}.{REVERSED.code}", REVERSED.sentence, wrong, formula.text)
        text = sentence("layer.default-momentum", function=function, name=formula.left)
        found.append(
            Finding(
                f"{function}.{formula.left}",
                "value",
                text,
                code=f"{formula.left}.value",
                facts={"function": function, "name": formula.left},
                causes=(cause,),
                right_line=formula.text,
            )
        )
    return found
