"""What rotary positions bring to the proof."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_tests.kinds.formula_text import ALL, FormulaText, edit
from parity_tests.kinds.heads.rotary_angles import turned_by
from parity_tests.kinds.layer_kind import LayerKind
from ref_numpy import Flatten, Graph
from ref_numpy.layers.attention.rotary import Rotary, angles


def graph() -> Graph:
    """Return a graph of vectors of six features, whose base shows each pair's angle."""
    graph = Graph({"x": (6, 4)})
    graph.add("z", Rotary(base=100.0), "x")
    graph.add("flat", Flatten(), "z")
    return graph


def names(layer: Rotary, A: Any) -> Mapping[str, Any]:
    """Return the numbers of pairs and of places, and what turns each pair by an angle."""
    pairs = np.arange(A.shape[0] // 2).reshape(-1, *(1,) * (len(A.shape) - 1))

    def turned(A: Any, angle: Any) -> Any:
        return turned_by(A, angle, layer.base)

    def turned_neighbours(A: Any, angle: Any) -> Any:
        """Turn features 2j and 2j + 1."""
        order = np.argsort([*range(0, A.shape[0], 2), *range(1, A.shape[0], 2)])
        return turned(np.concatenate((A[::2], A[1::2])), angle)[order]

    return {
        "pairs": pairs, "places": np.arange(A.shape[-1]), "turned": turned,
        "turned_neighbours": turned_neighbours,
    }  # fmt: skip


def forward(layer: Rotary, params: Any, A: Any) -> Any:
    """Return Z with rounded cosines and sines."""
    return turned_by(A, angles(A, layer.base), layer.base)


def backward(layer: Rotary, params: Any, cache: Any, dZ: Any) -> Any:
    """Return dA with rounded cosines and sines."""
    return (turned_by(dZ, -angles(dZ, layer.base), layer.base),), {}


MISTAKES = (
    edit("interleaved", "features 2j and 2j + 1 are pairs, as in GPT-J, not j and j + n/2",
         "turned(", "turned_neighbours("),
    edit("off-by-one", "positions are counted from 1", "places", "(places + 1)"),
    edit("angle-of-pair-numbers", "the exponent is j/n, not 2j/n", "2 * pairs", "pairs"),
    edit("exponent-of-half", "the exponent is 2j/(n/2), not 2j/n", "/ n", "/ (n / 2)"),
    edit("one-angle", "every pair is turned by the angle of the first",
         " * base ** (-2 * pairs / n)", " + 0 * pairs"),
    edit("base-10000", "the base is 10000", "base **", "10000.0 **"),
)  # fmt: skip

KIND = LayerKind(
    meaning="{Z}, each pair of its features turned by an angle of its position",
    names=names,
    line=FormulaText(
        "Z",
        "turned(A_prev, places * base ** (-2 * pairs / n))",
        (
            edit("missing-positions", "the features are not turned", ALL, "A_prev"),
            edit(
                "turned-back",
                "the pairs are turned the other way: the sign of the sine is wrong",
                "places",
                "-places",
            ),
            *MISTAKES,
        ),
    ),
    derivative_line=FormulaText(
        "dA_prev",
        "turned(dZ, -places * base ** (-2 * pairs / n))",
        (
            edit("missing-derivative", "dZ is passed on as it is", ALL, "dZ"),
            edit("not-inverse", "dZ is turned forward once more, not back", "-places", "places"),
            *MISTAKES,
        ),
    ),
    forwards=(forward,),
    backwards=(backward,),
    graph=graph,
)
