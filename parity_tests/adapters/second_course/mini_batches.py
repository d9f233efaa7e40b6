"""`random_mini_batches(X, Y, mini_batch_size, seed)`: every example once, X and Y in one order.

The examples of the problem are numbered, so that the order is read off what comes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from parity_tests.adapters.course.function_results import words
from parity_tests.adapters.course.functions import Course, argument_names
from parity_tests.adapters.second_course.made_findings import (
    Mistake,
    made_finding,
    report_of,
    row_of_property,
)
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import CandidateError
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array

NAME = "random_mini_batches"
N_X, SIZE = 3, 8
# With a smaller last mini-batch; without; and with less than one.
EXAMPLES = (37, 32, 5)
SEED, OTHER_SEED = 3, 4

Batches = list[tuple[Array, Array]]

RIGHT_ORDER = "permutation = np.random.permutation(m); X = X[:, permutation]; Y = Y[:, permutation]"
RIGHT_TAIL = "if m % size != 0: mini_batches.append((X[:, m - m % size:], Y[:, m - m % size:]))"


def check_mini_batches(course: Course, p: Precision) -> Iterator[Report]:
    """Check `random_mini_batches`, if the candidate has it."""
    if NAME not in course.functions:
        return
    findings: list[Finding] = []
    for m in EXAMPLES:
        batches = call_mini_batches(course, m, SEED, findings)
        if batches is not None:
            findings += batch_findings(batches, m)
        if findings:
            break
    if not findings:
        findings += seed_findings(course)
    rows = [row_of_property(NAME, n, np.zeros(0)) for n in ("X", "Y")]
    compared = bool(findings) and findings[0].kind not in ("result", "value")
    yield report_of(NAME, p, findings, () if compared else rows)


def numbered_examples(m: int) -> tuple[Array, Array]:
    """Return X (3, m) and Y (1, m), whose numbers tell the example, and in X the row."""
    i = np.arange(m, dtype=float)
    return np.stack([i + 1000 * k for k in range(1, N_X + 1)]), i.reshape(1, m)


def call_mini_batches(course: Course, m: int, seed: int, findings: list[Finding]) -> Batches | None:
    """Call the function, and return its mini-batches."""
    X, Y = numbered_examples(m)
    given: dict[str, Any] = {"X": X, "Y": Y, "mini_batch_size": SIZE}
    if len(argument_names(course.description.functions[NAME])) > 3:
        given["seed"] = seed
    return course.attempt(NAME, given, read_batches, findings, NAME)


def read_batches(result: Any) -> Batches:
    """Read a list of pairs (X, Y).

    Raises:
        CandidateError: it is something else.
    """
    every = list(result) if isinstance(result, list | tuple) else None
    if every is None or not all(isinstance(b, tuple | list) and len(b) == 2 for b in every):
        raise CandidateError(f"{words(result)}; expected a list of pairs (X, Y)")
    batches = [(as_array(X), as_array(Y)) for X, Y in every]
    for X, Y in batches:
        if X.ndim != 2 or len(X) != N_X or Y.shape != (1, X.shape[1]):
            shapes = f"a mini-batch of X {X.shape} and Y {Y.shape}"
            raise CandidateError(f"{shapes}; expected ({N_X}, k) and (1, k)")
    return batches


def batch_findings(batches: Batches, m: int) -> Iterator[Finding]:
    """Yield the first thing that is wrong with the mini-batches of m examples."""
    X, Y = numbered_examples(m)
    sizes = [b[0].shape[1] for b in batches]
    right = [SIZE] * (m // SIZE) + [m % SIZE] * (m % SIZE > 0)
    facts: dict[str, Any] = {
        "m": m,
        "size": SIZE,
        "given": listed(sizes),
        "expected": listed(right),
    }
    all_X = np.concatenate([b[0] for b in batches], axis=1) if batches else X[:, :0]
    all_Y = np.concatenate([b[1] for b in batches], axis=1) if batches else Y[:, :0]
    if sizes != right:
        mistakes = []
        if sizes == [SIZE] * (m // SIZE):
            mistakes = [Mistake("batches.missing-tail", "return mini_batches", RIGHT_TAIL)]
        elif sizes == [*right, 0]:
            wrong = RIGHT_TAIL.partition(": ")[2]
            mistakes = [Mistake("batches.empty-tail", wrong, RIGHT_TAIL)]
        yield made_finding(NAME, "X", "batches.sizes", facts, mistakes, RIGHT_TAIL)
        return
    order_X, order_Y = all_X[0] - 1000, all_Y[0]
    if not np.array_equal(all_X, np.stack([order_X + 1000 * k for k in range(1, N_X + 1)])):
        yield made_finding(NAME, "X", "batches.columns", facts, (), RIGHT_ORDER)
        return
    if not np.array_equal(order_X, order_Y):
        yield made_finding(NAME, "Y", "batches.apart", facts, apart(order_X, order_Y), RIGHT_ORDER)
        return
    if not np.array_equal(np.sort(order_X), np.arange(m)):
        lost = sorted({*range(m)} - {*map(int, order_X)})
        facts["lost"] = listed(lost[:3])
        yield made_finding(NAME, "X", "batches.examples", facts, (), RIGHT_TAIL)
        return
    if m > SIZE and np.array_equal(order_X, np.arange(m)):
        mistake = Mistake("batches.not-shuffled", "shuffled_X, shuffled_Y = X, Y", RIGHT_ORDER)
        yield made_finding(NAME, "X", "batches.order", facts, [mistake])


def apart(order_X: Array, order_Y: Array) -> list[Mistake]:
    """Return why X and Y are in two orders."""
    old = np.arange(len(order_X))
    code = "batches.two-orders"
    wrong = "X = X[:, np.random.permutation(m)]; Y = Y[:, np.random.permutation(m)]"
    if np.array_equal(order_X, old):
        code, wrong = "batches.X-not-shuffled", "Y = Y[:, permutation]"
    elif np.array_equal(order_Y, old):
        code, wrong = "batches.Y-not-shuffled", "X = X[:, permutation]"
    elif not np.array_equal(np.sort(order_X), np.sort(order_Y)):
        return []
    return [Mistake(code, wrong, RIGHT_ORDER)]


def seed_findings(course: Course) -> Iterator[Finding]:
    """Yield that the seed is not used; note where the order is another than NumPy's of the seed."""
    if len(argument_names(course.description.functions[NAME])) < 4:
        return
    m, ignored = EXAMPLES[0], list[Finding]()
    orders = []
    for seed in (SEED, SEED, OTHER_SEED):
        batches = call_mini_batches(course, m, seed, ignored)
        if batches is None:
            return
        orders.append(np.concatenate([b[1][0] for b in batches]))
    right = "np.random.seed(seed)"
    facts = {"m": m, "seed": SEED}
    if not np.array_equal(orders[0], orders[1]):
        mistake = Mistake("batches.seed-unused", "np.random.permutation(m) without a seed", right)
        yield made_finding(NAME, "X", "batches.seed", facts, [mistake])
    elif np.array_equal(orders[0], orders[2]):
        mistake = Mistake("batches.one-order", "np.random.seed(…) of a constant", right)
        yield made_finding(NAME, "X", "batches.seed", facts, [mistake])
    elif not np.array_equal(orders[0], np.random.RandomState(SEED).permutation(m)):
        course.note("note.other-generator", function=NAME)


def listed(numbers: Sequence[int]) -> str:
    """Return numbers, with commas."""
    return ", ".join(map(str, numbers)) or "none"
