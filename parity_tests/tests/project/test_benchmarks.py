"""The contenders compute the same, and the command writes its figures into the README."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import PRECISIONS
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, GradientDescent, InputError, cost_and_gradients

gpu = pytest.importorskip("benchmarks.gpu", reason="benchmarks are not in the wheel")

from benchmarks import (  # noqa: E402
    growth,
    interleaved_timing,
    loop_cost,
    machine,
    matmul_baseline,
    mnist1d,
    readme,
    results,
    startup,
    threads,
    thresholds,
    training_steps,
)
from benchmarks.__main__ import command, main  # noqa: E402
from benchmarks.costs import Cost  # noqa: E402
from benchmarks.results import FACTS, PARTS, empty_record, merge  # noqa: E402
from benchmarks.startup import Start  # noqa: E402
from benchmarks.training_steps import CONTENDERS, Row  # noqa: E402

ALPHA, M = 0.1, 11


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU, and this would take minutes")
def test_without_a_gpu_nothing_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu.main() == 0
    assert capsys.readouterr().out == "no CUDA device here: nothing is measured\n"


def test_the_floating_point_operations_of_a_step() -> None:
    """Forward and two products backward for each layer, but no dX for the first."""
    sizes = [4096, 8192, 4096, 1000]
    forward = sum(2 * 8192 * a * b for a, b in pairwise(sizes))
    assert gpu.flops() == 3 * forward - 2 * 8192 * 4096 * 8192


@pytest.mark.cuda
def test_a_matrix_product_has_a_rate() -> None:
    assert gpu.matrix_rate() > 1e12


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")  # torch's own, of itself
@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("network", ["5-7-6-3", "5-7-1"])
@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow if "compiled" in n else ()) for n in CONTENDERS],
)
def test_a_contenders_step_is_the_references_update(
    name: str, network: str, precision: str
) -> None:
    """Of the same parameters and examples, to within the bound from end to end."""
    if reason := CONTENDERS[name].missing():
        pytest.skip(reason)
    if name == training_steps.COMPILED and shutil.which("c++") is None:
        pytest.skip("torch.compile needs a C++ compiler")
    # JAX sets its precision for a whole process, and its threads forbid a later fork.
    problem = (name, network, M, precision, ALPHA)
    in_process = name == "JAX jit"
    own = (
        threads.run_in_process(1, training_steps.params_after_one_step, *problem)
        if in_process
        else training_steps.params_after_one_step(*problem)
    )

    def exact(x: Array) -> Any:
        return ErrorArray(x, p=PRECISIONS[precision])

    spec, optimiser = training_steps.network_spec(network), GradientDescent(ALPHA)
    params, X, Y = random_problem(spec, M, dtype=precision)
    before = {name: exact(theta) for name, theta in params.items()}
    _, gradients = cost_and_gradients(spec, before, exact(X), exact(Y))
    after, _ = optimiser.update(before, gradients, optimiser.start(params))
    assert list(own) == list(after)
    for parameter, should in after.items():
        assert own[parameter].shape == should.shape
        assert Comparison.of(own[parameter], [should]).ratio <= 1


def test_the_baseline_has_the_products_of_a_step() -> None:
    """Forward, dW and dA of each layer, but no dA0: (rows, columns, terms of each sum)."""
    seen = []

    def matmul(a: Array, b: Array, out: Array) -> None:
        seen.append((*np.matmul(a, b, out=out).shape, a.shape[1]))

    matmul_baseline.products(training_steps.network_spec("5-7-6-3"), M, "float32", matmul)()
    forward = [(7, M, 5), (6, M, 7), (3, M, 6)]
    assert seen == [*forward, (3, 6, M), (6, M, 3), (6, 7, M), (7, M, 6), (7, 5, M)]


def test_an_exponent_is_a_slope() -> None:
    sizes = [2, 8, 16, 1024]
    for p in (0, 1, 1.5):
        assert round(growth.exponent(sizes, [0.3 * n**p for n in sizes]), 9) == p


WHERE = {"dtype": "float32", "threads": 1, "device": "cpu"}


def row(network: str, m: int, **seconds: float) -> Row:
    times = {name: [own] * 3 for name, own in seconds.items()}
    return Row.of(times, network=network, m=m, **WHERE)


def test_a_ratio_is_the_median_over_rounds() -> None:
    """3, 2, 2 and 4 times as long; of the medians, 8 and 3.5, it is 2.3 times."""
    assert interleaved_timing.ratio([3, 4, 12, 20], [1, 2, 6, 5]) == 2.5
    times = {"reference": [2.0, 8.0, 3.0], "torch": [1.0, 4.0, 6.0]}
    found = Row.of(times, network="5-4-3", m=7, **WHERE)
    assert (found.seconds, found.ratios) == ({"reference": 3, "torch": 4}, {"torch": 2})
    assert found.rounds == 3


def test_the_largest_ratio_of_each_kind_is_compared_with_its_threshold() -> None:
    small, checked, *_, large = training_steps.NETWORKS
    rows = [
        row(small, 256, reference=1, torch=4),
        row(small, 32, reference=1, torch=2),
        row(small, 2048, reference=1, torch=1),  # no threshold covers it
        row(large, 256, reference=6, torch=6, products=5),
    ]
    found = thresholds.evaluate(
        rows,
        [
            Cost("trace", "plain step", checked, 3, 2, 1.5),
            Cost("trace", "plain step", large, 4, 2, 2),  # no threshold covers it
            Cost("twin", "torch", small, 4, 4, 1),
        ],
        [Start("import numpy", 2, 1, []), Start("import ref_numpy", 3, 1.25, [])],
    )
    assert [(threshold.figure, threshold.met) for threshold in found] == [
        (0.5, False), (1, True), (1.2, False), (1.5, False), (1, True), (1.25, True),
    ]  # fmt: skip
    assert "m = 32" in found[0].where


def test_without_measurements_there_are_no_thresholds() -> None:
    assert thresholds.evaluate([], [], []) == []


@pytest.mark.slow
def test_the_command_writes_the_figures_that_it_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ["--networks", "5-4-3", "5-1", "--batches", "3", "8", "--dtypes", "float32"]
    names = ["--contenders", "reference", "torch", "twin", "scikit-learn", "numpy-ml"]
    parts = ["--only", "steps", "costs", "growth"]
    options = [*sizes, "--threads", "1", *names, *parts, "--quick", "--out", str(tmp_path)]
    assert main(options) == 0
    found = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert {*found} == {"format", *FACTS, *PARTS, "thresholds"}
    assert [(r["network"], r["m"]) for r in found["steps"]] == [
        ("5-4-3", 3), ("5-4-3", 8), ("5-1", 3), ("5-1", 8),
    ]  # fmt: skip
    there = {"products", *names[1:]} - {*found["missing"]}
    assert all({*r["seconds"]} == there for r in found["steps"])
    assert [sweep["name"] for sweep in found["growth"]] == [*growth.SWEEPS]
    assert found["costs"]
    assert not found["startup"]
    printed = capsys.readouterr().out
    assert all(text in printed for text in ("5-4-3", "exponent", found["machine"]["cpu"]))
    for name, reason in found["missing"].items():
        assert f"{name} takes no part: {reason}; pip install" in printed
    for picture in ("steps.png", "growth.png"):
        assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")


def test_a_contender_that_is_not_installed_names_its_package() -> None:
    nobody = training_steps.Contender("contenders", "nobody", "no-such-package")
    assert nobody.missing() == "no-such-package is not installed"


def test_commands_load_what_they_need() -> None:
    """By the interpreter's own list of imports, of the process that runs a candidate too."""
    assert startup.loaded_packages(("-c", "import ref_numpy")) == ["numpy"]
    assert {*startup.loaded_packages(startup.CHECK)} == {"numpy", "rich"}
    assert not {"sklearn", "h5py"} & {*startup.loaded_packages(startup.COMMANDS["train.py --help"])}


def test_an_import_times_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that sleeps for 20 ms takes no less to import."""
    (tmp_path / "sleeps.py").write_text("import time\ntime.sleep(0.02)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert startup.reported_seconds(("-c", startup.import_timer("sleeps"))) >= 0.02


@pytest.mark.parametrize("n", [1, 2])
def test_a_process_has_its_number_of_threads(n: int) -> None:
    libraries = threads.run_in_process(n, machine.blas_libraries)
    assert [library["num_threads"] for library in libraries] == [n] * len(libraries)
    assert libraries


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
