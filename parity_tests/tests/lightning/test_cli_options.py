"""Lightning's own options, each of which is to work here; in this process, where it can."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.distributed as dist
from lightning.pytorch.accelerators import CPUAccelerator
from PIL import Image

import ref_numpy
from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.tests.support.train_args import SMALL
from ref_numpy import GradientDescent, cost_and_gradients
from torch_impl import conventions
from torch_impl.data import TwoMoons
from torch_impl.lightning.checkpoint_files import read
from torch_impl.twin import Network

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")
import train

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]


OPTIONS = {
    "64-true": ["--trainer.precision", "64-true"],
    "bf16-true": ["--trainer.precision", "bf16-true"],
    "bf16-mixed": ["--trainer.precision", "bf16-mixed"],
    "compiled": ["--model.compile", "aot_eager"],
    "clipped": ["--trainer.gradient_clip_val", "0.5"],
    "accumulated": ["--trainer.accumulate_grad_batches", "3"],
    "deterministic": ["--trainer.deterministic", "true"],
    "several updates a step": ["--data.batches_per_step", "2"],
    "schedule": [
        "--optimizer", "torch.optim.AdamW", "--optimizer.lr", "0.01",
        "--lr_scheduler", "torch.optim.lr_scheduler.CosineAnnealingLR", "--lr_scheduler.T_max", "2",
    ],
    "plateau": [
        "--optimizer", "torch.optim.SGD", "--optimizer.lr", "0.01",
        "--lr_scheduler", "lightning.pytorch.cli.ReduceLROnPlateau",
        "--lr_scheduler.monitor", "val_cost",
    ],
    "averaged": [
        "--trainer.callbacks+=StochasticWeightAveraging", "--trainer.callbacks.swa_lrs=0.1"
    ],
    "monitored": ["--trainer.callbacks+=ParityMonitor", "--trainer.callbacks.every_n_steps=2"],
    "by heart": ["--trainer.overfit_batches", "2"],
    "no validation": ["--trainer.limit_val_batches", "0", "--checkpoint.monitor", "train_cost"],
    "steps": ["--trainer.max_steps", "7"],
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.slow
def test_options_of_lightning_work(run: Any, tmp_path: Path, name: str) -> None:
    torch.compiler.reset()
    output = run("fit", *SMALL, "--trainer.max_epochs", "3", *OPTIONS[name])
    assert re.search(r"^NumPy vs torch +20 of 20 predictions equal", output, re.MULTILINE)
    for kind in ("cost curve", "confusion"):
        (path,) = re.findall(rf"^{kind} +(\S+)$", output, re.MULTILINE)
        with Image.open(tmp_path / path) as picture:
            assert picture.format == "PNG"
    (checkpoint,) = re.findall(r"^checkpoint +(\S+)$", output, re.MULTILINE)
    assert read(tmp_path / checkpoint)["epoch"] <= 3
    assert all(output.count(path) == 1 for path in re.findall(r"\S+/version_0/\S+", output))
    with (tmp_path / "lightning_logs/version_0/metrics.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert any(row["train_cost"] for row in rows)
    assert any(row["train_cost_step"] for row in rows)
    if name == "monitored":
        used = [float(row["parity_used"]) for row in rows if row["parity_used"]]
        assert len(used) > 5
        assert max(used) <= 1
    if name == "steps":
        last = read(tmp_path / "lightning_logs/version_0/checkpoints/last.ckpt")
        assert last["global_step"] == 7


@pytest.mark.slow
def test_early_stopping_stops(run: Any, tmp_path: Path) -> None:
    run(
        "fit", *SMALL, "--trainer.max_epochs", "50", "--trainer.callbacks+=EarlyStopping",
        "--trainer.callbacks.monitor=val_cost", "--trainer.callbacks.min_delta=10",
        "--trainer.callbacks.patience=2",
    )  # fmt: skip
    assert read(tmp_path / "lightning_logs/version_0/checkpoints/last.ckpt")["epoch"] == 3


@pytest.mark.slow
def test_fit_validate_test_predict_and_both_references(run: Any, tmp_path: Path) -> None:
    run("fit", *SMALL, "--trainer.max_epochs", "2")
    best = "lightning_logs/version_0/checkpoints/best.ckpt"
    for command, metric in (("validate", "validation cost  "), ("test", "test cost  ")):
        assert metric in run(command, *SMALL, "--ckpt_path", best)
    run("predict", *SMALL, "--ckpt_path", best)
    numpys = run("numpy", *SMALL, "--trainer.max_epochs", "2")
    (weights,) = re.findall(r"^weights +(\S+)$", numpys, re.MULTILINE)
    spec, _ = ref_numpy.load(tmp_path / weights)
    assert spec == ref_numpy.load(tmp_path / "lightning_logs/version_0/weights.safetensors")[0]
    both = run("compare", *SMALL, "--trainer.max_epochs", "2", "--trainer.precision", "64-true")
    assert "all 10 are within their error bounds" in both
    (curves,) = re.findall(r"^curves +(\S+)$", both, re.MULTILINE)
    assert (tmp_path / curves).is_file()


@pytest.mark.slow
def test_all_epochs_are_drawn_though_an_early_one_is_tested(run: Any, tmp_path: Path) -> None:
    args = ("--model.learning_rate", "3.0", "--trainer.max_epochs", "6")
    output = run("fit", *SMALL, "--model.optimiser", "gradient_descent", *args)
    (best,) = re.findall(r"^chosen epoch +(\d+) of 6$", output, re.MULTILINE)
    checkpoint = tmp_path / "lightning_logs/version_0/checkpoints/best.ckpt"
    assert len(read(checkpoint)["costs"]["val"]) == int(best)


@pytest.mark.slow
def test_the_epoch_that_is_shown_is_the_one_that_is_tested(run: Any, tmp_path: Path) -> None:
    args = ("--trainer.max_epochs", "5", "--checkpoint.every_n_epochs", "3")
    output = run("fit", *SMALL, *args)
    assert re.search(r"^chosen epoch +3 of 5$", output, re.MULTILINE)
    output = run("fit", *SMALL, *args, "--trainer.enable_checkpointing", "false")
    assert re.search(r"^chosen epoch +5 of 5$", output, re.MULTILINE)


@pytest.mark.slow
def test_a_machine_with_several_devices_computes_on_one(
    run: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lightning would take both: a batch of twice the size, and no training by NumPy."""
    monkeypatch.setattr(CPUAccelerator, "auto_device_count", lambda: 2)
    output = run("numpy", *SMALL, "--trainer.max_epochs", "1")
    assert "test cost" in output
    with pytest.raises(SystemExit):
        run("numpy", *SMALL, "--trainer.devices", "2")
    assert "more than one device" in capsys.readouterr().err


