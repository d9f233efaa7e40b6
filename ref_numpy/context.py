"""What a step knows besides its tensors and parameters, and what its forward leaves to backward."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np


class Context(NamedTuple):
    """The run that a step belongs to.

    Attributes:
        scale: gradients of activations are of `scale · J`, and those of parameters of J. It is m in
            the course's networks, whose dZ has no 1/m and whose dW has; it is 1 in a general graph.
        training: whether the network trains, so that a dropout draws its mask.
        seed: of the run's random numbers.
        update: the number of updates before this one.
        examples: the number of each example in its data set, (m,); None numbers them from 0.
        step: the name of the step, given to a layer that draws random numbers.
        draws: what such layers drew, by step, recorded from another program; a step that is not
            in it draws by the seed.
    """

    scale: float = 1.0
    training: bool = False
    seed: int = 0
    update: int = 0
    examples: np.ndarray | None = None
    step: str = ""
    draws: Mapping[str, Any] = {}


class Cache(NamedTuple):
    """What the backward pass of one step reads.

    Attributes:
        inputs: what the step took.
        outputs: what it returned.
        kept: what else `forward` kept for `backward`: a mask, a mean.
        context: of the run.
        to_inputs: False where nothing needs the gradients of the inputs: `backward` may then
            return None for each.
        to_parameters: False where nothing needs those of the parameters: it may then return {}.
    """

    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]
    kept: Any = None
    context: Context = Context()
    to_inputs: bool = True
    to_parameters: bool = True
