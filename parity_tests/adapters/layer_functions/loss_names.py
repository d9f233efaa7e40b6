"""Functions of losses in a file, found by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from parity_tests.adapters.layer_functions.function_pairs import (
    FORWARD,
    FunctionPair,
    backward_functions,
    required_names,
    stem_of,
)
from parity_tests.adapters.layer_functions.loss_problems import (
    KINDS,
)

MEANINGS = {
    "cross_entropy": r"(softmax)?(categorical)?(crossentropy|ce|nll)(withlogits|withsoftmax)?|"
                     r"softmax(loss)?|negativeloglikelihood|logloss",
    "binary_cross_entropy": r"(binary|sigmoid)(crossentropy|ce)(withlogits)?|bce|logistic|logloss",
    "squared_error": r"mse|sse|meansquared(error)?|squared(error)?|l2|quadratic|euclidean",
    "absolute_error": r"mae|l1|meanabsolute(error)?|absolute(error)?",
    "huber": r"huber|smoothl1",
    "hinge": r"hinge|binaryhinge",
    "multiclass_hinge": r"(multiclass)?(svm|hinge)|multimargin|maxmargin",
}  # fmt: skip


ANY = re.compile(r"\w*(cost|loss|criterion)\w*", re.IGNORECASE)


A_LOSS = re.compile(r"_?(loss|cost|error|func(tion)?|forward|fwd|compute|criterion)_?",
                    re.IGNORECASE)  # fmt: skip


def loss_kinds(stem: str) -> tuple[str, ...]:
    """Return the kinds of losses that a name may mean; every one of a name such as "loss"."""
    plain = A_LOSS.sub("", stem).replace("_", "").lower()
    whole = stem.replace("_", "").lower()
    known = tuple(
        k for k, names in MEANINGS.items()
        if any(re.fullmatch(names, text) for text in (plain, whole))
    )  # fmt: skip
    if stem.lower() in NO_LOSSES:
        return ()
    return known or (KINDS if ANY.fullmatch(stem) else ())


NO_LOSSES = ("softmax", "logistic", "l1", "l2")


def losses_in(own: Mapping[str, Any]) -> list[FunctionPair]:
    """Return the functions of losses in a file, each with that of its gradient, if there is one."""
    functions = {n: f for n, f in own.items() if not isinstance(f, type)}
    backward = backward_functions(functions)
    pairs: list[FunctionPair] = []
    for name, f in functions.items():
        stem = stem_of(name, FORWARD) or name
        kinds = loss_kinds(stem)
        if kinds and name not in backward.values() and len(required_names(f) or ()) == 2:
            pairs.append(FunctionPair(name, backward.get(stem), kinds))
    return pairs
