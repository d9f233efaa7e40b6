"""The functions that a line of the catalogue may name, with the logarithms of probabilities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from parity_tests.error_model.error_array import ErrorArray
from ref_numpy import Sigmoid
from ref_numpy.error_function import erf
from ref_numpy.layers.gelu import normal_density, normal_distribution
from ref_numpy.layers.gelu_tanh import tanh_of_cubic

Value = Any  # an ErrorArray, which is used as an array

# The functions that a line may name, besides those of NumPy.
FUNCTIONS_OF_LINES: dict[str, Any] = {
    "sigmoid": Sigmoid().g, "erf": erf, "Phi": normal_distribution, "phi": normal_density,
    "tanh_u": tanh_of_cubic,
}  # fmt: skip


def exponentials(names: Mapping[str, Any]) -> dict[str, Value]:
    """Return t = e^(Z − max Z)."""
    Z = names["Z"]
    return {} if Z is None else {"t": np.exp(Z - Z.max(axis=0, keepdims=True))}


class Probability(ErrorArray):
    """A = g(Z) with its logarithm by the logits, which loses no digits where A is close to 1."""

    log_of_it: Value
    log_of_other: Value

    @classmethod
    def of(cls, logarithms: Callable[[Any, Any], Any], A: Value, Z: Value) -> Probability:
        """Return A with log A and log(1 − A) by the logits."""
        result = cls(A.value, A.error, A.p)
        with np.errstate(all="ignore"):
            result.log_of_it, result.log_of_other = logarithms(Z, A)
        return result

    def __rsub__(self, other: Any) -> ErrorArray:
        if other != 1:
            return ErrorArray.__rsub__(self, other)
        result = Probability(1 - self.value, self.error, self.p)
        result.log_of_it, result.log_of_other = self.log_of_other, self.log_of_it
        return result


def log(x: Value) -> Value:
    """Return log x, by the logits where they are known."""
    return x.log_of_it if isinstance(x, Probability) else np.log(x)


def sum_of_all(x: Value) -> Value:
    """Return the sum over each example, and then over all, as a loss is summed."""
    return x if x.shape == () else x.sum(axis=0).sum()


class Functions(SimpleNamespace):
    """The `np` of a formula: some functions by rules of their own, all others by NumPy's names."""

    def __getattr__(self, name: str) -> Any:
        """Return NumPy's function, which calls the rule of error arrays."""
        return getattr(np, name)


FUNCTIONS = Functions(
    log=log, log2=lambda x: log(x) / np.log(2.0), log10=lambda x: log(x) / np.log(10.0),
    sum=sum_of_all,
    clip=lambda x, low, high: np.minimum(np.maximum(x, low), high),
)  # fmt: skip
