"""Every sentence of the findings that the adapters make, by its code."""

from __future__ import annotations

from typing import Any

SENTENCES: dict[str, str] = {
    # A function of the course, its result and its calls.
    "result.form": "{function} returned {error}",
    "result.form-within": "{function} returned, within its result, {error}",
    "result.missing-keys": "{function} returned no {missing}; its keys are {keys}",
    "result.caches": (
        "L_model_forward's caches are not {L} times ((A_prev, W, b), Z), one a layer"
    ),
    "result.gradient-shape": "{key} has shape {shape}; expected {expected}, that of {parameter}",
    "cache.of-another-layer": (
        "the backward step of layer {l} is given the cache of layer {other}, caches[{index}]; "
        "expected its own, caches[{expected}]"
    ),
    "unit-check": "{function}, alone on random numbers: {message}",
    # An optimiser.
    "theta.value": "theta after update {t} is wrong",
    # A call that was guessed wrongly.
    "mistaken-call.arguments": "{function} takes ({takes}), and was called with ({given})",
    "mistaken-call.missing-key": (
        "{function} looks up {key} in {argument}, which has {keys}; is it of another network or "
        "edition, or is {key} misspelt? {error}"
    ),
    # Notes of a report.
    "note.printed": "the candidate printed {lines}, which went to standard error",
    "note.single-functions": "single functions only: there is none of {drivers}",
    "note.not-checked-alone": "not checked alone: {message}",
    "note.rounded": "{names} were rounded to {precision} before the comparison",
    "note.left-out": "left out: {text}",
}  # fmt: skip

# Facts to print every sentence with, for the list of all sentences (tests/project/sentences.txt).
EXAMPLES: dict[str, dict[str, Any]] = {
    "result.form": {"function": "propagate", "error": "nothing (None); expected (grads, cost)"},
    "result.form-within": {
        "function": "forward_propagation", "error": "a list of 4; expected a dictionary of arrays",
    },
    "result.missing-keys": {
        "function": "propagate", "missing": "db", "keys": "dw, dB",
    },
    "result.caches": {"L": 3},
    "result.gradient-shape": {
        "key": "dw", "shape": (1, 4), "expected": (4, 1), "parameter": "w",
    },
    "cache.of-another-layer": {"l": 2, "other": 1, "index": 0, "expected": 1},
    "unit-check": {"function": "linear_backward", "message": "dW is wrong"},
    "theta.value": {"t": 3},
    "mistaken-call.arguments": {
        "function": "propagate", "takes": "w, b", "given": "w, b, X, Y",
    },
    "mistaken-call.missing-key": {
        "function": "backward_propagation", "key": "'W3'", "argument": "parameters",
        "keys": "W1 b1 W2 b2", "error": "backward_propagation raised KeyError: 'W3'",
    },
    "note.printed": {"lines": "3 lines"},
    "note.single-functions": {"drivers": "propagate, L_model_forward"},
    "note.not-checked-alone": {"message": "relu takes (Z, slope), and was called with (Z)"},
    "note.rounded": {"names": "X W1", "precision": "float32"},
    "note.left-out": {"text": "cell 3, which uses names that the notebook does not define"},
}  # fmt: skip


def sentence(code: str, **facts: Any) -> str:
    """Return the sentence of this code, made from its facts."""
    return SENTENCES[code].format(**facts)
