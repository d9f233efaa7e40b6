"""A training by NumPy alone: Lightning's batches, and where they lead."""

from __future__ import annotations

import math
from pathlib import Path

import lightning as L
import numpy as np
import pytest
import torch

from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.precisions import FLOAT32
from parity_tests.tests.support.tiny_training import moons, network, quiet_trainer
from parity_tests.training.lockstep_sides import ReferenceSide
from parity_tests.training.numpy_trainer import batches_by_epoch, evaluate, in_columns, train_numpy
from parity_tests.training.score import Score
from ref_numpy import GradientDescent, InputError, NetworkSpec, descend
from torch_impl import conventions
from torch_impl.data import Digits, NpzFile, TwoMoons
from torch_impl.lightning.module import NetworkModule


class Recorder(L.Callback):
    """The batches that Lightning takes, and the parameters after each epoch."""

    def __init__(self) -> None:
        self.batches, self.params = [], []

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        self.batches += batch if isinstance(batch, list) else [batch]

    def on_train_epoch_end(self, trainer, pl_module):
        self.params.append(conventions.get_params(pl_module.network))


def fitted(folder: Path, module: NetworkModule, data: TwoMoons, epochs: int) -> Recorder:
    recorder = Recorder()
    quiet_trainer(folder, max_epochs=epochs, callbacks=[recorder]).fit(module, data)
    return recorder


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("per_step", [1, 3])
def test_its_batches_are_those_of_lightning(tmp_path: Path, per_step: int) -> None:
    """Two epochs, each in its own order; several at once are the same, one after the other."""
    module = network(batches_per_step=per_step)
    theirs = fitted(tmp_path, module, moons(batches_per_step=per_step), 2).batches
    network()  # the same seed again
    data = moons(batches_per_step=per_step)
    data.setup("fit")
    loader = data.train_dataloader()
    ours = [batch for _, batches in batches_by_epoch(loader, 2, "") for batch in batches]
    assert len(ours) == len(theirs) == 10
    for (x, y), (x_theirs, y_theirs) in zip(ours, theirs, strict=True):
        assert torch.equal(x, x_theirs)
        assert torch.equal(y, y_theirs)
    assert not torch.equal(ours[0][0], ours[5][0])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("optimiser", ["gradient_descent", "momentum", "adam"])
def test_its_first_epoch_is_lightnings_to_within_rounding(tmp_path: Path, optimiser: str) -> None:
    """Both are within what float32 may do to the reference, carried through all five steps."""
    module, data = network(optimiser=optimiser, learning_rate=0.01, lambd=0.3), moons()
    trained = train_numpy(module, data, 1)
    reference = reference_of(module, data)
    (theirs,) = fitted(tmp_path, module, data, 1).params
    for name, expected in reference.params.items():
        assert trained.params[name].dtype == np.float32
        for params in (theirs, trained.params):
            assert Comparison.of(params[name], [expected]).ratio <= 1, name
    assert reference.bounds is not None


def reference_of(module: NetworkModule, data: TwoMoons) -> ReferenceSide:
    """After an epoch, on error arrays."""
    spec = module.network.spec
    params = conventions.get_params(module.network)
    reference = ReferenceSide(spec, module.optimiser, params, FLOAT32)
    for _, batches in batches_by_epoch(data.train_dataloader(), 1, ""):
        for X, Y in in_columns(spec, batches, np.float64):
            reference.step(X, Y)
    return reference


