"""The verdict in words: the first wrong tensor, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.page.headline import with_brackets
from parity_tests.page.html import contents
from parity_tests.page.page_request import PageRequest
from parity_tests.page.training_recording import record
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.edited_programs import with_edits

TANH = ("(1 - np.power(A1, 2))", "(1 - A1)")
NO_MEAN = ("np.dot(dZ2, A1.T) / m", "np.dot(dZ2, A1.T)")
CUBED = ("db1 = np.sum(dZ1, ", "db1 = 0.37 * np.sum(dZ1 ** 3, ")
FLAT = ("db2 = np.sum(dZ2, axis=1, keepdims=True)", "db2 = np.sum(dZ2, axis=1)")
BEFORE = "everything before it is right"
SAID = {
    "one": ([TANH], f"dZ[1] is wrong: 1 − A is used, 1 − A² was expected; {BEFORE}"),
    "two": ([TANH, NO_MEAN], "Also wrong: dZ[1]"),
    "unknown": ([CUBED], f"db[1] is wrong: the cause is unknown; {BEFORE}"),
    "shape": ([FLAT], f"keepdims=True is missing, which leaves a rank-1 array; {BEFORE}"),
    "none": ([], "not checked: dA[1], dA[0]"),
}


def headline_of(folder: Path, edits: list[tuple[str, str]], name: str = "") -> str:
    return contents_of(folder, edits, name)["headline"]


def contents_of(folder: Path, edits: list[tuple[str, str]], name: str = "") -> dict[str, Any]:
    source = (PROGRAMS / "week3.py").read_text(encoding="utf-8")
    source = with_edits(source, edits)
    (folder / "mine.py").write_text(source, encoding="utf-8")
    request = PageRequest(f"{folder / 'mine.py'}{name}", iterations=3)
    return contents(record(request, program_here()))


@pytest.mark.slow
@pytest.mark.parametrize("edited", SAID)
def test_the_headline_says_what_is_wrong_and_why(tmp_path: Path, edited: str) -> None:
    edits, said = SAID[edited]
    assert headline_of(tmp_path, edits).endswith(said)


@pytest.mark.slow
def test_a_wrong_update_is_shown_at_the_updates(tmp_path: Path) -> None:
    minus = "parameters[k] - learning_rate"
    held = contents_of(tmp_path, [(minus, minus.replace("-", "+"))])
    assert "update_parameters" in held["headline"]
    assert [f["steps"] for f in held["findings"]] == [("W1+", "b1+", "W2+", "b2+")]
    assert {s for f in held["findings"] for s in f["steps"]} <= {s["name"] for s in held["steps"]}


def test_a_program_without_gradients_is_not_judged(tmp_path: Path) -> None:
    forward_only = "\nimport ref_numpy\ndef run(spec, params, X, Y):\n" + (
        "    return {'Z1': ref_numpy.run(spec, params, X, Y)['Z1']}\n"
    )
    said = headline_of(
        tmp_path, [("import numpy as np", f"import numpy as np{forward_only}")], ":run"
    )
    assert said.startswith("Not judged:")


def test_only_names_of_tensors_get_brackets() -> None:
    names = ["W1", "dW1", "dW10", "J"]
    assert with_brackets("dW1 and dW10: W1 in week 1, J", names) == (
        "dW[1] and dW[10]: W[1] in week 1, J"
    )
