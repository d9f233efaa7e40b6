"""Numbers of a lower precision in a program of a higher one: float32 in float64, halves in float32.

An error of this kind is small and looks like noise, so that an error within the lower precision's
bound proves little: a number that is off by chance is within it as well. But numbers of the lower
precision are rare among those of the higher one: of float64's, one in 2²⁹ is a float32. Each of
these causes names the place of such numbers, and is verified to be right but for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import gives, p_value
from parity_tests.diagnosis.cause_wording import make_cause
from parity_tests.diagnosis.hypotheses import tensors, values, with_names
from parity_tests.diagnosis.line_functions import exponentials
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import (
    BFLOAT16,
    FALSE_POSITIVE_RATE,
    FLOAT16,
    FLOAT32,
    Precision,
)
from ref_numpy import Array

LOWER = (FLOAT32, BFLOAT16, FLOAT16)

# The part of a formula that is computed first, x; the result from x; and x from the result, y.
INNER = {
    "W @ A_prev + b": ("W @ A_prev", "x + b", "y - b"),
    "dZ @ A_prev.T / m": ("dZ @ A_prev.T", "x / m", "y * m"),
    "dZ.sum(axis=1, keepdims=True) / m": ("dZ.sum(axis=1, keepdims=True)", "x / m", "y * m"),
}


def reduced_precision_causes(
    context: TensorContext, candidate: Array, p: Precision
) -> Iterator[Cause]:
    """Yield the traces of float32; or, if there are none, of the halves.

    Args:
        context: of the tensor.
        candidate: the candidate's tensor.
        p: its arithmetic.
    """
    n_hypotheses = len(LOWER) * (2 ** len(operands(context)) + 3)
    for some in ((FLOAT32,), (BFLOAT16, FLOAT16)):
        every = [
            replace(cause, n_hypotheses=n_hypotheses)
            for q in some
            if q.u > p.u
            for causes in (rounded_results, rounded_operands, rounded_inside)
            for cause in causes(context, candidate, p, q)
        ]
        if every:
            yield from every
            return
    for q in (BFLOAT16, FLOAT16):
        if q.u >= p.u:
            yield from running_sum(context, candidate, p, q)


def held_by(q: Precision, x: Array) -> bool:
    """Return whether every element is a number of q, and not all are small whole numbers."""
    with np.errstate(over="ignore"):
        return bool((q.round(x).astype(np.float64) == x).all() and (x != np.rint(x)).any())


def rounded_results(
    context: TensorContext, candidate: Array, p: Precision, q: Precision
) -> Iterator[Cause]:
    """Yield the cause that the whole was computed in q: its numbers are those of q.

    They are right by q's rounding, or by that of sums that were kept in q as well. Of float16's
    numbers one in 8 is one of bfloat16 as well. In a sum of shares no share's numbers are seen.
    """
    if context.others:
        return
    so_by_chance = 8.0**-candidate.size
    narrower = q is FLOAT16 and held_by(BFLOAT16, candidate) and so_by_chance < FALSE_POSITIVE_RATE
    if narrower or not held_by(q, candidate):
        return
    formula = context.formulas[0]
    for arithmetic, code in ((q, "stored-in"), (replace(q, accumulate=q.u), "summed-in")):
        results = tensors(working_in(context, arithmetic), formula.right)
        if any(gives(x.rounded(q.u), candidate, q) for x in results):
            text = f"{formula.left} = ({formula.right}).astype({q.name})"
            cause = make_cause(context.kind, code, text, formula.text, q=q.name)
            yield replace(cause, p_value=chance_of_format(candidate, p, q))
            return


def chance_of_format(candidate: Array, p: Precision, q: Precision) -> float:
    """Return the probability that numbers of p are by chance all numbers of q."""
    return 2.0 ** ((q.bits - p.bits) * np.count_nonzero(candidate))


def rounded_operands(
    context: TensorContext, candidate: Array, p: Precision, q: Precision
) -> Iterator[Cause]:
    """Yield the cause that operands of the formula were rounded to q, and the rest is right."""
    formula = context.formulas[0]
    names = operands(context)
    for size in range(1, len(names) + 1):
        for some in combinations(names, size):
            bindings = tuple(
                {**binding, **{n: rounded_to(binding[n], q) for n in some}}
                for binding in context.bindings
            )
            other = replace(context, bindings=bindings)
            every = tensors(other, formula.right)
            value = next((x for x in every if gives(x, candidate, p)), None)
            if value is not None:
                text = formula.right
                for n in some:
                    text = re.sub(rf"\b{n}\b", f"{n}.astype({q.name})", text)
                cause = make_cause(
                    context.kind, f"rounded-operand{'s' if size > 1 else ''}",
                    f"{formula.left} = {text}", formula.text, context.by,
                    operands=" and ".join(some), q=q.name,
                )  # fmt: skip
                yield replace(cause, p_value=p_value(value, candidate, context.right))
                return


def operands(context: TensorContext) -> list[str]:
    """Return the arrays in the right formula."""
    used = re.findall(r"[A-Za-z_]+", context.formulas[0].right)
    arrays = ("W", "A_prev", "b", "dZ", "dA", "A", "Z", "Y", "theta", "dtheta", "v", "s",
              *OF_OTHER_STEPS)  # fmt: skip
    names = context.bindings[0]
    return [n for n in arrays if n in used and isinstance(names.get(n), ErrorArray)]


# What lines of a graph's steps have besides.
OF_OTHER_STEPS = ("B_prev", "gamma", "beta", "E", "A_hat")


def rounded_to(x: ErrorArray, q: Precision) -> ErrorArray:
    """Return the numbers of q that are nearest to x, in the arithmetic of x."""
    return ErrorArray(q.round(x.value), p=x.p)


def rounded_inside(
    context: TensorContext, candidate: Array, p: Precision, q: Precision
) -> Iterator[Cause]:
    """Yield the cause that a part of the formula was computed in q.

    The part, computed back from the result, is within the result's rounding of a number of q
    everywhere, and that number gives the result.
    """
    if context.others or context.in_columns or context.formulas[0].right not in INNER:
        return
    inner, outer, back = INNER[context.formulas[0].right]
    x = next(values(with_names(context, y=ErrorArray(candidate, p=p.inside)), back), None)
    if x is None:
        return
    low = ErrorArray(q.round(x.value), p=p.inside)
    if not held_by(q, low.value) or np.array_equal(low.value, x.value):
        return
    result = next(values(with_names(context, x=low), outer), None)
    in_q = next(values(working_in(context, q), inner), None)
    if gives(result, candidate, p) and gives(in_q, low.value, q):
        formula = context.formulas[0]
        text = f"{formula.left} = {outer.replace('x', f'({inner}).astype({q.name})')}"
        cause = make_cause(context.kind, "part-in", text, formula.text, part=inner, q=q.name)
        yield replace(cause, p_value=chance_of_format(candidate, p, q))


def working_in(context: TensorContext, q: Precision) -> TensorContext:
    """Return the context with the same numbers, in another arithmetic."""

    def change(x: Any) -> Any:
        if isinstance(x, list):
            return [change(item) for item in x]
        return ErrorArray(x.value, p=q) if isinstance(x, ErrorArray) else x

    bindings = [{n: change(x) for n, x in names.items()} for names in context.bindings[:1]]
    return replace(context, bindings=tuple(map(with_exponentials, bindings)))


def with_exponentials(names: dict[str, Any]) -> dict[str, Any]:
    """Return the names with t computed anew, if t is one of them."""
    return names | exponentials(names) if "t" in names else names


def running_sum(
    context: TensorContext, candidate: Array, p: Precision, q: Precision
) -> Iterator[Cause]:
    """Yield the cause that a loop adds one term after the other to a number of q."""
    names = context.bindings[0]
    right = context.formulas[0].right
    factors = {
        "W @ A_prev": lambda: (names["W"].value, names["A_prev"].value),
        "dZ @ A_prev.T": lambda: (names["dZ"].value, names["A_prev"].value.T),
        "dZ.sum(axis=1, keepdims=True)": lambda: (names["dZ"].value, np.ones((context.m, 1))),
        "W.T @ dZ": lambda: (names["W"].value.T, names["dZ"].value),
    }
    inner, outer, _ = INNER.get(right, (right, "x", ""))
    if context.others or context.in_columns or inner not in factors:
        return
    a, b = factors[inner]()
    # Most sums are found to be another by their first element.
    result = None
    for rows, columns in ((1, 1), a.shape[:1] + b.shape[1:]):
        part = candidate[:rows, :columns]
        x = ErrorArray(in_turn(a[:rows], b[:, :columns], q), p=p.inside)
        cut = {"b": names["b"][:rows]} if "b" in outer else {}
        result = next(values(with_names(context, x=x, **cut), outer), None)
        if result is None or not gives(result, part, p):
            return
    text = f"total = (total + term).astype({q.name})"
    cause = make_cause(
        context.kind, "running-sum-in", text, context.formulas[0].text, q=q.name
    )  # fmt: skip
    yield replace(cause, p_value=p_value(result, candidate, context.right))


def in_turn(a: Array, b: Array, q: Precision) -> Array:
    """Return a b, each product and each partial sum rounded to q."""
    total = np.zeros((a.shape[0], b.shape[1]))
    for k in range(a.shape[1]):
        term = q.round(a[:, k : k + 1] * b[k : k + 1]).astype(np.float64)
        total = q.round(total + term).astype(np.float64)
    return total
