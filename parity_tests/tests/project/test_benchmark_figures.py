"""The figures of benchmarks: the record keeps those of each run, and the README shows them."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from ref_numpy import InputError

gpu = pytest.importorskip("benchmarks.gpu.figures", reason="benchmarks are not in the wheel")

from benchmarks import (  # noqa: E402
    growth,
    large_table,
    loop_cost,
    readme,
    results,
    training_steps,
)
from benchmarks.__main__ import command, main  # noqa: E402
from benchmarks.accuracies import mnist1d, own_tables  # noqa: E402
from benchmarks.arithmetic import layer_norm_sums  # noqa: E402
from benchmarks.costs import Cost  # noqa: E402
from benchmarks.results import PARTS, empty_record, merge  # noqa: E402
from benchmarks.startup import Start  # noqa: E402
from parity_tests.tests.support.timed_steps import row  # noqa: E402

MACHINE = {
    "cpu": "a processor", "cores": 2, "system": "Linux", "python": "3.11.7",
    "blas": {"numpy": "openblas 0.3", "torch": "mkl"}, "gpu": "", "versions": {"numpy": "2.4.6"},
    "load": 0.1,
}  # fmt: skip


def a_run(date: str, **parts: list[Any]) -> dict[str, Any]:
    """Results as the command writes them."""
    made = {part: [asdict(item) for item in parts.get(part, [])] for part in PARTS}
    return {
        "format": 1, "date": date, "commit": "abc1234", "command": ["python", "-m", "benchmarks"],
        "machine": MACHINE, "missing": {}, **made,
    }  # fmt: skip


def start(seconds: float) -> Start:
    return Start("import ref_numpy", seconds, seconds / 0.1, ["numpy"])


MARKERS = "".join(
    f"<!-- figures: {name} -->\nREPLACED\n<!-- end of figures -->\n"
    for name in (*PARTS, "thresholds")
)


def test_a_run_replaces_its_figures_and_keeps_the_others() -> None:
    first = a_run("2026-01-01", steps=[row("5-4-3", 7, reference=2, torch=1)], startup=[start(0.1)])
    second = a_run("2026-02-02", steps=[row("5-4-3", 7, reference=3, torch=1)])
    record = merge(merge(empty_record(), first), second)
    assert [(r["seconds"]["reference"], r["run"]) for r in record["steps"]] == [(3, "2026-02-02")]
    assert [(s["seconds"], s["run"]) for s in record["startup"]] == [(0.1, "2026-01-01")]
    assert list(record["runs"]) == ["2026-01-01", "2026-02-02"]
    third = a_run("2026-03-03", startup=[start(0.2)])
    assert list(merge(record, third)["runs"]) == ["2026-02-02", "2026-03-03"]


def test_rows_of_one_table_stay_together() -> None:
    rows = [row(network, 7, reference=2, torch=1) for network in ("5-4-3", "6-5-3", "7-5-3")]
    other = replace(rows[1], dtype="float64")
    record = merge(empty_record(), a_run("1", steps=[rows[0], other]))
    record = merge(record, a_run("2", steps=[rows[2]]))
    assert readme.section("steps", record).count("**") == 2 * 2


@pytest.mark.slow
def test_the_readme_gets_the_figures_of_the_record(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(MARKERS, encoding="utf-8")
    network = training_steps.NETWORKS[0]
    rows = [row(network, m, reference=0.003, torch=0.002) for m in (32, 256)]
    readme.update(tmp_path, [a_run("2026-01-01", steps=rows, startup=[start(0.125)])])
    readme.update(tmp_path, [a_run("2026-02-02", steps=[row(network, 256, reference=1, torch=4)])])
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "REPLACED" not in text
    assert f"| {network} | 32 | 3.000 ms | 1.50 |" in text
    assert f"| {network} | 256 | 1000 ms | 0.25 |" in text
    assert "| import ref_numpy | 125 ms | 1.25 | numpy |" in text
    assert f"| reference / torch, {network}, m ≤ 256 | 0.35 | 1.50 | ✗ |" in text
    runs = [line for line in text.splitlines() if line.startswith("- Measured")]
    assert [line[11:21] for line in runs] == ["2026-01-01", "2026-02-02", "2026-01-01"]
    assert all("commit abc1234" in line and "a processor, 2 cores" in line for line in runs)
    assert runs[1].endswith(f"(float32, 1, cpu, {network}, 256)")
    assert "`python -m benchmarks --only growth --write`" in text
    assert (tmp_path / "steps.png").read_bytes().startswith(b"\x89PNG")
    readme.update(tmp_path)
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == text


FIGURES: dict[str, tuple[Any, str]] = {
    "costs": (Cost("trace", "plain step", "5-4-3", 0.003, 0.002, 1.5),
              "| trace | plain step | 5-4-3 | 3.000 ms | 2.000 ms | 1.50 |"),
    "check": (Cost("full check", "plain step", "5-4-3", 0.03, 0.002, 15.04),
              "| 5-4-3 | 2.000 ms | 30.000 ms | 15.0 |"),
    "loop": (loop_cost.Loop("5-4-3", "Lightning", 0.004, 2.0, False),
             "| 5-4-3 | Lightning | 4.000 ms | 2.00 | NO |"),
    "growth": (growth.Sweep("width", "parameters", [1, 2000], {"reference": [1.0, 3.0]}, 2000,
                            {"reference": 0.987}), "| parameters | 2,000 … 2,000 | 0.99 |"),
    "mnist1d": (mnist1d.Accuracy("mnist1d_mlp", 68.0, [67.0, 70.0]),
                "| mnist1d_mlp | 68 | 68.5 ± 2.1 | 67.0 70.0 | +0.5 |"),
    "own_tables": (own_tables.Scores("a.csv", "accuracy", "2 numbers → 2 inputs", [0.5, 0.75],
                                     [0.75, 0.875], 2.25),
                   "| a.csv | 2 numbers → 2 inputs | accuracy | 0.625 | 0.812 | -0.188 | 0.062 "
                   "| 2.2 | ✗ |"),
    "large_table": (large_table.LargeTable("train.py", 1000, 7, {"import": 1.25, "test": 3}, 2.5),
                    "| train.py | 1.2 | 3.0 | 2.50 |"),
    "layer_norm_sums": (layer_norm_sums.Error("dbeta", 1024, 0.0996, 0.0051, 0.15),
                        "| dbeta | 1,024 | 0.100 | 0.005 | 0.150 |"),
    "gpu": (gpu.GpuFigures("a GPU", 8e14, 71_000_000, 8192, 4e14, 1.0125),
            "| a GPU | 800 TFLOP/s | 71 M | 8192 | 400 TFLOP/s | 50% | 1.012 |"),
}  # fmt: skip


@pytest.mark.parametrize("part", FIGURES)
def test_a_part_is_a_table(part: str) -> None:
    figure, row = FIGURES[part]
    record = merge(empty_record(), a_run("2026-01-01", **{part: [figure]}))
    assert row in readme.section(part, record)


def test_absent_contenders_are_named_with_the_steps_alone() -> None:
    run = a_run("1", steps=[row("5-4-3", 7, reference=2, torch=1)], startup=[start(0.1)])
    record = merge(empty_record(), run | {"missing": {"JAX jit": "jax is not installed"}})
    assert "JAX jit took no part: jax is not installed" in readme.section("steps", record)
    assert "jax" not in readme.section("startup", record)


def test_the_readme_holds_the_figures_of_its_record() -> None:
    """Nobody edits them by hand: `python -m benchmarks.readme` writes the file anew."""
    text = (readme.FOLDER / "README.md").read_text(encoding="utf-8")
    assert readme.fill(text, results.read(readme.FOLDER / "results.json")) == text
    assert sorted(name for _, name, _ in readme.MARKED.findall(text)) == sorted(
        (*PARTS, "thresholds")
    )


def test_a_quick_run_is_not_written_into_the_readme() -> None:
    with pytest.raises(InputError, match="--quick"):
        main(["--quick", "--write"])


def test_the_command_of_a_run_names_no_folder() -> None:
    given = ["--only", "steps", "--out", "somewhere", "--write", "--threads", "1"]
    own = ["python", "-m", "benchmarks", "--only", "steps", "--threads", "1"]
    assert command(given) == own
    assert command(["--out=somewhere", *given[:2], "--threads", "1"]) == own