@pytest.mark.slow
def test_a_schedule_waits_for_a_validation(run: Any, tmp_path: Path) -> None:
    run(
        "fit", *SMALL, *OPTIONS["plateau"], "--trainer.max_epochs", "5",
        "--trainer.check_val_every_n_epoch", "2",
    )  # fmt: skip
    last = read(tmp_path / "lightning_logs/version_0/checkpoints/last.ckpt")
    assert last["lr_schedulers"][0]["last_epoch"] == 2
    assert np.isnan(last["costs"]["val"]).tolist() == [True, False, True, False, True]


@pytest.mark.slow
@pytest.mark.skipif(not dist.is_available(), reason="torch.distributed is not available")
@pytest.mark.parametrize("strategy", ["ddp", "fsdp2"])
def test_an_update_of_two_processes_is_that_of_one(tmp_path: Path, strategy: str) -> None:
    """θ − α dθ of both batches together, with the share of λ that all of their examples have."""
    args = (
        "fit", *SMALL, "--data.batch_size", "8", "--model.lambd", "2",
        "--model.optimiser", "gradient_descent", "--model.learning_rate", "0.5",
        "--trainer.max_steps", "1", "--trainer.precision", "64-true",
        "--trainer.devices", "2", "--trainer.strategy", strategy,
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, train.__file__, *args],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    spec, after = ref_numpy.load(tmp_path / "lightning_logs/version_0/weights.safetensors")

    data = TwoMoons(m=100, batch_size=16)
    data.dtype = torch.float64
    data.setup("fit")
    torch.manual_seed(0)
    network = Network(spec)  # at float32, as the module's parameters are drawn
    conventions.load_params(network, ref_numpy.initialise(spec, "he", 0))
    params = conventions.get_params(network)
    x, y = next(iter(data.train_dataloader()))  # pyright: ignore[reportAssignmentType]
    X, Y = conventions.from_batch(x), conventions.from_targets(spec, y)
    exact = {n: ErrorArray(p.astype(np.float64), p=FLOAT64) for n, p in params.items()}
    both: Any = [ErrorArray(a.astype(np.float64), p=FLOAT64) for a in (X, Y)]
    _, gradients = cost_and_gradients(spec, exact, *both)  # pyright: ignore[reportArgumentType]
    optimiser = GradientDescent(0.5)
    right, _ = optimiser.update(exact, gradients, optimiser.start(exact))  # pyright: ignore[reportArgumentType]
    for name, value in after.items():
        assert Comparison.of(value, [right[name]]).ratio <= 1, name
        assert np.any(value != params[name])
