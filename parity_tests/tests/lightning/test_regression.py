"""A regression trains on standardised targets, and is read in the target's own units."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pytest
import torch

import ref_numpy
from parity_tests.tests.support.tiny_training import quiet_trainer
from parity_tests.training.lockstep import compare
from parity_tests.training.monitor import ParityMonitor
from parity_tests.training.numpy_trainer import evaluate, train_numpy
from ref_numpy import Array, NetworkSpec
from torch_impl import conventions
from torch_impl.data import NpzFile
from torch_impl.lightning.module import NetworkModule

pytestmark = pytest.mark.filterwarnings("ignore")

RNG = np.random.default_rng(0)
X = RNG.standard_normal((400, 3))
LINE = 3 * X[:, 0] + 1000
BOTH = np.stack([3 * X[:, 0] + 1000, 1e-3 * X[:, 1] - 7], axis=1)


def data_of(folder: Path, y: Array, **options: Any) -> NpzFile:
    np.savez(folder / "line.npz", x=X, y=y)
    return NpzFile(str(folder / "line.npz"), **options)


def module_of(data: NpzFile, **options: Any) -> NetworkModule:
    L.seed_everything(0, verbose=False)
    return NetworkModule(data.n_x, data.n_y, data.output, [], learning_rate=0.05, **options)


def own_cost(module: NetworkModule, data: NpzFile, rows: Array, y: Array) -> float:
    """(1/m) Σ ½ ‖ŷ − y‖² of some rows, from raw examples to values, by hand and at float64."""
    params = conventions.get_params(module.network)
    inputs, targets = data.described.inputs, data.described.targets
    assert inputs is not None
    assert targets is not None
    a = (X[rows] - inputs.mu.T) / inputs.sigma.T @ params["W1"].T + params["b1"].T
    errors = a * targets.sigma.T + targets.mu.T - y.reshape(400, -1)[rows]
    return float((errors**2).sum(axis=1).mean() / 2)


@pytest.mark.parametrize("y", [LINE, BOTH], ids=["one number", "two of other sizes"])
def test_its_costs_are_in_the_targets_own_units(tmp_path: Path, y: Array) -> None:
    """Σ σ² ½(a − y)²: a and y are known to within some 2⁻²⁴ of numbers near 1, differences are no
    smaller than a hundredth of that, and a mean of m terms adds m 2⁻²⁴."""
    data = data_of(tmp_path, y)
    module, trainer = module_of(data), quiet_trainer(tmp_path, max_epochs=3)
    chosen: Any = {part: data.rows[part].chosen for part in ("val", "test")}  # pyright: ignore[reportAttributeAccessIssue]
    trainer.fit(module, data)
    (tested,) = trainer.test(module, data, verbose=False)
    assert data.described.targets is not None
    assert module.units == data.described.targets.sigma.ravel().tolist()
    for found, part in ((module.costs["val"][-1], "val"), (tested["test_cost"], "test")):
        exact, m = own_cost(module, data, chosen[part], y), len(chosen[part])
        assert exact > 0.1
        assert abs(found - exact) <= (m + 100) * 2.0**-24 * exact


@pytest.mark.slow
def test_it_ends_far_below_the_cost_of_the_mean(run: Any, tmp_path: Path) -> None:
    """Also where it is read: in the table, in metrics.csv and in the file of predictions."""
    data_of(tmp_path, LINE)
    options = ("--data", "NpzFile", "--data.path", "line.npz", "--model.hidden_units", "[]",
               "--model.lambd", "0", "--trainer.accelerator", "cpu",
               "--trainer.enable_progress_bar", "false")  # fmt: skip
    output = run("fit", *options, "--model.learning_rate", "0.05", "--trainer.max_epochs", "40")
    cost, mean = re.findall(r"^test cost +(\S+) \(a constant .* costs (\S+)\)$", output, re.M)[0]
    assert re.search(r"^task +regression of 1 number$", output, re.M)
    assert 10_000 * float(cost) < float(mean)  # 4.5 of y = 3 x₀ + 1000, x₀ ~ N(0, 1)
    assert 3 < float(mean) < 6
    with Path("lightning_logs/version_0/metrics.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    first = next(float(row["train_cost"]) for row in rows if row["train_cost"])
    assert 1 < first < 50  # of σ² = 9, not of 1, nor of 1000²
    best = "lightning_logs/version_0/checkpoints/best.ckpt"
    output = run("predict", *options, "--ckpt_path", best, "--out", "values.csv")
    assert f"cost             {cost}\n" in output
    with Path("values.csv").open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    assert header == ["row", "prediction"]
    test = ref_numpy.load_data_spec("lightning_logs/version_0/weights.safetensors")
    data = NpzFile("line.npz")
    data.setup("fit")
    numbers, values = np.array(lines, float).T
    assert np.abs(values - (3 * data.raw("test")[:, 0] + 1000)).max() < 0.1
    with np.load("line.npz") as given:
        assert np.array_equal(given["x"][numbers.astype(int) - 1], data.raw("test"))
    assert test.task == "regression"


def test_numpys_training_is_in_the_same_units(tmp_path: Path) -> None:
    """Its costs are those of torch to within what float32 leaves of a mean of m terms."""
    data = data_of(tmp_path, BOTH)
    module = module_of(data)
    ours = train_numpy(module, data, 3)
    trainer = quiet_trainer(tmp_path, max_epochs=3)
    trainer.fit(module_of(data), data)
    theirs = trainer.lightning_module.costs  # pyright: ignore[reportAttributeAccessIssue]
    for part in ("train", "val"):
        for mine, other in zip(ours.costs[part], theirs[part], strict=True):
            assert abs(mine - other) <= 1000 * 2.0**-24 * other


def test_a_score_in_units_by_hand() -> None:
    """½ (3² · 1² + ½² · 2²) = 5, and without units ½ (1 + 4)."""
    spec = NetworkSpec.dense([1, 2], output="identity")
    params = {"W1": np.zeros((2, 1)), "b1": np.array([[1.0], [2.0]])}
    batches = [(torch.zeros(1, 1), torch.zeros(1, 2))]
    assert evaluate(spec, params, batches, np.array([[3.0], [0.5]])).cost == 5
    assert evaluate(spec, params, batches).cost == 2.5


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_both_sides_still_agree(tmp_path: Path, precision: str) -> None:
    data = data_of(tmp_path, BOTH, batch_size=72)
    result = compare(module_of(data), data, 2, precision)
    assert result.agrees
    for part in ("train", "val"):
        torchs, numpys = (result.costs[side][part][-1] for side in ("torch", "NumPy"))
        assert abs(torchs - numpys) <= 1000 * 2.0**-24 * numpys
        assert numpys > 0.5
    monitor = ParityMonitor(every_n_steps=1, on_finding="stop")
    module = module_of(data)
    quiet_trainer(tmp_path, max_epochs=1, callbacks=[monitor]).fit(module, data)
    assert (monitor.checked, monitor.findings) == (4, {})


def test_a_target_that_never_changes_is_only_moved(tmp_path: Path) -> None:
    y = np.stack([X[:, 0], np.full(400, 1e6 + 0.5)], axis=1)
    data = data_of(tmp_path, y)
    targets = data.described.targets
    assert targets is not None
    assert targets.sigma[1] == 1
    data.setup("fit")
    assert torch.all(data.parts["train"][:][1][:, 1] == 0)


def test_without_statistics_targets_are_as_they_come(tmp_path: Path) -> None:
    data = data_of(tmp_path, LINE, standardise="none")
    data.setup("fit")
    assert data.described.targets is None
    assert {round(v, 2) for v in data.parts["test"][:][1].ravel().tolist()} <= {
        round(float(np.float32(v)), 2) for v in LINE
    }


def test_resume_refuses_an_older_regression(tmp_path: Path) -> None:
    """Its network gives targets as they are."""
    data = data_of(tmp_path, LINE)
    module = module_of(data)
    trainer = quiet_trainer(tmp_path, max_epochs=1)
    trainer.fit(module, data)
    checkpoint: dict[str, Any] = {"state_dict": {}, "network": module.network.spec.to_json()}
    trainer.state.fn = "fit"  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(ref_numpy.InputError, match="did not standardise a regression's targets"):
        module.on_load_checkpoint(checkpoint)
    assert NetworkSpec.from_json(checkpoint["network"]) == module.network.spec
