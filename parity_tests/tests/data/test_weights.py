"""Weights of classes and examples: given, checked, scaled, and in the batches of the parts."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from ref_numpy import InputError
from ref_numpy.data.data_spec import DataSpec
from torch_impl.data import HDF5File, MatFile, NpyShards, NpzFile, Table
from torch_impl.data.batches import TensorPairs
from torch_impl.data.in_memory import ArrayData
from torch_impl.data.rows import ArrayRows
from torch_impl.data.shards.shard_files import write_shards
from torch_impl.data.source_data import SourceData
from torch_impl.data.sources import Examples
from torch_impl.data.weights import class_weights, weights_of_parts

M = 96
DRAW = np.random.default_rng(8)
X = DRAW.normal(size=(M, 3))
Y = np.where(np.arange(M) % 4 == 0, "yes", "no")
V = np.round(DRAW.random(M) + 0.25, 3)


class Mine(ArrayData):
    """Examples of a person's own, each with a weight of its own if `v` is given."""

    def __init__(self, y: Any = Y, v: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.y, self.v = y, v

    def load(self) -> Examples:
        return Examples(X, self.y, w=self.v)


def weights_by_example(
    data: SourceData, part: str, stage: str = "fit"
) -> dict[tuple[float, ...], float]:
    """The weight of each example, recognised by its numbers as the source has them."""
    data.dtype = torch.float64
    data.setup(stage)
    w = np.concatenate([w.numpy() for _, _, w in data.batches(part)])
    return dict(zip(map(tuple, data.raw(part).round(6).tolist()), w.tolist(), strict=True))


def expected(of: dict[tuple[float, ...], float], w: np.ndarray, train: Any) -> dict[Any, float]:
    """w of the same examples, divided by its mean over the examples `train`."""
    by_example = dict(zip(map(tuple, X.round(6).tolist()), w.tolist(), strict=True))
    mean = np.mean([by_example[x] for x in train])
    return {x: by_example[x] / mean for x in of}


@pytest.mark.parametrize("counts", [(2, 3, 6), (5, 1), (7, 7, 7, 9)])
def test_balanced_is_scikit_learns(counts: tuple[int, ...]) -> None:
    classes = np.repeat(range(len(counts)), counts)
    spec = DataSpec((3,), "classes", tuple("abcd"[: len(counts)]))
    theirs = compute_class_weight("balanced", classes=np.arange(len(counts)), y=classes)
    np.testing.assert_array_equal(class_weights(spec, "balanced", classes)[0], theirs)


def test_their_mean_over_the_training_part_is_one() -> None:
    """16 examples of 4 classes, 2, 2, 4 and 8 of each: 16/(4·2) = 2, 2, 1 and ½, exactly."""
    y = np.repeat(["a", "b", "c", "d"], (2, 2, 4, 8))
    spec = DataSpec((1,), "classes", tuple("abcd"))
    rows = {
        "train": ArrayRows(np.ones((16, 1)), y),
        "val": ArrayRows(np.ones((3, 1)), y[[0, 5, 9]]),
    }
    found = weights_of_parts(spec, rows, "balanced", None)
    assert found.parts["train"].tolist() == [2, 2, 2, 2, 1, 1, 1, 1, *[0.5] * 8]
    assert found.parts["val"].tolist() == [2, 1, 0.5]  # by the training's, whatever their own mean
    assert found.notes == {"class weights": "a 2, b 2, c 1, d 0.5"}
    given = {"a": 3, "b": 3, "c": 1.5, "d": 0.75}  # 1½ times as much
    again = weights_of_parts(spec, rows, given, None)
    assert sum(map(Fraction, again.parts["train"].tolist())) == 16
    assert again.record == {"class weights": given}


def test_both_together_multiply() -> None:
    data = Mine(v=V, class_weights={"yes": 5, "no": 1})
    train = weights_by_example(data, "train")
    w = V * np.where(Y == "yes", 5, 1)
    assert train == expected(train, w, train)
    val = weights_by_example(data, "val")
    assert val == expected(val, w, train)
    assert not train.keys() & val.keys()
    assert [len(batch) for batch in data.test_dataloader()] == [2]  # a test has none
    assert set(data.weighting.notes) == {"class weights", "example weights"}


def test_without_weights_a_batch_is_a_pair() -> None:
    data = Mine()
    data.setup("fit")
    assert {len(batch) for part in data.parts for batch in data.batches(part)} == {2}
    assert isinstance(data.parts["train"], TensorPairs)
    record = data.record()
    assert record is not None
    assert not {"class weights", "example weights"} & record.options.keys()
    assert data.weighting.notes == {}


NAMES = {
    ("yes", "no"): {True: 5, False: 1},  # as YAML reads {yes: 5, no: 1}
    (2, 1): {2: 5, 1: 1},
    ("1e3", "off"): {1000.0: 5, False: 1},
    (True, False): {True: 5, False: 1},
    ("~", "{"): {"~": 5, "{": 1},
}


@pytest.mark.parametrize("names", NAMES, ids=str)
def test_classes_are_named_as_yaml_reads_their_names(names: tuple[Any, Any]) -> None:
    y = np.where(np.arange(M) % 4 == 0, *names)
    data = Mine(y, class_weights=NAMES[names])
    train = weights_by_example(data, "train")
    assert train == expected(train, np.where(np.arange(M) % 4 == 0, 5, 1), train)


WRONG: dict[str, tuple[Any, Any]] = {
    "weights.unknown-class": (Y, {"yes": 5, "no": 1, "maybe": 1}),
    "weights.missing-class": (Y, {"yes": 5}),
    "weights.of-class": (Y, {"yes": 5, "no": -1}),
    "weights.kind": (Y, "balance"),
    "weights.all-zero": (Y, {"yes": 0, "no": 0}),
    "weights.task": (X[:, 0], "balanced"),
}


@pytest.mark.parametrize("code", WRONG)
def test_other_weights_of_classes_are_refused(code: str) -> None:
    y, given = WRONG[code]
    with pytest.raises(InputError) as refused:
        Mine(y, class_weights=given).describe()
    assert refused.value.code == code
    if code in ("weights.unknown-class", "weights.missing-class"):
        assert refused.value.facts["names"] == ("maybe" if "unknown" in code else "no")


def test_several_labels_and_a_class_without_examples_are_refused() -> None:
    with pytest.raises(InputError) as refused:
        Mine(DRAW.integers(0, 2, (M, 2)), class_weights="balanced").describe()
    assert refused.value.code == "weights.task"
    spec = DataSpec((3,), "classes", ("a", "b", "c"))
    with pytest.raises(InputError) as refused:
        class_weights(spec, "balanced", np.array([0, 2, 2]))
    assert (refused.value.code, refused.value.facts["name"]) == ("weights.no-examples", "b")


@pytest.mark.parametrize(
    ("v", "code"),
    [(V[:-1], "weights.shape"), (Y, "weights.shape"), (-V, "weights.of-example"),
     (np.where(V[6] == V, np.nan, V), "weights.of-example"), (0 * V, "weights.all-zero")],
)  # fmt: skip
def test_other_weights_of_examples_are_refused(v: np.ndarray, code: str) -> None:
    with pytest.raises(InputError) as refused:
        Mine(v=v).describe()
    assert refused.value.code == code
    if np.isnan(v[6:7].astype(str) == "nan").any() and v.dtype.kind == "f":
        assert refused.value.facts["row"] == 7


def written(kind: type[SourceData], folder: Path, **arrays: Any) -> SourceData:
    """A data set of a file of arrays, with `weights` as the option."""
    if kind is NpzFile:
        np.savez(path := folder / "it.npz", **arrays)
    elif kind is MatFile:
        pytest.importorskip("scipy.io").savemat(path := folder / "it.mat", arrays)
    else:
        with pytest.importorskip("h5py").File(path := folder / "it.h5", "w") as file:
            for name, array in arrays.items():
                file[name] = array
    return kind(path=str(path), weights="v")  # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize("kind", [NpzFile, MatFile, HDF5File])
def test_an_array_of_a_file(tmp_path: Path, kind: Any) -> None:
    data = written(kind, tmp_path, x=X, y=(Y == "yes").astype(int), v=V)
    train = weights_by_example(data, "train")
    assert train == expected(train, V, train)
    with pytest.raises(InputError) as refused:
        written(kind, tmp_path, x=X, y=(Y == "yes").astype(int)).describe()
    assert (refused.value.code, refused.value.facts["name"]) == ("data.no-array", "v")


def test_a_column_of_a_table_is_no_input(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "v": V, "target": Y})
    frame.loc[3, "target"] = None  # a row without a target needs no weight
    frame.loc[3, "v"] = None
    frame.to_csv(tmp_path / "it.csv", index=False)
    options: dict[str, Any] = {"path": str(tmp_path / "it.csv"), "target": "target"}
    data = Table(**options, weights="v")
    train = weights_by_example(data, "train")
    assert data.n_x == 3
    assert train == expected(train, V, train)
    for name, code in (("w", "table-file.no-column"), ("target", "weights.is-target")):
        with pytest.raises(InputError) as refused:
            Table(**options, weights=name).describe()
        assert refused.value.code == code
    frame.loc[7, "v"] = None
    frame.to_csv(tmp_path / "it.csv", index=False)
    with pytest.raises(InputError) as refused:
        Table(**options, weights="v").describe()
    assert (refused.value.code, refused.value.facts["row"]) == ("weights.of-example", 8)


