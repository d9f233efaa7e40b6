"""The eight kinds of files that the product reads and that others write.

The product reads two more, which are programs rather than data: a candidate.py is executed, and a
config.yaml is parsed by Lightning's command line.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from parity_tests.campaigns.fuzzing import (
    checkpoint_decoder,
    doors,
    hdf5_decoder,
    sample_files,
    strict_decoders,
)
from parity_tests.campaigns.fuzzing.mutations import Mutation, damage, splice
from parity_tests.campaigns.fuzzing.rebuilt_files import (
    edit_checkpoint,
    edit_json_file,
    edit_npy,
    edit_npz,
    edit_safetensors,
)
from parity_tests.campaigns.fuzzing.rebuilt_hdf5 import edit_hdf5
from parity_tests.campaigns.fuzzing.strict_decoders import Content


@dataclass(frozen=True)
class FileKind:
    """A kind of file.

    Attributes:
        name: in the table, and of --kind.
        suffix: of the files.
        samples: returns valid files.
        read: reads a file as a command does, and returns what was found.
        edit: changes a field of a valid file, and keeps its checksums and lengths right.
        decode: returns what a file states.
    """

    name: str
    suffix: str
    samples: Callable[[], list[bytes]]
    read: Callable[[Path], Content]
    edit: Mutation
    decode: Callable[[bytes], Content]


KINDS = {
    kind.name: kind
    for kind in (
        FileKind(
            "notebook", ".ipynb", sample_files.notebooks, doors.read_notebook, edit_json_file,
            strict_decoders.notebook,
        ),
        FileKind(
            "trace.npz", ".npz", partial(sample_files.traces, ".npz"), doors.read_trace, edit_npz,
            strict_decoders.npz,
        ),
        FileKind(
            "trace.safetensors", ".safetensors", partial(sample_files.traces, ".safetensors"),
            doors.read_trace, edit_safetensors, strict_decoders.safetensors,
        ),
        FileKind(
            "weights", ".safetensors", sample_files.weights, doors.read_weights, edit_safetensors,
            strict_decoders.safetensors,
        ),
        FileKind(
            "checkpoint", ".ckpt", sample_files.checkpoints, doors.read_checkpoint,
            edit_checkpoint, checkpoint_decoder.checkpoint,
        ),
        FileKind(
            "data.h5", ".h5", sample_files.hdf5_files, doors.read_images, edit_hdf5,
            hdf5_decoder.hdf5,
        ),
        FileKind(
            "data.npz", ".npz", sample_files.npz_files, doors.read_npz, edit_npz,
            strict_decoders.npz,
        ),
        FileKind(
            "shard.npy", ".npy", sample_files.shards, doors.read_shard, edit_npy,
            strict_decoders.npy_file,
        ),
    )
}  # fmt: skip


def damaged(kind: FileKind, samples: list[bytes], seed: int, number: int) -> tuple[int, bytes]:
    """Return a damaged file, always the same for the same seed and number.

    Returns:
        The number of the valid file that it was made from, and its bytes.
    """
    rng = random.Random(f"{seed} {kind.name} {number}")
    which = rng.randrange(len(samples))
    sample, chance = samples[which], rng.random()
    if chance < 0.5:
        return which, damage(sample, rng)
    if chance < 0.95:
        return which, kind.edit(sample, rng)
    return which, splice(sample, rng.choice(samples), rng)
