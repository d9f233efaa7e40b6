"""results.json is of Gradescope's format."""

from __future__ import annotations

import json
from typing import Any

from parity_tests.grading.gradescope import gradescope_json, gradescope_results

RESULT: dict[str, Any] = {
    "verdict": "failed",
    "sentence": "dW2 is wrong",
    "text": "mine.py, float64: 1 finding; 3 tensors compared\ndW2 is wrong\n  cause: …",
    "parts": [["dW1", True, "right"], ["dW2", False, "dW2 is wrong\x1b[2J"], ["J", True, "right"]],
}
# https://gradescope-autograders.readthedocs.io/en/latest/specs/
TOP = {
    "score", "execution_time", "output", "output_format", "test_output_format", "test_name_format",
    "visibility", "stdout_visibility", "extra_data", "tests", "leaderboard",
}  # fmt: skip
OF_TEST = {
    "score", "max_score", "status", "name", "name_format", "number", "output", "output_format",
    "tags", "visibility", "extra_data",
}  # fmt: skip


def test_there_is_a_test_for_each_name_that_counts() -> None:
    written = gradescope_results(RESULT, 9.0, "after_published", 1.5)
    read = json.loads(gradescope_json(written))
    assert read == written
    assert read.keys() <= TOP
    assert [test.keys() <= OF_TEST for test in read["tests"]] == [True] * 3
    scores = [(t["name"], t["score"], t["max_score"], t["status"]) for t in read["tests"]]
    assert scores == [("dW1", 3, 3, "passed"), ("dW2", 0, 3, "failed"), ("J", 3, 3, "passed")]
    assert (read["score"], read["execution_time"]) == (6, 1.5)
    assert {t["visibility"] for t in read["tests"]} == {"after_published"}
    assert read["stdout_visibility"] == "hidden"
    assert read["output"] == "mine.py, float64: 1 finding; 3 tensors compared"
    assert read["tests"][1]["output"] == "dW2 is wrong\\x1b[2J"


def test_what_was_not_judged_has_0_points_and_a_reason() -> None:
    result = {"verdict": "not judged", "sentence": "ana has no program", "parts": []}
    read = gradescope_results(result, 10.0, "visible", 0.0)
    assert (read["score"], read["tests"], read["output"]) == (0, [], "ana has no program")
