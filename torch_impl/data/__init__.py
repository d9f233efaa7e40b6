"""The data: sources, parts, batches, and the data sets that `--data` knows by name."""

from torch_impl.data.catalogue import (
    MNIST1D,
    BreastCancer,
    CourseHDF5,
    Digits,
    NpzFile,
    OpenML,
    PlanarFlower,
    Synthetic,
    TwoMoons,
)
from torch_impl.data.shards.shard_data import NpyShards

__all__ = [
    "MNIST1D",
    "BreastCancer",
    "CourseHDF5",
    "Digits",
    "NpyShards",
    "NpzFile",
    "OpenML",
    "PlanarFlower",
    "Synthetic",
    "TwoMoons",
]
