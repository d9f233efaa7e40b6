"""An error that no mistake explains: its place, its rank, the tensor that it resembles."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from parity_tests.diagnosis.cause_wording import Pattern
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FALSE_POSITIVE_RATE
from parity_tests.kinds.number_text import shortest_repr
from ref_numpy import Array

FEW = 5  # numbers of rows that a sentence can hold


def patterns(
    context: TensorContext, difference: Array, bound: Array, off: Array
) -> Iterator[Pattern]:
    """Yield where a tensor is wrong, the rank of the difference, and the tensor it resembles.

    Args:
        context: of the tensor.
        difference: candidate − reference.
        bound: of each element.
        off: where the difference is larger than the bound.
    """
    if not off.any():
        return
    if off.size == 1:
        yield from factor(context, float(difference.flat[0]), float(bound.flat[0]))
        return
    yield where(context, off)
    if off.ndim == 2 and np.isfinite(difference).all():
        yield from rank(difference, bound)
        yield from resemblance(context, difference)


def factor(context: TensorContext, difference: float, bound: float) -> Iterator[Pattern]:
    """Yield by which factor a single number is wrong; nothing where it should be 0 or infinite."""
    right = float(context.right[0].value.flat[0])
    if right and math.isfinite(difference / right):
        text = shortest_repr(1 + difference / right, max(bound / abs(right), LAST_DIGITS))
        yield "factor", {"factor": text}


LAST_DIGITS = 1e-15  # what float64 leaves uncertain in a quotient near 1


def where(context: TensorContext, off: Array) -> Pattern:
    """Return which rows, columns or positions hold all wrong elements."""
    wrong = int(off.sum())
    if off.ndim not in (2, 3):
        return ("every-element", {}) if off.all() else ("n-elements", {"n": wrong})
    rows, columns, *positions = (np.unique(along) for along in np.nonzero(off))
    if wrong == 1:
        return "one-element", {"index": [int(i[0]) for i in np.nonzero(off)]}
    is_of_examples = off.shape[1] == context.m and not context.of_parameter
    column = "example" if is_of_examples else "column"
    some = [(columns, column, off.shape[1]), (rows, "unit", off.shape[0])]
    some += [(places, "position", off.shape[2]) for places in positions]
    for places, name, n in some:
        if len(places) < n and len(places) <= FEW:
            which = {"which": ", ".join(map(str, places))}
            return (name if len(places) == 1 else f"{name}s"), which
    if off.all():
        return "every-element", {}
    return "n-elements-in-rows", {"n": wrong, "size": off.size, "rows": len(rows)}


def rank(difference: Array, bound: Array) -> Iterator[Pattern]:
    """Yield how many singular values of the difference rounding cannot make, if they are few.

    An error within the bound changes none by more than the bound's own norm (Weyl; Golub and Van
    Loan, *Matrix Computations*, 4th ed., 2013, corollary 8.6.2).
    """
    most = min(difference.shape)
    if most == 1 or not np.isfinite(bound).all():
        return
    corner = difference[: 8 * FEW, : 8 * FEW]
    if n_singular_values(corner, bound) <= FEW:  # of the whole there are no fewer
        above = n_singular_values(difference, bound)
        if 0 < above <= min(FEW, most - 1):
            yield "rank", {"rank": above, "most": most}


def n_singular_values(x: Array, bound: Array) -> int:
    """Return how many singular values of x are larger than ‖bound‖."""
    return int((np.linalg.svd(x, compute_uv=False) > np.linalg.norm(bound)).sum())


def resemblance(context: TensorContext, difference: Array) -> Iterator[Pattern]:
    """Yield the tensor that the difference resembles most.

    It makes up more than half of the difference, r² > ½, and not by chance: of N independent
    numbers a correlation is above r with a probability of about 2 exp(−N r²/2).
    """
    found: dict[str, float] = {}
    for name, tensor in (context.tensors or context.bindings[0]).items():
        other = (context.in_graph or name[-1].isdigit()) and name != context.name
        if other and isinstance(tensor, ErrorArray) and tensor.shape == difference.shape:
            found[name] = correlation(difference, tensor.value)
    found[""] = correlation(difference, context.right[0].value)
    name = max(found, key=lambda n: abs(found[n]))
    r, N = found[name], difference.size
    if r * r > 1 / 2 and N * r * r > 2 * math.log(2 * len(found) / FALSE_POSITIVE_RATE):
        facts = {"r": f"{r:.2f}"}
        yield ("correlation", {"tensor": name, **facts}) if name else ("self-correlation", facts)


def correlation(x: Array, y: Array) -> float:
    """Return the correlation coefficient of the elements; 0 where one tensor is constant."""
    x, y = x - x.mean(), y - y.mean()
    size = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float((x * y).sum()) / size if size else 0.0
