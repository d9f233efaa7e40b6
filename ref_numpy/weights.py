"""Weights files: safetensors, with the network's description in the metadata. Never pickle.

The tensors are W1, b1, … and, where the network was trained on standardised inputs, the training
set's `mu` and `sigma`, so that a file alone turns raw examples into predictions.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from ref_numpy.inputs import InputError, check_array, check_params
from ref_numpy.layer import Array
from ref_numpy.network import NetworkSpec
from ref_numpy.preprocessing import Standardiser

METADATA = "network"


def save(
    path: str | os.PathLike[str],
    spec: NetworkSpec,
    params: Mapping[str, Array],
    standardiser: Standardiser | None = None,
) -> None:
    """Write the file whole or not at all.   Raises InputError where params do not fit spec."""
    from safetensors.numpy import save as to_bytes

    check_params(spec, params)
    dtype = next(iter(params.values())).dtype
    if dtype not in (np.float16, np.float32, np.float64):
        raise InputError(f"the parameters are {dtype}, which safetensors cannot hold: use float64.")
    tensors = {name: np.asarray(array, order="C") for name, array in params.items()}
    if standardiser is not None:
        tensors |= {"mu": standardiser.mu, "sigma": standardiser.sigma}
    write_whole(path, to_bytes(tensors, metadata={METADATA: spec.to_json()}))


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
    spec, tensors = read(path)
    params = {name: tensors[name] for name in spec.parameter_shapes if name in tensors}
    try:
        check_params(spec, params)
    except InputError as error:
        raise InputError(f"{path} does not hold what its description says: {error}") from error
    return spec, params


def load_standardiser(path: str | os.PathLike[str]) -> Standardiser | None:
    """The training set's μ and σ, or None where the network takes its inputs as they are."""
    spec, tensors = read(path)
    if "mu" not in tensors or "sigma" not in tensors:
        return None
    for name in ("mu", "sigma"):
        check_array(name, tensors[name], (*spec.input_shape, 1))
    return Standardiser(tensors["mu"], tensors["sigma"])


def read(path: str | os.PathLike[str]) -> tuple[NetworkSpec, dict[str, Array]]:
    """The description and every tensor of a weights file."""
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
    if METADATA not in metadata:
        raise InputError(
            f"{path} has no description of a network in its metadata; "
            f"expected weights that ref_numpy.save wrote."
        )
    return NetworkSpec.from_json(metadata[METADATA]), tensors
