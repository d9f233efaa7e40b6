"""Files with functions of single layers, and no network."""

from __future__ import annotations

from parity_tests.adapters.candidate_process.description import Description
from parity_tests.adapters.fourth_course.named_layers import named_pairs
from parity_tests.adapters.layer_functions.function_pairs import pairs_in
from ref_numpy import Layer


def has_layers_alone(description: Description) -> bool:
    """Return whether a file has layers of images, and all that looks like a pass is of one layer.

    Then no program of a network is looked for in it, which takes seconds.
    """
    own = {**description.own, **description.functions}
    images = [*named_pairs(own)]
    if not images or any(isinstance(x, type) for x in own.values()):
        return False
    known = {n for pair in (*images, *pairs_in(own, Layer.kinds))
             for n in (pair.forward, pair.backward)}  # fmt: skip
    passes = {text.partition("(")[0] for text in description.unchecked_passes}
    return passes <= known
