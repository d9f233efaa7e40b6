"""Sensitivity: the smallest error of one element that is always found, beside fixed tolerances.

A change of an element is found for certain where it is larger than the bound plus the error that
the element has already. The largest such change over all elements, in units of the tensor's root
mean square, is the sensitivity of a test: the minimum detectable error, whatever the element.

A tolerance is compared end to end, as it is used. It can be sensitive by refusing correct results:
so each is also tried on correct candidates, torch's and one that adds in an unfavourable order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import ref_numpy
from parity_tests.adapters.torch_twin import twin
from parity_tests.campaigns.ascending_sums import ascending
from parity_tests.campaigns.fixed_tolerances import ASSERT_CLOSE, CLOSE, FLAT, Rule, close, flat
from parity_tests.campaigns.lower_precisions import SIZES as LOWER_SIZES
from parity_tests.campaigns.lower_precisions import print_lower_precisions
from parity_tests.campaigns.sharpness import print_sharpness
from parity_tests.checking.comparison import Comparison, against
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import PRECISIONS, Precision
from parity_tests.kinds.random_problem import mapped_floats, random_problem
from ref_numpy import Array, Context, NetworkSpec

OURS = "ours"
TOLERANCES = {CLOSE: close, FLAT: flat}
Problem = tuple[dict[str, Array], Array, Array]  # params, X, Y

SEEDS = 10
PLANTED = 10  # elements of each tensor, each moved up and down


@dataclass(frozen=True)
class Sensitivity:
    """The sensitivity of each test, for one tensor of one correct candidate.

    Attributes:
        tensor: its name.
        found: by test, the smallest change that is always found, in root mean squares.
        refused: by test, whether the correct tensor is refused.
    """

    tensor: str
    found: dict[str, float]
    refused: dict[str, bool]

    @property
    def kind(self) -> str:
        """The kind of tensor: "dW" of "dW2"."""
        return self.tensor.rstrip("0123456789")


@np.errstate(all="ignore")  # a bound may overflow, and then is none
def tensor_sensitivities(
    spec: NetworkSpec,
    problem: Problem,
    trace: Any,
    p: Precision,
    rules: Mapping[str, Rule] = TOLERANCES,
    plain: Mapping[str, Array] | None = None,
    context: Context | None = None,
) -> list[Sensitivity]:
    """Measure the sensitivity for each tensor of a correct candidate.

    Args:
        spec: the network.
        problem: numbers of p.
        trace: the candidate's, numbers of p.
        p: the arithmetic.
        rules: with which the bounds are compared.
        plain: the plain computation of each tensor, which some rules need.
        context: of the candidate's run; None is one that does not train.
    """
    params, X, Y = problem
    params = {n: a.astype(np.float64) for n, a in params.items()}
    given = spec, params, widened(X), widened(Y)
    own = {n: widened(a) for n, a in trace.items()}
    reference = ref_numpy.run(*given, context=context)
    plain = reference if plain is None else plain
    result = []
    for name, formulas in expectations(*given, own, p, context=context):
        if name in spec.inputs:  # given
            continue
        rms = float(np.sqrt(np.mean(own[name] ** 2)))
        right = Comparison.of(own[name], formulas)
        *_, ratio = right.elements()
        found, refused = {OURS: reach(own[name], right.expected)}, {OURS: bool(ratio.max() > 1)}
        off = np.abs(own[name] - p.round(reference[name]))
        for test, rule in rules.items():
            tolerated = rule(p, reference[name], plain[name].astype(np.float64))
            found[test] = off + tolerated
            refused[test] = bool((off > tolerated).any())
        in_rms = {t: float(x.max()) / rms if rms else np.inf for t, x in found.items()}
        result.append(Sensitivity(name, in_rms, refused))
    return result


def widened(x: Any) -> Any:
    """Return an array, or each input by name, at float64; whole numbers as they are."""
    return mapped_floats(x, lambda x: x.astype(np.float64))


def reach(own: Array, formulas: Iterable[ErrorArray]) -> Array:
    """Return how far each element can move and still be within the bound of one of the formulas."""
    each = [apart + bound for _, apart, bound, _ in (against(own, f) for f in formulas)]
    bounded = [far for far in each if np.isfinite(far).all()]
    return np.maximum.reduce(bounded or each)


def problem_of(
    spec: NetworkSpec, p: Precision, seed: int, m: int, scale: int = 1, own_labels: bool = False
) -> Problem:
    """Make a random problem.

    Args:
        spec: the network.
        p: the arithmetic, whose numbers it has.
        seed: of the random numbers.
        m: examples.
        scale: of the parameters, which grow in training.
        own_labels: the labels are the network's predictions, as at the end of training, so that its
            losses are small.
    """
    params, X, Y = random_problem(spec, m, seed)
    params = {n: p.round(scale * a) for n, a in params.items()}
    if own_labels:
        A = ref_numpy.predict(spec, {n: a.astype(float) for n, a in params.items()}, X)
        Y = ref_numpy.one_hot(A, *spec.output_shape)
    return params, p.round(X), p.round(Y)


def correct_candidates(p: Precision, device: str) -> Iterator[list[Sensitivity]]:
    """Yield networks fresh and trained, narrow and wide, with torch's order of sums and ours."""
    runs = [twin(p.name, device)] + ([ascending] if p.to_nearest else [])
    narrow, wide = (NetworkSpec.dense(d, "tanh") for d in ([64, 32, 16, 10], [784, 32, 10]))
    for seed in range(SEEDS):
        problems = [(wide, problem_of(wide, p, seed, 256))]
        for m, scale, own in product((1, 256), (1, 4, 16), (False, True)):
            problems.append((narrow, problem_of(narrow, p, seed, m, scale, own)))
        for spec, problem in problems:
            for run in runs:
                yield tensor_sensitivities(spec, problem, run(spec, *problem), p)


