"""A small campaign of false positives, and that it fails where a candidate is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import parity_tests
from parity_tests.campaigns import candidate_results
from parity_tests.campaigns.candidate_results import Result, open_record
from parity_tests.campaigns.engines import numpy_engine, torch_engine
from parity_tests.cli.commands import main

SEED = 1_000_000  # not one that the long campaign begins with
PRECISIONS = ("float64", "float32", "bfloat16")


def run(*options: object, engine: str = "numpy", precisions: tuple[str, ...] = ("float64",)) -> int:
    chosen = [option for precision in precisions for option in ("--precision", precision)]
    return main(["false-positives", "--engine", engine, *chosen, *map(str, options)])


def table(printed: str) -> list[str]:
    """The lines of the table, and the last one."""
    lines = printed.splitlines()
    last = max(i for i, line in enumerate(lines) if "precision" in line and "ratio" in line)
    return lines[last:]


@pytest.mark.parametrize("n", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_random_correct_candidates_pass(n: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--candidates", n, "--seed", SEED, engine="torch", precisions=PRECISIONS) == 0
    printed = capsys.readouterr().out
    assert f"{3 * n} random correct candidates from seed 1000000 on cpu: 0 refused" in printed
    rows = [line.split()[:4] for line in table(printed)]
    for precision in PRECISIONS:
        assert ["torch", precision, str(n), "0"] in rows


@pytest.mark.slow
def test_random_networks_of_other_activations_pass(capsys: pytest.CaptureFixture[str]) -> None:
    hidden = [x for g in ("elu", "gelu", "gelu_tanh", "silu", "softplus") for x in ("--hidden", g)]
    every = (*PRECISIONS, "float16")
    assert run("--candidates", 25, *hidden, engine="torch", precisions=every) == 0
    assert "100 random correct candidates from seed 0 on cpu: 0 refused" in capsys.readouterr().out


@pytest.mark.slow
def test_a_wrong_candidate_fails_the_campaign(monkeypatch, capsys) -> None:
    right = torch_engine.run

    def wrong(*problem: Any, **options: Any) -> Mapping[str, Any]:
        trace = right(*problem, **options)
        return {**trace, "J": trace["J"] + 1}

    monkeypatch.setattr(torch_engine, "run", wrong)
    assert main(["soundness", "--precision", "float64", "--candidates", "3"]) == 1
    printed = capsys.readouterr().out
    assert printed.count("J is wrong") == 3
    again = (
        "again: parity false-positives --engine torch --precision float64 --seed 2 --candidates 1"
    )
    assert again in printed
    assert main(again.split()[2:]) == 1
    worst = next(
        line
        for line in capsys.readouterr().out.splitlines()
        if "error ÷" in line or "× bound" in line
    )
    assert worst in printed


def test_an_engine_that_raises_fails_the_campaign(monkeypatch, capsys) -> None:
    def broken(*problem: Any, **options: Any) -> None:
        raise RuntimeError("no compiler")

    monkeypatch.setattr(numpy_engine, "run", broken)
    assert run("--candidates", 2) == 2
    printed = capsys.readouterr().out
    assert printed.count("numpy failed: RuntimeError: no compiler") == 2
    assert "failed" in table(printed)[0]


@pytest.mark.parametrize("precision", ["float16", "float32"])
def test_numbers_that_are_not_finite_are_counted_apart(precision, monkeypatch, capsys) -> None:
    """The finding is true of the engine: float16 overflows, tinygrad's sigmoid has a NaN."""
    right = numpy_engine.run

    def overflowing(*problem: Any, **options: Any) -> Mapping[str, Any]:
        return {**right(*problem, **options), "J": np.array(np.inf, problem[2].dtype)}

    monkeypatch.setattr(numpy_engine, "run", overflowing)
    assert run("--candidates", 1, precisions=(precision,)) == 0
    assert "not finite" in table(capsys.readouterr().out)[0]


