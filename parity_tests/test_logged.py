"""What Lightning is told of an epoch, and the options that it is told with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pytest
import torch

import ref_numpy
from parity_tests.comparison import Comparison
from parity_tests.precision import FLOAT32
from parity_tests.rounding import ErrorArray
from ref_numpy import Adam, NetworkSpec, RMSProp
from torch_impl import conventions
from torch_impl.data import NpzFile
from torch_impl.module import NetworkModule, correct

pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_module_without_options() -> None:
    module = NetworkModule(2, 3)
    assert module.network.spec == NetworkSpec.dense([2, 128, 64, 3], "relu", "softmax")
    assert module.optimiser == Adam(0.001)
    he, ours = (
        ref_numpy.initialise(module.network.spec, "he", torch.initial_seed()),
        conventions.get_params(module.network),
    )
    for name, value in he.items():
        np.testing.assert_array_equal(ours[name], value.astype(np.float32))


def test_every_option_arrives() -> None:
    module = NetworkModule(
        2, 1, "sigmoid", [4], "tanh", "zeros", "rmsprop", 0.25, weight_decay=0.5, lambd=0.75
    )
    assert module.network.spec == NetworkSpec.dense([2, 4, 1], "tanh", "sigmoid", lambd=0.75)
    assert module.optimiser == RMSProp(0.25, weight_decay=0.5)
    assert not any(p.any() for p in conventions.get_params(module.network).values())
    group = module.configure_optimizers().param_groups[0]
    assert (group["lr"], group["weight_decay"], len(group["params"])) == (0.25, 0.5, 4)


def logged_by(module: NetworkModule, stage: str, batch: Any, monkeypatch) -> tuple[Any, dict]:
    """What the stage's step returns, and {name: (value, options)} of what it logs."""
    logged = {}
    monkeypatch.setattr(
        module, "log", lambda name, value, **options: logged.update({name: (value, options)})
    )
    returned = getattr(module, f"{stage}_step")(batch, 0)
    return returned, logged


@pytest.mark.parametrize("lambd", [0.0, 0.5])
@pytest.mark.parametrize(
    ("stage", "name"), [("training", "train"), ("validation", "val"), ("test", "test")]
)
def test_the_cost_without_and_the_loss_with_regularisation(
    stage: str, name: str, lambd: float, monkeypatch
) -> None:
    """By the reference, from the module's own parameters, to within rounding."""
    module = NetworkModule(2, 3, hidden_units=[4], lambd=lambd)
    rng = np.random.default_rng(0)
    X, classes = rng.standard_normal((2, 7)).astype(np.float32), rng.integers(0, 3, 7)
    batch = conventions.to_batch(X), torch.from_numpy(classes)
    returned, logged = logged_by(module, stage, batch, monkeypatch)
    assert set(logged) == {f"{name}_cost", f"{name}_accuracy"}
    cost, options = logged[f"{name}_cost"]
    as_all = {"on_step": False, "on_epoch": True, "sync_dist": True}
    assert options == {**as_all, "prog_bar": True}
    right, options = logged[f"{name}_accuracy"]
    assert options == {**as_all, "prog_bar": False}

    spec, plain = module.network.spec, NetworkSpec.dense([2, 4, 3])
    params = conventions.get_params(module.network)
    exact = {n: ErrorArray(p, p=FLOAT32) for n, p in params.items()}
    Y = ref_numpy.one_hot(classes, 3)
    for of, value in ((plain, cost), (spec, returned)):
        activations, _ = ref_numpy.forward(of, exact, ErrorArray(X, p=FLOAT32))
        J = ref_numpy.cost(of, exact, activations, ErrorArray(Y, p=FLOAT32))
        if value is not None:  # training alone has a loss to descend
            assert Comparison.of(value.detach().numpy(), [J]).used <= 1
    assert (returned is None) == (stage != "training")
    predicted = ref_numpy.predict(spec, params, X)
    assert round(7 * float(right)) == int(np.sum(predicted == classes))


def test_a_regression_has_no_accuracy(monkeypatch) -> None:
    module = NetworkModule(2, 2, "identity", hidden_units=[])
    batch = torch.ones(3, 2), torch.ones(3, 2)
    assert list(logged_by(module, "validation", batch, monkeypatch)[1]) == ["val_cost"]


def test_an_epochs_mean_is_over_examples_also_where_the_last_batch_is_smaller(
    tmp_path: Path,
) -> None:
    """4, 4 and 2 examples, of which 4, 4 and 0 are right: 8 of 10, not 2 of 3 batches."""
    x = np.array([[-1.0], [1]] * 20)
    x_test, y_test = np.array([[-1.0], [1]] * 5), np.array([0, 1] * 4 + [1, 0])
    np.savez(tmp_path / "x.npz", x_train=x, y_train=x[:, 0] > 0, x_test=x_test, y_test=y_test)
    data = NpzFile(str(tmp_path / "x.npz"), batch_size=4, standardise="none")
    module = NetworkModule(1, 1, "sigmoid", hidden_units=[])
    params = {"W1": np.array([[1.0]], np.float32), "b1": np.array([[0]], np.float32)}
    conventions.load_params(module.network, params)
    trainer = L.Trainer(
        default_root_dir=tmp_path, accelerator="cpu", logger=False, max_epochs=1,
        enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False,
    )  # fmt: skip
    (metrics,) = trainer.test(module, data, verbose=False)
    assert set(metrics) == {"test_cost", "test_accuracy"}
    assert round(10 * metrics["test_accuracy"]) == 8
    trainer.fit(module, data)
    assert set(trainer.callback_metrics) == {
        f"{part}_{what}" for part in ("train", "val") for what in ("cost", "accuracy")
    }
    assert set(trainer.progress_bar_metrics) == {"train_cost", "val_cost"}


def test_what_is_right_is_counted_as_1() -> None:
    """Of classes the most probable; of probabilities those above ½, each output by itself."""
    A = torch.tensor([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.1, 0.2, 0.7]])
    assert correct(A, torch.tensor([1, 0, 0])).tolist() == [1.0, 1.0, 0.0]
    y = torch.tensor([[0.0, 0, 1], [0, 1, 0], [1, 1, 1]])
    assert correct(A, y).tolist() == [[1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
    assert correct(A, y).dtype == torch.float32
