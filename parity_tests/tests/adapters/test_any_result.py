"""Functions that return anything, and processes that answer anything: never a failure of ours."""

from __future__ import annotations

import inspect
import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parity_tests.adapters.candidate_process.in_this_process import course_here, passed_on
from parity_tests.adapters.candidate_process.plain_data import PlainData
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.candidate_process.service import Service
from parity_tests.adapters.check_candidate import examine, report_on
from parity_tests.adapters.course.functions import WEEKS
from parity_tests.adapters.load import course_functions
from parity_tests.adapters.request import Request
from parity_tests.adapters.source_files import definitions
from parity_tests.checking.verdict import FAILED, MISTAKEN_CALL
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.paths import PROGRAMS
from ref_numpy import InputError

NETWORKS = {2: "5-1", 3: "5-4-1", 4: "5-4-3-1"}
SHAPES = [(), (1,), (4, 5), (5, 1), (1, 1), (4, 1), (4, 7), (1, 7), (7,), (0,), (3, 0), (4, 5, 1)]
DTYPES = [float, np.float32, int, bool, complex, object, "U3", np.float16, np.longdouble, "M8[s]"]
NUMBERS = [0.0, 1.0, -1.0, np.nan, np.inf, 1e300]
OTHERS = [
    None, True, 3, 2.5, "text", b"x", object(), 10**400, np.float64(2), np.bool_(True), 1j,
    range(3), {1, 2}, len, type, iter([]), np.datetime64("2020"),
]  # fmt: skip
KEYS = ["dW1", "db1", "dW2", "A1", "Z1", "dw", "db", "dA0", "dAL", "W1", "x", 3, None, (1, "a")]


def anything(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.choice(["array"] * 4 + ["other", "tuple", "list", "dict"])
    if kind == "array" or depth > 3:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.full(rng.choice(SHAPES), rng.choice(NUMBERS)).astype(rng.choice(DTYPES))
    if kind == "other":
        return rng.choice(OTHERS)
    inner = [anything(rng, depth + 1) for _ in range(rng.choice([0, 1, 2, 3, 4]))]
    if kind == "dict":
        return {rng.choice(KEYS): x for x in inner}
    return tuple(inner) if kind == "tuple" else inner


def odd(own: Callable[..., Any], rng: random.Random) -> Callable[..., Any]:
    """The function, but for its result, or for one part of it."""
    replaced, fixed = rng.random() < 0.4, anything(rng)

    def function(*arguments: Any) -> Any:
        result = own(*arguments)
        if replaced or not isinstance(result, tuple | dict):
            return fixed
        if isinstance(result, dict):
            return {**result, rng.choice([*result]): fixed}
        entries = [*result]
        entries[rng.randrange(len(entries))] = fixed
        return tuple(entries)

    function.__dict__["__signature__"] = inspect.signature(own)
    function.__module__ = "mine"
    return function


@pytest.mark.parametrize(
    ("seed", "n"), [(0, 3), pytest.param(1, 50, marks=pytest.mark.slow)], ids=["few", "many"]
)
@pytest.mark.filterwarnings("ignore")
def test_any_result_is_judged_or_one_sentence(seed: int, n: int) -> None:
    rng, failed = random.Random(seed), 0
    weeks = {w: definitions(str(PROGRAMS / f"week{w}.py")) for w in NETWORKS}
    for i in range(n):
        week = [*NETWORKS][i % len(NETWORKS)]
        namespace = dict(weeks[week])
        known = [name for name in WEEKS if name in namespace]
        for name in rng.sample(known, min(len(known), rng.choice([1, 1, 2, 3]))):
            namespace[name] = odd(namespace[name], rng)
        request = Request("mine.py", network=NETWORKS[week], examples=7)
        candidate = course_functions(request, course_here(namespace))
        try:
            report = report_on(candidate, *random_problem(candidate.spec, 7, 0))
        except InputError:
            continue
        assert str(report)
        assert report.to_json()
        failed += report.verdict in (FAILED, MISTAKEN_CALL)
    assert failed > n // 2


def damaged(answer: Any, rng: random.Random, often: float) -> Any:
    """The answer of a candidate's process, of which some parts are replaced, left out or added."""
    if rng.random() < often:
        return PlainData().of(anything(rng))
    if isinstance(answer, tuple | list):
        return type(answer)(damaged(x, rng, often) for x in answer)
    if not isinstance(answer, dict):
        return answer
    changed = {key: damaged(x, rng, often) for key, x in answer.items()}
    if changed and rng.random() < often:
        del changed[rng.choice([*changed])]
    return changed | ({rng.choice(KEYS): 1} if rng.random() < often else {})


CANDIDATES = {
    "week2.py": "5-1", "week3.py": "5-4-1", "week4.py": "5-4-3-1", "runs.py:right": "5-4-3",
    "renamed_drivers.py": "5-4-1", "one_cache_for_every_layer.py": "5-4-3-1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("first", "n"), [(0, 6), pytest.param(6, 60, marks=pytest.mark.slow)], ids=["few", "many"]
)
@pytest.mark.filterwarnings("ignore")
def test_any_answer_of_a_process_is_judged_or_one_sentence(first: int, n: int) -> None:
    refused = 0
    for seed in range(first, first + n):
        rng, service, asked = random.Random(seed), Service(), iter(range(10**9))
        often, honest = rng.choice([0.002, 0.01, 0.03, 0.1]), rng.choice([0, 0, 1, 2, 3, 5])

        def ask(
            name: str, request: Any, *, rng=rng, service=service, asked=asked, often=often,
            honest=honest,
        ) -> Any:  # fmt: skip
            answer = service.answer(passed_on(request))
            return passed_on(answer if next(asked) < honest else damaged(answer, rng, often))

        name = [*CANDIDATES][seed % len(CANDIDATES)]
        request = Request(str(PROGRAMS / name), network=CANDIDATES[name], examples=7)
        try:
            report = examine(request, Program(ask))
        except InputError:
            refused += 1
            continue
        assert str(report)
        assert report.to_json()
    assert refused
