"""Trace files: a problem and what a program computed from it, in safetensors or npz.

The tensors are X, Y and the parameters W1, b1, …; and by their canonical names what was computed:
Z1, A1, …, J, dW1, … In a safetensors file the metadata `network` is the description
(NetworkSpec.to_json) and `precision` the arithmetic; in an npz they are arrays of one string each.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from parity_tests.error_model.precisions import Precision, precision_named
from ref_numpy import Array, InputError, NetworkSpec
from ref_numpy.weights import write_whole

SUFFIXES = (".safetensors", ".npz")
TEXTS = ("network", "precision")


class TraceFile(NamedTuple):
    """texts: what the file says of {"network", "precision"}, if it does.   tensors: the rest."""

    texts: dict[str, str]
    tensors: dict[str, Array]

    @property
    def spec(self) -> NetworkSpec | None:
        return NetworkSpec.from_json(self.texts["network"]) if "network" in self.texts else None


def read(path: str | os.PathLike[str]) -> TraceFile:
    """Raises InputError for a file that is missing, corrupt or of another kind."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path} is not a file; expected a trace, .npz or .safetensors.")
    reader = read_npz if path.suffix == ".npz" else read_safetensors
    try:
        return reader(path)
    except InputError:
        raise
    except Exception as error:  # each library has its own for a file that is cut off
        raise InputError(
            f"{path} is not a readable {path.suffix[1:]} file ({type(error).__name__}: {error}); "
            f"write it anew."
        ) from error


def read_npz(path: Path) -> TraceFile:
    with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
        tensors = {name: file[name] for name in file.files}
    texts = {name: str(tensors.pop(name)) for name in TEXTS if name in tensors}
    return TraceFile(texts, tensors)


def read_safetensors(path: Path) -> TraceFile:
    from safetensors import deserialize, safe_open

    with safe_open(path, framework="numpy") as file:
        texts = {n: text for n, text in (file.metadata() or {}).items() if n in TEXTS}
    tensors = {name: decoded(entry) for name, entry in deserialize(path.read_bytes())}
    return TraceFile(texts, tensors)


def decoded(entry: Mapping[str, Any]) -> Array:
    """A tensor of a safetensors file; bfloat16, which NumPy lacks, widens exactly to float32."""
    dtype, data = entry["dtype"], entry["data"]
    if dtype == "BF16":
        wide = np.frombuffer(data, "<u2").astype("<u4") << 16
        return wide.view("<f4").reshape(entry["shape"])
    kinds = {"F": "f", "I": "i", "U": "u", "B": "b"}
    if dtype != "BOOL" and (dtype[0] not in kinds or not dtype[1:].isdecimal()):
        raise InputError(f"its dtype {dtype} is not one that NumPy has; store float32 instead.")
    name = "?" if dtype == "BOOL" else f"<{kinds[dtype[0]]}{int(dtype[1:]) // 8}"
    return np.frombuffer(data, name).reshape(entry["shape"])


def write(
    path: str | os.PathLike[str],
    spec: NetworkSpec,
    precision: Precision,
    tensors: Mapping[str, Array],
) -> None:
    """The file whole or not at all.   Raises InputError where it cannot be written."""
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise InputError(f"{path} is neither .npz nor .safetensors; give it one of these endings.")
    texts = {"network": spec.to_json(), "precision": precision.name}
    arrays = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    if path.suffix == ".npz":
        file = io.BytesIO()
        everything: dict[str, Any] = arrays | {name: np.array(text) for name, text in texts.items()}
        np.savez(file, **everything)
        write_whole(path, file.getvalue())
    else:
        from safetensors.numpy import save

        write_whole(path, save(arrays, metadata=texts))


def problem(
    file: TraceFile, path: str, spec: NetworkSpec
) -> tuple[dict[str, Array], Array, Array, dict[str, Array]]:
    """(params, X, Y, what was computed).   Raises InputError where an input is missing."""
    names = ["X", "Y", *spec.parameter_shapes]
    missing = [name for name in names if name not in file.tensors]
    if missing:
        raise InputError(
            f"{path} has no {' '.join(missing)}; expected the inputs X, Y and the parameters "
            f"{' '.join(spec.parameter_shapes)} beside what was computed."
        )
    given = file.tensors
    computed = {name: tensor for name, tensor in given.items() if name not in names}
    return {n: given[n] for n in spec.parameter_shapes}, given["X"], given["Y"], computed


def precision_of(file: TraceFile, named: str | None) -> Precision:
    """By the file's own word, or as named, or that of X's dtype."""
    dtype = str(file.tensors["X"].dtype) if "X" in file.tensors else "float32"
    return precision_named(file.texts.get("precision") or named or dtype)
