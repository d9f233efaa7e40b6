"""HDF5 files that are whole, and whose objects are not what a reader expects."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from typing import Any

import numpy as np

from parity_tests.campaigns.fuzzing.mutations import damage
from parity_tests.campaigns.fuzzing.rebuilt_files import odd_array

Edit = Callable[[Any, str, random.Random], None]


def edit_hdf5(data: bytes, rng: random.Random) -> bytes:
    """Replace an object of the file; then damage some of the bytes, half of the time."""
    import h5py

    buffer = io.BytesIO(data)
    with h5py.File(buffer, "r+") as file:
        name = rng.choice([*map(str, file), "train_set_x", "train_set_y", "list_classes"])
        edit = rng.choice(EDITS)
        if name in file:
            del file[name]
        edit(file, name, rng)
    result = buffer.getvalue()
    return damage(result, rng) if rng.random() < 0.5 else result


def leave_out(file: Any, name: str, rng: random.Random) -> None:
    """Leave the object out."""


def store_another(file: Any, name: str, rng: random.Random) -> None:
    """Store another array, where HDF5 has its dtype."""
    array = np.asarray(odd_array(rng))
    if array.dtype.kind in "biufcSV" and array.ndim < 30:
        file.create_dataset(name, data=array)


def store_a_group(file: Any, name: str, rng: random.Random) -> None:
    """Store a group of that name."""
    file.create_group(name).create_dataset(name, data=1.0)


def claim_a_shape(file: Any, name: str, rng: random.Random) -> None:
    """Claim numbers that were never written: up to 2⁶⁰ of them."""
    shape = rng.choice(((6, 2, 2, 1), (10**6, 1000), (2**30, 2**30), (6,), ()))
    chunks = tuple(min(n, 64) for n in shape) or None
    file.create_dataset(name, shape, rng.choice(("<f4", "u1", "<i8")), chunks=chunks)


def write_some_chunks(file: Any, name: str, rng: random.Random) -> None:
    """Write some of the chunks, and not the others."""
    options = rng.choice(({}, {"compression": "gzip"}, {"fletcher32": True}, {"shuffle": True}))
    dataset = file.create_dataset(name, (6, 2, 2, 1), "u1", chunks=(2, 2, 2, 1), **options)
    dataset[: rng.choice((2, 4, 6))] = 7


def compress_zeros(file: Any, name: str, rng: random.Random) -> None:
    """Write 40 MB of zeros in few bytes."""
    zeros = np.zeros((6, 7_000_000), np.uint8)
    file.create_dataset(name, data=zeros, compression="gzip")


def link(file: Any, name: str, rng: random.Random) -> None:
    """Link to nothing, to the object itself, or to another file."""
    import h5py

    links = (h5py.SoftLink("/nothing"), h5py.SoftLink(f"/{name}"), h5py.ExternalLink("a.h5", "/x"))
    file[name] = rng.choice(links)


def store_another_type(file: Any, name: str, rng: random.Random) -> None:
    """Store numbers or text as HDF5 alone has them."""
    import h5py

    dtypes = (
        h5py.string_dtype(), h5py.string_dtype("ascii", 3), h5py.vlen_dtype(np.int32),
        h5py.enum_dtype({"A": 0, "B": 1}), h5py.ref_dtype, np.dtype("V5"),
    )  # fmt: skip
    file.create_dataset(name, rng.choice(((6,), (6, 2), ())), rng.choice(dtypes))


def store_nothing(file: Any, name: str, rng: random.Random) -> None:
    """Store a dataset without a shape."""
    import h5py

    file.create_dataset(name, data=h5py.Empty("f"))


def store_elsewhere(file: Any, name: str, rng: random.Random) -> None:
    """Keep the numbers in another file, which is not there: as raw bytes, or as a virtual dataset.

    HDF5 itself would read such raw bytes of any file of the machine.
    """
    import h5py

    if rng.random() < 0.5:
        file.create_dataset(name, (6, 2), "u1", external=[("not-there.raw", 0, 12)])
        return
    layout = h5py.VirtualLayout((6, 2), "u1")
    layout[:] = h5py.VirtualSource("not-there.h5", "x", (6, 2))
    file.create_virtual_dataset(name, layout)


EDITS: tuple[Edit, ...] = (
    leave_out, store_another, store_another, store_a_group, claim_a_shape, write_some_chunks,
    compress_zeros, link, store_another_type, store_nothing, store_elsewhere,
)  # fmt: skip