def test_shards_have_weights_of_classes(tmp_path: Path) -> None:
    """Their batches come from files, and w with them: m / (k m_c) of the training part."""
    write_shards(tmp_path / "train", [(X[:40], Y[:40]), (X[40:], Y[40:])])
    data = NpyShards(str(tmp_path), class_weights="balanced", batch_size=20)
    train = weights_by_example(data, "train")
    y = Y[: len(train)]
    c = compute_class_weight("balanced", classes=np.array(["no", "yes"]), y=y)
    assert train == expected(train, np.where(Y == "yes", c[1], c[0]), train)


def test_a_record_names_them_and_an_old_one_has_none() -> None:
    """A resumed fit compares records: with other weights, with none, and by an older version."""
    records = {
        name: data.record()
        for name, data in {
            "none": Mine(), "balanced": Mine(class_weights="balanced"),
            "mapping": Mine(class_weights={"yes": 2, "no": 1}), "v": Mine(v=V), "2v": Mine(v=2 * V),
        }.items()
    }  # fmt: skip
    for one, ours in records.items():
        for other, theirs in records.items():
            assert ours is not None
            assert theirs is not None
            found = " ".join(theirs.differences(ours))
            assert bool(found) == (one != other), (one, other)
            assert "balanced" not in (one, other) or one == other or "class weights" in found
    by_yaml = Mine(class_weights={True: 2, False: 1}).record()
    assert by_yaml is not None
    assert records["mapping"] is not None
    assert not records["mapping"].differences(by_yaml)


def test_a_test_of_a_trained_network_needs_no_weights(tmp_path: Path) -> None:
    """The file has lost them: its held-out part is recognised all the same."""
    data = written(NpzFile, tmp_path, x=X, y=Y, v=V)
    record, held_out = data.record(), weights_by_example(data, "val")
    data.setup("test")
    test = data.raw("test")
    assert record is not None
    for arrays in ({"v": V}, {}):
        again = written(NpzFile, tmp_path, x=X, y=Y, **arrays)
        again.follow(record)
        if arrays:
            assert weights_by_example(again, "val", "validate") == held_out
        again.setup("test")
        np.testing.assert_array_equal(again.raw("test"), test)
