"""Every sentence that raw examples, labels and their description are refused with, by its code."""

from __future__ import annotations

from typing import Any

from ref_numpy.errors import Message


def data_labels_shape(shape: Any, dtype: Any = None, n_y: int = 1, summary: str = "") -> str:
    """Return the sentence for labels of the wrong shape; with `summary`, of a known task."""
    if summary:
        return (
            f"y has shape {shape} and dtype {dtype}; expected (m, {n_y}) numbers for the {summary}."
        )
    return f"y has shape {shape}; expected one label an example, (m,), or one-hot rows."


def data_unknown_label(summary: str, label: str = "", example: int | None = None) -> str:
    """Return the sentence for a label without a name; without `example`, for numbers not 0 or 1."""
    if example is None:
        return f"y has other numbers than 0 and 1; expected only 0 and 1 for the {summary}."
    return (
        f"the label of example {example} is {label}, and the network knows {summary}; give labels "
        f"of these names, or predict without y."
    )


DATA_MESSAGES: dict[str, Message] = {
    # labels that are whole numbers, such as tokens
    "labels.whole-numbers": (
        "Y is {given}; expected whole numbers of shape {expected}, the class of each label."
    ),
    "labels.whole-shape": (
        "Y has shape {shape}; expected {expected}, a whole number for each output of each example."
    ),
    "labels.none-counts": (
        "no label counts: all are {label}, which the loss ignores; give one that counts."
    ),
    "labels.no-class": (
        "Y has the label {label} at {index}; expected 0 to {last}, or the label that is ignored."
    ),
    # raw examples and labels of a data set
    "data.columns": (
        "an example has shape {shape}; expected {expected}, as the training examples have: "
        "give the same columns, in the same order."
    ),
    "data.no-such-image": (
        "an example has shape {shape}, and the network takes images {taken}, (n_C, H, W); expected "
        "such images, (H, W, n_C), or as many numbers in a row, the channels one after the other."
    ),
    "augmentation.padding": (
        "the padding of a crop is {padding}; expected a whole number of pixels from 0 up."
    ),
    "data.not-numbers": ("x has dtype {dtype}; expected numbers: encode the other columns first."),
    "data.not-finite": (
        "{count} example(s) have values that are not finite, the first is example {first}; "
        "remove or replace them."
    ),
    "data.too-large": "x has numbers too large for {dtype}; standardise them, or use float64.",
    "data.labels-shape": data_labels_shape,
    "data.labels-kind": (
        "y has dtype {dtype}, or values that are not finite; expected finite numbers, or words, "
        "one for each example."
    ),
    "data.unknown-label": data_unknown_label,
    "images.shape": "{name} has shape {shape}; expected (m, num_px, num_px, channels).",
    "images.two-shapes": (
        "train_set_x holds images of shape {train} and test_set_x of {test}; expected one shape: "
        "resize one of the sets."
    ),
    "images.rank": "images has shape {shape}; expected (m, h, w, c).",
    "standardiser.examples": (
        "X_train has shape {shape}; expected (n_x, m) with finite values: "
        "remove or replace those that are missing."
    ),
    "standardiser.size": "X has shape {shape}; expected ({n_x}, m).",
    # the description of the data
    "data-spec.task": (
        "the task is {task!r} with {different} different name(s) of {given}; expected one of "
        "{tasks}, two names for binary, at least one for the others, and none twice."
    ),
    "data-spec.sizes": (
        "the data have {n_x} inputs and {n_y} outputs, and the network is {network}; "
        "expected the same sizes in both."
    ),
    "data-spec.rows": (
        "the network, {network}, takes {inputs}, and a description of data is of one row of "
        "numbers an example; use ref_numpy.load and run, and give each input by name."
    ),
    "data-spec.format": (
        "the description of the data was written by a newer version, in format {format}, and this "
        "version reads formats up to {known}; use the version that wrote it."
    ),
    "data-spec.unreadable": (
        "the description of the data cannot be read ({error}); "
        "expected text that DataSpec.to_json wrote."
    ),
}
