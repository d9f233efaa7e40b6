"""Why a tensor is wrong: the known mistake that gives the candidate's numbers, every one of them.

A cause is a formula that is verified as the right one is, element by element within its own derived
allowance; never a guess from a ratio. How probable it is that some formula would fit by chance is
computed as well: for one number of low precision it is not small, and then the cause is only
"perhaps" until the candidate was asked again with other examples (asking.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations

import numpy as np

from parity_tests.checking.comparison import by_chance, closest, gives
from parity_tests.checking.findings import CHANCE, Cause, Finding
from parity_tests.checking.layerwise import Walk
from parity_tests.diagnosis.fitted_constants import fitted, multiple
from parity_tests.diagnosis.hypotheses import factors, mistakes, pairs, plainly, values
from parity_tests.diagnosis.overflow import overflowing
from parity_tests.diagnosis.reduced_precision import in_lower_precision
from parity_tests.diagnosis.tensor_context import Site, Value, site_of
from parity_tests.diagnosis.unexplained import pattern
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT64, Precision
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec


def explained(
    findings: list[Finding],
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Array,
    Y: Array,
    trace: Mapping[str, Array],
    p: Precision,
    before: Mapping[str, Array] | None = None,
) -> list[Finding]:
    """The findings, with the cause of each wrong value and, where one is known, wrong shape.

    params, X, Y: float64.   trace: float64, of wrong shapes too.   before: the trace of the batch
    that the candidate was given before this one.
    """
    every = {f.tensor: f.kind for f in findings if f.kind in ("value", "shape", "finite")}
    wrong = {n: kind for n, kind in every.items() if n in trace and "@" not in n}
    if not wrong:
        return findings
    sound = {n: a for n, a in trace.items() if every.get(n, "value") == "value"}
    walk = Walk.of(spec, params, X, sound, p, before)
    right = {n: formulas for n, formulas in walk.all(X, Y) if n in wrong}
    output_gradient = walk.output_gradient(ErrorArray(Y, p=walk.p))
    if output_gradient and (last := f"d{spec.output}") in wrong:
        right.setdefault(last, output_gradient)
    result = []
    for finding in findings:
        n = finding.tensor
        if n in right and finding.kind == wrong[n]:
            site = site_of(walk, n, right[n], ErrorArray(Y, p=walk.p))
            finding = diagnosed(finding, site, trace[n], walk.p, spec)
        result.append(finding)
    return result


def diagnosed(
    finding: Finding, site: Site, candidate: Array, p: Precision, spec: NetworkSpec | None = None
) -> Finding:
    """The finding at this place, with its cause.   spec: of a network, whose other batches may tell
    causes apart."""
    if finding.kind == "finite":
        why, right = overflowing(site, candidate, p)
        said = " or ".join(dict.fromkeys(cause.said for cause in why))
        return replace(finding, cause=said, causes=tuple(why), line=right) if why else finding
    finding = replace(finding, line=site.lines[0].shown)
    found = known_causes(site, candidate, p)
    if found:
        note = separation(found, site, spec) if spec else ""
        batch = f"m = {site.m}" if spec else ""
        constant = multiple(site, candidate, p)
        finding = replace(finding, constant=constant)
        return named(finding, [one.cause for one in found], batch, note)
    if finding.kind == "shape":
        return replace(finding, cause=right_numbers(candidate, site, p))
    reference, _, allowed, used = closest(candidate, site.right)
    seen = pattern(site, candidate - reference, allowed, used > 1)
    return replace(finding, cause=f"unknown: no known mistake gives these numbers; {seen}")


def right_numbers(candidate: Array, site: Site, p: Precision) -> str | None:
    """Where only the shape is wrong."""
    shape = site.right[0].shape
    ways: dict[str, Array] = {}
    if candidate.size == math.prod(shape):
        ways["use np.squeeze" if shape == () else f"use .reshape{shape}"] = candidate.reshape(shape)
    column = candidate.ndim == 2 and shape == (len(candidate), 1)
    if column and (candidate == candidate[:, :1]).all():
        ways["every column is the same, and one is enough"] = candidate[:, :1]
    for how, numbers in ways.items():
        if any(gives(right, numbers, p) for right in site.right):
            return f"the numbers are right, and their shape is not: {how}"
    return None


def named(finding: Finding, found: list[Cause], batches: str, note: str = "") -> Finding:
    """With the mistakes that give its numbers; `perhaps`, where something may by chance."""
    size = f"all {finding.size} elements" if finding.size > 1 else "its value"
    said = " or ".join(cause.said for cause in found)
    doubt = max(cause.chance for cause in found)
    perhaps = "" if doubt <= CHANCE else "perhaps "
    if perhaps:
        often = "almost every one" if doubt > 1 / 2 else f"one in {1 / doubt:.2g}"
        note = f"; of wrong numbers of this size {often} is given by some mistake"
    batches = f"; {batches}" if batches else ""
    text = f"{perhaps}{said}  (this gives {size} to within rounding{batches}){note}"
    return replace(finding, cause=text, causes=tuple(found), line=found[0].right or finding.line)


Peak = tuple[tuple[int, ...], float]  # the index of a tensor's largest number, and the number


@dataclass(frozen=True)
class Reading:
    """A cause, and how it is computed at any place: a line, or what is right, times a factor that
    is named by what is said of it. Without either it is of these numbers alone."""

    cause: Cause
    text: str | None = None
    factor: str | None = None

    def at(self, site: Site) -> Iterator[Value]:
        """By each way to compute what the line takes."""
        results = iter(site.right) if self.text is None else values(site, self.text)
        if self.factor is None:
            return results if self.text else iter(())
        c = next((c for c, _, said in factors(site) if said == self.factor), None)
        return iter(()) if c is None else (c * x for x in results)

    def fitting(self, site: Site) -> Iterator[Value]:
        """The same; of one number, that many times where a program may have assigned it to all."""
        zeros = ErrorArray(np.zeros(site.right[0].shape), p=site.right[0].p)
        for x in self.at(site):
            yield x
            if x.shape == () != zeros.shape:
                yield zeros + x

    def near(self, site: Site, candidate: Array, peak: Peak | None) -> bool:
        """Whether it may give these numbers, by the largest of its plain ones: most are far from
        it, and need no error analysis."""
        if self.text is None or peak is None:
            return self.text is None
        c = next((c for c, _, said in factors(site) if said == self.factor), 1)
        there = candidate[
            peak[0] or np.unravel_index(np.argmax(np.abs(candidate)), candidate.shape)
        ]
        return bool(abs(there - c * peak[1]) <= abs(c * peak[1]) / 4)


def known_causes(site: Site, candidate: Array, p: Precision) -> list[Reading]:
    """Every mistake that gives the candidate's numbers. Two together are tried only where none
    alone does; then lower precisions; then constants: each where nothing before it does."""

    @cache
    def peak(text: str | None) -> Peak | None:
        return None if text is None else peak_of(plainly(site, text), candidate)

    whole = multiple(site, candidate, p)
    tried = 0
    for some in (alone, two_together):
        every = list(some(site))
        # Of one number that was wrong the factors are what may give it.
        tried += len(list(factors(site))) if whole and some is alone else len(every)
        found: dict[str, Reading] = {}
        for one in every:
            if one.cause.said not in found and one.near(site, candidate, peak(one.text)):
                value = next((x for x in one.fitting(site) if gives(x, candidate, p)), None)
                if value is not None:
                    alike = whole.alike if whole else by_chance(value, candidate, site.right)
                    cause = replace(
                        one.cause, alike=alike, tried=tried, scale=whole and whole.scale
                    )
                    found[cause.said] = replace(one, cause=cause)
        if found:
            return list(found.values())
    if candidate.shape != site.right[0].shape:
        return []
    lower = list(in_lower_precision(site, candidate, p))
    if lower:
        return [Reading(cause) for cause in lower]
    constants = [c for c in fitted(site, candidate, p) if c.chance <= CHANCE]
    # A multiple of one number or two says nothing, nor does one that may be 1.
    said = [whole] if whole and candidate.size > 2 and whole.alike < 1 / 2 else []
    return [Reading(cause) for cause in (*said, *constants)]


def peak_of(value: Array | None, candidate: Array) -> Peak | None:
    """Where the largest number of a line is, and which; no place, where it has one number for all.
    None where it cannot be the candidate's."""
    if value is None or value.shape not in ((), candidate.shape) or not np.isfinite(value).all():
        return None
    index = np.unravel_index(np.argmax(np.abs(value)), value.shape)
    return tuple(map(int, index)), float(value[index])


