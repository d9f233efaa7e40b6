"""A network from its file: the text of its description, its weights, or its run."""

from __future__ import annotations

import re
from pathlib import Path

from parity_tests.check_messages import input_error
from ref_numpy import Array, InputError, NetworkSpec, load
from ref_numpy.model import WEIGHTS

SIZES = re.compile(r"[\d\s,-]*")  # of a network that is no file


def is_network_file(network: str | None) -> bool:
    """Return whether a network is given by a file or a folder, not by the sizes of its layers."""
    if network is None or SIZES.fullmatch(network):
        return False
    return Path(network).suffix in (".json", ".safetensors") or Path(network).exists()


def read_network(path: Path) -> NetworkSpec:
    """Read the description of a network from its file, its weights, or its run.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    return read_model(path)[0]


def read_model(path: Path) -> tuple[NetworkSpec, dict[str, Array] | None]:
    """Read a network from its file, its weights, or its run.

    Returns:
        The network, and its parameters; None where the file has only the description.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    if path.is_dir() or path.suffix == ".safetensors":
        return load(path / WEIGHTS if path.is_dir() else path)
    if not path.is_file():
        raise input_error("picture.missing", path=path)
    try:
        return NetworkSpec.from_json(path.read_text(encoding="utf-8")), None
    except OSError as error:
        raise input_error("picture.unreadable", path=path, error=error.strerror) from error
    except UnicodeDecodeError as error:
        raise input_error("picture.unreadable", path=path, error=error.reason) from error
    except InputError as error:
        raise InputError(f"{path}: {error}", error.code, error.facts) from error
