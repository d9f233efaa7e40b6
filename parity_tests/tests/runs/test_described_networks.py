"""`--model.network FILE`: a training of any description, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ref_numpy
from parity_tests.campaigns.crash_recovery import exact
from parity_tests.tests.support.graphs.graph_networks import Mask, Plus, everything, known
from parity_tests.tests.support.train_args import SMALL
from ref_numpy import (
    BatchNorm,
    BinaryCrossEntropy,
    Dense,
    Dropout,
    InputError,
    NetworkSpec,
    Sigmoid,
    Tanh,
)
from ref_numpy.graphs.graph import Graph
from torch_impl import conventions
from torch_impl.data.trained_on import network_differences
from torch_impl.export.command import load, loading_lines
from torch_impl.export.formats import FORMATS
from torch_impl.lightning.checkpoint_files import read
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.options.described_network import described_network
from torch_impl.lightning.runs.initial_weights import take_weights

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = pytest.mark.filterwarnings("ignore")

ARGS = tuple(word for word in SMALL if word not in ("--model.hidden_units", "[4]"))


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with known():
        yield


def residual(lambd: float = 0.25, middle: Any = None) -> NetworkSpec:
    """A residual, and a weight that two steps share."""
    graph = Graph({"x": (2,)})
    graph.add("h.0", Dense(2, 4), "x")
    graph.add("h.1", middle or Tanh(), "h.0")
    graph.add("h.2", Dense(4, 4), "h.1")
    graph.add("h.3", Dense(4, 4), "h.2", share={"W": "h.2.W"})
    graph.add("r", Plus(), "h.3", "h.0")
    graph.add("out", Dense(4, 1), "r")
    graph.add("y", Sigmoid(), "out")
    return NetworkSpec.from_graph(graph, lambd=lambd)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "network.json"
    path.write_text(residual().to_json(), "utf-8")
    return str(path)


def test_a_module_has_the_network_of_the_file(file: str) -> None:
    """From the reference's initial weights; its hyperparameters need the file no more."""
    torch.manual_seed(3)
    module = NetworkModule(2, 1, "sigmoid", network=file)
    assert module.network.spec == residual()
    for name, value in ref_numpy.initialise(residual(), "he", 3, np.float32).items():
        np.testing.assert_array_equal(conventions.get_params(module.network)[name], value)
    Path(file).unlink()
    again = NetworkModule(**module.hparams)
    assert again.network.spec == residual()
    chain = NetworkSpec.dense([2, 3, 1], output="sigmoid")
    assert NetworkModule(2, 1, "sigmoid", network=chain.to_json()).network.spec == chain


