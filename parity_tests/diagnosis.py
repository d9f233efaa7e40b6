"""Why a tensor is wrong: the known mistake that gives the candidate's numbers, every one of them.

A cause is a formula that is verified as the right one is, element by element within its own derived
allowance; never a guess from a ratio. A constant that is not known is fitted to one element and
verified on all the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.comparison import Comparison, closest
from parity_tests.isolation import Walk
from parity_tests.mistakes import LINES, factors, mistakes, with_a_constant
from parity_tests.precision import Precision
from parity_tests.report import Finding, Report
from parity_tests.rounding import ErrorArray
from parity_tests.sites import Site, site_of
from ref_numpy import Array, NetworkSpec

UNKNOWN = "unknown"


def explained(
    findings: list[Finding],
    spec: NetworkSpec,
    params: Mapping[str, Array],
    X: Array,
    Y: Array,
    trace: Mapping[str, Array],
    p: Precision,
) -> list[Finding]:
    """The findings, with the cause of each wrong value.   params, X, Y, trace: float64."""
    wrong = {f.tensor for f in findings if f.kind == "value"}
    if not wrong:
        return findings
    walk = Walk.of(spec, params, X, trace, p)
    right = {n: formulas for n, formulas in walk.all(X, Y) if n in wrong}
    result = []
    for finding in findings:
        if finding.tensor in right and finding.kind == "value":
            site = site_of(walk, finding.tensor, right[finding.tensor][0], ErrorArray(Y, p=walk.p))
            candidate = trace[finding.tensor]
            said = list(dict.fromkeys(causes(site, candidate, walk.p)))
            *_, used = closest(candidate, right[finding.tensor])
            finding = replace(finding, line=LINES[site.kind])
            if said:
                finding = named(finding, said, f"m = {site.m}")
            else:
                text = f"{UNKNOWN}: no known mistake gives these numbers; {pattern(site, used > 1)}"
                finding = replace(finding, cause=text)
        result.append(finding)
    return result


def named(finding: Finding, said: list[str], batches: str) -> Finding:
    """With the mistakes that give its numbers."""
    size = f"all {finding.size} elements" if finding.size > 1 else "its value"
    text = f"{' or '.join(said)}  (this gives {size} to within rounding; {batches})"
    if len(said) > 1:
        text += "; another batch, of several examples and other numbers, may tell them apart"
    return replace(finding, cause=text, causes=tuple(said))


def told_apart(report: Report, again: Callable[[int], Report], m: int) -> Report:
    """Where several mistakes give a tensor's numbers: those that do so on other examples too.

    again: the report on the same candidate with that number of other examples.
    """
    if all(len(finding.causes) < 2 for finding in report.findings):
        return report
    try:
        others = {f.tensor: f for f in again(m + 3).findings if f.causes}
    except Exception:  # it ran once: what it cannot do now is not what it is asked
        return report
    findings = []
    for finding in report.findings:
        other = others.get(finding.tensor)
        both = [said for said in finding.causes if other and said in other.causes]
        if both and len(both) < len(finding.causes):
            finding = named(finding, both, f"m = {m}, and of {m + 3} others")
        findings.append(finding)
    return replace(report, findings=tuple(findings))


def pattern(site: Site, off: Array) -> str:
    """What is known of an error that nothing explains: where it is."""
    if off.ndim != 2 or off.all():
        return "every element is wrong"
    rows, columns = np.flatnonzero(off.any(axis=1)), np.flatnonzero(off.any(axis=0))
    of_examples = off.shape[1] == site.m and site.kind not in ("dW", "db")
    wide = "examples (columns)" if of_examples else "columns"
    for where, name, n in ((columns, wide, off.shape[1]), (rows, "units (rows)", off.shape[0])):
        if len(where) < n and len(where) <= 5:
            return f"only the {name} {', '.join(map(str, where))} are wrong"
    return f"{int(off.sum())} of {off.size} elements are wrong, in {len(rows)} rows"


def causes(site: Site, candidate: Array, p: Precision) -> Iterator[str]:
    """What is said of every mistake that gives the candidate's numbers; of two together only where
    none alone does, and of a fitted constant only where nothing else does."""
    alone = [said for c, said in factors(site) if fits(c * site.right, candidate, p)]
    values: list[tuple[str, ErrorArray]] = []
    for said, formula in mistakes(site):
        value = given(formula, site, candidate)
        if value is not None:
            values.append((said.format(l=site.l, p=site.l - 1), value))
    alone += [said for said, value in values if fits(value, candidate, p)]
    if alone:
        yield from alone
        return
    both = [
        f"{said}, and {also}"
        for said, value in values
        for c, also in factors(site)
        if near(c, value, candidate) and fits(c * value, candidate, p)
    ]
    if both:
        yield from both
        return
    yield from fitted(site, candidate, p)


def given(formula: Any, site: Site, candidate: Array) -> ErrorArray | None:
    """What the formula gives here, if it fits this place."""
    try:
        with np.errstate(all="ignore"):
            value = formula(site)
    except (TypeError, ValueError, AttributeError, IndexError):
        return None
    return value if isinstance(value, ErrorArray) and value.shape == candidate.shape else None


def fits(value: ErrorArray, candidate: Array, p: Precision) -> bool:
    """Whether every element is within what rounding allows this formula."""
    with np.errstate(all="ignore"):
        c = Comparison.of(candidate, [value.rounded(p.handed_over)])
    return c.used <= 1 and not c.unbounded


def near(c: float, value: ErrorArray, candidate: Array) -> bool:
    """Whether a multiple of it may fit, by its largest element alone: most do not."""
    i = np.unravel_index(np.argmax(np.abs(value.value)), value.shape)
    return bool(abs(candidate[i] - c * value.value[i]) <= abs(c * value.value[i]) / 8)


def fitted(site: Site, candidate: Array, p: Precision) -> Iterator[str]:
    """Mistakes with a constant c that is not known, candidate = base + c·direction: c of the
    largest element of the direction, verified on all the others."""
    for said, formula in with_a_constant(site):
        base = given(lambda s, f=formula: f(s)[0], site, candidate)
        direction = given(lambda s, f=formula: f(s)[1], site, candidate)
        if base is None or direction is None or np.count_nonzero(direction.value) < 3:
            continue
        i = np.unravel_index(np.argmax(np.abs(direction.value)), direction.shape)
        c = (candidate[i] - base.value[i]) / direction.value[i]
        rounding = (p.u + p.handed_over) * abs(candidate[i])
        off = base.error[i] + abs(c) * direction.error[i] + rounding
        size = abs(c * direction.value[i])
        if np.isfinite(off) and off < size:
            constant = ErrorArray(c, p=direction.p, relative=float(off / size))
            if fits(base + constant * direction, candidate, p):
                yield said.format(c=f"{c:.4g}", l=site.l, p=site.l - 1)
