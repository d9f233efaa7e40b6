"""The benchmarks: contenders compute the same, and the command measures what it says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import PRECISIONS
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, GradientDescent, cost_and_gradients

gpu = pytest.importorskip("benchmarks.gpu.__main__", reason="benchmarks are not in the wheel")

from benchmarks import (  # noqa: E402
    growth,
    interleaved_timing,
    machine,
    matmul_baseline,
    startup,
    threads,
    thresholds,
    training_steps,
)
from benchmarks.__main__ import main  # noqa: E402
from benchmarks.costs import Cost  # noqa: E402
from benchmarks.results import FACTS, PARTS  # noqa: E402
from benchmarks.startup import Start  # noqa: E402
from benchmarks.training_steps import CONTENDERS, Row  # noqa: E402
from parity_tests.tests.support.timed_steps import WHERE, row  # noqa: E402

ALPHA, M = 0.1, 11


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU, and this would take minutes")
def test_without_a_gpu_nothing_is_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["benchmarks.gpu"])
    assert gpu.main() == 0
    assert capsys.readouterr().out == "no CUDA device here: nothing is measured\n"


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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 2])
def test_a_process_has_its_number_of_threads(n: int) -> None:
    libraries = threads.run_in_process(n, machine.blas_libraries)
    assert [library["num_threads"] for library in libraries] == [n] * len(libraries)
    assert libraries
