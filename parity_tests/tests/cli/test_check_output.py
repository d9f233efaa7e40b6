"""What `check` prints: tables in plain text, JSON with a stable schema, a candidate's own lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ref_numpy
from parity_tests.cli.commands import main
from parity_tests.tests.support.paths import PROGRAMS, ROOT

SMALL = ["--network", "6-5-4-3", "--examples", "11"]


@pytest.mark.slow
def test_printed_lines_go_to_standard_error_and_are_counted(capfd) -> None:
    candidate = f"{PROGRAMS / 'runs.py'}:prints"
    assert main(["check", candidate, *SMALL, "--json"]) == 0
    out, err = capfd.readouterr()
    # It is called twice with the same examples, and with others of 79, 64, 11 and 11.
    assert sorted(err.split("\n")) == ["", *["and backward"] * 6, *["forward"] * 6]
    said = json.loads(out)
    assert said["notes"] == ["the candidate printed 6 lines, which went to standard error"]


@pytest.mark.slow
def test_json_has_a_stable_schema(capsys) -> None:
    candidate = str(PROGRAMS / "runs.py") + ":one_array_twice"
    assert main(["check", candidate, *SMALL, "--json", "--precision", "float64"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said.keys() == {
        "format", "version", "engine", "seed", "verdict", "passed", "candidate", "precision",
        "problem", "condition", "findings", "mistaken", "tensors", "not_checked", "not_seen",
        "unchecked_passes", "evidence", "required", "adapter", "notes", "calls", "sums", "declare",
        "undeclared",
        "granted_by", "hints", "score",
    }  # fmt: skip
    assert (said["format"], said["version"], said["seed"]) == (2, ref_numpy.__version__, 0)
    assert said["calls"].keys() == {"same", "others", "total", "rate"}
    assert said["engine"].startswith(f"NumPy {np.__version__}")
    assert (said["verdict"], said["passed"], said["candidate"], said["precision"]) == (
        "failed", False, candidate, "float64",
    )  # fmt: skip
    assert said["problem"] == "6-5-4-3 (relu, relu, softmax), cross_entropy, 11 examples"
    (finding,) = said["findings"]
    assert finding.keys() >= {
        "tensor", "layer", "kind", "code", "index", "candidate", "reference", "bound", "ratio",
        "cause", "causes",
    }  # fmt: skip
    assert (finding["code"], finding["remark"]["code"]) == ("Z.value", "memory.shared")
    assert (finding["tensor"], finding["layer"], finding["kind"]) == ("Z1", 1, "value")
    assert len(said["tensors"]) == 20
    assert said["tensors"][0].keys() == {
        "name", "shape", "apart", "ratio", "unbounded", "digits", "ratio_end_to_end", "bound",
        "expected", "zero", "function", "judged", "less_accurate",
    }  # fmt: skip


def test_piped_output_is_plain_text() -> None:
    """And within 80 columns, with a row for each tensor."""
    command = [sys.executable, "-m", "parity_tests", "check", str(PROGRAMS / "week4.py")]
    done = subprocess.run(
        [*command, "--network", "6-5-4-1"], capture_output=True, text=True, check=True,
        cwd=ROOT,
    )  # fmt: skip
    assert "\x1b" not in done.stdout
    title, table, _ = done.stdout.split("\n", 1)[0], done.stdout.split("\n\n")[0], done.stderr
    assert title.endswith(
        "float64 by the assignment: 6-5-4-1 (relu, relu, sigmoid), binary_cross_entropy, "
        "256 examples"
    )
    rows = [line.split() for line in table.split("\n")[1:]]
    assert all(len(line) <= 80 for line in table.split("\n")[1:])
    assert rows[0] == ["tensor", "shape", "max", "|Δ|", "error/bound", "digits"]
    assert rows[2][:3] == ["Z1", "(5,", "256)"]
    assert rows[2][-1] == "✓"
    assert ["function", "alone", "gives", "error/bound"] in rows
    assert any(row[:4] == ["linear_backward", "dW", "db", "dA_prev"] for row in rows)


@pytest.mark.slow
def test_a_tensor_of_another_shape_has_a_row_and_is_not_listed_as_unchecked(
    tmp_path: Path, capsys
) -> None:
    source = (PROGRAMS / "week3.py").read_text(encoding="utf-8")
    wrong = source.replace("db2 = np.sum(dZ2, axis=1, keepdims=True)", "db2 = np.sum(dZ2, axis=1)")
    assert wrong != source
    (tmp_path / "mine.py").write_text(wrong, encoding="utf-8")
    command = ["check", str(tmp_path / "mine.py"), "--network", "5-4-1", "--examples", "11"]
    assert main(command) == 1
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["db2", "(1,)", "✗"] in lines
    (unchecked,) = [line for line in lines if line[:2] == ["not", "checked:"]]
    assert "db2" not in unchecked
    assert {"A0", "dA1"} <= set(unchecked)
