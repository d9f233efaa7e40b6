"""Weights files: safetensors; the metadata describe the network and the data. Never pickle.

The tensors are W1, b1, …, the state of a network that has any, and, where there are such, the
statistics of the training examples, `mu`, `sigma`, `target_mu` and `target_sigma`, so that a file
alone turns raw examples into predictions. The metadata are `network`, `data` and `weights_format`,
the version of all this: 2 of a network with state, which older versions refuse, and else 1.

    spec, params = load(path)
    data = load_data_spec(path)
    A = forward(spec, params, data.to_X(x))[0][spec.output]     # x: raw, (m, …)
    data.to_predictions(A)                                      # classes by name, or values
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Mapping
from contextlib import suppress

import numpy as np

from ref_numpy.data.data_spec import DataSpec, Task
from ref_numpy.data.image_layout import image_layout
from ref_numpy.data.preprocessing import Standardiser, standardiser_of
from ref_numpy.errors import InputError, cause_of
from ref_numpy.graphs.graph import Input
from ref_numpy.input_messages import input_error
from ref_numpy.inputs import check_params, dtype_of
from ref_numpy.layer import Array
from ref_numpy.losses.binary_cross_entropy import BinaryCrossEntropy
from ref_numpy.losses.hinge import Hinge
from ref_numpy.network import NetworkSpec

NETWORK, DATA, VERSION = "network", "data", "weights_format"  # in the metadata
FORMAT = 2  # one more with each change that an older reader would misread; older files have none
WITHOUT_STATE = 1  # the format of networks without state, which older versions read


def save(
    path: str | os.PathLike[str],
    spec: NetworkSpec,
    params: Mapping[str, Array],
    data: DataSpec | None = None,
) -> None:
    """Write the file whole or not at all.

    Args:
        path: the file.
        spec: the network.
        params: its parameters and state, of one dtype: float16, float32 or float64.
        data: the meaning of inputs and outputs; None where the network takes inputs as they are,
            and its outputs have no names.

    Raises:
        InputError: params or data do not fit spec, or the file cannot be written.
    """
    from safetensors.numpy import save as to_bytes

    check_params(spec, params)
    dtype = dtype_of(params)
    if dtype not in (np.float16, np.float32, np.float64):
        raise input_error("weights-file.dtype", dtype=dtype)
    version = FORMAT if spec.state_shapes else WITHOUT_STATE
    metadata, tensors = {NETWORK: spec.to_json(), VERSION: str(version)}, dict(params)
    if data is not None:
        check_sizes(spec, data)
        metadata[DATA] = data.to_json()
        tensors |= data.arrays()
    tensors = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    write_whole(path, in_order(to_bytes(tensors, metadata=metadata)))


def in_order(file: bytes) -> bytes:
    """Sort the metadata of a safetensors file.

    The library writes two or more of them in an order that changes from run to run, and the same
    network is to be the same bytes.
    """
    import json

    end = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that the numbers stay aligned
    return len(text).to_bytes(8, "little") + text + file[end:]


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Write under another name first, so that a file that is there is the whole file.

    Raises:
        InputError: it cannot be written.
    """
    from pathlib import Path  # here, as json: it takes a fifth of the time of `import ref_numpy`

    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        raise input_error("file.not-written", path=path, error=error.strerror) from error
    finally:
        with suppress(OSError):  # it is gone, or could not have that name
            partial.unlink()


def load(path: str | os.PathLike[str]) -> tuple[NetworkSpec, dict[str, Array]]:
    """Read a network, and its parameters with its state.

    Raises:
        InputError: the file is missing, corrupt, something else, or of a newer format.
    """
    metadata, tensors = read(path)
    spec = NetworkSpec.from_json(metadata[NETWORK])
    names = (*spec.parameter_shapes, *spec.state_shapes)
    params = {name: tensors[name] for name in names if name in tensors}
    try:
        check_params(spec, params)
    except InputError as error:
        raise input_error("weights-file.parameters", path=path, error=error) from error
    return spec, params


