"""A new training with a run's weights; a wider one computes the same, and its new units learn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ref_numpy
from parity_tests.campaigns.crash_recovery import exact
from parity_tests.tests.support.train_args import SMALL
from ref_numpy import Array, InputError, NetworkSpec, initialise
from torch_impl import conventions, torch_costs
from torch_impl.lightning.checkpoint_files import read
from torch_impl.lightning.runs.initial_weights import fitting, take_weights
from torch_impl.twin import Network

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

RUN, LAST = "lightning_logs/version_0", "checkpoints/last.ckpt"
FIT = ("fit", *SMALL, "--epochs", "2", "--model.learning_rate", "0.01")
NARROW, WIDE, M = [3, 4, 2, 5], [3, 7, 6, 5], 11


def whole_numbers(spec: NetworkSpec, seed: int) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    shapes = spec.parameter_shapes
    return {n: rng.integers(-9, 10, shape).astype(float) for n, shape in shapes.items()}


def taken_into(
    tmp_path: Path, sizes: list[int], output: str = "identity"
) -> tuple[Network, dict[str, Array], str]:
    """The network with weights of a narrow one, those weights, and what the header says."""
    narrow = NetworkSpec.dense(NARROW, "relu", output)
    params = whole_numbers(narrow, 1)
    ref_numpy.save(tmp_path / "w.safetensors", narrow, params)
    spec = NetworkSpec.dense(sizes, "relu", output)
    network = Network(spec).double()
    conventions.load_params(network, initialise(spec, "he", 2))
    return network, params, take_weights(str(tmp_path / "w.safetensors"), network)


def test_the_wider_network_computes_the_same_numbers(tmp_path: Path) -> None:
    """By hand, in whole numbers, of which no sum is rounded; the drawn weights are no such."""
    network, W, said = taken_into(tmp_path, WIDE)
    X = np.random.default_rng(3).integers(-9, 10, (3, M)).astype(float)
    A = np.maximum(W["W2"] @ np.maximum(W["W1"] @ X + W["b1"], 0) + W["b2"], 0)
    expected = W["W3"] @ A + W["b3"]
    found = network.predict(torch.from_numpy(X.T)).detach().numpy().T
    assert (found == expected).all()
    after = conventions.get_params(network)
    by_numpy = ref_numpy.forward(network.spec, after, X)[0][network.spec.output]
    assert (by_numpy == expected).all()
    assert said == (
        f"W1 (4 of 7 rows), b1 (4 of 7 rows), W2 (2 of 6 rows, 4 of 7 columns), b2 (2 of 6 rows), "
        f"W3 (2 of 6 columns), b3 of {tmp_path}/w.safetensors; new units drawn, their weights to "
        "old ones 0"
    )
    drawn = initialise(network.spec, "he", 2)
    assert (after["W1"][4:] == drawn["W1"][4:]).all()
    assert (after["W2"][2:] == drawn["W2"][2:]).all()


def test_new_units_learn(tmp_path: Path) -> None:
    """Their outgoing weights have gradients, and after an update all of them."""
    network, _, _ = taken_into(tmp_path, WIDE, "softmax")
    draw = torch.Generator().manual_seed(4)
    x = torch.randn(64, 3, generator=draw, dtype=torch.float64)
    y = torch.randint(5, (64,), generator=draw)

    def gradients() -> dict[str, Array]:
        network.zero_grad()
        torch_costs.mean_loss(network.spec, network(x), y).backward()
        return conventions.get_gradients(network)

    first = {n.removeprefix("d"): g for n, g in gradients().items()}
    assert (first["W3"][:, 2:] != 0).any(axis=0).all()
    assert (first["W2"][:2, 4:] != 0).any(axis=0).all()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter -= parameter.grad / 8
    then = {n.removeprefix("d"): g for n, g in gradients().items()}
    assert (then["W2"][2:] != 0).any(axis=1).all()
    assert (then["W1"][4:] != 0).any(axis=1).all()


@pytest.mark.parametrize(
    ("sizes", "hidden", "taken"),
    [
        (WIDE, "relu", ["W1", "b1", "W2", "b2", "W3", "b3"]),
        ([9, 7, 6, 5], "relu", ["W2", "b2", "W3", "b3"]),  # other inputs
        ([3, 7, 6, 8], "relu", ["W1", "b1", "W2", "b2"]),  # other outputs
        ([3, 7, 1, 5], "relu", ["W1", "b1"]),  # narrower in part
        ([3, 7, 6, 2, 5], "relu", []),  # deeper
        (WIDE, "softmax", []),  # each unit changes with the others of its layer
        ([3, 4, 6, 5], "softmax", ["W1", "b1"]),
    ],
)
def test_what_is_taken(sizes: list[int], hidden: str, taken: list[str]) -> None:
    narrow = NetworkSpec.dense(NARROW, "relu", "softmax")
    spec = NetworkSpec.dense(sizes, hidden, "softmax")
    assert fitting(spec, initialise(narrow)) == taken


@pytest.fixture
def weights(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """The weights file of a 3-4-2-1 network, and its parameters."""
    spec = NetworkSpec.dense([3, 4, 2, 1], "tanh", "sigmoid")
    params = {n: p.astype(np.float32) for n, p in initialise(spec, "he", 5).items()}
    ref_numpy.save(tmp_path / "w.safetensors", spec, params)
    return tmp_path / "w.safetensors", params


@pytest.mark.parametrize(
    ("sizes", "taken", "said"),
    [
        ([3, 4, 2, 1], "W1, b1, W2, b2, W3, b3", ""),
        ([3, 4, 1, 1], "W1, b1", "; drawn: W2 (1, 4), (2, 4) there; W3 (1, 1), (1, 2) there"),
        ([6, 4, 2, 1], "W2, b2, W3, b3", "; drawn: W1 (4, 6), (4, 3) there"),
        ([3, 4, 2, 2, 1], "W1, b1, W2, b2",
         "; drawn: W3 (2, 2), (1, 2) there; W4 (1, 2), none there"),
    ],
)  # fmt: skip
def test_the_layers_whose_shapes_fit_are_taken(
    weights: tuple[Path, dict[str, Any]], sizes: list[int], taken: str, said: str
) -> None:
    path, params = weights
    spec = NetworkSpec.dense(sizes, "tanh", "sigmoid")
    network = Network(spec)
    drawn = initialise(spec, "he", 6)
    conventions.load_params(network, {n: p.astype(np.float32) for n, p in drawn.items()})
    before = conventions.get_params(network)
    assert take_weights(str(path), network) == f"{taken} of {path}{said}"
    for name, after in conventions.get_params(network).items():
        expected = params[name] if name in taken.split(", ") else before[name]
        assert (after == expected).all(), name


def test_where_no_layer_fits_it_is_one_sentence(weights: tuple[Path, dict[str, Any]]) -> None:
    network = Network(NetworkSpec.dense([5, 6, 3], "relu", "softmax"))
    with pytest.raises(InputError) as refused:
        take_weights(str(weights[0]), network)
    assert refused.value.code == "run.nothing-to-take"


@pytest.mark.slow
def test_a_training_begins_with_the_weights_of_a_run(run: Any, capsys: Any) -> None:
    """On other data, with its own optimiser, from epoch 1; and resumes from its own checkpoint."""
    run(*FIT)
    best = read(f"{RUN}/checkpoints/best.ckpt")["state_dict"]
    other = ("fit", *SMALL, "--data.data_seed", "7", "--init_from", RUN, "--epochs", "1")
    tiny = ("--model.optimiser", "gradient_descent", "--model.learning_rate", "1e-30")
    output = run(*other, *tiny)
    assert f"initial weights  W1, b1, W2, b2 of {RUN}/checkpoints/best.ckpt\n" in output
    last = read(f"lightning_logs/version_1/{LAST}")
    assert exact(last["state_dict"]) == exact(best)  # such a rate leaves them
    assert (last["global_step"], last["epoch"]) == (5, 1)
    assert "initial weights" not in run("resume", "lightning_logs/version_1", "--epochs", "+1")
    numpys = run("numpy", *SMALL, "--init_from", RUN, "--epochs", "1")
    assert "initial weights  W1, b1, W2, b2" in numpys
    for args in ((*other, "--ckpt_path", f"{RUN}/{LAST}"), ("test", RUN, "--init_from", RUN)):
        with pytest.raises(SystemExit) as ended:
            run(*args)
        assert ended.value.code == 2
        assert f"error: --init_from {RUN} has no effect " in capsys.readouterr().err


@pytest.mark.slow
def test_a_wider_run_begins_where_the_other_was(run: Any) -> None:
    """Its predictions before an update of any size are those of the narrower one's best epoch."""
    run("fit", *SMALL, "--epochs", "2")
    still = ("--model.optimiser", "gradient_descent", "--model.learning_rate", "1e-30")
    double = ("--trainer.precision", "64-true", "--epochs", "1")
    costs = []
    for units in ("[4]", "[9]"):
        folder = "lightning_logs/version_0"
        output = run("fit", *SMALL, "--init_from", folder, "--model.hidden_units", units, *still,
                     *double)  # fmt: skip
        made = f"lightning_logs/version_{len(costs) + 1}"
        costs.append(json.loads(Path(made, "report.json").read_text("utf-8"))["test"]["accuracy"])
        assert ("W1 (4 of 9 rows)" in output) == (units == "[9]")
    assert costs[0] == costs[1]
