"""Networks computed with a program's own engine: numbers or arrays that have `.backward()`.

The engine's `+`, `−`, `*` (and `@` and `sum` of arrays) and its activations are used, each
activation in a hidden layer of its own. J = Σ ½ (z − y)², without 1/m.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.argument_roles import parameters_of
from parity_tests.adapters.interfaces.parameter_holders import Dims, Holder, attempted
from parity_tests.adapters.interfaces.parameter_slots import Slots
from ref_numpy import Array

KINDS = ("relu", "tanh", "sigmoid")
SIZES = (5, 4, 3, 2)  # of a network of scalars, of which each product is an object


@dataclass
class Engine:
    """A network computed with numbers, or arrays, that remember how they were computed.

    Attributes:
        wrap: makes one of a number or an array.
        kinds: of the hidden layers' activations.
        watched: tensors of the last run, by canonical name.
    """

    wrap: Callable[[Any], Any]
    kinds: Sequence[str]
    watched: dict[str, Array] = field(default_factory=dict)

    def minus(self, a: Any, y: Any) -> Any:
        """Return a − y."""
        return a - self.wrap(y) if hasattr(a, "__sub__") else a + self.wrap(-y)


class ScalarEngine(Engine):
    """An engine of numbers."""

    def loss(self, params: Mapping[str, Array], X: Array, Y: Array) -> tuple[float, dict[str, Any]]:
        """Return J and its gradients: X (n_x, m), Y (n_y, m)."""
        every = {n: np.vectorize(self.wrap, otypes=[object])(x) for n, x in params.items()}
        L = len(self.kinds) + 1
        if X.shape[0] != params["W1"].shape[1] or X.shape[1] != Y.shape[1]:
            raise ValueError("examples are columns")
        A: Any = np.vectorize(self.wrap, otypes=[object])(X)
        for l in range(1, L + 1):
            A = every[f"W{l}"] @ A + every[f"b{l}"]
            self.watched[f"Z{l}"] = numbers(A, "data")
            if l < L:
                A = np.vectorize(operator.methodcaller(self.kinds[l - 1]), otypes=[object])(A)
                self.watched[f"A{l}"] = numbers(A, "data")
        errors = [self.minus(a, y) for a, y in zip(A.flat, Y.flat, strict=True)]
        J = total([e * e * self.wrap(0.5) for e in errors])
        J.backward()
        return J.data, {f"d{n}": numbers(x, "grad") for n, x in every.items()}


class ArrayEngine(Engine):
    """An engine of arrays."""

    def loss(self, params: Mapping[str, Array], X: Array, Y: Array) -> tuple[float, dict[str, Any]]:
        """Return J and its gradients: X (m, n_x), Y (m, n_y), W (n_prev, n), b (1, n)."""
        every = {n: self.wrap(x) for n, x in params.items()}
        L = len(self.kinds) + 1
        if X.shape[0] != Y.shape[0]:
            raise ValueError("examples are rows")
        A = self.wrap(X)
        for l in range(1, L + 1):
            A = A @ every[f"W{l}"] + every[f"b{l}"]
            self.watched[f"Z{l}"] = np.array(A.data)
            if l < L:
                A = getattr(A, self.kinds[l - 1])()
                self.watched[f"A{l}"] = np.array(A.data)
        e = self.minus(A, Y)
        J = (e * e).sum() * self.wrap(0.5)
        J.backward()
        return float(np.asarray(J.data)), {f"d{n}": as_array(x.grad) for n, x in every.items()}


def as_array(grad: Any) -> Array:
    """Return a gradient's array, which may be one of the engine's own."""
    return np.array(getattr(grad, "data", grad) if not isinstance(grad, np.ndarray) else grad)


def numbers(x: Any, name: str) -> Array:
    """Return this attribute of each object of an array."""
    return np.vectorize(operator.attrgetter(name), otypes=[np.float64])(x)


def total(terms: Sequence[Any]) -> Any:
    """Return the sum, added by pairs: as deep as it has terms, a graph may be too deep."""
    if len(terms) <= 2:
        return reduce(operator.add, terms)
    half = len(terms) // 2
    return total(terms[:half]) + total(terms[half:])


def engine_networks(own: Mapping[str, Any], options: Sequence[Dims]) -> Iterator[Holder]:
    """Yield a network of each class of the file that is an engine.

    Args:
        own: the candidate's functions and classes, by name.
        options: sizes of networks.
    """
    for name, kind in own.items():
        if not isinstance(kind, type) or not callable(getattr(kind, "backward", None)):
            continue
        wrap = partial(made, kind)
        kinds = [n for n in KINDS if callable(getattr(kind, n, None))]
        number, array = attempted(wrap, 2.0), attempted(wrap, np.ones((2, 3)))
        if not hasattr(number, "grad") or not kinds:
            continue
        is_scalar = isinstance(number.data, float | int)
        if not is_scalar and np.shape(getattr(array, "data", 0.0)) != (2, 3):
            continue
        sizes = (*SIZES[: len(kinds)], *SIZES[-2:])[: len(kinds) + 2]
        dims = [*options[0]] if len(options) == 1 else [*sizes]
        each = [kinds[l % len(kinds)] for l in range(len(dims) - 2)]
        engine = (ScalarEngine if is_scalar else ArrayEngine)(wrap, each)
        yield Holder(
            name, held(dims, is_scalar), slots(dims, is_scalar), {"loss": engine.loss}, dims,
            is_made_up=True, used=(name,), hidden=",".join(each), watched=engine.watched,
            engine=True,
        )  # fmt: skip


def made(kind: type, x: Any) -> Any:
    """Make a number or an array of the engine, whose gradient is kept."""
    names = [q.name for q in parameters_of(kind) or ()]
    return kind(x, requires_grad=True) if "requires_grad" in names else kind(x)


def held(dims: Dims, is_scalar: bool) -> dict[str, Array]:
    """Return parameters of these sizes: (n, n_prev) for numbers, (n_prev, n) for arrays."""
    every: dict[str, Array] = {}
    for l, (n, n_prev) in enumerate(zip(dims[1:], dims, strict=False), start=1):
        every[f"W{l}"] = np.zeros((n, n_prev) if is_scalar else (n_prev, n))
        every[f"b{l}"] = np.zeros((n, 1) if is_scalar else (1, n))
    return every


def slots(dims: Dims, is_scalar: bool) -> Slots:
    """Return where they are."""
    shapes = {n: x.shape for n, x in held(dims, is_scalar).items()}
    return Slots({n: (n,) for n in shapes}, shapes, in_out=not is_scalar)
