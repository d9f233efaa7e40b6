"""Mistakes with a constant that only the candidate knows: fitted once, verified everywhere else."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from parity_tests.checking.comparison import by_chance, closest, gives
from parity_tests.checking.findings import Cause
from parity_tests.diagnosis.hypotheses import Mistake, plainly, values, with_names
from parity_tests.diagnosis.tensor_context import Site
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.line import edited
from parity_tests.kinds.named_constants import FITTED, SLOPES
from ref_numpy import Array
from ref_numpy.activations import LeakyReLU, ReLU


def with_a_constant(site: Site) -> Iterator[Mistake]:
    """Lines in which c stands for a number that is not known."""
    edits = FITTED.get(site.kind, ())
    if site.kind in SLOPES and isinstance(site.layer, ReLU | LeakyReLU):
        edits = (SLOPES[site.kind], *edits)
    for line in site.lines:
        for edit in edits:
            text = edited(line, edit)
            if text is not None:
                yield Mistake(site.say(edit[0]), text, line)


def multiple(site: Site, candidate: Array, p: Precision) -> Cause | None:
    """Where all numbers are the right ones times c: that, with what all of them leave of c."""
    right = site.right[0]
    some = np.abs(right.value) > right.error  # which say something of c
    if site.kind == "theta" or candidate.shape != right.shape or not some.any():
        return None  # of an update it is the step that is multiplied
    with np.errstate(all="ignore"):
        c = candidate[some] / right.value[some]
        rounding = (p.u + p.output_rounding) * np.abs(candidate[some]) + p.underflow
        off = (rounding + np.abs(c) * right.error[some]) / np.abs(right.value[some])
    low, high = float((c - off).max()), float((c + off).min())
    middle, error = (low + high) / 2, (high - low) / 2
    if not error >= 0 or not gives(ErrorArray(middle, error, p) * right, candidate, p):
        return None
    line, shown, apart = site.lines[0], recognised(middle, error, site), abs(middle - 1)
    said = f"it is {shown} times what it should be"
    alike = min(1.0, 2 * error / apart) if apart else 1.0
    wrong = f"{line.left} = c * ({line.right})   (c = {shown})"
    return Cause(said, wrong, line.shown, alike, scale=(middle, error))


def fitted(site: Site, candidate: Array, p: Precision) -> Iterator[Cause]:
    """Each line, with c from the element that determines it best.

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
        result = None if c is None else next(values(with_names(site, c=c), one.text), None)
        if c is not None and result is not None and gives(result, candidate, p):
            said.add(one.said)
            shown = recognised(float(c.value), float(c.error), site)
            yield Cause(
                one.said.replace("{c}", shown), f"{one.line}   (c = {shown})", one.of.shown,
                by_chance(result, candidate, site.right, fitted=1),
            )  # fmt: skip


def constant(site: Site, text: str, candidate: Array, p: Precision) -> ErrorArray | None:
    """c ± what rounding leaves of it; None where it is not determined."""

    def at(c: float) -> Any:
        return plainly(with_names(site, c=c), text)

    below, above = at(0.0), at(START)
    if below is None or above is None or below.shape != candidate.shape:
        return None
    # The element whose own rounding moves c least.
    rounding = site.right[0].error + (p.u + p.output_rounding) * np.abs(candidate) + p.underflow
    i = np.unravel_index(np.argmax(np.abs(above - below) / rounding), below.shape)
    y, slope = solution(lambda c: float(at(c)[i] - candidate[i]))
    exact = next(values(with_names(site, c=ErrorArray(y, p=p)), text), None)
    if exact is None:
        return None
    off = exact.error[i] + abs(exact.value[i] - candidate[i])
    off += (p.u + p.output_rounding) * abs(candidate[i])
    return ErrorArray(y, off / slope, p) if off < slope * abs(y) else None


START, STEPS = 2.0**-10, 50  # of the secant method, which ends by itself where rounding stops it


def solution(f: Callable[[float], float], near: float = 0.0) -> tuple[float, float]:
    """c with f(c) = 0 by the secant method from a number near it, and |f'(c)|."""
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


def recognised(c: float, error: float, site: Site) -> str:
    """The constant by the name of a number that the network has, 1/m or λ/2m, where it is known to
    four digits."""
    if digits(c, error) >= 4:
        for text, number in numbers(site):
            if abs(c - number) <= error:
                return f"{text} = {number:.4g}"
    return written(c, error)


def digits(c: float, error: float) -> int:
    """How many of them are known."""
    return 17 if error == 0 else math.floor(math.log10(max(abs(c), error)) - math.log10(error))


def written(c: float, error: float) -> str:
    """As a person would write it: in as few digits as are within its error."""
    known = digits(c, error)
    if known < 3:
        return f"{c:.{max(known, 1) + 1}g} ± {error:.1g}"
    for k in range(1, 7):
        if abs(float(f"{c:.{k}g}") - c) <= error:
            return f"{float(f'{c:.{k}g}'):g}"
    # Six digits of a number near 1 would say that nothing is wrong.
    near = f"{c:.6g}" == "1"
    return f"1 {'−' if c < 1 else '+'} {abs(c - 1):.3g}" if near else f"{c:.6g}"


def numbers(site: Site) -> Iterator[tuple[str, float]]:
    names = site.ways[0]
    m = names["m"]
    for text, x in (("m", m), *((n, names[n]) for n in ("n", "n_prev", "n_y", "n_x"))):
        if x is not None and x > 1:
            yield from ((text, x), (f"1/{text}", 1 / x), (f"−{text}", -x), (f"√{text}", x**0.5))
            yield from ((f"1/√{text}", x**-0.5), (f"{text}²", x * x), (f"1/{text}²", 1 / (x * x)))
            if x != m:
                yield f"m/{text}", m / x
    if m > 1:
        yield from (("m/(m − 1)", m / (m - 1)), ("m/(m + 1)", m / (m + 1)))
    lambd = names["lambd"]
    if lambd:
        yield from (("λ", lambd), ("λ/m", lambd / m), ("λ/2", lambd / 2), ("λ/2m", lambd / (2 * m)))
