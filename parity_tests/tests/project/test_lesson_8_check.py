"""Lesson 8 checks its exercise itself: it runs the network that was built on all inputs."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parity_tests.tests.support.paths import ROOT

LESSON = ROOT / "lessons" / "08_why_deep.py"
ANSWER = ROOT / "lessons" / "answers" / "08_why_deep.py"


def definitions() -> dict[str, Any]:
    """What the lesson imports and defines, without running its cells."""
    tree = ast.parse(LESSON.read_text(encoding="utf-8"))
    kept = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom | ast.FunctionDef)]
    namespace: dict[str, Any] = {}
    exec(compile(ast.Module(kept, []), str(LESSON), "exec"), namespace)
    return namespace


@pytest.fixture(scope="module")
def lesson() -> dict[str, Any]:
    return definitions()


def answer() -> Callable[[int], dict[str, Any]]:
    namespace: dict[str, Any] = {}
    exec(compile(ANSWER.read_text(encoding="utf-8"), str(ANSWER), "exec"), namespace)
    return namespace["multiple_of_3"]


def of_slopes(n: int, units: int, change: Callable[[int], float], first: float = 1.0) -> Any:
    k = np.arange(units)
    return {
        "W1": np.ones((units, n)),
        "b1": -1.0 * k.reshape(-1, 1),
        "W2": np.array([[change(int(i)) for i in k]]),
        "b2": np.full((1, 1), first),
    }


def change(k: int) -> float:
    return -1.0 if k == 0 else -2.0 if k % 3 == 0 else 1.0


def in_thirds(n: int) -> Any:
    params = answer()(n)
    return params | {"W1": params["W1"] / 3, "b1": params["b1"] / 3, "W2": 3 * params["W2"]}


RIGHT = {
    "the shipped answer": answer(),
    "one unit more": lambda n: of_slopes(n, n + 1, change),
    "in thirds": in_thirds,
    "lists of integers": lambda n: {k: a.astype(int).tolist() for k, a in answer()(n).items()},
    "twice as high": lambda n: of_slopes(n, n, lambda k: 2 * change(k), first=1.5),
}
WRONG = {
    "multiples of 2": lambda n: of_slopes(
        n, n, lambda k: -1.0 if k == 0 else 2.0 * (-1) ** (k + 1)
    ),
    "never 0": lambda n: of_slopes(n, n, change, first=2.0),
    "s = 0 is left out": lambda n: of_slopes(n, n, change, first=0.0),
    "a slope too early": lambda n: of_slopes(n, n, lambda k: change(k + 1)),
    "constant": lambda n: of_slopes(n, n, lambda k: 0.0),
    "a unit too few": lambda n: of_slopes(n, max(n - 1, 1), change),
    "too many units": lambda n: of_slopes(n, 2 * n + 1, lambda k: change(k) if k < n else 0.0),
    "NaN": lambda n: of_slopes(n, n, lambda k: np.nan),
    "the shape of b1": lambda n: answer()(n) | {"b1": np.zeros(n + 1)},
    "no parameters": lambda n: None,
}


@pytest.mark.parametrize("build", RIGHT.values(), ids=RIGHT)
def test_a_right_network_is_accepted(
    lesson: dict[str, Any], build: Callable[[int], object]
) -> None:
    assert "0 findings; run for n = 1 to 10" in lesson["check_network"](build)


@pytest.mark.parametrize("build", WRONG.values(), ids=WRONG)
def test_a_wrong_network_is_refused(lesson: dict[str, Any], build: Callable[[int], object]) -> None:
    report = lesson["check_network"](build)
    assert "0 findings" not in report.replace("10 findings", "")
    assert "n = " in report.splitlines()[1]


def test_the_exercise_is_not_solved_yet(lesson: dict[str, Any]) -> None:
    report = lesson["check_network"](lesson["multiple_of_3"])
    assert report.startswith("multiple_of_3: 1 finding;")
    assert "NotImplementedError" in report
