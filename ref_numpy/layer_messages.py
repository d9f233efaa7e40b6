"""The sentences with which layers of graphs refuse constants and shapes that they cannot take."""

from __future__ import annotations

from typing import Any

from ref_numpy.errors import Message


def windows_axes(layer: str, shape: Any, axes: tuple[int, ...]) -> str:
    """Return the sentence for a tensor with another number of axes of positions."""
    which = ("(n, T)", "(n, H, W)", "(n, D, H, W)")
    expected = " or ".join(which[k - 1] for k in axes)
    return f"{layer} was given a tensor whose shape is {shape} an example; expected {expected}."


LAYER_MESSAGES: dict[str, Message] = {
    "layer.one-input": "{layer} was given one tensor; expected two or more.",
    "layer.equal-shapes": (
        "{layer} was given tensors whose shapes are {shapes} an example; expected equal shapes."
    ),
    "concatenate.positions": (
        "Concatenate was given tensors whose shapes are {shapes} an example; expected shapes that "
        "are equal but for the first number, the features."
    ),
    "layer.size": "a layer was given the size {n!r}; expected a whole number from 1 up.",
    "layer.input-features": (
        "{layer} of {n} features was given a tensor whose shape is {shape} an example; expected "
        "{n} as its first number: make the two sizes equal."
    ),
    "layer.state-name": (
        "{layer} has the parameter {name} and calls a tensor of its state {name} too; give one of "
        "them another name."
    ),
    "norm.momentum": (
        "BatchNorm was given momentum = {momentum}; expected 0 < momentum ≤ 1, the weight of the "
        "newest batch in the running statistics, such as 0.1."
    ),
    "norm.one-column": (
        "BatchNorm was given one column to train with, which has no variance; expected 2 or more: "
        "take more examples in each batch, also in an epoch's last."
    ),
    "norm.epsilon": (
        "a norm was given epsilon = {epsilon}; expected a positive number, such as 1e-05."
    ),
    "norm.groups": (
        "GroupNorm of {n} features was given {groups} groups; expected a number that divides {n}."
    ),
    "norm.groups-of-one": (
        "GroupNorm of {n} features in {groups} groups was given examples of which a group is one "
        "number, whose variance is 0; expected fewer groups, or more positions."
    ),
    "windows.padding": (
        "{layer} was given padding = {padding!r}; expected a whole number from 0 up, the zeros "
        "before the first position and after the last."
    ),
    "windows.wide-padding": (
        "{layer} of windows of {f} was given padding = {padding}; expected at most {most}, half a "
        "window: otherwise a window may see nothing but padding."
    ),
    "windows.axes": windows_axes,
    "windows.too-large": (
        "{layer} has windows that reach over {reach} positions, and was given a tensor whose shape "
        "is {shape} an example; expected no fewer positions with the padding: take a smaller "
        "window or dilation, or more padding."
    ),
    "convolution.groups": (
        "{layer} of {n_prev} and {n} features was given {groups} groups; expected a number that "
        "divides both."
    ),
    "convolution.output-padding": (
        "TransposedConv2d of stride {stride} was given output_padding = {output_padding!r}; "
        "expected a whole number from 0 up, below the stride."
    ),
    "convolution.no-positions": (
        "{layer} was given a tensor whose shape is {shape} an example, of which its padding leaves "
        "no position; take less padding."
    ),
    "embedding.numbers": (
        "an Embedding of {V} numbers was given whole numbers below {n}; make the two equal."
    ),
    "softmax.axis": (
        "Softmax was given axis = {axis}; expected 0, the features, or one of the positions, 2, 3, "
        "…. Axis 1 has the examples."
    ),
    "softmax.no-such-axis": (
        "Softmax over axis {axis} was given a tensor whose shape is {shape} an example, without "
        "the axis of the examples, 1; expected more positions, or a lower axis."
    ),
    "attention.no-heads": (
        "{layer} was given a tensor whose shape is {shape} an example; expected (d, h, T), as "
        "SplitHeads makes of (h d, T)."
    ),
    "attention.split": (
        "SplitHeads of {h} heads was given a tensor whose shape is {shape} an example; expected "
        "(n, T), n a multiple of {h}."
    ),
    "attention.groups": (
        "{layer} was given {h} heads of queries and {h_kv} of keys and values; expected a multiple "
        "of {h_kv}, so that each serves as many heads of queries."
    ),
    "attention.features": (
        "{layer} was given queries of {d} features a head and keys of {d_other}; make the two "
        "equal."
    ),
    "attention.keys": (
        "{layer} was given probabilities of {T_K} keys and {T_V} values; make the two equal."
    ),
    "attention.values": (
        "Attention was given keys whose shape is {keys} an example and values of {values}; "
        "expected equal numbers of heads and of positions."
    ),
    "attention.padding": (
        "PaddedSoftmax over {T_K} keys was given whole numbers below {n} of the shape {shape} an "
        "example; expected WholeNumbers(2, ({T_K},)): 1 for a key that counts, 0 for padding."
    ),
    "rotary.base": "Rotary was given base = {base}; expected a number above 1, such as 10000.",
    "rotary.shape": (
        "Rotary was given a tensor whose shape is {shape} an example; expected (d, …, T), d even: "
        "its features are turned in pairs."
    ),
    "positions.shape": (
        "Positions of {n} features at {T} positions was given a tensor whose shape is {shape} an "
        "example; expected ({n}, {T})."
    ),
    "split.features": (
        "Split into {parts} parts was given {n} features; expected a multiple of {parts}."
    ),
    "dropout.rate": (
        "Dropout was given the rate {rate}; expected 0 ≤ rate < 1, the share of the numbers that "
        "become 0."
    ),
}
