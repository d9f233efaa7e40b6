"""The data: sources, parts, batches, and the data sets that `--data` knows by name.

`ArrayData` and `Examples` are for a data set of one's own.
"""

from torch_impl.data.catalogue import (
    CIFAR10,
    MNIST1D,
    MNIST5K,
    BreastCancer,
    CourseHDF5,
    Digits,
    OpenML,
    PlanarFlower,
    Synthetic,
    TwoMoons,
)
from torch_impl.data.in_memory import ArrayData as ArrayData
from torch_impl.data.own_files import (
    HDF5File,
    IdxFiles,
    ImageFolder,
    MatFile,
    NpzFile,
)
from torch_impl.data.shards.shard_data import NpyShards
from torch_impl.data.sources import Examples as Examples
from torch_impl.data.tables.table_data import Table
from torch_impl.data.texts.text_file import Text
from torch_impl.data.texts.token_files import TokenFile
from torch_impl.data.texts.tokens import TokenData as TokenData

__all__ = [
    "CIFAR10",
    "MNIST1D",
    "MNIST5K",
    "BreastCancer",
    "CourseHDF5",
    "Digits",
    "HDF5File",
    "IdxFiles",
    "ImageFolder",
    "MatFile",
    "NpyShards",
    "NpzFile",
    "OpenML",
    "PlanarFlower",
    "Synthetic",
    "Table",
    "Text",
    "TokenFile",
    "TwoMoons",
]
