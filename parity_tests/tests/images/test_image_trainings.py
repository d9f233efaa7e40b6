"""`train.py` with networks of images: by torch, by NumPy, side by side, resumed and exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

import ref_numpy
from parity_tests.campaigns.crash_recovery import exact, write_images
from ref_numpy import InputError
from ref_numpy.graphs.lenet import lenet
from ref_numpy.graphs.resnet import resnet
from torch_impl.lightning.checkpoint_files import read
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.options.described_network import described_network
from torch_impl.results.weights_file_check import operations

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

QUIET = ("--trainer.accelerator", "cpu", "--trainer.enable_progress_bar", "false")
LENET = ("--model.network", "lenet", "--model.network_options", "{hidden: relu, pool: max, f: 3}")
RESNET = ("--model.network", "resnet", "--model.network_options", "{n: 1, widths: [3, 2]}")


@pytest.fixture
def data(tmp_path: Path) -> tuple[str, ...]:
    """240 images of 8 × 8 pixels, shifted and mirrored in a training."""
    write_images(tmp_path / "images.npz")
    return (
        "--data", "NpzFile", "--data.path", str(tmp_path / "images.npz"), "--data.standardise",
        "all", "--data.crop_padding", "1", "--data.mirror", "true", "--data.batch_size", "48",
    )  # fmt: skip


def test_a_builder_by_name_takes_the_datas_sizes() -> None:
    torch.manual_seed(2)
    given: dict[str, Any] = {"hidden": "relu", "pool": "max", "lambd": 0.25}
    module = NetworkModule(784, 10, network="lenet", network_options=given, image=(1, 28, 28))
    spec = lenet((1, 28, 28), 10, "relu", ref_numpy.MaxPool(2), 0.25)
    assert module.network.spec == spec
    assert NetworkModule(**module.hparams).network.spec == spec
    of_colours = described_network("resnet", 3072, 4, "softmax", {"n": 1}, {"image": (3, 32, 32)})
    assert of_colours == resnet((3, 32, 32), 4, 1)
    assert described_network(spec.to_json(), 784, 10, "softmax") == spec


def test_what_a_builder_does_not_take_is_refused() -> None:
    cases: dict[str, tuple[str, dict[str, Any] | None, tuple[int, ...] | None]] = {
        "network-options.unknown": ("lenet", {"depth": 3}, (1, 28, 28)),
        "network-file.sizes": ("lenet", None, (1, 32, 32)),
        "activation.unknown": ("lenet", {"hidden": "rellu"}, (1, 28, 28)),
        "pooling.unknown": ("lenet", {"pool": "mean"}, (1, 28, 28)),
        "resnet.widths": ("resnet", {"widths": []}, (1, 28, 28)),
        "network-file.loss": ("lenet", None, (1, 28, 28)),
    }
    for code, (name, options, image) in cases.items():
        output = "identity" if code == "network-file.loss" else "softmax"
        with pytest.raises(InputError) as refused:
            described_network(name, 784, 10, output, options, {"image": image})
        assert refused.value.code == code
    with pytest.raises(InputError) as refused:
        NetworkModule(784, 10, network_options={"n": 1})
    assert refused.value.code == "option.no-effect"


def test_the_products_of_an_example_are_those_at_every_position() -> None:
    """By which a weights file of a large network is looked at with fewer examples."""
    of_convolutions = 28 * 28 * 6 * (25 + 1) + 10 * 10 * 16 * (6 * 25 + 1)
    of_dense = 120 * (400 + 1) + 84 * (120 + 1) + 10 * (84 + 1)
    assert operations(lenet()) == of_convolutions + of_dense == 423_038


@pytest.mark.slow
def test_lenet_is_trained_by_torch_and_by_numpy(
    run: Any, data: tuple[str, ...], tmp_path: Path
) -> None:
    """From the same batches: each step within its bounds, and side by side within the sum of them.

    By gradient descent, since rounding alone decides Adam's first update of a small gradient.
    """
    options = (*data, *LENET, "--trainer.max_epochs", "2", "--model.optimiser", "gradient_descent")
    said = run("compare", *options, "--trainer.precision", "64-true", *QUIET)
    assert "✓ all 8 are within their error bounds" in said
    assert "✓ torch is within the accumulated error bound" in said
    assert "training cost" in run("numpy", *options, *QUIET)
    weights = [tmp_path / f"lightning_logs/version_{k}/weights.safetensors" for k in (1, 2)]
    run("fit", *options, *QUIET, "--trainer.callbacks", "ParityMonitor")
    by_numpy, by_torch = (ref_numpy.load_model(path) for path in weights if path.is_file())
    x = np.load(tmp_path / "images.npz")["x"]
    np.testing.assert_array_equal(by_numpy.predict(x), by_torch.predict(x))


@pytest.mark.slow
def test_a_resnet_is_resumed_predicted_and_exported(
    run: Any, data: tuple[str, ...], tmp_path: Path
) -> None:
    """The images of a resumed epoch, and the running statistics, are those of a whole run."""
    options = (*data, *RESNET, *QUIET)
    said = run("fit", *options, "--trainer.max_epochs", "3", "--trainer.callbacks", "ParityMonitor",
               "--trainer.callbacks.every_n_steps", "2")  # fmt: skip
    assert "no findings" in said
    assert "48 of 48 predictions equal" in said
    run("fit", *options, "--trainer.max_epochs", "2")
    run("resume", "lightning_logs/version_1", "--epochs", "+1", *QUIET)
    runs = [tmp_path / f"lightning_logs/version_{n}" for n in (0, 2)]
    whole, resumed = (read(folder / "checkpoints/last.ckpt") for folder in runs)
    assert exact(resumed["state_dict"]) == exact(whole["state_dict"])
    assert exact(resumed["costs"]) == exact(whole["costs"])
    config = yaml.safe_load((runs[0] / "config.yaml").read_text("utf-8"))
    assert config["model"]["network"] == "resnet"
    model, x = ref_numpy.load_model(runs[0]), np.load(tmp_path / "images.npz")["x"]
    np.savez(tmp_path / "new.npz", x=x[:30])
    run("predict", str(runs[0]), str(tmp_path / "new.npz"), "--out", "new.csv", *QUIET)
    lines = (tmp_path / "new.csv").read_text("utf-8").splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == model.predict(x[:30]).tolist()
    assert model.spec == resnet((1, 8, 8), 3, 1, (3, 2))
    run("export", str(runs[0]), "--to", "torch.export")
    exported = torch.export.load(runs[0] / "model.pt2").module()
    _, prediction = exported(torch.from_numpy(x).double())
    np.testing.assert_array_equal(np.array(model.data.names)[prediction], model.predict(x))
