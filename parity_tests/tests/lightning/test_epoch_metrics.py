"""The metrics of an epoch that Lightning logs, and the options of logging them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import lightning as L
import numpy as np
import pytest
import torch

import ref_numpy
from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32, FLOAT64
from parity_tests.tests.support.tiny_training import quiet_trainer
from ref_numpy import Adam, NetworkSpec, RMSProp
from torch_impl import conventions
from torch_impl.data import NpzFile
from torch_impl.data.batches import Batches, TensorPairs
from torch_impl.data.in_memory import ArrayData
from torch_impl.lightning.epoch_sums import correct
from torch_impl.lightning.module import NetworkModule

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


class Given(ArrayData):
    """These examples, in all three parts."""

    def __init__(self, x: torch.Tensor, y: torch.Tensor, **options) -> None:
        super().__init__(**options)
        pairs = TensorPairs(x, y)
        self.parts = {"train": pairs, "val": pairs, "test": pairs}


class Losses(L.Callback):
    """What Lightning descends at every step."""

    def __init__(self) -> None:
        self.losses: list[float] = []

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx) -> None:
        self.losses.append(outputs["loss"].numpy())


@pytest.mark.parametrize("lambd", [0.0, 0.5])
def test_the_cost_is_without_and_the_loss_with_regularisation(tmp_path: Path, lambd: float) -> None:
    """By the reference, from the module's own parameters, to within rounding."""
    module = NetworkModule(2, 3, hidden_units=[4], lambd=lambd, learning_rate=1e-30)
    rng = np.random.default_rng(0)
    X, classes = rng.standard_normal((2, 7)).astype(np.float32), rng.integers(0, 3, 7)
    data = Given(conventions.to_batch(X), torch.from_numpy(classes))
    trainer = quiet_trainer(tmp_path, max_epochs=1, callbacks=[losses := Losses()])
    (validated,) = trainer.validate(module, data, verbose=False)
    (tested,) = trainer.test(module, data, verbose=False)
    trainer.fit(module, data)
    fitted = {name: float(value) for name, value in trainer.callback_metrics.items()}
    assert set(validated) == {"val_cost", "val_accuracy"}
    assert set(tested) == {"test_cost", "test_accuracy"}
    assert set(fitted) == {"train_cost", "train_accuracy", "val_cost", "val_accuracy"}
    assert set(trainer.progress_bar_metrics) == {"train_cost", "val_cost"}

    spec, plain = module.network.spec, NetworkSpec.dense([2, 4, 3])
    params = conventions.get_params(module.network)
    exact = {n: ErrorArray(p, p=FLOAT32) for n, p in params.items()}
    Y = ref_numpy.one_hot(classes, 3)
    (loss,) = losses.losses
    costs = [validated["val_cost"], tested["test_cost"], fitted["train_cost"], fitted["val_cost"]]
    for of, values in ((plain, costs), (spec, [loss])):
        activations, _ = ref_numpy.forward(of, exact, ErrorArray(X, p=FLOAT32))
        J = ref_numpy.cost(of, exact, activations, ErrorArray(Y, p=FLOAT32))
        for value in values:
            assert Comparison.of(np.float32(value), [J]).ratio <= 1
    right = int(np.sum(ref_numpy.predict(spec, params, X) == classes))
    for accuracy in (
        validated["val_accuracy"], tested["test_accuracy"], fitted["train_accuracy"]
    ):  # fmt: skip
        assert round(7 * accuracy) == right
    for part, (mean,) in module.costs.items():
        assert np.float32(mean) == fitted[f"{part}_cost"]  # Lightning's own metrics are float32


def test_a_regression_has_no_accuracy(tmp_path: Path, monkeypatch) -> None:
    """Nor is there a question what is right."""
    monkeypatch.setattr("torch_impl.lightning.module_epochs.correct", None)
    module = NetworkModule(2, 2, "identity", hidden_units=[])
    data = Given(torch.ones(3, 2), torch.ones(3, 2))
    (metrics,) = quiet_trainer(tmp_path).validate(module, data, verbose=False)
    assert list(metrics) == ["val_cost"]


