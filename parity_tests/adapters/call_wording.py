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
}  # fmt: skip


def sentence(code: str, **facts: Any) -> str:
    """Return the sentence of this code, made from its facts."""
    return SENTENCES[code].format(**facts)