def load_data_spec(path: str | os.PathLike[str]) -> DataSpec:
    """Read the meaning of the network's inputs and outputs.

    Of a file without a description of its data, as earlier versions wrote them: the statistics of
    the inputs if the file has them, and the numbers of the outputs as their names.

    Raises:
        InputError: the file is missing, corrupt, something else, or of a newer format.
    """
    metadata, tensors = read(path)
    spec = NetworkSpec.from_json(metadata[NETWORK])
    try:
        if DATA not in metadata:
            return numbered_outputs(spec, standardiser_of(tensors))
        data = DataSpec.from_json(metadata[DATA], tensors)
        check_sizes(spec, data)
    except InputError as error:
        raise InputError(f"{path}: {error}", error.code, error.facts) from error
    return data


def load_standardiser(path: str | os.PathLike[str]) -> Standardiser | None:
    """Read the training set's μ and σ; None where the network takes its inputs as they are."""
    return load_data_spec(path).inputs


def numbered_outputs(spec: NetworkSpec, inputs: Standardiser | None = None) -> DataSpec:
    """Describe data whose outputs have no names but their numbers.

    Raises:
        InputError: the network takes something else than rows of numbers.
    """
    check_rows(spec)
    (n_y,) = spec.output_shape
    task: Task = "regression"
    if isinstance(spec.loss, BinaryCrossEntropy | Hinge):
        task = "binary" if n_y == 1 else "multilabel"
    elif spec.loss.one_class:
        task = "classes"
    n = 2 if task == "binary" else n_y
    return DataSpec(spec.input_shape, task, tuple(map(str, range(n))), inputs)


def check_rows(spec: NetworkSpec) -> None:
    """Check that an example is (n_x,), as a description of data has it.

    Raises:
        InputError: the network takes several inputs, positions, or whole numbers.
    """
    if len(spec.inputs) > 1 or not is_row(spec.inputs[spec.input]):
        raise input_error("data-spec.rows", network=spec.summary, inputs=dict(spec.inputs))


def is_row(shape: Input) -> bool:
    """Return whether an input of this shape is (n,), of floats."""
    return isinstance(shape, tuple) and len(shape) == 1


def check_sizes(spec: NetworkSpec, data: DataSpec) -> None:
    """Check that the network has an input for each number of an example, an output for each name.

    Raises:
        InputError: it has not, or takes images that an example is not.
    """
    taken = spec.inputs[spec.input]
    if len(spec.inputs) > 1 or image_layout(data.shape, taken) is None:
        check_rows(spec)
    if data.n_x != math.prod(spec.input_shape) or (data.n_y,) != spec.output_shape:
        raise input_error("data-spec.sizes", n_x=data.n_x, n_y=data.n_y, network=spec.summary)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, Array]]:
    """Read the metadata and every tensor of a weights file.

    Raises:
        InputError: the file is missing, corrupt, something else, or of a newer format.
    """
    metadata, tensors = read_tensors(path)
    version = metadata.get(VERSION, "1")
    if not version.isdecimal() or len(version) > 9 or int(version) > FORMAT:
        raise input_error("weights-file.format", path=path, format=version, known=FORMAT)
    if NETWORK not in metadata:
        raise input_error("weights-file.no-network", path=path)
    return metadata, tensors


def read_tensors(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, Array]]:
    """Read the metadata and every tensor of a safetensors file, whoever wrote it.

    Tensors of bfloat16, which NumPy lacks, are float32, with the same values.

    Raises:
        InputError: the file is missing, corrupt or something else.
    """
    from safetensors import SafetensorError, safe_open

    if not os.path.isfile(path):
        raise input_error("weights-file.missing", path=path)
    try:
        with safe_open(path, framework="numpy") as file:
            metadata, names = file.metadata() or {}, [*file.keys()]
            halves = {n for n in names if file.get_slice(n).get_dtype() == "BF16"}
            tensors = {n: file.get_tensor(n) for n in names if n not in halves}
        return metadata, tensors | (widened(path, halves) if halves else {})
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise input_error("weights-file.unreadable", path=path, error=cause_of(error)) from error


def widened(path: str | os.PathLike[str], names: Collection[str]) -> dict[str, Array]:
    """Return tensors of bfloat16 as float32: each is the first half of one."""
    from safetensors import deserialize

    with open(path, "rb") as file:
        every = deserialize(file.read())
    return {
        name: (np.frombuffer(entry["data"], "<u2").astype("<u4") << 16)
        .view("<f4")
        .reshape(entry["shape"])
        for name, entry in every
        if name in names
    }
