"""Valid files of each kind, small, from which damaged ones are made; always the same bytes."""

from __future__ import annotations

import io
import json
import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import ref_numpy
from parity_tests.adapters import trace_files
from parity_tests.error_model.precisions import FLOAT32, FLOAT64
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import DataSpec, NetworkSpec, Standardiser

NETWORK = NetworkSpec.dense([5, 4, 3], "tanh", lambd=0.1)
CLASSES = DataSpec(
    (5,), "classes", ("a", "b", "c"), Standardiser(np.zeros((5, 1)), np.full((5, 1), 2.0))
)


@contextmanager
def a_file(suffix: str) -> Iterator[Path]:
    """Yield the path of a file that is removed after the context."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / f"sample{suffix}"


def traces(suffix: str) -> list[bytes]:
    """Return trace files of two precisions."""
    params, X, Y = random_problem(NETWORK, 6, 0)
    found = []
    for p in (FLOAT32, FLOAT64):
        given = {n: p.round(a) for n, a in {"X": X, "Y": Y, **params}.items()}
        trace = ref_numpy.run(NETWORK, {n: given[n] for n in params}, given["X"], given["Y"])
        tensors = given | {n: np.asarray(a, p.dtype) for n, a in trace.items()}
        with a_file(suffix) as path:
            trace_files.write(path, NETWORK, p, tensors)
            found.append(path.read_bytes())
    return found


def weights() -> list[bytes]:
    """Return a weights file with a description of its data, and one of an earlier version."""
    params, _, _ = random_problem(NETWORK, 6, 0)
    params = {n: np.asarray(a, np.float32) for n, a in params.items()}
    found = []
    for data in (CLASSES, None):
        with a_file(".safetensors") as path:
            ref_numpy.save(path, NETWORK, params, data)
            found.append(path.read_bytes())
    return found


def checkpoint_module() -> Any:
    """Return a module of the network of the checkpoints."""
    from torch_impl.lightning.module import NetworkModule

    return NetworkModule(2, 1, "sigmoid", hidden_units=[4], activation="tanh", lambd=0.1)


def trainer() -> Any:
    """Return a Trainer of one epoch, as `train.py` makes it."""
    from torch_impl.lightning.restoring import use_whole_checkpoints
    from torch_impl.lightning.trainer import Trainer

    made = Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    use_whole_checkpoints(made)
    return made


def examples() -> Any:
    """Return the data of the training."""
    from torch_impl.data import PlanarFlower

    return PlanarFlower(m=40, batch_size=8)


def checkpoints() -> list[bytes]:
    """Return the checkpoint of a training of one epoch."""
    import torch

    logging.getLogger("lightning.pytorch.utilities.rank_zero").setLevel(logging.ERROR)
    with torch.random.fork_rng(), warnings.catch_warnings(), a_file(".ckpt") as path:
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        training = trainer()
        training.fit(checkpoint_module(), examples())
        training.save_checkpoint(path)
        return [path.read_bytes()]


def hdf5_files() -> list[bytes]:
    """Return files of images: as the course's, compressed in chunks, and of the newest format."""
    import h5py

    x = np.arange(6 * 12, dtype=np.uint8).reshape(6, 2, 2, 3)
    y, found = np.array([0, 1, 1, 0, 1, 0]), []
    chunked: dict[str, Any] = {"chunks": (2, 2, 2, 3), "compression": "gzip", "fletcher32": True}
    for version, options in (("earliest", {}), ("earliest", chunked), ("latest", {})):
        file = io.BytesIO()
        with h5py.File(file, "w", libver=version) as made:
            for part in ("train", "test"):
                made.create_dataset(f"{part}_set_x", data=x, **options)
                made.create_dataset(f"{part}_set_y", data=y)
            made.create_dataset("list_classes", data=np.array([b"no", b"yes"]))
        found.append(file.getvalue())
    return found


def npz_files() -> list[bytes]:
    """Return examples as np.savez and np.savez_compressed write them, labels as words once."""
    x = np.arange(12 * 3, dtype=np.float32).reshape(12, 3)
    found = []
    for save, y in ((np.savez, np.arange(12) % 2), (np.savez_compressed, np.array(["a", "b"] * 6))):
        file = io.BytesIO()
        save(file, x=x, y=y)
        found.append(file.getvalue())
    return found


def shards() -> list[bytes]:
    """Return arrays of examples, in both orders of memory."""
    found = []
    for order in ("C", "F"):
        file = io.BytesIO()
        np.save(file, np.asarray(np.arange(36.0).reshape(12, 3), order=order))
        found.append(file.getvalue())
    return found


SOURCE = (
    "import numpy as np\nA = 1e-8\n",
    "%matplotlib inline\ndef sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n",
    "def relu(z):\n    return np.maximum(0, z), z\n",
)


def notebooks() -> list[bytes]:
    """Return notebooks, whose cells have lines or one text."""
    found = []
    for lines in (True, False):
        cells: list[dict[str, Any]] = [{"cell_type": "markdown", "metadata": {}, "source": "# é"}]
        for text in SOURCE:
            source = text.splitlines(keepends=True) if lines else text
            cells.append(
                {"cell_type": "code", "metadata": {}, "source": source, "outputs": [],
                 "execution_count": None}
            )  # fmt: skip
        tree = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        found.append(json.dumps(tree, indent=1 if lines else None).encode())
    return found
