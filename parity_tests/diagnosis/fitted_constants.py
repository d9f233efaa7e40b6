"""Mistakes with a constant that only the candidate knows: fitted once, verified everywhere else."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.checking.causes import MOST_FALSE_POSITIVES, Cause
from parity_tests.checking.comparison import closest, gives, p_value
from parity_tests.diagnosis.cause_wording import CAUSES, in_share, make_cause
from parity_tests.diagnosis.explanations import Explanation
from parity_tests.diagnosis.hypotheses import (
    Hypothesis,
    float_tensor,
    from_edits,
    tensors,
    with_names,
)
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.named_constants import FITTED
from parity_tests.kinds.number_text import known_digits, shortest_repr
from ref_numpy import Array, Dense


def with_a_constant(context: TensorContext) -> Iterator[Hypothesis]:
    """Yield the formulas in which c is a number that is not known.

    In a graph, other layers than Dense have lines of the same kinds, and none of its mistakes.
    """
    if context.by:
        formula = context.formulas[0]
        sentence = in_share(CAUSES["times-c"])
        facts, text = context.facts_of(sentence), f"c * ({formula.right})"
        yield Hypothesis("share.times-c", sentence, text, formula, facts)
    is_of_dense = not context.in_graph or isinstance(context.layer, Dense)
    edits = FITTED.get(context.kind.removesuffix("_prev"), ()) if is_of_dense else ()
    if of_kind := kind_of(context.layer).fitted.get(context.kind):
        edits = (of_kind, *edits)
    for formula in context.formulas:
        yield from filter(None, (from_edits(context, formula, each) for each in edits))


def multiple(context: TensorContext, candidate: Array, p: Precision) -> Cause | None:
    """Return the cause that all numbers are the right ones times c; None where they are not.

    Args:
        context: of the tensor.
        candidate: the candidate's tensor.
        p: its arithmetic.
    """
    right = context.right[0]
    some = np.abs(right.value) > right.error  # which determine c
    if context.kind == "theta" or candidate.shape != right.shape or not some.any():
        return None  # of an update the step is multiplied
    with np.errstate(all="ignore"):
        c = candidate[some] / right.value[some]
        rounding = (p.u + p.output_rounding) * np.abs(candidate[some]) + p.underflow
        off = (rounding + np.abs(c) * right.error[some]) / np.abs(right.value[some])
    low, high = float((c - off).max()), float((c + off).min())
    middle, error = (low + high) / 2, (high - low) / 2
    result = ErrorArray(middle, error, p) * right
    if not error >= 0 or not gives(result, candidate, p):
        return None
    formula, distance = context.formulas[0], abs(middle - 1)
    cause = make_cause(
        context.kind, "times-c", f"{formula.left} = c * ({formula.right})", formula.text,
        **constant_facts(middle, error, context),
    )  # fmt: skip
    probability = min(1.0, 2 * error / distance) if distance else 1.0
    if distance <= 2 * np.quantile(off, CAN_TELL):  # as where one row alone is times c
        probability = 1.0
    if candidate.size > 2:  # a c that is not 1 for one element alone explains nothing
        others = p_value(result, candidate, context.right, fitted=1)
        probability = max(probability, others) if others > MOST_FALSE_POSITIVES else probability
    return replace(cause, p_value=probability, scale=(middle, error))


def fitted(context: TensorContext, candidate: Array, p: Precision) -> Iterator[Cause]:
    """Yield each formula with c from the element that determines it best.

    That element is used up by the fit, so that at least two more must be wrong by the right
    formula, and right by this one.
    """
    if candidate.shape != context.right[0].shape:
        return
    *_, ratio = closest(candidate, context.right)
    if np.count_nonzero(ratio > 1) < 3:
        return
    found: set[tuple[Any, ...]] = set()
    for one in with_a_constant(context):
        if one.key in found:  # of another formula with the same result
            continue
        for c in constants(context, one.text, candidate, p):
            result = next(tensors(with_names(context, c=c), one.text), None)
            if result is not None and gives(result, candidate, p):
                found.add(one.key)
                shown = constant_facts(float(c.value), float(c.error), context)
                yield Cause(
                    one.code, one.sentence, one.line, one.right.text, {**one.facts, **shown},
                    p_value(result, candidate, context.right, fitted=1),
                    n_hypotheses=ELEMENTS if context.in_graph else 1,
                )  # fmt: skip
                break


def fitted_through(
    context: TensorContext, follows: Callable[[Array], Array | None], candidate: Array
) -> Iterator[Explanation]:
    """Yield each formula with a decimal c that a tensor which follows from it determines.

    c is fitted to all elements by least squares, and is then the shortest decimal near it, as a
    program has it. Nothing is verified yet.

    Args:
        context: of the formulas.
        follows: returns the tensor that follows from a value; it is affine in c.
        candidate: the candidate's tensor that follows.
    """
    for one in with_a_constant(context):
        each = (float_tensor(with_names(context, c=c), one.text) for c in (0.0, 1.0))
        below, above = (None if x is None else follows(x) for x in each)
        if below is None or above is None or below.shape != candidate.shape:
            continue
        change = above - below
        size = float((change * change).sum())
        c = float(((candidate - below) * change).sum()) / size if size else 0.0
        shown = shortest_repr(c, abs(c) * NEAR_DECIMAL) if np.isfinite(c) and c else ""
        if re.fullmatch(r"-?[0-9.e-]+", shown):
            facts = {**one.facts, "c": shown}
            cause = Cause(one.code, one.sentence, one.line, one.right.text, facts)
            yield Explanation(cause, re.sub(r"\bc\b", f"({shown})", one.text))


# The share of the elements, of those that determine c, of which none is within rounding of c and
# of 1: the others may be right as they are.
CAN_TELL = 0.75

NEAR_DECIMAL = 2.0**-20  # how near a decimal is to a fitted constant, relatively
ELEMENTS = 3  # from which c is fitted in a graph: one of them may be right by several c


def constants(
    context: TensorContext, text: str, candidate: Array, p: Precision
) -> Iterator[ErrorArray]:
    """Yield c ± the error that rounding leaves it, where it is determined, by some elements."""

    def at(c: float) -> Any:
        return float_tensor(with_names(context, c=c), text)

    below, above = at(0.0), at(START)
    if below is None or above is None or below.shape != candidate.shape:
        return
    # The elements whose own rounding moves c least.
    rounding = context.right[0].error + (p.u + p.output_rounding) * np.abs(candidate) + p.underflow
    moved = np.abs(above - below) / rounding
    places = np.argsort(-moved, axis=None)[:ELEMENTS] if context.in_graph else [np.argmax(moved)]
    for place in places:
        i = np.unravel_index(place, below.shape)
        y, slope = solution(lambda c, i=i: float(at(c)[i] - candidate[i]))
        exact = next(tensors(with_names(context, c=ErrorArray(y, p=p.inside)), text), None)
        if exact is None:
            continue
        off = exact.error[i] + abs(exact.value[i] - candidate[i])
        off += (p.u + p.output_rounding) * abs(candidate[i])
        if off < slope * abs(y):
            yield ErrorArray(y, off / slope, p.inside)


START, STEPS = 2.0**-10, 50  # of the secant method, which ends by itself where rounding stops it


def solution(f: Callable[[float], float], near: float = 0.0) -> tuple[float, float]:
    """Return c with f(c) = 0, by the secant method from a number near it, and |f'(c)|."""
    x, y = near, near + START if near == 0 else near * (1 - START)
    fx, fy = f(x), f(y)
    for _ in range(STEPS):
        if not (np.isfinite(fy) and fx != fy):
            break
        step = -fy * (y - x) / (fy - fx)
        for _ in range(STEPS):  # as where the root of a negative number was taken
            if np.isfinite(f(y + step)):
                break
            step /= 2
        x, y, fx = y, y + step, fy
        fy = f(y)
    h = max(abs(y), START) * math.sqrt(np.finfo(np.float64).eps)
    return y, abs(f(y + h) - f(y)) / h


