"""What is known of an error that no mistake explains: where it is, and what it looks like."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from parity_tests.diagnosis.tensor_context import Site
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FALSE_POSITIVE_RATE
from ref_numpy import Array

FEW = 5  # names of rows that a sentence can hold


def pattern(site: Site, difference: Array, allowed: Array, off: Array) -> str:
    """difference: candidate − reference.   off: where it is more than is allowed."""
    if off.size == 1:
        right = float(site.right[0].value.flat[0])
        ratio = 1 + float(difference.flat[0]) / right if right else math.inf
        return f"it is {ratio:.4g} times what it should be"
    parts = [where(site, off)]
    if off.ndim == 2 and np.isfinite(difference).all():
        parts += [*rank(difference, allowed), *likeness(site, difference)]
    return "; ".join(parts)


def where(site: Site, off: Array) -> str:
    """Which rows or columns hold all that is wrong."""
    if off.ndim != 2:
        return "every element is wrong" if off.all() else f"{int(off.sum())} are wrong"
    rows, columns = np.flatnonzero(off.any(axis=1)), np.flatnonzero(off.any(axis=0))
    of_examples = off.shape[1] == site.m and not site.averaged
    wide, tall = "example (column)" if of_examples else "column", "unit (row)"
    if off.sum() == 1:
        return f"only the element {[int(rows[0]), int(columns[0])]} is wrong"
    for lines, name, n in ((columns, wide, off.shape[1]), (rows, tall, off.shape[0])):
        if len(lines) < n and len(lines) <= FEW:
            many = name.replace(" (", "s (").replace("column)", "columns)").replace("row)", "rows)")
            many = "columns" if name == "column" else many
            which, verb = (name, "is") if len(lines) == 1 else (many, "are")
            return f"only the {which} {', '.join(map(str, lines))} {verb} wrong"
    if off.all():
        return "every element is wrong"
    return f"{int(off.sum())} of {off.size} elements are wrong, in {len(rows)} rows"


def rank(difference: Array, allowed: Array) -> Iterator[str]:
    """How many singular values of the difference are more than rounding can make, if they are few:
    what is allowed changes none by more than its own norm (Weyl; Golub and Van Loan, *Matrix
    Computations*, 4th ed., 2013, corollary 8.6.2)."""
    most = min(difference.shape)
    if most == 1 or not np.isfinite(allowed).all():
        return
    corner = difference[: 8 * FEW, : 8 * FEW]
    if singular(corner, allowed) <= FEW:  # of the whole it is no less
        above = singular(difference, allowed)
        if 0 < above <= min(FEW, most - 1):
            yield f"the difference has rank {above}, of at most {most}"


def singular(x: Array, allowed: Array) -> int:
    return int((np.linalg.svd(x, compute_uv=False) > np.linalg.norm(allowed)).sum())


def likeness(site: Site, difference: Array) -> Iterator[str]:
    """The tensor that the difference resembles most, if it makes up more than half of it, r² > ½,
    and not by chance: of N independent numbers a correlation is above r with a probability of
    about 2 exp(−N r²/2)."""
    found: dict[str, float] = {}
    for name, tensor in site.ways[0].items():
        other = name[-1].isdigit() and name != site.name
        if other and isinstance(tensor, ErrorArray) and tensor.shape == difference.shape:
            found[name] = correlation(difference, tensor.value)
    found["it itself"] = correlation(difference, site.right[0].value)
    name = max(found, key=lambda n: abs(found[n]))
    r, N = found[name], difference.size
    if r * r > 1 / 2 and N * r * r > 2 * math.log(2 * len(found) / FALSE_POSITIVE_RATE):
        yield f"the difference correlates with {name} (r = {r:.2f})"


def correlation(x: Array, y: Array) -> float:
    x, y = x - x.mean(), y - y.mean()
    size = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float((x * y).sum()) / size if size else 0.0
