"""The command `parity graph NETWORK --out graph.svg`."""

from __future__ import annotations

from pathlib import Path

from parity_tests.check_messages import input_error
from parity_tests.page.graph.graph_svg import graph_picture
from ref_numpy import InputError, NetworkSpec, load
from ref_numpy.model import WEIGHTS
from ref_numpy.weights import write_whole


def write(network: str, out: str) -> int:
    """Write the picture of a network, whole or not at all.

    Args:
        network: a file of `NetworkSpec.to_json`, a weights file, or the folder of a run.
        out: the file, which ends in .svg.

    Returns:
        The exit code, 0.

    Raises:
        InputError: there is no such network, or the file cannot be written.
    """
    if not out.endswith(".svg"):
        raise input_error("picture.file-name", out=out)
    folder = Path(out).parent
    if not folder.is_dir():
        raise input_error("page.folder", out=out, folder=folder)
    spec = read_network(Path(network))
    write_whole(out, graph_picture(spec).encode("utf-8"))
    print(f"{out}: {spec.summary}; open it in a browser")
    return 0


def read_network(path: Path) -> NetworkSpec:
    """Read the description of a network from its file, its weights, or its run.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    if path.is_dir() or path.suffix == ".safetensors":
        return load(path / WEIGHTS if path.is_dir() else path)[0]
    if not path.is_file():
        raise input_error("picture.missing", path=path)
    try:
        return NetworkSpec.from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise input_error("picture.unreadable", path=path, error=error.strerror) from error
    except UnicodeDecodeError as error:
        raise input_error("picture.unreadable", path=path, error=error.reason) from error
    except InputError as error:
        raise InputError(f"{path}: {error}", error.code, error.facts) from error
