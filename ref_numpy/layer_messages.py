"""The sentences with which layers of graphs refuse constants and shapes that they cannot take."""

from __future__ import annotations

from ref_numpy.errors import Message

LAYER_MESSAGES: dict[str, Message] = {
    "layer.one-input": "{layer} was given one tensor; expected two or more.",
    "layer.equal-shapes": (
        "{layer} was given tensors whose shapes are {shapes} an example; expected equal shapes."
    ),
    "concatenate.positions": (
        "Concatenate was given tensors whose shapes are {shapes} an example; expected shapes that "
        "are equal but for the first number, the features."
    ),
}
