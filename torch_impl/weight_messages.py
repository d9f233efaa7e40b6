"""Every sentence that weights of classes and of examples are refused with, by its code."""

from __future__ import annotations

from ref_numpy.errors import Message

WEIGHT_MESSAGES: dict[str, Message] = {
    "weights.kind": (
        "class_weights is {given!r}; expected balanced, or a number for each class, as in "
        "'{{no: 1, yes: 5}}'."
    ),
    "weights.task": (
        "class_weights was given for {task}; expected classes, of which each example has one: "
        "leave it out, or weigh the examples with --data.weights."
    ),
    "weights.unknown-class": (
        "class_weights names {names}, which the data do not have; expected a number for each of "
        "the {task}."
    ),
    "weights.missing-class": (
        "class_weights has no number for {names}; expected one for each of the {task}."
    ),
    "weights.of-class": (
        "class_weights has {value} for {name}; expected a finite number from 0 up."
    ),
    "weights.no-examples": (
        "class_weights is balanced, and the class {name} has no example in the training part; "
        "give a number for each class, or more examples."
    ),
    "weights.shape": (
        "the weights have shape {shape} and dtype {dtype}; expected ({m},) numbers, one for each "
        "example."
    ),
    "weights.of-example": (
        "the weight of row {row}, counted from 1, is {value}; expected a finite number from 0 up: "
        "correct it, or remove the row."
    ),
    "weights.all-zero": (
        "the weights of all {m} examples to train with are 0; expected one or more above 0."
    ),
    "weights.is-target": (
        "--data.weights and --data.target both name {name!r}; expected two columns."
    ),
}
