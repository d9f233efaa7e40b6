"""What a network was trained on: kept, recognised, and followed by data to test it on."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pytest
import torch

from ref_numpy import InputError
from torch_impl.data import NpyShards, NpzFile, TwoMoons
from torch_impl.data.batches import TensorPairs
from torch_impl.data.datamodule import Data
from torch_impl.data.shards.shard_files import write_shards
from torch_impl.data.source_data import SourceData
from torch_impl.lightning.checkpoint_files import WholeCheckpointIO
from torch_impl.lightning.module import NetworkModule

pytestmark = pytest.mark.filterwarnings("ignore")


def fitted(folder: Path, data: SourceData, trainer: Any = None, **options: Any) -> Any:
    """A module after an epoch, and its checkpoint."""
    L.seed_everything(0, verbose=False)
    module = NetworkModule(data.n_x, data.n_y, data.output, [4], "tanh", **options)
    trainer = trainer or quiet(folder, max_epochs=1)
    trainer.fit(module, data)
    trainer.save_checkpoint(folder / "it.ckpt")
    return module


def quiet(folder: Path, **options: Any) -> L.Trainer:
    trainer = L.Trainer(
        default_root_dir=folder, accelerator="cpu", logger=False, enable_progress_bar=False,
        enable_model_summary=False, enable_checkpointing=False, **options,
    )  # fmt: skip
    trainer.strategy.checkpoint_io = WholeCheckpointIO()
    return trainer


@pytest.mark.slow
def test_from_python_too(tmp_path: Path) -> None:
    """By the module at hand, by one of a checkpoint, and by a checkpoint's path: other moons are
    given as the network takes them, all of them, and data that were described already once more."""
    module = fitted(tmp_path, TwoMoons(m=100))
    found = []
    for way in ("at hand", "loaded", "by path"):
        other = TwoMoons(m=60, data_seed=2)
        other.setup("fit")  # by its own statistics
        network, path = module, None
        if way == "loaded":
            network = NetworkModule.load_from_checkpoint(tmp_path / "it.ckpt", weights_only=True)
        if way == "by path":
            network, path = NetworkModule(2, 1, "sigmoid", [4], "tanh"), tmp_path / "it.ckpt"
        trainer = quiet(tmp_path)
        found.append(trainer.test(network, other, ckpt_path=path, verbose=False))
        assert len(other.parts["test"]) == 60
        inputs = module.trained.spec.inputs
        x = other.parts["test"][:][0]
        np.testing.assert_array_equal(
            x, inputs.apply(other.load()[0].x.T, np.float32).T, strict=False
        )
        other.setup("fit")  # and to be trained on, they are described by themselves again
        assert len(other.parts["train"]) == 43
    assert found[0] == found[1] == found[2]


def test_the_same_content_is_the_same_data(tmp_path: Path) -> None:
    """In memory every number counts, of files their labels and some of the rows."""
    train, _ = TwoMoons(m=100).load()
    assert train.y is not None
    changed = train.x.copy()
    changed[57, 1] += 1e-9
    sources = {}
    for name, x, y in (
        ("same", train.x, train.y), ("x", changed, train.y), ("y", train.x, 1 - train.y),
        ("type", train.x, train.y.astype(float)), ("shape", train.x[:, np.newaxis], train.y),
    ):  # fmt: skip
        np.savez(tmp_path / f"{name}.npz", x=x, y=y)
        sources[name] = NpzFile(str(tmp_path / f"{name}.npz")).record().fingerprint
    assert sources.pop("same") == TwoMoons(m=100).record().fingerprint
    assert len({*sources.values(), TwoMoons(m=100).record().fingerprint}) == 5  # pyright: ignore[reportOptionalMemberAccess]
    shards = {}
    changed = train.x.copy()
    changed[99] = 0
    for name, x, y in (("same", train.x, train.y), ("copy", train.x, train.y),
                       ("x", changed, train.y), ("y", train.x, 1 - train.y)):  # fmt: skip
        write_shards(tmp_path / name / "train", [(x[:40], y[:40]), (x[40:], y[40:])])
        shards[name] = NpyShards(str(tmp_path / name)).record().fingerprint
    assert shards["same"] == shards["copy"]
    assert len({*shards.values()}) == 3


@pytest.mark.parametrize(
    "option", ["split_seed", "val_fraction", "standardise", "task", "data_seed"]
)
def test_resume_refuses_other_data(tmp_path: Path, option: str) -> None:
    fitted(tmp_path, TwoMoons(m=100))
    value = {"split_seed": 1, "val_fraction": 0.11, "standardise": "all", "task": "classes",
             "data_seed": 3}[option]  # fmt: skip
    other = TwoMoons(m=100, **{option: value})
    trainer = quiet(tmp_path, max_epochs=2)
    module = NetworkModule(2, other.n_y, other.output, [4], "tanh")
    with pytest.raises(InputError) as refused:
        trainer.fit(module, other, ckpt_path=tmp_path / "it.ckpt")
    if option != "task":  # where the network is another already
        assert refused.value.code == "checkpoint.other-data"
        assert ("another content" if option == "data_seed" else option) in str(refused.value)


def test_a_test_set_of_its_own_belongs_to_the_split(tmp_path: Path) -> None:
    """One that was there in the training is missed; one that came later is taken, and leaves the
    rest as it was split."""
    train, _ = TwoMoons(m=100).load()
    test, _ = TwoMoons(m=30, data_seed=2).load()
    both, alone = tmp_path / "both.npz", tmp_path / "alone.npz"
    np.savez(both, x_train=train.x, y_train=train.y, x_test=test.x, y_test=test.y)
    np.savez(alone, x=train.x, y=train.y)
    parts = {}
    for trained_on, tested_on in ((alone, both), (both, alone)):
        ours = NpzFile(str(trained_on))
        ours.setup("fit")
        record = ours.record()
        assert record is not None
        theirs = NpzFile(str(tested_on))
        theirs.follow(record)
        if tested_on == alone:
            with pytest.raises(InputError, match="had a set of its own to test when") as refused:
                theirs.setup("test")
            assert refused.value.code == "data.no-own-part"
        else:
            theirs.setup("test")
            parts = {"ours": ours.parts, "theirs": theirs.parts}
    assert torch.equal(parts["ours"]["val"][:][0], parts["theirs"]["val"][:][0])
    assert len(parts["theirs"]["test"]) == 30


class Plain(Data):
    """Examples that are there, of which nobody knows where they come from."""

    def setup(self, stage: str) -> None:
        pairs = TensorPairs(torch.ones(8, 2), torch.zeros(8, 1))
        self.parts = dict.fromkeys(("train", "val", "test"), pairs)


def test_data_without_a_record_are_taken_as_they_are(tmp_path: Path) -> None:
    """In a fit, in one that is resumed, and in a test."""
    for epochs, path in ((1, None), (2, tmp_path / "it.ckpt")):
        module, trainer = NetworkModule(2, 1, "sigmoid", [4]), quiet(tmp_path, max_epochs=epochs)
        trainer.fit(module, Plain(), ckpt_path=path)
        trainer.save_checkpoint(tmp_path / "it.ckpt")
    assert module.trained is None
    quiet(tmp_path).test(
        NetworkModule(2, 1, "sigmoid", [4]), Plain(), ckpt_path=path, verbose=False
    )
    other, moons = NetworkModule(2, 1, "sigmoid", [4]), TwoMoons(m=60)
    with pytest.raises(InputError, match="recorded no statistics") as refused:
        quiet(tmp_path).test(other, moons, ckpt_path=path, verbose=False)
    assert refused.value.code == "checkpoint.no-record"


def test_a_test_set_without_labels_is_only_predicted(tmp_path: Path) -> None:
    """A training holds out a part of the rest, as if the set were not there."""
    train, _ = TwoMoons(m=100).load()
    test, _ = TwoMoons(m=30, data_seed=2).load()
    np.savez(tmp_path / "x.npz", x_train=train.x, y_train=train.y, x_test=test.x)
    data = NpzFile(str(tmp_path / "x.npz"))
    data.setup("fit")
    assert {part: len(rows) for part, rows in data.parts.items()} == {
        "train": 72, "val": 8, "test": 20
    }  # fmt: skip
    again, record = NpzFile(str(tmp_path / "x.npz")), data.record()
    assert record is not None
    again.follow(dataclasses.replace(record, fingerprint="another"))
    again.setup("predict")
    assert {part: len(rows) for part, rows in again.parts.items()} == {
        "val": 100, "test": 100, "predict": 30
    }  # fmt: skip
    again.follow(record)
    again.setup("predict")
    assert [len(again.parts[part]) for part in ("train", "val", "test", "predict")] == [
        72, 8, 20, 30
    ]  # fmt: skip
    (batch,) = again.predict_dataloader()
    assert batch[1].shape == (30, 0)  # pyright: ignore[reportAttributeAccessIssue]
    assert torch.equal(again.parts["test"][:][0], data.parts["test"][:][0])


def record_of(path: Path, **arrays: Any) -> Any:
    np.savez(path, **arrays)
    record = NpzFile(str(path)).record()
    assert record is not None
    return record


def followed(path: Path, record: Any, **arrays: Any) -> NpzFile:
    """Another file, as what was trained on the first one takes it."""
    np.savez(path, **arrays)
    data = NpzFile(str(path))
    data.follow(record)
    return data


def test_of_other_data_their_own_test_set_is_taken(tmp_path: Path) -> None:
    """Where it has labels; without, it is there to be predicted, and all rows are tested."""
    train, _ = TwoMoons(m=100).load()
    new, _ = TwoMoons(m=40, data_seed=2).load()
    record = record_of(tmp_path / "it.npz", x=train.x, y=train.y)
    both = {"x_train": new.x[:30], "y_train": new.y[:30], "x_test": new.x[30:]}
    for y_test, sizes in (({"y_test": new.y[30:]}, (10, None)), ({}, (30, 10))):
        data = followed(tmp_path / "new.npz", record, **both, **y_test)
        data.setup("test")
        assert len(data.parts["test"]) == sizes[0]
        assert ("predict" in data.parts) == (sizes[1] is not None)
        first = new.x[30 if y_test else 0]
        np.testing.assert_array_equal(
            data.parts["test"][:1][0][0], record.spec.to_X(first[np.newaxis])[:, 0]
        )


@pytest.mark.parametrize("wrong", ["y_train", "y_test"])
def test_labels_that_the_network_does_not_know_are_refused_at_once(tmp_path, wrong: str) -> None:
    """Before anything is computed: of the rows of training too, which nothing would test."""
    train, _ = TwoMoons(m=100).load()
    record = record_of(tmp_path / "it.npz", x=train.x, y=train.y)
    arrays = {"x_train": train.x + 1, "y_train": train.y, "x_test": train.x, "y_test": train.y}
    data = followed(tmp_path / "new.npz", record, **arrays | {wrong: train.y + 7})
    with pytest.raises(
        InputError, match=r"the label of example \d+ is [78], and the network knows"
    ):
        data.describe()


@pytest.mark.parametrize(("names", "task"), [("ab", "binary"), ("abc", "classes")])
def test_the_parts_of_a_file_have_each_class_in_its_proportion(tmp_path, names, task) -> None:
    """90 % of the first: by chance alone the parts would have other numbers of the others."""
    k = len(names) - 1
    y = np.array([*"a" * 180, *(names[1 + i % k] for i in range(20))])
    np.savez(tmp_path / "it.npz", x=np.random.default_rng(0).standard_normal((200, 3)), y=y)
    data = NpzFile(str(tmp_path / "it.npz"))
    data.setup("fit")
    assert data.described.task == task
    counts = np.bincount(data.parts["test"][:][1].numpy().astype(int).ravel())
    assert counts.tolist() == [36, *[4 // k] * k]


def test_other_columns_are_refused_at_once(tmp_path: Path) -> None:
    train, _ = TwoMoons(m=100).load()
    record = record_of(tmp_path / "it.npz", x=train.x, y=train.y)
    data = followed(tmp_path / "new.npz", record, x=np.ones((9, 3)), y=train.y[:9])
    with pytest.raises(InputError, match=r"an example has shape \(3,\); expected \(2,\), as the"):
        data.describe()