@pytest.mark.slow
def test_a_campaign_is_resumed(monkeypatch, capsys, tmp_path: Path) -> None:
    """Ended in the middle of a line, it computes the missing candidates, and prints the same."""
    record, calls, right = tmp_path / "results.jsonl", [], numpy_engine.run

    def counting(*problem: Any, **options: Any) -> Mapping[str, Any]:
        calls.append(problem)
        return right(*problem, **options)

    monkeypatch.setattr(numpy_engine, "run", counting)
    options = "--candidates", 5, "--seed", SEED, "--record", record
    assert run(*options) == 0
    whole, printed = record.read_bytes(), table(capsys.readouterr().out)
    assert len(calls) == 5
    lines = whole.splitlines(keepends=True)
    record.write_bytes(b"".join(lines[:3]) + lines[3][:40])
    assert run(*options) == 0
    assert (record.read_bytes(), table(capsys.readouterr().out)) == (whole, printed)
    assert len(calls) == 5 + 3
    assert run(*options) == 0
    assert (record.read_bytes(), len(calls)) == (whole, 5 + 3)


def test_an_interrupted_campaign_leaves_whole_lines(monkeypatch, tmp_path: Path) -> None:
    record, calls, right = tmp_path / "results.jsonl", [], numpy_engine.run

    def interrupted(*problem: Any, **options: Any) -> Mapping[str, Any]:
        calls.append(problem)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return right(*problem, **options)

    monkeypatch.setattr(numpy_engine, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run("--candidates", 5, "--record", record)
    first, *results = map(json.loads, record.read_text().splitlines())
    assert first["format"] == 1
    assert [(result["engine"], result["seed"]) for result in results] == [
        ("numpy", 0),
        ("numpy", 1),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"format": 1, "code": "of another day"}\n', "are of other code"),
        ("a text\n", "is not a file of results"),
        ('{"format": 1}\n', "is not a file of results"),
    ],
)
def test_another_file_is_refused(content: str, message: str, tmp_path: Path, capsys) -> None:
    record = tmp_path / "results.jsonl"
    record.write_text(content)
    assert run("--candidates", 1, "--record", record) == 2
    printed = capsys.readouterr().err
    assert message in printed
    assert printed.count("\n") == 1
    assert record.read_text() == content


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--engine", "jacks"], "engine 'jacks' is unknown"),
        (["--precision", "float31"], "precision 'float31' is unknown"),
        (["--engine", "numpy", "--precision", "bfloat16"], "NumPy has no bfloat16"),
        (["--record", "no/such/folder"], "is not a file of results"),
        (["--engine", "torch", "--device", "no-such"], "device 'no-such' cannot be used here"),
        (["--engine", "numpy", "--device", "meta"], "checked on the CPU alone"),
    ],
)
def test_bad_input_is_one_sentence(options: list[str], message: str, capsys) -> None:
    assert main(["false-positives", *options]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.err.count("\n") == 1


def test_sums_in_float16_are_unsupported_until_they_are_declared(capsys) -> None:
    in_order = "numpy-in-order"
    options = "--seed", 1, "--candidates", 3
    assert run(*options, engine=in_order, precisions=("float16",)) == 0
    assert "unsupport" in table(capsys.readouterr().out)[0].replace("…", "")
    assert run(*options, engine=in_order, precisions=("float16-sums",)) == 0
    assert "unsupport" not in "".join(table(capsys.readouterr().out))


def test_a_record_is_of_the_activations_that_were_named(tmp_path: Path, capsys) -> None:
    record = tmp_path / "results.jsonl"
    assert run("--candidates", 1, "--hidden", "silu", "--record", record) == 0
    assert run("--candidates", 1, "--hidden", "silu", "--record", record) == 0
    capsys.readouterr()
    assert run("--candidates", 1, "--record", record) == 2
    assert "are of other code" in capsys.readouterr().err


def test_a_suspicion_counts_as_a_refusal_with_strict(tmp_path: Path, capsys) -> None:
    record = tmp_path / "results.jsonl"
    result = Result("numpy", "float64", "cpu", 0, "random", "passed", suspicious="Z1", sums_ratio=2)
    with open_record(str(record)) as recorder:
        recorder.add(result)
    assert run("--candidates", 1, "--record", record) == 0
    assert run("--candidates", 1, "--record", record, "--strict") == 1
    assert "0 refused, 1 suspicious" in capsys.readouterr().out


def test_the_code_that_decides_is_found() -> None:
    root = Path(parity_tests.__file__).parents[1]
    assert all([*root.glob(pattern)] for pattern in candidate_results.JUDGES)
