"""The networks that pages are made of in tests."""

from __future__ import annotations

import pytest

from ref_numpy import NetworkSpec

SPECS = {
    "binary": NetworkSpec.dense([2, 4, 1], "tanh", "sigmoid"),
    "classes": NetworkSpec.dense([5, 4, 6, 3], ["relu", "sigmoid"], "softmax", lambd=0.1),
    "values": NetworkSpec.dense([5, 4, 3, 2], ["leaky_relu", "softmax"], "identity"),
}
each_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
