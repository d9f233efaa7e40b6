"""The data: sources, parts, batches, and the data sets that `--data` knows by name."""

from ref_numpy.old_names import attributes_of
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
from torch_impl.data.tables.table_data import Table

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
    "Table",
    "TwoMoons",
]

# An earlier version had a module of this name.
__getattr__ = attributes_of(__name__, "torch_impl.data.catalogue")