def planted(
    spec: NetworkSpec,
    problem: Problem,
    trace: Any,
    found: Mapping[str, float],
    p: Precision,
    context: Context | None = None,
) -> Iterator[bool]:
    """Yield whether each of many changes of the promised size is found at its tensor.

    One that a less accurate formula has is no finding: the report says that of the tensor.
    """
    rng = np.random.default_rng(0)
    for name, change in found.items():
        rms = np.sqrt(np.mean(trace[name].astype(np.float64) ** 2))
        for _, sign in product(range(min(PLANTED, trace[name].size)), (-1, 1)):
            index = tuple(int(rng.integers(n)) for n in trace[name].shape)
            spoiled = np.array(trace[name])
            moved = (spoiled[index] + sign * change * rms).astype(spoiled.dtype)
            spoiled[index] = np.nextafter(moved, spoiled.dtype.type(sign * np.inf))
            report = check(trace | {name: spoiled}, spec, *problem, p, context=context)
            is_found = any(finding.tensor == name for finding in report.findings)
            is_found |= any(one.name == name and one.less_accurate for one in report.tensors)
            yield is_found or bool(report.declare)  # an arithmetic of halves that would explain it


def campaign(device: str, sizes: Sequence[int], seeds: int, console: Console) -> int:
    """Print the tables of sensitivity, of sharpness, and of lower precisions sold as float32.

    Args:
        device: torch's, for the first of them.
        sizes: the numbers of terms of a sum, for the second.
        seeds: how many problems of each.
        console: where to print.

    Returns:
        1 where a planted change or a lower precision is missed, where a correct program is refused,
        or where a tolerance is more sensitive than the bounds and refuses none; else 0.
    """
    wrong = print_sensitivity(device, console)
    console.print()
    wrong += print_sharpness(sizes, seeds, console)
    console.print()
    wrong += print_lower_precisions(LOWER_SIZES, console)
    return 1 if wrong else 0


def print_sensitivity(device: str, console: Console) -> int:
    """Print the table.

    Returns:
        How many planted changes are missed, and how many tolerances are more sensitive than the
        bounds and refuse no correct candidate.
    """
    spec = NetworkSpec.dense([64, 32, 16, 10], "tanh")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("precision")
    table.add_column("tensor")
    for column in (OURS, "refuses", CLOSE, "refuses", FLAT, "refuses"):
        table.add_column(column, justify="right")
    missed = tried = unexplained = 0
    for precision in ASSERT_CLOSE:
        p = PRECISIONS[precision]
        found: dict[str, dict[str, float]] = {}
        for seed in range(SEEDS):
            problem = problem_of(spec, p, seed, 256)
            trace = twin(precision, device)(spec, *problem)
            rows = tensor_sensitivities(spec, problem, trace, p)
            for row in rows:
                best = found.setdefault(row.kind, dict.fromkeys(row.found, 0.0))
                best |= {test: max(best[test], x) for test, x in row.found.items()}
            if seed == 0:
                changes = {row.tensor: row.found[OURS] for row in rows}
                seen = list(planted(spec, problem, trace, changes, p))
                missed, tried = missed + seen.count(False), tried + len(seen)
        candidates = list(correct_candidates(p, device))
        for kind, best in found.items():
            cells = []
            for test, least in best.items():
                refused = sum(any(r.refused[test] for r in c if r.kind == kind) for c in candidates)
                cells += [f"{least:.1e}", f"{refused} of {len(candidates)}"]
                unexplained += least <= best[OURS] and test != OURS and not refused
            table.add_row(precision, kind, *cells)
        table.add_section()
    console.print(table)
    console.print(
        f"\nThe change of one element that is always found, in root mean squares of its tensor;"
        f"\nand how many correct candidates are refused at such a tensor."
        f"\n{missed} of {tried} planted changes of that size were missed on {device}."
    )
    return missed + unexplained
