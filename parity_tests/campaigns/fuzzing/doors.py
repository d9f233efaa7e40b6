"""Each kind of file, read by the function that the command calls for it: what was found in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import ref_numpy
from parity_tests.campaigns.fuzzing.strict_decoders import Content


def read_notebook(path: Path) -> Content:
    """Load the functions of a notebook, as `parity check mine.ipynb` does."""
    from parity_tests.adapters.notebook_cells import cells_of
    from parity_tests.adapters.source_files import definitions

    definitions(str(path))
    return {f"cell {n}": source for n, source in enumerate(cells_of(path), 1)}


def read_trace(path: Path) -> Content:
    """Check a trace file, as `parity check trace.npz` does."""
    from parity_tests.adapters import trace_files
    from parity_tests.adapters.check_candidate import examine
    from parity_tests.adapters.request import Request

    str(examine(Request(str(path))))
    file = trace_files.read(path)
    return {**file.tensors, **{name: text for name, text in file.texts.items() if text}}


def read_weights(path: Path) -> Content:
    """Load a network with the description of its data, as a program that predicts does."""
    spec, params = ref_numpy.load(path)
    data = ref_numpy.load_data_spec(path)
    ref_numpy.forward(spec, params, np.zeros((*spec.input_shape, 1), params["W1"].dtype))
    return {**params, **data.arrays()}


def read_checkpoint(path: Path) -> Content:
    """Resume a training that is done, as `train.py fit --ckpt_path mine.ckpt` does."""
    import lightning as L

    from parity_tests.campaigns.fuzzing.sample_files import checkpoint_module, examples, trainer

    found: Content = {}

    class Look(L.Callback):
        """Notes the network's tensors before anything is trained with them."""

        def on_fit_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
            found.update({n: t.numpy().copy() for n, t in pl_module.state_dict().items()})

    resuming = trainer()
    resuming.callbacks.append(Look())
    resuming.fit(checkpoint_module(), examples(), ckpt_path=path)
    return found


def read_images(path: Path) -> Content:
    """Read images, as `train.py --data CourseHDF5` does."""
    from torch_impl.data import CourseHDF5
    from torch_impl.data.hdf5_files import read_hdf5

    CourseHDF5(train=str(path)).setup("test")
    names = [f"{part}_set_{array}" for part in ("train", "test") for array in "xy"]
    return read_hdf5(path, (*names, "list_classes"))[0]


def read_npz(path: Path) -> Content:
    """Read examples, as `train.py --data NpzFile` does."""
    from torch_impl.data import NpzFile, array_sources

    NpzFile(path=str(path)).setup("test")
    examples, _ = array_sources.npz(path)
    return {"x": examples.x} if examples.y is None else {"x": examples.x, "y": examples.y}


def read_shard(path: Path) -> Content:
    """Read a shard's examples beside good labels, as `train.py --data NpyShards` does."""
    from torch_impl.data import NpyShards

    folder = path.parent / "shards" / "train"
    folder.mkdir(parents=True, exist_ok=True)
    x = folder / "x_000.npy"
    x.unlink(missing_ok=True)
    x.hardlink_to(path)
    np.save(folder / "y_000.npy", np.arange(12) % 2)
    data = NpyShards(folder=str(folder.parent), val_fraction=0.25, test_fraction=0.25)
    data.setup("test")
    return {"x": np.load(x)}