def test_descriptions_that_do_not_fit_are_refused(tmp_path: Path, file: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    text = residual().to_json()
    cases: dict[tuple[Any, ...], tuple[str, str]] = {
        ("missing.json", 2, 1, "sigmoid"): ("network-file.unreadable", r"No such file"),
        (str(tmp_path / "binary"), 2, 1, "sigmoid"): ("network-file.unreadable", "not text in UTF"),
        ("{}", 2, 1, "sigmoid"): ("network.unreadable", "^--model.network: the network's descri"),
        (file, 3, 1, "sigmoid"): ("network-file.sizes", r"takes {'x': \(2,\)} and gives \(1,\), a"),
        (text, 2, 3, "softmax"): ("network-file.sizes", r"the data have 2 inputs and 3 outputs; e"),
        (everything().to_json(), 3, 2, "identity"): ("network-file.sizes", "expected one input"),
        (file, 2, 1, "identity"): (
            "network-file.loss",
            "has the loss binary_cross_entropy, and the labels are numbers; expected squared_er",
        ),
    }
    for given, (code, said) in cases.items():
        with pytest.raises(InputError, match=said) as refused:
            described_network(*given)
        assert refused.value.code == code


@pytest.mark.parametrize(
    "option",
    [("hidden_units", "[3]"), ("activation", "tanh"), ("lambd", "0.1"), ("loss", "hinge")],
    ids=lambda o: o[0],
)
def test_options_of_the_layers_are_refused_beside_it(
    run: Any, capsys: Any, file: str, option: tuple[str, str]
) -> None:
    name, value = option
    with pytest.raises(SystemExit) as ended:
        run("fit", *ARGS, "--model.network", file, f"--model.{name}", value)
    assert ended.value.code == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith(
        f"train.py: error: --model.{name} {value} has no effect beside --model.n"
    )


@pytest.mark.slow  # described_network is tested above
def test_a_file_for_other_data_is_refused(run: Any, capsys: Any, file: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run("fit", "--data", "Digits", "--model.network", file)
    assert ended.value.code == 2
    assert "takes {'x': (2,)}" in capsys.readouterr().err.strip().splitlines()[-1]


@pytest.mark.slow
def test_a_run_has_the_description_and_needs_the_file_no_more(
    run: Any, file: str, tmp_path: Path
) -> None:
    """It is trained, by its own λ, tested, resumed, and its weights are for the reference."""
    quick = ("--trainer.max_epochs", "2")
    run("fit", *ARGS, *quick, "--model.network", file)
    folder = tmp_path / "lightning_logs/version_0"
    Path(file).unlink()
    model = ref_numpy.load_model(folder)
    assert model.spec == residual()
    assert model.params.keys() == residual().parameter_shapes.keys()
    assert "20 of 20 predictions equal" in (folder / "report.json").read_text("utf-8")
    run("test", str(folder))
    run("resume", str(folder), "--epochs", "+1", "--trainer.enable_progress_bar", "false")
    resumed = read(tmp_path / "lightning_logs/version_1/checkpoints/last.ckpt")
    assert json.loads(resumed["network"]) == json.loads(residual().to_json())
    assert len(resumed["costs"]["train"]) == 3
    options = ("--data", "TwoMoons", "--data.m", "50", "--trainer.accelerator", "cpu")
    run("test", str(folder / "weights.safetensors"), *options)


@pytest.mark.slow
def test_running_statistics_are_resumed_exported_and_in_the_weights(
    run: Any, tmp_path: Path
) -> None:
    """A resumed run ends with those of an uninterrupted one, to the bit."""
    layers = Dense(2, 4), BatchNorm(4), Tanh(), Dense(4, 1), Sigmoid()
    spec, path = NetworkSpec.chain(layers, BinaryCrossEntropy()), tmp_path / "chain.json"
    path.write_text(spec.to_json(), "utf-8")
    options = (*ARGS, "--model.network", str(path))
    run("fit", *options, "--trainer.max_epochs", "3")
    run("fit", *options, "--trainer.max_epochs", "1")
    run("resume", str(tmp_path / "lightning_logs/version_1"), "--epochs", "+2")
    runs = [tmp_path / f"lightning_logs/version_{n}" for n in (0, 2)]
    whole, resumed = (read(folder / "checkpoints/last.ckpt") for folder in runs)
    assert exact(resumed["state_dict"]) == exact(whole["state_dict"])
    model = ref_numpy.load_model(runs[0])
    assert (model.params["mean1"] != 0).all()
    assert "20 of 20 predictions equal" in (runs[0] / "report.json").read_text("utf-8")
    trained = load(runs[0] / "weights.safetensors")
    target = tmp_path / "model.pt"
    FORMATS["state_dict"].write(trained, target)
    names: dict[str, Any] = {}
    exec(loading_lines(trained, target), names)
    x = np.random.default_rng(0).standard_normal((7, 2)).astype(np.float32)
    ours, _ = ref_numpy.forward(spec, model.params, x.T)
    theirs = names["model"](torch.from_numpy(x)).detach().numpy().T
    assert np.array_equal(ours["A2"] > 0.5, theirs > 0.5)
    assert not names["model"].training


@pytest.mark.slow
@pytest.mark.parametrize(
    "more", [(), ("--trainer.precision", "64-true"), ("--model.optimiser", "momentum")]
)
def test_numpy_and_torch_train_a_graph_alike(run: Any, file: str, more: tuple[str, ...]) -> None:
    """Each step is within its bounds, and side by side they stay within the accumulated ones."""
    said = run("compare", *ARGS, "--trainer.max_epochs", "3", "--model.network", file, *more)
    assert "✓ all 15 are within their error bounds" in said
    assert "✓ torch is within the accumulated error bound at all" in said
    trained = run("numpy", *ARGS, "--trainer.max_epochs", "3", "--model.network", file, *more)
    assert "training cost" in trained


@pytest.mark.slow
@pytest.mark.parametrize(
    "more", [(), ("--trainer.accumulate_grad_batches", "3"), ("--model.compile", "aot_eager"),
             ("--data.batches_per_step", "2"), ("--trainer.precision", "bf16-mixed")],
)  # fmt: skip
def test_the_monitor_checks_a_graph(run: Any, file: str, more: tuple[str, ...]) -> None:
    monitor = ("--trainer.callbacks", "parity_tests.training.monitor.ParityMonitor",
               "--trainer.callbacks.every_n_steps", "1")  # fmt: skip
    said = run("fit", *ARGS, "--trainer.max_epochs", "3", "--model.network", file, *monitor, *more)
    (line,) = (line for line in said.splitlines() if line.startswith("parity "))
    assert "no findings" in line
    assert int(line.split()[1]) >= 3


def test_random_layers_draw_by_update_and_process() -> None:
    """A training step gives them the seed, the number of the update, and the examples."""
    torch.manual_seed(5)
    module = NetworkModule(2, 1, "sigmoid", network=residual(middle=Mask()).to_json())

    class FitLoop:
        total_batch_idx = 4

    class Trainer:
        accumulate_grad_batches, world_size, global_rank, fit_loop = 3, 2, 1, FitLoop()

    module._trainer = Trainer()  # pyright: ignore[reportAttributeAccessIssue]
    context = module.context_of(7, 5)
    assert (context.seed, context.update, context.training, context.scale) == (5, 7, True, 1)
    assert context.examples is not None
    np.testing.assert_array_equal(context.examples, np.arange(5) + (4 % 3 * 2 + 1) * 5)


@pytest.mark.slow
@pytest.mark.parametrize("middle", [Mask(), Dropout(0.4)], ids=["own", "dropout"])
def test_random_layers_are_trained_by_both_and_monitored(
    run: Any, tmp_path: Path, middle: Any
) -> None:
    (tmp_path / "random.json").write_text(residual(middle=middle).to_json(), "utf-8")
    args = (*ARGS, "--model.network", str(tmp_path / "random.json"), "--trainer.max_epochs", "3")
    said = run("fit", *args, "--trainer.callbacks", "ParityMonitor")
    assert "20 of 20 predictions equal" in said
    assert "1 step checked" in said
    assert "no findings" in said
    assert "training cost" in run("numpy", *args)
    said = run("compare", *args)
    assert "✓ all 15 are within their error bounds" in said
    assert "✓ torch is within the accumulated error bound at all" in said


@pytest.mark.slow
def test_a_resumed_training_draws_what_an_uninterrupted_one_does(run: Any, tmp_path: Path) -> None:
    (tmp_path / "random.json").write_text(residual(middle=Dropout(0.4)).to_json(), "utf-8")
    args = (*ARGS, "--model.network", str(tmp_path / "random.json"), "--seed_everything", "7")
    run("fit", *args, "--trainer.max_epochs", "3")
    run("fit", *args, "--trainer.max_epochs", "2")
    more = ("--epochs", "+1", "--trainer.enable_progress_bar", "false")
    run("resume", "lightning_logs/version_1", *more)
    once, resumed = (
        ref_numpy.load_model(tmp_path / f"lightning_logs/version_{n}").params for n in (0, 2)
    )
    for name, theta in once.items():
        np.testing.assert_array_equal(resumed[name], theta)


def test_other_networks_differ_in_words() -> None:
    chain = NetworkSpec.dense([2, 3, 1], output="sigmoid")
    (said,) = network_differences(chain.to_json(), residual())
    assert said == f"the layers {chain.summary} in the checkpoint, {residual().summary} here"
    (said,) = network_differences(residual().to_json(), residual(middle=Tanh(), lambd=0.5))
    assert "λ = 0.25 in the checkpoint" in said


def test_a_graph_begins_with_the_weights_of_a_graph(run: Any, file: str, tmp_path: Path) -> None:
    """A shared parameter is named once; nothing is widened."""
    torch.manual_seed(9)
    source, other = (NetworkModule(2, 1, "sigmoid", network=file) for _ in range(2))
    folder = tmp_path / "w.safetensors"
    params = conventions.get_params(source.network)
    ref_numpy.save(folder, residual(), params)
    said = take_weights(str(folder), other.network)
    assert said.count("h.2.W") == 1
    for name, value in conventions.get_params(other.network).items():
        np.testing.assert_array_equal(value, params[name])
    chain = NetworkModule(2, 1, "sigmoid", hidden_units=[4])
    with pytest.raises(InputError) as refused:
        take_weights(str(folder), chain.network)
    assert refused.value.code == "run.nothing-to-take"
