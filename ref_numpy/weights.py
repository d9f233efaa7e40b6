"""Weights files: safetensors; the metadata describe the network and the data. Never pickle.

The tensors are W1, b1, … and, where there are such, the statistics of the training examples, `mu`,
`sigma`, `target_mu` and `target_sigma`, so that a file alone turns raw examples into predictions:

    spec, params = load(path)
    data = load_data_spec(path)
    A = forward(spec, params, data.to_X(x))[0][spec.output]     # x: (m, …), as it comes
    data.to_predictions(A)                                      # classes by name, or values
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from ref_numpy.data_spec import DataSpec, Task, standardiser_of
from ref_numpy.errors import InputError
from ref_numpy.inputs import check_params
from ref_numpy.layer import Array
from ref_numpy.losses import BinaryCrossEntropy, CrossEntropy
from ref_numpy.network import NetworkSpec
from ref_numpy.preprocessing import Standardiser

NETWORK, DATA = "network", "data"  # in the metadata


def save(
    path: str | os.PathLike[str],
    spec: NetworkSpec,
    params: Mapping[str, Array],
    data: DataSpec | None = None,
) -> None:
    """Write the file whole or not at all.

    data: what inputs and outputs mean; None where the network takes inputs as they are, and its
    outputs have no names.
    Raises InputError where params or data do not fit spec.
    """
    from safetensors.numpy import save as to_bytes

    check_params(spec, params)
    dtype = next(iter(params.values())).dtype
    if dtype not in (np.float16, np.float32, np.float64):
        raise InputError(f"the parameters are {dtype}, which safetensors cannot hold: use float64.")
    metadata, tensors = {NETWORK: spec.to_json()}, dict(params)
    if data is not None:
        check_sizes(spec, data)
        metadata[DATA] = data.to_json()
        tensors |= data.arrays()
    tensors = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    write_whole(path, in_order(to_bytes(tensors, metadata=metadata)))


def in_order(file: bytes) -> bytes:
    """A safetensors file with its metadata in order: the library writes two or more of them in an
    order that changes from run to run, and the same network is to be the same bytes."""
    import json

    end = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that the numbers stay aligned
    return len(text).to_bytes(8, "little") + text + file[end:]


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Under another name first: a file that is there is the whole file.   Raises InputError."""
    from pathlib import Path  # here, as json: a fifth of what `import ref_numpy` would add

    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}); name a file in a folder that exists."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def load(path: str | os.PathLike[str]) -> tuple[NetworkSpec, dict[str, Array]]:
    """Description and parameters.   Raises InputError for a missing, corrupt or other file."""
    metadata, tensors = read(path)
    spec = NetworkSpec.from_json(metadata[NETWORK])
    params = {name: tensors[name] for name in spec.parameter_shapes if name in tensors}
    try:
        check_params(spec, params)
    except InputError as error:
        raise InputError(f"{path} does not hold what its description says: {error}") from error
    return spec, params


def load_data_spec(path: str | os.PathLike[str]) -> DataSpec:
    """What the file's network takes and gives.

    Of a file without a description of its data, as earlier versions wrote them: the statistics of
    the inputs if it has them, and the numbers of the outputs as their names.
    Raises InputError for a missing, corrupt or other file, or one of a newer format.
    """
    metadata, tensors = read(path)
    spec = NetworkSpec.from_json(metadata[NETWORK])
    try:
        if DATA not in metadata:
            return numbered_outputs(spec, standardiser_of(tensors))
        data = DataSpec.from_json(metadata[DATA], tensors)
        check_sizes(spec, data)
    except InputError as error:
        raise InputError(f"{path}: {error}", code=error.code) from error
    return data


def load_standardiser(path: str | os.PathLike[str]) -> Standardiser | None:
    """The training set's μ and σ, or None where the network takes its inputs as they are."""
    return load_data_spec(path).inputs


def numbered_outputs(spec: NetworkSpec, inputs: Standardiser | None = None) -> DataSpec:
    """The outputs as they are, with their numbers for names."""
    (n_y,) = spec.output_shape
    task: Task = "regression"
    if isinstance(spec.loss, BinaryCrossEntropy):
        task = "binary" if n_y == 1 else "multilabel"
    elif isinstance(spec.loss, CrossEntropy):
        task = "classes"
    n = 2 if task == "binary" else n_y
    return DataSpec(spec.input_shape, task, tuple(map(str, range(n))), inputs)


def check_sizes(spec: NetworkSpec, data: DataSpec) -> None:
    """The network has an input for each number of an example, and an output for each name."""
    if (data.n_x,) != spec.input_shape or (data.n_y,) != spec.output_shape:
        raise InputError(
            f"the data have {data.n_x} inputs and {data.n_y} outputs, and the network is "
            f"{spec.summary}; expected the same sizes in both.",
            code="data-spec.sizes",
        )


def read(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, Array]]:
    """The metadata and every tensor of a weights file."""
    from safetensors import SafetensorError, safe_open

    if not os.path.isfile(path):
        raise InputError(f"{path} is not a file; expected weights that ref_numpy.save wrote.")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is not a readable safetensors file ({error}); write it anew with save."
        ) from error
    if NETWORK not in metadata:
        raise InputError(
            f"{path} has no description of a network in its metadata; "
            f"expected weights that ref_numpy.save wrote."
        )
    return metadata, tensors
