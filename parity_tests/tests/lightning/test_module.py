"""The LightningModule: Lightning's ways, the reference's numbers."""

from __future__ import annotations

from pathlib import Path

import lightning as L
import numpy as np
import pytest
import torch

import ref_numpy
from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32
from parity_tests.tests.support.tiny_training import quiet_trainer
from ref_numpy import InputError, cost_and_gradients, initialise
from torch_impl import conventions
from torch_impl.data import PlanarFlower, TwoMoons
from torch_impl.lightning.module import NetworkModule

pytestmark = pytest.mark.filterwarnings("ignore")


def test_the_weights_are_the_references_of_the_same_seed() -> None:
    L.seed_everything(7, verbose=False)
    module = NetworkModule(2, 1, "sigmoid", hidden_units=[4], activation="tanh")
    expected = initialise(module.network.spec, "he", seed=7, dtype=np.float32)
    for name, value in conventions.get_params(module.network).items():
        np.testing.assert_array_equal(value, expected[name], strict=True)


def test_an_epoch_of_lightning_is_an_epoch_of_the_reference(tmp_path: Path) -> None:
    """Lightning's steps, recorded, repeated by the reference from each step's own parameters."""
    steps = []

    class Recorder(L.Callback):
        def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
            steps.append((batch, conventions.get_params(pl_module.network)))

        def on_before_optimizer_step(self, trainer, pl_module, optimizer):
            steps[-1] += (conventions.get_gradients(pl_module.network),)

    L.seed_everything(0, verbose=False)
    module = NetworkModule(2, 1, "sigmoid", hidden_units=[4], activation="tanh", lambd=0.3)
    quiet_trainer(tmp_path, max_epochs=1, callbacks=[Recorder()]).fit(module, TwoMoons(m=200))
    assert len(steps) == 3
    spec = module.network.spec
    for (x, y), params, gradients in steps:
        X, Y = conventions.from_batch(x), conventions.from_targets(spec, y)
        exact = {name: ErrorArray(p, p=FLOAT32) for name, p in params.items()}
        data = (ErrorArray(a, p=FLOAT32) for a in (X, Y))
        _, bounds = cost_and_gradients(spec, exact, *data)
        for name, gradient in gradients.items():
            assert Comparison.of(gradient, [bounds[name]]).ratio <= 1, name


def test_it_learns_and_its_logged_accuracy_is_the_references(tmp_path: Path) -> None:
    L.seed_everything(0, verbose=False)
    data = PlanarFlower()
    module = NetworkModule(2, 1, "sigmoid", [16], "tanh", learning_rate=0.02)
    trainer = quiet_trainer(tmp_path, max_epochs=60)
    trainer.fit(module, data)
    (metrics,) = trainer.test(module, data, verbose=False)
    spec, params = module.network.spec, conventions.get_params(module.network)
    test = data.parts["test"]
    x, y = test[:]
    X, Y = conventions.from_batch(x), conventions.from_targets(spec, y)
    accuracy = ref_numpy.accuracy(spec, ref_numpy.predict(spec, params, X), Y)
    assert round(metrics["test_accuracy"] * len(test)) == round(accuracy * len(test))
    assert accuracy >= 0.8
    predictions = torch.cat(trainer.predict(module, data))  # pyright: ignore[reportArgumentType, reportCallIssue]
    np.testing.assert_array_equal(
        spec.loss.decode(conventions.from_batch(predictions)), ref_numpy.predict(spec, params, X)
    )


def test_a_checkpoint_needs_no_arguments_to_be_loaded(tmp_path: Path) -> None:
    module = NetworkModule(2, 1, "sigmoid", hidden_units=[3, 5], activation=["tanh", "relu"])
    trainer = quiet_trainer(tmp_path, max_epochs=1, enable_checkpointing=True)
    trainer.fit(module, TwoMoons(m=60))
    trainer.save_checkpoint(tmp_path / "mine.ckpt")
    loaded = NetworkModule.load_from_checkpoint(tmp_path / "mine.ckpt", weights_only=True)
    assert loaded.network.spec == module.network.spec
    assert str(loaded.state_dict()) == str(module.state_dict())


def test_real_outputs_log_a_cost_and_no_accuracy(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "line.npz", x=rng.standard_normal((60, 3)), y=rng.standard_normal((60, 2)))
    from torch_impl.data import NpzFile

    data = NpzFile(str(tmp_path / "line.npz"))
    module = NetworkModule(data.n_x, data.n_y, data.output, hidden_units=[])
    trainer = quiet_trainer(tmp_path, max_epochs=1)
    trainer.fit(module, data)
    assert {name for name in trainer.callback_metrics if "accuracy" in name} == set()
    assert "val_cost" in trainer.callback_metrics


@pytest.mark.cuda
def test_it_trains_on_cuda(tmp_path: Path) -> None:
    L.seed_everything(0, verbose=False)
    module = NetworkModule(
        2, 1, "sigmoid", hidden_units=[16], activation="tanh", learning_rate=0.02
    )
    trainer = quiet_trainer(tmp_path, max_epochs=60, accelerator="cuda", devices=1)
    trainer.fit(module, PlanarFlower())
    (metrics,) = trainer.test(module, PlanarFlower(), verbose=False)
    assert metrics["test_accuracy"] >= 0.8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"optimiser": "adamm"},
            "unknown optimiser 'adamm'; expected one of adam, gradient_descent",
        ),
        ({"activation": "reul"}, "unknown activation 'reul'"),
        ({"activation": ["relu"]}, "1 hidden activations were given for 2 hidden layers"),
        ({"initialisation": "zero"}, "unknown initialiser 'zero'"),
        ({"learning_rate": -1.0}, "learning_rate is -1.0; expected a positive number"),
        ({"hidden_units": [0]}, "a layer was given 0 units"),
    ],
)
def test_impossible_options_are_one_sentence(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        NetworkModule(2, 3, **options)
