"""The course's functions are called again, as any program is."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.tests.support.paths import PROGRAMS

WEEK_3 = (PROGRAMS / "week3.py").read_text(encoding="utf-8")
KEPT = """
right, kept = backward_propagation, {}
def backward_propagation(parameters, cache, X, Y):
"""


def examined(path: Path, body: str, **settings) -> Report:
    file = path / "mine.py"
    file.write_text(WEEK_3 + KEPT + body, encoding="utf-8")
    return examine(Request(str(file), network="5-4-1", examples=11, **settings))


BY_SHAPE = "    return kept.setdefault(X.shape, right(parameters, cache, X, Y))"
FIRST_W2 = """
    W2 = kept.setdefault("W2", parameters["W2"])
    return right({**parameters, "W2": W2}, cache, X, Y)
"""
SECOND_CALL = """
    kept["n"] = kept.get("n", 0) + 1
    grads = right(parameters, cache, X, Y)
    return {**grads, "dW2": grads["dW2"] * (kept["n"] % 2)}
"""
WHOLE_TILES = """
    grads = right(parameters, cache, X, Y)
    rest = X.shape[1] % 8 and X.shape[1] > 64
    return {**grads, "db2": grads["db2"] * (0.9 if rest else 1)}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "tensor", "code"),
    [
        (BY_SHAPE, "dW2", "dW.value-later-parameters"),
        (FIRST_W2, "dW1", "dW.value-later-parameters"),
        (SECOND_CALL, "dW2", "dW.value-later-same"),
        (WHOLE_TILES, "db2", "db.value-later-size"),
    ],
    ids=["by shape", "first W2", "second call", "tiles"],
)
def test_functions_that_are_right_once_fail(tmp_path, body: str, tensor: str, code: str) -> None:
    report = examined(tmp_path, body)
    assert (tensor, code) in {(f.tensor, f.code) for f in report.findings}, str(report)
    assert {f.kind for f in report.findings if not f.code.startswith("unit")} == {"later"}


def test_a_function_alone_whose_last_tile_is_wrong_fails(tmp_path) -> None:
    """In a file that has no whole run."""
    file = tmp_path / "mine.py"
    file.write_text(
        "import numpy as np\n"
        "def linear_backward(dZ, cache):\n"
        "    A_prev, W, b = cache\n"
        "    m = A_prev.shape[1]\n"
        "    k = m // 8 * 8 if m > 8 else m\n"
        "    dW = dZ[:, :k] @ A_prev[:, :k].T / m\n"
        "    return W.T @ dZ, dW, dZ.sum(axis=1, keepdims=True) / m\n",
        encoding="utf-8",
    )
    (finding,) = examine(Request(str(file))).findings
    assert (finding.tensor, finding.kind) == ("linear_backward.dW", "later")
    assert "with m = 79, no multiple of 8" in str(finding)


@pytest.mark.slow
def test_right_functions_pass_and_the_calls_are_counted(tmp_path) -> None:
    report = examined(tmp_path, "    return right(parameters, cache, X, Y)", calls=3)
    report.raise_findings()
    assert report.calls is not None
    assert (report.calls.same, report.calls.others) == (3, (79, 64, 11, 11))
    assert examined(tmp_path, "    return right(parameters, cache, X, Y)", calls=1).passed
