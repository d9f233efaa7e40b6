"""Trainings with another loss than the output's own: their costs, accuracies and proof."""

from __future__ import annotations

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
from ref_numpy import AbsoluteError, Array, Hinge, Huber, InputError, Loss, NetworkSpec
from torch_impl import conventions
from torch_impl.data import NpzFile
from torch_impl.lightning.module import NetworkModule
from torch_impl.results.summary import cost_of_mean
from torch_impl.results.tested import metrics_of

pytestmark = pytest.mark.filterwarnings("ignore")

RNG = np.random.default_rng(0)
X = RNG.standard_normal((400, 3))
BOTH = np.stack([3 * X[:, 0] + 1000, 1e-3 * X[:, 1] - 7], axis=1)
WORDS = np.where(X[:, 0] > X[:, 1] ** 2, "yes", "no")
LABELS = np.stack([X[:, 0] > 0, X[:, 1] > 1, X[:, 2] > -1], axis=1).astype(int)


def data_of(folder: Path, y: Array, **options: Any) -> NpzFile:
    np.savez(folder / "examples.npz", x=X, y=y)
    return NpzFile(str(folder / "examples.npz"), **options)


def module_of(data: NpzFile, loss: str, **options: Any) -> NetworkModule:
    L.seed_everything(0, verbose=False)
    given = {"learning_rate": 0.05, "loss": loss, **options}
    return NetworkModule(data.n_x, data.n_y, data.output, [], **given)


@pytest.mark.parametrize(
    ("loss", "y"), [("absolute_error", BOTH), ("huber", BOTH), ("hinge", WORDS), ("hinge", LABELS)]
)
def test_both_sides_agree_and_every_step_is_right(tmp_path: Path, loss: str, y: Array) -> None:
    """Costs and accuracies of NumPy's training are torch's, to within what float32 leaves."""
    data = data_of(tmp_path, y, batch_size=72)
    result = compare(module_of(data, loss), data, 2, "float32")
    assert result.agrees
    for part in ("train", "val"):
        torchs, numpys = (result.costs[side][part][-1] for side in ("torch", "NumPy"))
        assert abs(torchs - numpys) <= 1000 * 2.0**-24 * numpys
    monitor = ParityMonitor(every_n_steps=1, on_finding="stop")
    module = module_of(data, loss)
    quiet_trainer(tmp_path, max_epochs=2, callbacks=[monitor]).fit(module, data)
    assert (monitor.checked, monitor.findings) == (8, {})
    ours = train_numpy(module_of(data, loss), data, 2)
    for part in ("train", "val"):
        for mine, theirs in zip(ours.costs[part], module.costs[part], strict=True):
            assert abs(mine - theirs) <= 1000 * 2.0**-24 * theirs
        if loss == "hinge":
            for mine, theirs in zip(ours.accuracies[part], module.accuracies[part], strict=True):
                assert abs(mine - theirs) <= 2.0**-20


@pytest.mark.parametrize(
    ("loss", "of_errors"),
    [
        (AbsoluteError(), lambda e, unit: np.abs(e)),
        # in units of σ the loss is a line from |e| = δ on
        (Huber(0.5), lambda e, unit: np.where(
            np.abs(e) <= unit / 2, e**2 / 2, unit / 2 * (np.abs(e) - unit / 4))),
    ],
)  # fmt: skip
def test_costs_are_in_the_targets_own_units(tmp_path: Path, loss: Loss, of_errors: Any) -> None:
    """By hand from raw examples, at float64, and of the mean of the training's targets."""
    data, delta = data_of(tmp_path, BOTH), getattr(loss, "delta", None)
    module, trainer = module_of(data, loss.kind, delta=delta), quiet_trainer(tmp_path, max_epochs=3)
    assert module.network.spec.loss == loss
    rows = data.rows["test"].chosen  # pyright: ignore[reportAttributeAccessIssue]
    trainer.fit(module, data)
    found = trainer.test(module, data, verbose=False)[0]["test_cost"]
    params = conventions.get_params(module.network)
    inputs, targets = data.described.inputs, data.described.targets
    assert inputs is not None
    assert targets is not None
    a = (X[rows] - inputs.mu.T) / inputs.sigma.T @ params["W1"].T + params["b1"].T
    errors = a * targets.sigma.T + targets.mu.T - BOTH[rows]
    by_hand = of_errors(errors, targets.sigma.T).sum(axis=1).mean()
    assert abs(found - by_hand) <= 1000 * 2.0**-24 * by_hand
    constant = of_errors(targets.mu.T - BOTH[rows], targets.sigma.T).sum(axis=1).mean()
    mean = cost_of_mean(data, loss)
    assert mean is not None
    assert abs(mean - constant) <= 1000 * 2.0**-24 * constant


def test_a_score_in_units_by_hand() -> None:
    """3 · |1| + ½ · |2| = 4; with δ = 1 in units of σ 3² · ½ + ½² (2 − ½) = 4.875."""
    params = {"W1": np.zeros((2, 1)), "b1": np.array([[1.0], [2.0]])}
    batches, units = [(torch.zeros(1, 1), torch.zeros(1, 2))], np.array([[3.0], [0.5]])
    for loss, in_units, plain in ((AbsoluteError(), 4, 3), (Huber(), 4.875, 0.5 + 1.5)):
        spec = NetworkSpec.dense([1, 2], output="identity", loss=loss)
        assert evaluate(spec, params, batches, units).cost == in_units
        assert evaluate(spec, params, batches).cost == plain


@pytest.mark.parametrize("y", [WORDS, LABELS], ids=["two classes", "labels"])
def test_a_hinge_network_answers_by_the_sign(tmp_path: Path, y: Array) -> None:
    data = data_of(tmp_path, y)
    module, trainer = module_of(data, "hinge"), quiet_trainer(tmp_path, max_epochs=4)
    assert module.network.spec.loss == Hinge()
    rows = data.rows["test"].chosen  # pyright: ignore[reportAttributeAccessIssue]
    trainer.fit(module, data)
    accuracy = trainer.test(module, data, verbose=False)[0]["test_accuracy"]
    spec, params = module.network.spec, conventions.get_params(module.network)
    weights = tmp_path / "weights.safetensors"
    ref_numpy.save(weights, spec, params, data.described)
    model = ref_numpy.load_model(weights)
    A = model.outputs(X[rows])
    signs = (A > 0).T if y is LABELS else np.where(A[0] > 0, "yes", "no")
    np.testing.assert_array_equal(model.predict(X[rows]), signs)
    by_hand = np.mean(signs == y[rows])
    assert abs(accuracy - by_hand) <= 2.0**-20
    metrics = metrics_of("test", data, A, spec.loss)
    assert abs(metrics["accuracy"] - by_hand) <= 2.0**-50
    with pytest.raises(InputError) as caught:
        model.probabilities(X[rows])
    assert (caught.value.code, caught.value.facts) == ("model.scores", {"loss": "hinge"})


def test_without_a_description_the_task_is_the_losses(tmp_path: Path) -> None:
    for n_y, loss, task, names in (
        (1, "hinge", "binary", ("0", "1")), (2, "hinge", "multilabel", ("0", "1")),
        (2, "huber", "regression", ("0", "1")), (1, "absolute_error", "regression", ("0",)),
    ):  # fmt: skip
        spec = NetworkSpec.dense([2, n_y], output="identity", loss=loss)
        ref_numpy.save(tmp_path / "w.safetensors", spec, ref_numpy.initialise(spec))
        data = ref_numpy.load_data_spec(tmp_path / "w.safetensors")
        assert (data.task, data.names) == (task, names)
