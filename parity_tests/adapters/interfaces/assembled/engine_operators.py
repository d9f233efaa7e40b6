"""In the candidate's process: each operator of an engine alone, and the gradients that it passes.

Every operator is applied to the same numbers, and w ∗ its result is passed back.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.assembled.engine_networks import (
    Engine,
    ScalarEngine,
    as_array,
)
from parity_tests.adapters.own_functions import describe_function
from ref_numpy import Array

A = np.array([[0.7, 2.4, -1.3], [0.2, 1.1, -0.4]])
B = np.array([[1.7, -0.6, 0.9], [-2.3, 0.35, 1.2]])
W = np.array([[-0.5, 2.0, 1.0], [0.25, -4.0, 0.5]])  # powers of two

Value = Any
# Operators by what they compute of a and b, those first that the others are told by.
OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "a * b": operator.mul,
    "a + b": operator.add,
    "a - b": operator.sub,
    "a + a": lambda a, b: a + a,
    "a * a": lambda a, b: a * a,
    "a * b + a": lambda a, b: a * b + a,
    "c * c + c, c = a * b": lambda a, b: (lambda c: c * c + c)(a * b),
    "-a": lambda a, b: -a,
    "a + 3": lambda a, b: a + 3.0,
    "3 + a": lambda a, b: 3.0 + a,
    "a - 3": lambda a, b: a - 3.0,
    "3 - a": lambda a, b: 3.0 - a,
    "a * 3": lambda a, b: a * 3.0,
    "3 * a": lambda a, b: 3.0 * a,
    "a ** 2": lambda a, b: a**2,
    "a ** 3": lambda a, b: a**3,
    "b ** -1": lambda a, b: b**-1,
    "a / b": operator.truediv,
    "a / 3": lambda a, b: a / 3.0,
    "3 / b": lambda a, b: 3.0 / b,
    "exp(a)": lambda a, b: a.exp(),
    "log(a)": lambda a, b: a.log(),
    "sqrt(a)": lambda a, b: a.sqrt(),
    "tanh(a)": lambda a, b: a.tanh(),
    "sigmoid(a)": lambda a, b: a.sigmoid(),
    "relu(a)": lambda a, b: a.relu(),
}
METHODS = {
    "a * b": ("__mul__",), "a + b": ("__add__",), "a - b": ("__sub__",), "-a": ("__neg__",),
    "3 + a": ("__radd__",), "3 - a": ("__rsub__",), "3 * a": ("__rmul__",),
    "a / b": ("__truediv__",), "3 / b": ("__rtruediv__",), "a ** 2": ("__pow__",),
}  # fmt: skip
POSITIVE = ("log(a)", "sqrt(a)")


def operators(engine: Engine) -> Iterator[dict[str, Any]]:
    """Yield each operator that the engine has, with its inputs, its result and their gradients."""
    for name, operate in OPERATORS.items():
        own = name.split("(")[0] if "(" in name else None
        if own and not callable(getattr(type(engine.wrap(2.0)), own, None)):
            continue
        a = np.abs(A) if name in POSITIVE else A
        try:
            with np.errstate(all="ignore"):
                result = applied(engine, operate, a, B)
        except Exception:  # it does not take such arguments
            continue
        if all(x.shape == a.shape for x in result.values()):
            yield {"name": name, "a": a, "b": B, "w": W, **result}


def applied(
    engine: Engine, operate: Callable[[Value, Value], Value], a: Array, b: Array
) -> dict[str, Array]:
    """Return the result of an operator, and the gradients of Σ w ∗ result and Σ w ∗ result ∗ a ∗ b.

    In the second a and b have gradients before those of the operator are added.
    """
    if not isinstance(engine, ScalarEngine):
        every = dict[str, Array]()
        for again, names in enumerate(GRADIENTS):
            x, y = engine.wrap(a), engine.wrap(b)
            result = operate(x, y)
            every["value"] = np.array(result.data)
            last = result * x * y if again else result
            (last * engine.wrap(W)).sum().backward()
            for n, v in zip(names, (x, y), strict=True):  # None is the gradient of what is unused
                every[n] = np.zeros(a.shape) if v.grad is None else as_array(v.grad)
        return every
    every = {n: np.zeros(a.shape) for n in ("value", *GRADIENTS[0], *GRADIENTS[1])}
    for at in np.ndindex(*a.shape):
        for again, names in enumerate(GRADIENTS):
            x, y = engine.wrap(float(a[at])), engine.wrap(float(b[at]))
            result = operate(x, y)
            every["value"][at] = result.data
            last = result * x * y if again else result
            (last * engine.wrap(float(W[at]))).backward()
            for n, v in zip(names, (x, y), strict=True):
                every[n][at] = 0.0 if v.grad is None else v.grad
    return every


GRADIENTS = ("da", "db"), ("da_again", "db_again")


def untried_operators(engine: Engine, tried: Sequence[str]) -> Iterator[str]:
    """Yield the methods of an engine that compute something, and were not tried."""
    kind = type(engine.wrap(2.0))
    known = {n for name in tried for n in METHODS.get(name, (name.split("(")[0],))}
    known |= {"__matmul__", "sum", *engine.kinds}  # of the network
    for name, x in vars(kind).items():
        is_operator = name in ARITHMETIC or (name[:1] != "_" and name not in NO_OPERATORS)
        if is_operator and callable(x) and name not in known and type(x) is not type:
            text = describe_function(name, x)
            yield f"{kind.__name__}.{text.replace('(self, ', '(').replace('(self)', '()')}"


ARITHMETIC = {f"__{r}{n}__" for n in ("add", "sub", "mul", "truediv", "pow", "matmul")
              for r in ("", "r")} | {"__neg__", "__getitem__", "__abs__"}  # fmt: skip
NO_OPERATORS = ("backward", "zero_grad", "item", "numpy", "wrap", "shape", "detach")
