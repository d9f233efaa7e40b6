"""Mistakes with a constant that only the candidate knows: fitted once, verified everywhere else."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_tests.catalogue import FITTED, SLOPES, edited
from parity_tests.comparison import by_chance, closest, gives
from parity_tests.mistakes import Mistake, plainly, values, with_names
from parity_tests.precision import Precision
from parity_tests.report import Cause
from parity_tests.rounding import ErrorArray
from parity_tests.sites import Site
from ref_numpy import Array
from ref_numpy.activations import LeakyReLU, ReLU


def with_a_constant(site: Site) -> Iterator[Mistake]:
    """Lines in which c stands for a number that is not known."""
    first = site.lines[0]
    if site.kind != "theta":  # of which it is the step
        said = "it is {c} times what it should be"
        yield Mistake(said, first.left, f"c * ({first.right})")
    edits = FITTED.get(site.kind, ())
    if site.kind in SLOPES and isinstance(site.layer, ReLU | LeakyReLU):
        edits = (SLOPES[site.kind], *edits)
    for line in site.lines:
        for edit in edits:
            text = edited(line, edit)
            if text is not None:
                yield Mistake(site.say(edit[0]), line.left, text)


def fitted(site: Site, candidate: Array, p: Precision) -> Iterator[Cause]:
    """Each line, with c from the element that depends on it most.

    That element is used up by the fit, so that at least two more must be wrong by what is right,
    and right by this.
    """
    if candidate.shape != site.right[0].shape:
        return
    *_, used = closest(candidate, site.right)
    if np.count_nonzero(used > 1) < 3:
        return
    said: set[str] = set()
    for one in with_a_constant(site):
        if one.said in said:  # of another line with the same result
            continue
        c = constant(site, one.text, candidate, p)
        result = c and next(values(with_names(site, c=c), one.text), None)
        if c is not None and result is not None and gives(result, candidate, p):
            said.add(one.said)
            shown = recognised(float(c.value), float(c.error), site)
            alike = by_chance(result, candidate, site.right, fitted=1)
            yield Cause(one.said.replace("{c}", shown), f"{one.line}   (c = {shown})", alike)


def constant(site: Site, text: str, candidate: Array, p: Precision) -> ErrorArray | None:
    """c ± what rounding leaves of it, by the secant method; None where it is not determined."""

    def at(c: float) -> Any:
        return plainly(with_names(site, c=c), text)

    below, above = at(0.0), at(START)
    if below is None or above is None or below.shape != candidate.shape:
        return None
    i = np.unravel_index(np.argmax(np.abs(above - below)), below.shape)
    x, y, f, g = 0.0, START, below[i] - candidate[i], above[i] - candidate[i]
    for _ in range(STEPS):
        if not (np.isfinite(g) and f != g):
            break
        step = -g * (y - x) / (g - f)
        while not np.isfinite(at(y + step)[i]) and step:
            step /= 2  # as where the root of a negative number was taken
        x, y, f = y, y + step, g
        g = at(y)[i] - candidate[i]
    h = abs(y) * math.sqrt(np.finfo(np.float64).eps)
    exact = next(values(with_names(site, c=ErrorArray(y, p=p)), text), None)
    if exact is None or not h:
        return None
    slope = abs(at(y + h)[i] - at(y)[i]) / h
    off = exact.error[i] + abs(g) + (p.u + p.handed_over) * abs(candidate[i])
    return ErrorArray(y, off / slope, p) if off < slope * abs(y) else None


START, STEPS = 2.0**-10, 50  # of the secant method, which ends by itself where rounding stops it


def recognised(c: float, error: float, site: Site) -> str:
    """The constant as it would be written: in as few digits as are within its error, or, where it
    is known to four, by the name of a number that the network has, 1/m or λ/2m."""
    known = 17 if error == 0 else math.floor(math.log10(abs(c)) - math.log10(error))
    if known >= 4:
        for text, number in numbers(site):
            if abs(c - number) <= error:
                return f"{text} = {number:.4g}"
    for k in range(1, known + 1):
        if abs(float(f"{c:.{k}g}") - c) <= error:
            return f"{c:.{k}g}"
    return f"about {c:.{max(known, 1)}g}"


def numbers(site: Site) -> Iterator[tuple[str, float]]:
    names = site.ways[0]
    for text, x in (("m", names["m"]), *((n, names[n]) for n in ("n", "n_prev", "n_y"))):
        if x is not None and x > 1:
            yield from ((text, x), (f"1/{text}", 1 / x), (f"−{text}", -x), (f"√{text}", x**0.5))
            yield from ((f"1/√{text}", x**-0.5), (f"{text}²", x * x), (f"1/{text}²", 1 / (x * x)))
    lambd, m = names["lambd"], names["m"]
    if lambd:
        yield from (("λ", lambd), ("λ/m", lambd / m), ("λ/2", lambd / 2), ("λ/2m", lambd / (2 * m)))
