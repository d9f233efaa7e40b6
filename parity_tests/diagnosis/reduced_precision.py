"""Numbers of a lower precision in a program of a higher one: float32 within float64, halves within
float32.

An error of this kind is small and looks like noise, so that being within the lower precision's
allowance says little: a number that is off by chance is within it as well. What tells them apart is
that numbers of the lower precision are rare among those of the higher one: of float64's, one in 2²⁹
is a float32. Each of these causes says where such numbers are, and is verified to be right but for
that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from parity_tests.checking.comparison import by_chance, gives
from parity_tests.checking.findings import Cause
from parity_tests.diagnosis.hypotheses import values, with_names
from parity_tests.diagnosis.tensor_context import Site, exponentials
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

# What a line computes first, what it makes of that, x, and how x is had back from the result, y.
INNER = {
    "Z": ("W @ A_prev", "x + b", "y - b"),
    "dW": ("dZ @ A_prev.T", "x / m", "y * m"),
    "db": ("dZ.sum(axis=1, keepdims=True)", "x / m", "y * m"),
}


def in_lower_precision(site: Site, candidate: Array, p: Precision) -> Iterator[Cause]:
    """Of float32 a trace; or, if there is none, of the halves."""
    tried = len(LOWER) * (2 ** len(operands(site)) + 3)
    for some in ((FLOAT32,), (BFLOAT16, FLOAT16)):
        every = [
            replace(cause, tried=tried)
            for q in some
            if q.u > p.u
            for way in (rounded_results, rounded_operands, rounded_inside)
            for cause in way(site, candidate, p, q)
        ]
        if every:
            yield from every
            return
    for q in (BFLOAT16, FLOAT16):
        if q.u >= p.u:
            yield from summed_in_turn(site, candidate, p, q)


def held_by(q: Precision, x: Array) -> bool:
    """Whether every element is a number of q, one that is not simply a small whole number."""
    with np.errstate(over="ignore"):
        return bool((q.round(x).astype(np.float64) == x).all() and (x != np.rint(x)).any())


def rounded_results(site: Site, candidate: Array, p: Precision, q: Precision) -> Iterator[Cause]:
    """The whole was computed in q: its numbers are q's, and right by q's rounding; or right by sums
    that were kept in q as well. Of float16's numbers one in 8 is one of bfloat16 as well."""
    so_by_chance = 8.0**-candidate.size
    narrower = q is FLOAT16 and held_by(BFLOAT16, candidate) and so_by_chance < FALSE_POSITIVE_RATE
    if narrower or not held_by(q, candidate):
        return
    line = site.lines[0]
    for arithmetic, what in (
        (q, "computed, or stored,"),
        (replace(q, accumulate=q.u), "computed, and summed,"),
    ):
        results = values(working_in(site, arithmetic), line.right)
        if any(gives(x.rounded(q.u), candidate, q) for x in results):
            text = f"{line.left} = ({line.right}).astype({q.name})"
            said = f"it was {what} in {q.name}: its numbers are those of {q.name}"
            alike = 2.0 ** ((q.bits - p.bits) * np.count_nonzero(candidate))
            yield Cause(said, text, line.shown, alike)
            return


def rounded_operands(site: Site, candidate: Array, p: Precision, q: Precision) -> Iterator[Cause]:
    """What the line takes was rounded to q, and the rest is right."""
    line = site.lines[0]
    names = operands(site)
    for size in range(1, len(names) + 1):
        for some in combinations(names, size):
            ways = tuple({**way, **{n: lowered(way[n], q) for n in some}} for way in site.ways)
            other = replace(site, ways=ways)
            value = next((x for x in values(other, line.right) if gives(x, candidate, p)), None)
            if value is not None:
                text = line.right
                for n in some:
                    text = re.sub(rf"\b{n}\b", f"{n}.astype({q.name})", text)
                said = f"{' and '.join(some)} {'was' if size == 1 else 'were'} rounded to {q.name}"
                alike = by_chance(value, candidate, site.right)
                yield Cause(said, f"{line.left} = {text}", line.shown, alike)
                return


