"""Rows of many files, read as one array."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch

from parity_tests.tests.support.split_rows import M, X, Y, equal, split
from ref_numpy import DataSpec
from torch_impl.data import rows
from torch_impl.data.batches import Batches
from torch_impl.data.rows import ArrayRows, EncodedRows, Rows, chunks
from torch_impl.data.shards import shard_rows
from torch_impl.data.shards.shard_files import shards_in, write_shards
from torch_impl.data.shards.shard_rows import ShardRows

SPEC = DataSpec((2, 3), "classes", ("0", "1", "2", "3"))


def encoded(source: Rows) -> EncodedRows:
    return EncodedRows(source, SPEC, torch.float32)


@pytest.mark.slow
def test_every_range_of_rows_is_that_of_one_array(tmp_path: Path) -> None:
    """Also of a range of a range, across any number of files, and of none."""
    write_shards(tmp_path / "train", split(X, Y))
    rows = ShardRows(shards_in(tmp_path / "train"))
    x, y = X.reshape(M, 6).astype(np.float32), Y
    for low, high in ((0, M), (3, 16), (4, 5), (22, 23), (5, 5)):
        part = encoded(rows.between(low, high))
        assert len(part) == high - low
        for first, end in itertools.product(range(-3, high - low + 3), repeat=2):
            equal(part[first:end], x[low:high][first:end], y[low:high][first:end])
        equal(part[:], x[low:high], y[low:high])
    nested = encoded(rows.between(3, 20).between(2, 9))
    equal(nested[1:], x[6:12], y[6:12])
    assert nested.device == torch.device("cpu")


def test_only_slices_are_read_in_order(tmp_path: Path) -> None:
    write_shards(tmp_path / "train", [(X, Y)])
    part = encoded(ShardRows(shards_in(tmp_path / "train")))
    equal(part[2:4:1], X.reshape(M, 6)[2:4].astype(np.float32), Y[2:4])
    for index in (3, slice(0, 9, 2), slice(None, None, -1), torch.tensor([1]), [1]):
        with pytest.raises(TypeError, match="rows are read in order: expected a slice a:b, not"):
            part[index]


def test_one_pair_of_files_is_open_at_a_time(tmp_path: Path) -> None:
    """There may be more files than a process may open."""
    resource = pytest.importorskip("resource", reason="needs a limit of open files")
    write_shards(tmp_path / "train", split(X, Y, sizes=(1,) * M))
    part = encoded(ShardRows(shards_in(tmp_path / "train")))
    used = len(list(Path("/dev/fd").iterdir()))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 12, limits[1]))
    try:
        assert [y.item() for _, y in Batches(part, 1)] == Y.tolist()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_a_pair_of_files_is_opened_once_for_its_batches(tmp_path: Path, monkeypatch) -> None:
    opened = []
    write_shards(tmp_path / "train", split(X, Y))
    part = encoded(ShardRows(shards_in(tmp_path / "train")))
    maps = shard_rows.Shard.maps
    monkeypatch.setattr(
        shard_rows.Shard, "maps", lambda s: (opened.append(s.x_path.name), maps(s))[1]
    )
    assert len(list(Batches(part, 3))) == 8
    assert opened == ["x_000.npy", "x_001.npy", "x_002.npy", "x_003.npy"]


def test_a_pass_takes_so_many_numbers_at_once(tmp_path: Path, monkeypatch) -> None:
    """12 numbers are two rows of six; a chunk of two rows in two files comes in two."""
    write_shards(tmp_path / "train", split(X, Y))
    train = ShardRows(shards_in(tmp_path / "train"))
    lengths = [2, 2, 1, 1, 2, 2, 2, 2, 1, 1, 2, 2, 2, 1]
    for chunk, expected in ((12, lengths), (17, lengths), (11, [1] * M), (1, [1] * M)):
        monkeypatch.setattr(rows, "CHUNK", chunk)
        found = list(chunks(train))
        assert [len(x) for x in found] == expected
        assert {x.dtype for x in found} == {np.dtype(np.float64)}
        np.testing.assert_array_equal(np.concatenate(found), X.reshape(M, 6))
        of_array = [2] * 11 + [1] if chunk >= 12 else [1] * M
        assert [len(x) for x in chunks(ArrayRows(X, Y))] == of_array
    monkeypatch.undo()
    assert [len(x) for x in chunks(train.between(2, 21))] == [2, 1, 10, 6]


@pytest.mark.slow
def test_labels_are_those_of_the_rows(tmp_path: Path) -> None:
    """Of all ranges across files, and in any order of an array's rows."""
    write_shards(tmp_path / "train", split(X, Y))
    train = ShardRows(shards_in(tmp_path / "train"))
    for low, high in itertools.combinations(range(M + 1), 2):
        assert (
            np.concatenate(list(train.between(low, high).labels())).tolist() == Y[low:high].tolist()
        )
    chosen = np.random.default_rng(1).permutation(M)[:9]
    for some in (ArrayRows(X, Y, chosen), ArrayRows(X, Y, chosen).compact()):
        (labels,) = some.labels()
        np.testing.assert_array_equal(labels, Y[chosen])
        equal(encoded(some)[2:7], X[chosen[2:7]].reshape(5, 6).astype(np.float32), Y[chosen[2:7]])
        np.testing.assert_array_equal(encoded(some).raw(), X[chosen].reshape(9, 6))


def test_rows_without_labels_have_no_target(tmp_path: Path) -> None:
    """Neither those of arrays nor those of files without a y beside them."""
    write_shards(tmp_path / "train", split(X, Y))
    for path in (tmp_path / "train").glob("y_*"):
        path.unlink()
    for source in (ShardRows(shards_in(tmp_path / "train")), ArrayRows(X, None)):
        assert not source.labelled
        x, y = encoded(source)[3:16]
        assert (x.shape, y.shape) == ((13, 6), (13, 0))
        np.testing.assert_array_equal(encoded(source).raw(slice(3, 16)), X[3:16].reshape(13, 6))