def test_its_costs_are_those_of_the_reference() -> None:
    """(1/m) Σ L over the epoch, each batch's before its update; λ is no part of it."""
    module, data = network(optimiser="gradient_descent"), moons()
    seen: list[tuple[int, dict[str, float]]] = []
    trained = train_numpy(
        module, data, 2, np.float64, lambda epoch, said: seen.append((epoch, said))
    )
    spec = module.network.spec
    params = {n: p.astype(np.float64) for n, p in conventions.get_params(module.network).items()}
    batches = [
        (epoch, X, Y)
        for epoch, batches in batches_by_epoch(data.train_dataloader(), 2, "")
        for X, Y in in_columns(spec, batches, np.float64)
    ]
    steps = list(descend(spec, params, [(X, Y) for _, X, Y in batches], module.optimiser))
    for name, theta in trained.params.items():
        np.testing.assert_array_equal(theta, steps[-1].params[name], strict=True)
    m = 72
    for epoch in (0, 1):
        of_epoch = zip(batches, steps, strict=True)
        cost = sum(step.J * X.shape[1] for (e, X, _), step in of_epoch if e == epoch) / m
        # Two orders of the same m terms: γ_m each.
        assert abs(trained.costs["train"][epoch] - cost) <= 2 * m * 2.0**-53 * cost
        assert seen[epoch][0] == epoch + 1
        for part in ("train", "val"):
            assert seen[epoch][1][f"{part}_cost"] == trained.costs[part][epoch]
            assert seen[epoch][1][f"{part}_accuracy"] == trained.accuracies[part][epoch]
    shrunk = train_numpy(network(optimiser="gradient_descent", lambd=1.0), moons(), 1, np.float64)
    assert abs(shrunk.costs["train"][0] - trained.costs["train"][0]) < 0.1
    assert shrunk.costs["train"] != trained.costs["train"][:1]


def test_the_best_epoch_is_returned_and_the_module_unchanged() -> None:
    """Steps of 3 overshoot: the lowest validation cost is not the last."""
    module, data = network(learning_rate=3.0), moons()
    before = conventions.get_params(module.network)
    trained = train_numpy(module, data, 4)
    costs = trained.costs["val"]
    assert trained.best_epoch == 1 + costs.index(min(costs)) < 4
    spec = module.network.spec
    assert evaluate(spec, trained.best, data.val_dataloader()).cost == min(costs)
    assert evaluate(spec, trained.params, data.val_dataloader()).cost == costs[-1]
    for name, theta in conventions.get_params(module.network).items():
        np.testing.assert_array_equal(theta, before[name])


def test_a_score_is_worked_by_hand() -> None:
    """Two outputs, of which the second is wrong in one example: half a right prediction."""
    spec = NetworkSpec.dense([1, 2], output="sigmoid")
    params = {"W1": np.zeros((2, 1)), "b1": np.array([[1.0], [-1.0]])}
    x, y = torch.zeros(2, 1), torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    score = evaluate(spec, params, [[(x[:1], y[:1])], (x[1:], y[1:])])
    assert (score.right, score.m, score.accuracy) == (1.5, 2, 0.75)
    J = (3 * math.log1p(math.exp(-1)) + math.log1p(math.exp(1))) / 2
    assert abs(score.cost - J) <= 8 * 2.0**-53 * J  # four logarithms and their sum
    assert Score(1, 2, 3) + Score(10, 20, 30) == Score(11, 22, 33)


def test_real_outputs_have_no_accuracy(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "line.npz", x=rng.standard_normal((60, 3)), y=rng.standard_normal((60, 2)))
    data = NpzFile(str(tmp_path / "line.npz"))
    module = NetworkModule(data.n_x, data.n_y, data.output, hidden_units=[])
    trained = train_numpy(module, data, 2)
    assert all(math.isnan(a) for part in trained.accuracies.values() for a in part)
    assert trained.best_epoch == 2


def test_it_learns_the_digits() -> None:
    data = Digits()
    L.seed_everything(0, verbose=False)
    module = NetworkModule(data.n_x, data.n_y, data.output, hidden_units=[32], learning_rate=0.01)
    trained = train_numpy(module, data, 8)
    score = evaluate(module.network.spec, trained.best, data.test_dataloader())
    assert score.m == 360
    assert score.accuracy >= 0.9


def test_impossible_trainings_are_one_sentence() -> None:
    with pytest.raises(InputError, match="epochs is 0; expected a whole number from 1 up"):
        train_numpy(network(), moons(), 0)
    module = NetworkModule(2, 1, "sigmoid", hidden_units=[4], learning_rate=1e300)
    module.optimiser = GradientDescent(1e300)
    said = r"the cost became (inf|nan) at step 1; use a learning rate below 1e\+300, or standardise"
    with pytest.raises(InputError, match=said):
        train_numpy(module, moons(), 2, np.float64)