def test_an_updates_share_of_regularisation_is_over_all_its_examples(tmp_path: Path) -> None:
    """Two batches of 3, accumulated, are one of 6: (λ/2·6) Σ‖W‖², halved by Lightning twice."""
    x = torch.randn(6, 2, generator=torch.Generator().manual_seed(0))
    y = torch.tensor([0, 1, 2] * 2)
    trained = []
    for options in ({"batch_size": 6}, {"batch_size": 3}):
        L.seed_everything(1, verbose=False)
        module = NetworkModule(
            2, 3, hidden_units=[4], lambd=2.0, optimiser="gradient_descent", learning_rate=0.5
        )
        before = conventions.get_params(module.network)
        trainer = quiet_trainer(
            tmp_path, max_epochs=1, accumulate_grad_batches=6 // options["batch_size"]
        )
        trainer.fit(module.double(), Given(x.double(), y, **options))
        trained.append(conventions.get_params(module.network))
    X, Y = conventions.from_batch(x.double()), ref_numpy.one_hot(y.numpy(), 3)
    spec = module.network.spec
    exact = {n: ErrorArray(p.astype(np.float64), p=FLOAT64) for n, p in before.items()}
    _, gradients = ref_numpy.cost_and_gradients(
        spec, exact, ErrorArray(X, p=FLOAT64), ErrorArray(Y, p=FLOAT64)
    )
    for params in trained:
        for name, value in params.items():
            bound = exact[name] - 0.5 * gradients[f"d{name}"]
            assert Comparison.of(value, [bound]).ratio <= 1, name


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


@pytest.mark.parametrize(("k", "ends"), [(2, [0, 6, 12, 15]), (3, [0, 9, 15])])
def test_an_epochs_last_update_may_be_of_fewer_batches(
    tmp_path: Path, k: int, ends: list[int]
) -> None:
    """Of 5 batches of 3, k an update: the last update is of one batch or of two, with all their
    weight, and their share of λ."""
    draw = torch.Generator().manual_seed(0)
    x, y = torch.randn(15, 2, generator=draw).double(), torch.arange(15) % 3
    updates = []

    class Recorder(L.Callback):
        def on_before_optimizer_step(self, trainer, pl_module, optimizer) -> None:
            gradients = conventions.get_gradients(pl_module.network)
            updates.append((conventions.get_params(pl_module.network), gradients))

    module = NetworkModule(2, 3, hidden_units=[4], lambd=2.0).double()
    data = Given(x, y, batch_size=3)
    trainer = quiet_trainer(
        tmp_path, max_epochs=1, accumulate_grad_batches=k, callbacks=[Recorder()]
    )
    trainer.fit(module, data)
    order = torch.cat([labels for _, labels in batches_of(data, y)])
    spec = module.network.spec
    for (params, gradients), (a, b) in zip(updates, pairwise(ends), strict=True):
        X, Y = conventions.from_batch(x[order[a:b]]), ref_numpy.one_hot(y[order[a:b]].numpy(), 3)
        exact = {n: ErrorArray(p, p=FLOAT64) for n, p in params.items()}
        _, right = ref_numpy.cost_and_gradients(
            spec, exact, ErrorArray(X, p=FLOAT64), ErrorArray(Y, p=FLOAT64)
        )
        for name, gradient in gradients.items():
            assert Comparison.of(gradient, [right[name]]).ratio <= 1, (a, name)


def batches_of(data: ArrayData, y: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The first epoch's batches of the examples' numbers."""
    return list(Batches(TensorPairs(y, torch.arange(len(y))), data.batch_size, seed=data.seed))  # pyright: ignore[reportReturnType]


def test_what_is_right_is_counted_as_1() -> None:
    """Of classes the most probable; of probabilities those above ½, each output for its share."""
    A = torch.tensor([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [0.1, 0.2, 0.7]])
    assert correct(A, torch.tensor([1, 0, 0])).item() == 2
    y = torch.tensor([[0.0, 0, 1, 1], [0, 1, 0, 0]])
    A = torch.tensor([[0.2, 0.6, 0.7, 0.5], [0.4, 0.9, 0.2, 0.1]])
    assert correct(A, y).item() == 0.5 + 1


def test_logits_are_compared_by_themselves_and_with_a_half_as_probabilities() -> None:
    """Of two logits the larger wins, also where softmax gives both ½; σ(0.3) is more than ½."""
    assert (
        NetworkModule(2, 2).count_right(torch.tensor([[0, 2.0**-40]]), torch.tensor([1])).item()
        == 1
    )
    sigmoid = NetworkModule(2, 1, "sigmoid")
    Z, y = torch.tensor([[0.3], [-0.3], [0.3]]), torch.tensor([[1.0], [0], [0]])
    assert sigmoid.count_right(Z, y).item() == 2