def constant_facts(c: float, error: float, context: TensorContext) -> dict[str, str]:
    """Return c in as few digits as are known, and the number of the network that it may be.

    A constant 4 in a layer of 4 units need not be n: it is "4 (here n)". With other examples m is
    another number, so that "11 (here m)" is confirmed or refuted there; `size` is "m" then.
    """
    text = shortest_repr(c, error)
    if known_digits(c, error) >= 4:
        for name, number, is_of_m in network_numbers(context):
            if abs(c - number) <= error:
                return {"c": f"{text} (here {name})"} | ({"size": name} if is_of_m else {})
    return {"c": text}


def network_numbers(context: TensorContext) -> Iterator[tuple[str, float, bool]]:
    """Yield the numbers that a mistake may have made a factor: m, n, λ, and their products.

    Each with its name, and whether it is another with another m.
    """
    names = context.bindings[0]
    m = names["m"]
    for text, x in (("m", m), *((n, names[n]) for n in ("n", "n_prev", "n_y", "n_x"))):
        if x is not None and x > 1:
            powers = ((text, x), (f"1/{text}", 1 / x), (f"−{text}", -x), (f"√{text}", x**0.5),
                      (f"1/√{text}", x**-0.5), (f"{text}²", x * x),
                      (f"1/{text}²", 1 / (x * x)))  # fmt: skip
            yield from ((name, number, text == "m") for name, number in powers)
            if text != "m" and x != m:
                yield f"m/{text}", m / x, True
    if m > 1:
        yield from (("m/(m − 1)", m / (m - 1), True), ("m/(m + 1)", m / (m + 1), True))
    lambd = names["lambd"]
    if lambd:
        yield from (("λ", lambd, False), ("λ/2", lambd / 2, False))
        yield from (("λ/m", lambd / m, True), ("λ/2m", lambd / (2 * m), True))