def alone(site: Site) -> Iterator[Reading]:
    for one in mistakes(site):
        yield Reading(Cause(one.said, one.line, one.of.shown), one.text)
    line = site.lines[0]
    for _, how, said in factors(site):
        wrong = f"{line.left} = {how.format(line.right)}"
        yield Reading(Cause(said, wrong, line.shown), None, said)


def two_together(site: Site) -> Iterator[Reading]:
    for one in mistakes(site):
        for c, how, said in factors(site):
            if c:
                line = f"{one.of.left} = {how.format(one.text)}"
                cause = Cause(f"{one.said}, and {said}", line, one.of.shown)
                yield Reading(cause, one.text, said)
    for one in pairs(site):
        yield Reading(Cause(one.said, one.line, one.of.shown), one.text)


def separation(found: list[Reading], site: Site, spec: NetworkSpec) -> str:
    """The batch that tells them apart, if one does: they are computed on other examples."""
    if not all(one.text or one.factor for one in found):
        return ""
    name, m = site.name, site.m + 3
    if len(found) < 2:
        return "; another batch would confirm it" if found[0].cause.scale and site.m > 1 else ""
    params, X, Y = random_problem(spec, m, site.m, labels=site.ways[0]["Y"].value)
    walk = Walk.of(spec, params, X, {}, FLOAT64)
    there = site_of(walk, name, dict(walk.all(X, Y))[name], ErrorArray(Y, p=walk.p))
    each = [next(one.at(there), None) for one in found]
    if all(apart(x, y) for x, y in combinations(each, 2)):
        return f"; a batch of {m} other examples tells them apart"
    return "; in this network some are the same: one of other sizes may tell them apart"


def apart(x: Value | None, y: Value | None) -> bool:
    """Whether somewhere no number is within what rounding allows both."""
    if x is None or y is None:
        return False
    if x.shape != y.shape:
        return True
    return bool((np.abs(x.value - y.value) > x.error + y.error).any())
