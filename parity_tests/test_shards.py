"""Rows of many files, read as one array."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from torch_impl import shards
from torch_impl.batches import Batches
from torch_impl.shard_files import shards_in, write_shards
from torch_impl.shards import Rows, ShardedPairs

RNG = np.random.default_rng(0)
M = 23
X, Y = RNG.standard_normal((M, 2, 3)), RNG.integers(0, 4, M)
SIZES = (4, 1, 10, 8)


def split(*arrays: Any, sizes: tuple[int, ...] = SIZES) -> list[tuple[Any, ...]]:
    ends = [0, *itertools.accumulate(sizes)]
    return [tuple(array[a:b] for array in arrays) for a, b in itertools.pairwise(ends)]


def equal(batch: tuple[torch.Tensor, torch.Tensor], x: np.ndarray, y: np.ndarray) -> None:
    for found, expected in zip(batch, (x, y), strict=True):
        assert found.is_contiguous()
        assert found.data_ptr() % 64 == 0  # on which the last bits of a product depend
        np.testing.assert_array_equal(found.numpy(), expected, strict=True)


def test_every_range_of_rows_is_that_of_one_array(tmp_path: Path) -> None:
    """Also of a range of a range, across any number of files, and of none."""
    write_shards(tmp_path / "train", split(X, Y))
    rows = Rows(shards_in(tmp_path / "train"))
    x, y = X.reshape(M, 6).astype(np.float32), Y
    for low, high in ((0, M), (3, 16), (4, 5), (22, 23), (5, 5)):
        part = ShardedPairs(rows.between(low, high), "classes", None)
        assert len(part) == high - low
        for first, end in itertools.product(range(-3, high - low + 3), repeat=2):
            equal(part[first:end], x[low:high][first:end], y[low:high][first:end])
        equal(part[:], x[low:high], y[low:high])
    nested = ShardedPairs(rows.between(3, 20).between(2, 9), "classes", None)
    equal(nested[1:], x[6:12], y[6:12])
    assert nested.device == torch.device("cpu")


def test_only_slices_are_read_in_order(tmp_path: Path) -> None:
    write_shards(tmp_path / "train", [(X, Y)])
    part = ShardedPairs(Rows(shards_in(tmp_path / "train")), "classes", None)
    equal(part[2:4:1], X.reshape(M, 6)[2:4].astype(np.float32), Y[2:4])
    for index in (3, slice(0, 9, 2), slice(None, None, -1), torch.tensor([1]), [1]):
        with pytest.raises(TypeError, match="shards are read in order: expected a slice a:b, not"):
            part[index]


def test_one_pair_of_files_is_open_at_a_time(tmp_path: Path) -> None:
    """There may be more files than a process may open."""
    resource = pytest.importorskip("resource", reason="needs a limit of open files")
    write_shards(tmp_path / "train", split(X, Y, sizes=(1,) * M))
    part = ShardedPairs(Rows(shards_in(tmp_path / "train")), "classes", None)
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
    part = ShardedPairs(Rows(shards_in(tmp_path / "train")), "classes", None)
    maps = shards.Shard.maps
    monkeypatch.setattr(shards.Shard, "maps", lambda s: (opened.append(s.x_path.name), maps(s))[1])
    assert len(list(Batches(part, 3))) == 8
    assert opened == ["x_000.npy", "x_001.npy", "x_002.npy", "x_003.npy"]


def test_a_pass_takes_so_many_numbers_at_once(tmp_path: Path, monkeypatch) -> None:
    """12 numbers are two rows of six; a chunk of two rows in two files comes in two."""
    write_shards(tmp_path / "train", split(X, Y))
    rows = Rows(shards_in(tmp_path / "train"))
    lengths = [2, 2, 1, 1, 2, 2, 2, 2, 1, 1, 2, 2, 2, 1]
    for chunk, expected in ((12, lengths), (17, lengths), (11, [1] * M), (1, [1] * M)):
        monkeypatch.setattr(shards, "CHUNK", chunk)
        chunks = list(rows.chunks())
        assert [len(x) for x in chunks] == expected
        assert {x.dtype for x in chunks} == {np.dtype(np.float64)}
        np.testing.assert_array_equal(np.concatenate(chunks), X.reshape(M, 6))
    monkeypatch.undo()
    assert [len(x) for x in rows.between(2, 21).chunks()] == [2, 1, 10, 6]