def operands(site: Site) -> list[str]:
    """The arrays that the right line takes."""
    taken = re.findall(r"[A-Za-z_]+", site.lines[0].right)
    arrays = ("W", "A_prev", "b", "dZ", "dA", "A", "Z", "Y", "theta", "dtheta", "v", "s")
    return [n for n in arrays if n in taken and isinstance(site.ways[0].get(n), ErrorArray)]


def lowered(x: ErrorArray, q: Precision) -> ErrorArray:
    return ErrorArray(q.round(x.value), p=x.p)


def rounded_inside(site: Site, candidate: Array, p: Precision, q: Precision) -> Iterator[Cause]:
    """A part of the line was computed in q: what is had back from the result is within the result's
    rounding of a number of q everywhere, which gives that result."""
    if site.kind not in INNER or not site.known or "lambd" in site.lines[0].right:
        return
    inner, outer, back = INNER[site.kind]
    x = next(values(with_names(site, y=ErrorArray(candidate, p=p)), back), None)
    if x is None:
        return
    low = ErrorArray(q.round(x.value), p=p)
    if not held_by(q, low.value) or np.array_equal(low.value, x.value):
        return
    result = next(values(with_names(site, x=low), outer), None)
    in_q = next(values(working_in(site, q), inner), None)
    if gives(result, candidate, p) and gives(in_q, low.value, q):
        line = site.lines[0]
        text = f"{line.left} = {outer.replace('x', f'({inner}).astype({q.name})')}"
        alike = 2.0 ** ((q.bits - p.bits) * np.count_nonzero(candidate))
        yield Cause(f"{inner} was computed in {q.name}", text, line.shown, alike)


def working_in(site: Site, q: Precision) -> Site:
    """The same numbers, in another arithmetic."""

    def change(x: Any) -> Any:
        if isinstance(x, list):
            return [change(item) for item in x]
        return ErrorArray(x.value, p=q) if isinstance(x, ErrorArray) else x

    ways = [{n: change(x) for n, x in way.items()} for way in site.ways[:1]]
    return replace(site, ways=tuple(way | exponentials(way) for way in ways))


def summed_in_turn(site: Site, candidate: Array, p: Precision, q: Precision) -> Iterator[Cause]:
    """A loop that adds one term after the other to a number of q, as no other order does."""
    names = site.ways[0]
    factors = {
        "Z": ("W", lambda: names["A_prev"].value),
        "dW": ("dZ", lambda: names["A_prev"].value.T),
        "db": ("dZ", lambda: np.ones((site.m, 1))),
        "dA": ("W", lambda: names["dZ"].value),
    }
    if site.kind not in factors or not site.known or "lambd" in site.lines[0].right:
        return
    name, other = factors[site.kind]
    a, b = names[name].value, other()
    a = a.T if site.kind == "dA" else a
    # Most sums are found to be another by their first element.
    result = None
    for rows, columns in ((1, 1), a.shape[:1] + b.shape[1:]):
        part = candidate[:rows, :columns]
        x = ErrorArray(in_turn(a[:rows], b[:, :columns], q), p=p)
        cut = {} if site.kind != "Z" else {"b": names["b"][:rows]}
        outer = INNER[site.kind][1] if site.kind in INNER else "x"
        result = next(values(with_names(site, x=x, **cut), outer), None)
        if result is None or not gives(result, part, p):
            return
    said = f"the sum was kept in {q.name}, one term after the other"
    alike = by_chance(result, candidate, site.right)
    yield Cause(said, f"total = (total + term).astype({q.name})", site.lines[0].shown, alike)


def in_turn(a: Array, b: Array, q: Precision) -> Array:
    """a b, each product and each partial sum rounded to q."""
    total = np.zeros((a.shape[0], b.shape[1]))
    for k in range(a.shape[1]):
        term = q.round(a[:, k : k + 1] * b[k : k + 1]).astype(np.float64)
        total = q.round(total + term).astype(np.float64)
    return total
