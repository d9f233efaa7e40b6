"""Digits that the data have are not lost before the mean is subtracted, and are all at float64."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pytest
import torch

import ref_numpy
from parity_tests.tests.support.tiny_training import quiet_trainer
from parity_tests.training.numpy_trainer import batches_by_epoch, training_batches
from ref_numpy import DataSpec, NetworkSpec
from torch_impl.data import NpyShards, NpzFile
from torch_impl.data.shards.shard_files import write_shards
from torch_impl.lightning.module import NetworkModule
from torch_impl.results.weights_file_check import predictions_line

pytestmark = pytest.mark.filterwarnings("ignore")

RNG = np.random.default_rng(0)
# Multiples of 2⁻¹⁶, as numbers near 2³⁰ can be at float64; nothing is rounded when 2³⁰ is added.
X = np.round(RNG.standard_normal((400, 2)) * 2**16) / 2**16
Y = (X[:, 0] > X[:, 1]).astype(int)
FAR = 2.0**30


def data_of(folder: Path, kind: str, x: Any) -> NpzFile | NpyShards:
    name = f"{kind}{int(x.max() > 100)}"
    if kind == "npz":
        np.savez(folder / f"{name}.npz", x=x, y=Y)
        return NpzFile(str(folder / f"{name}.npz"))
    write_shards(folder / name / "train", [(x[:150], Y[:150]), (x[150:], Y[150:])])
    return NpyShards(str(folder / name))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["npz", "shards"])
def test_numbers_that_are_far_from_0_are_learnt_as_well(tmp_path: Path, kind: str) -> None:
    """At float32 numbers near 2³⁰ are multiples of 128: nothing would be left of x. With all digits
    they are standardised to what x is, but for the rounding of the mean."""
    near, far = (data_of(tmp_path, kind, x) for x in (X, X + FAR))
    batches = []
    for data in (near, far):
        data.setup("fit")
        batches.append(data.parts["train"][:][0].double())
    # The mean of 288 numbers near 2³⁰ is known to within some 288 · 2⁻²³, σ to within as much.
    assert (batches[0] - batches[1]).abs().max() <= 8 * 288 * 2.0**-23
    L.seed_everything(0, verbose=False)
    module = NetworkModule(2, 1, "sigmoid", [], learning_rate=0.1)
    trainer = quiet_trainer(tmp_path, max_epochs=20)
    trainer.fit(module, far)
    (tested,) = trainer.test(module, far, verbose=False)
    assert tested["test_accuracy"] >= 0.95


@pytest.mark.parametrize("precision", ["32-true", "64-true"])
@pytest.mark.parametrize("kind", ["npz", "shards"])
def test_a_run_at_float64_has_all_digits(tmp_path: Path, kind: str, precision: Any) -> None:
    """In training, test and predictions; and NumPy's batches are the same, bit for bit."""
    data = data_of(tmp_path, kind, X + FAR)
    seen: list[Any] = []

    class LabelFacts(L.Callback):
        def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
            seen.append(batch)

        def on_test_batch_start(self, trainer, pl_module, batch, batch_idx, dataloader_idx=0):
            seen.append(batch)

        on_predict_batch_start = on_test_batch_start

    assert data.n_x == 2  # which is read before there is a Trainer
    L.seed_everything(0, verbose=False)
    module = NetworkModule(2, 1, "sigmoid", [])
    trainer = quiet_trainer(tmp_path, max_epochs=1, callbacks=[LabelFacts()], precision=precision)
    trainer.fit(module, data)
    fitted = len(seen)
    trainer.test(module, data, verbose=False)
    trainer.predict(module, data)
    dtype = torch.float64 if precision == "64-true" else torch.float32
    assert {part.dtype for batch in seen for part in batch} == {dtype}
    inputs = data.described.inputs
    assert inputs is not None
    raw = data.raw("test")
    given = torch.cat([x for x, _ in seen[fitted:]])[: len(raw)]
    expected = ((raw - inputs.mu.T) / inputs.sigma.T).astype(str(dtype).removeprefix("torch."))
    np.testing.assert_array_equal(given, expected, strict=True)

    L.seed_everything(0, verbose=False)
    again = type(data)(data.title)
    numpys = np.float64 if precision == "64-true" else np.float32
    ours = [
        b
        for _, batches in batches_by_epoch(training_batches(again, 1, numpys), 1, "")
        for b in batches
    ]
    for (x, y), (x_theirs, y_theirs) in zip(ours, seen[:fitted], strict=True):
        assert torch.equal(x, x_theirs)
        assert torch.equal(y, y_theirs)


def test_numpy_vs_torch_sees_a_mistake_before_the_network(
    tmp_path: Path,
) -> None:
    """Examples of which a program loses the digits are not as the file has them: half its
    predictions differ. It compares raw examples, through the weights file."""
    data = data_of(tmp_path, "npz", X + FAR)
    spec = NetworkSpec.dense([2, 1], output="sigmoid")
    params = {"W1": np.array([[50.0, -50]]), "b1": np.zeros((1, 1))}
    described: DataSpec = data.described
    ref_numpy.save(tmp_path / "w.safetensors", spec, params, described)
    raw = X + FAR
    right = described.to_X(raw, np.float64)
    lossy = described.to_X(raw.astype(np.float32).astype(np.float64), np.float64)
    lines = []
    for columns in (right, lossy):
        A = ref_numpy.forward(spec, params, columns)[0]["A1"]
        lines.append(predictions_line(tmp_path / "w.safetensors", raw, A))
    assert lines[0].startswith("400 of 400 predictions equal")
    assert int(lines[1].split()[0]) < 300
