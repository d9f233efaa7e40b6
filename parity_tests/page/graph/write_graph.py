"""The command `parity graph NETWORK --out graph.svg`."""

from __future__ import annotations

from pathlib import Path

from parity_tests.adapters.network_file import read_network
from parity_tests.check_messages import input_error
from parity_tests.page.graph.graph_svg import graph_picture
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
