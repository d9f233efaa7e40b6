"""Trace files: a problem and the tensors that a program computed from it, in safetensors or npz.

The tensors are X, Y and the parameters W1, b1, …; and the computed tensors by their canonical
names: Z1, A1, …, J, dW1, … In a safetensors file the metadata `network` is the description
(NetworkSpec.to_json), `precision` the arithmetic, and `trace_format` the version of this format; in
an npz they are arrays of one string each. Each of the three may be missing.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.error_model.precisions import Precision, precision_named
from ref_numpy import Array, InputError, NetworkSpec
from ref_numpy.errors import cause_of
from ref_numpy.weights import in_order, write_whole
from torch_impl import array_files  # which imports no torch

SUFFIXES = (".safetensors", ".npz")
TEXTS = ("network", "precision")
VERSION = "trace_format"
FORMAT = 1  # one more with each change that an older reader would misread; older files have none


class TraceFile(NamedTuple):
    """The contents of a trace file.

    Attributes:
        texts: the entries "network" and "precision", those that the file has.
        tensors: all others, by name.
    """

    texts: dict[str, str]
    tensors: dict[str, Array]

    @property
    def spec(self) -> NetworkSpec | None:
        """The network, if the file describes it."""
        return NetworkSpec.from_json(self.texts["network"]) if "network" in self.texts else None


def is_trace_file(candidate: str) -> bool:
    """Return whether a candidate's name is that of a file of tensors, and of no program."""
    return Path(candidate).suffix in SUFFIXES


def read(path: str | os.PathLike[str]) -> TraceFile:
    """Read a trace file.

    Raises:
        InputError: the file is missing, corrupt, of another kind, or of a newer format.
    """
    path = Path(path)
    if not os.path.isfile(path):  # Path.is_file raises for a name that is too long
        raise input_error("trace-file.missing", path=path)
    reader = read_npz if path.suffix == ".npz" else read_safetensors
    try:
        return reader(path)
    except (InputError, MemoryError):
        raise
    except Exception as error:  # each library has its own for a file that is cut off
        raise input_error(
            "trace-file.unreadable", path=path, kind=path.suffix[1:], error=cause_of(error)
        ) from error


def read_npz(path: Path) -> TraceFile:
    """Read an .npz file, without pickles."""
    tensors = array_files.read_npz(path)
    texts = {}
    for name in (*TEXTS, VERSION):
        if name in tensors:
            text = tensors.pop(name)
            if text.shape or text.dtype.kind != "U":
                raise input_error(
                    "trace-file.text", path=path, name=name, shape=text.shape, dtype=text.dtype
                )
            texts[name] = str(text)
    return checked_format(path, texts, tensors)


def read_safetensors(path: Path) -> TraceFile:
    """Read a .safetensors file."""
    from safetensors import deserialize, safe_open

    with safe_open(path, framework="numpy") as file:
        texts = {n: x for n, x in (file.metadata() or {}).items() if n in (*TEXTS, VERSION)}
    tensors = {name: decode(entry) for name, entry in deserialize(path.read_bytes())}
    return checked_format(path, texts, tensors)


def checked_format(path: Path, texts: dict[str, str], tensors: dict[str, Array]) -> TraceFile:
    """Return the file's contents, if this version reads its format.

    Raises:
        InputError: the format is newer.
    """
    version = texts.pop(VERSION, "1")
    if not version.isdecimal() or int(version) > FORMAT:
        raise input_error("trace-file.format", path=path, format=version, known=FORMAT)
    return TraceFile(texts, tensors)


def decode(entry: Mapping[str, Any]) -> Array:
    """Return a tensor of a safetensors file; bfloat16, which NumPy lacks, widens to float32."""
    dtype, data = entry["dtype"], entry["data"]
    if dtype == "BF16":
        wide = np.frombuffer(data, "<u2").astype("<u4") << 16
        return wide.view("<f4").reshape(entry["shape"])
    kinds = {"F": "f", "I": "i", "U": "u", "B": "b"}
    if dtype != "BOOL" and (dtype[0] not in kinds or not dtype[1:].isdecimal()):
        raise input_error("trace-file.dtype", dtype=dtype)
    name = "?" if dtype == "BOOL" else f"<{kinds[dtype[0]]}{int(dtype[1:]) // 8}"
    return np.frombuffer(data, name).reshape(entry["shape"])


def write(
    path: str | os.PathLike[str],
    spec: NetworkSpec,
    precision: Precision,
    tensors: Mapping[str, Array],
) -> None:
    """Write the file whole or not at all.

    Args:
        path: ends in .npz or .safetensors.
        spec: the network.
        precision: the arithmetic.
        tensors: the problem, and computed tensors if there are any.

    Raises:
        InputError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise input_error("trace-file.suffix", path=path)
    texts = {"network": spec.to_json(), "precision": precision.name, VERSION: str(FORMAT)}
    arrays = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    if path.suffix == ".npz":
        file = io.BytesIO()
        everything: dict[str, Any] = arrays | {name: np.array(text) for name, text in texts.items()}
        np.savez(file, **everything)
        write_whole(path, file.getvalue())
    else:
        from safetensors.numpy import save

        write_whole(path, in_order(save(arrays, metadata=texts)))


def problem(
    file: TraceFile, path: str, spec: NetworkSpec
) -> tuple[dict[str, Array], Array, Array, dict[str, Array]]:
    """Return (params, X, Y, the computed tensors); a network's state is among the params.

    Raises:
        InputError: an input is missing.
    """
    of_params = [*spec.parameter_shapes, *spec.state_shapes]
    names = ["X", "Y", *of_params]
    missing = [name for name in names if name not in file.tensors]
    if missing:
        parameters = " ".join(of_params)
        raise input_error(
            "trace-file.inputs", path=path, missing=" ".join(missing), parameters=parameters
        )
    given = file.tensors
    computed = {name: tensor for name, tensor in given.items() if name not in names}
    return {n: given[n] for n in of_params}, given["X"], given["Y"], computed


def precision_of(file: TraceFile, path: str, asked: str | None) -> tuple[Precision, str]:
    """Return the precision in which the file was computed, and whose word that is.

    Args:
        file: whose own precision may be replaced by one of smaller errors.
        path: of the file.
        asked: the option --precision.

    Returns:
        The precision, and "file", "option", or "dtype" for that of X.

    Raises:
        InputError: the option would grant larger errors than the file does.
    """
    stated = file.texts.get("precision")
    if asked is None:
        dtype = str(file.tensors["X"].dtype)
        return precision_named(stated or dtype), "file" if stated else "dtype"
    p = precision_named(asked)
    if stated is not None and not is_sharper(p, precision_named(stated)):
        raise input_error("trace-file.precision", path=path, stated=stated, given=asked)
    return p, "option"


def is_sharper(p: Precision, q: Precision) -> bool:
    """Return whether p grants no larger error than q, of any kind: every field is as strict."""
    return (
        p.u <= q.u
        and p.accumulate <= q.accumulate
        and p.operand <= q.operand
        and p.output_rounding <= q.output_rounding
        and p.underflow <= q.underflow
        and p.flush <= q.flush
        and p.largest >= q.largest
        and p.to_nearest >= q.to_nearest
        and p.fused <= q.fused
        and (p.once or p.u <= q.inside.u)
        and p.parts <= q.parts
    )
