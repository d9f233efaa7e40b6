"""Graphs with what chains lack: fan-out, sharing, several inputs and results, positions, tokens.

Their kinds are known only where a test asks for them, as those of `sample_kinds`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

import torch_impl
from ref_numpy import Array, Dense, Identity, Layer, NetworkSpec, Sigmoid, Softmax, Tanh
from ref_numpy.context import Cache, Context
from ref_numpy.graphs.graph import Graph, WholeNumbers

BEFORE = dict(Layer.kinds)


@dataclass(frozen=True)
class Plus(Layer, kind="plus"):
    """A = Σ of the inputs."""

    symbol: ClassVar[str] = "A"
    n_inputs: ClassVar[int | None] = None

    def forward(self, params: Any, context: Context, *inputs: Array) -> tuple[Array, None]:
        return sum(inputs[1:], inputs[0]), None

    def backward(self, params: Any, cache: Cache, dA: Array) -> tuple[Any, dict[str, Array]]:
        return (dA,) * len(cache.inputs), {}


@dataclass(frozen=True)
class SumAndProduct(Layer, kind="sum_and_product"):
    """s = a + b        p = a ∗ b"""

    symbol: ClassVar[str] = "S"
    n_inputs: ClassVar[int | None] = 2

    def output_shape(self, *shapes: tuple[int, ...]) -> list[tuple[int, ...]]:
        return [*shapes]

    def forward(self, params: Any, context: Context, a: Array, b: Array) -> tuple[Any, None]:
        return (a + b, a * b), None

    def backward(
        self, params: Any, cache: Cache, ds: Array, dp: Array
    ) -> tuple[Any, dict[str, Array]]:
        a, b = cache.inputs
        return (ds + dp * b, ds + dp * a), {}


@dataclass(frozen=True)
class Lookup(Layer, kind="lookup"):
    """A = E[:, t] + P        E: (n, V)   t: (m,)"""

    n: int
    V: int
    symbol: ClassVar[str] = "A"
    weights: ClassVar[tuple[str, ...]] = ("E",)
    n_inputs: ClassVar[int | None] = 2
    takes_whole_numbers: ClassVar[tuple[int, ...]] = (0,)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"E": (self.n, self.V)}

    def output_shape(self, t: Any, P: tuple[int, ...]) -> tuple[int, ...]:
        return P

    def forward(
        self, params: Mapping[str, Array], context: Context, t: Array, P: Array
    ) -> tuple[Array, Array]:
        one_hot = np.equal.outer(np.arange(self.V), t)
        return params["E"] @ one_hot + P, one_hot

    def backward(self, params: Any, cache: Cache, dA: Array) -> tuple[Any, dict[str, Array]]:
        return (None, dA), {"E": dA @ cache.kept.T / cache.context.scale}


@dataclass(frozen=True)
class SumOfPositions(Layer, kind="sum_of_positions"):
    """a = Σ_t A_t        A: (n, m, T)   a: (n, m)"""

    symbol: ClassVar[str] = "A"

    def output_shape(self, A: tuple[int, ...]) -> tuple[int, ...]:
        return (A[0],)

    def forward(self, params: Any, context: Context, A: Array) -> tuple[Array, None]:
        return A.sum(axis=2), None

    def backward(self, params: Any, cache: Cache, da: Array) -> tuple[Any, dict[str, Array]]:
        return da[:, :, np.newaxis] + np.zeros_like(cache.inputs[0]), {}


@dataclass(frozen=True)
class Mask(Layer, kind="mask"):
    """A = A_prev ∗ D in training        D: 0 or 2, by seed, update, step and example"""

    symbol: ClassVar[str] = "D"
    is_random: ClassVar[bool] = True

    def forward(self, params: Any, context: Context, A_prev: Array) -> tuple[Array, Any]:
        if not context.training:
            return A_prev + 0, None
        D = self.drawn(context, A_prev.shape).astype(A_prev.dtype)
        return A_prev * D, D

    def backward(self, params: Any, cache: Cache, dA: Array) -> tuple[Any, dict[str, Array]]:
        return (dA if cache.kept is None else dA * cache.kept), {}

    def drawn(self, context: Context, shape: tuple[int, ...]) -> Array:
        numbers = range(shape[1]) if context.examples is None else context.examples
        step = sum(context.step.encode())
        each = [np.random.default_rng([context.seed, context.update, step, int(i)])
                for i in numbers]  # fmt: skip
        return np.stack([2 * rng.integers(0, 2, shape[0]) for rng in each], axis=1)


class MaskModule(nn.Module):
    def __init__(self, layer: Mask) -> None:
        super().__init__()
        self.layer, self.D = layer, torch.zeros(())

    def take_context(self, context: Context, shape: tuple[int, ...]) -> None:
        if context.training:
            self.D = torch.from_numpy(self.layer.drawn(context, shape).T.copy())

    def forward(self, x: Tensor) -> Tensor:
        return x * self.D.to(x) if self.training else x


class PlusModule(nn.Module):
    def forward(self, first: Tensor, *others: Tensor) -> Tensor:
        return sum(others, first)


class SumAndProductModule(nn.Module):
    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        return a + b, a * b


class LookupModule(nn.Module):
    """By a product: the gradient of torch's own lookup stores every partial sum as a half."""

    def __init__(self, n: int, V: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, n)

    def forward(self, t: Tensor, P: Tensor) -> Tensor:
        E = self.embedding.weight
        return nn.functional.one_hot(t, len(E)).to(E.dtype) @ E + P


class SumOfPositionsModule(nn.Module):
    def forward(self, A: Tensor) -> Tensor:
        return A.sum(dim=1)


ADDED = {kind: Layer.kinds.pop(kind) for kind in [*Layer.kinds] if kind not in BEFORE}


@contextmanager
def known() -> Iterator[None]:
    """Within it, Layer.kinds has them, and torch_impl their twins."""
    from torch_impl import own_twins

    tables: list[dict[str, Any]] = [own_twins.LAYERS, own_twins.TRANSPOSED]
    before, kinds = [dict(table) for table in tables], Layer.kinds
    Layer.kinds = kinds | ADDED
    try:
        torch_impl.register(Plus, lambda layer: PlusModule())
        torch_impl.register(SumAndProduct, lambda layer: SumAndProductModule())
        torch_impl.register(Lookup, lambda o: LookupModule(o.n, o.V), transposed=("E",))
        torch_impl.register(SumOfPositions, lambda layer: SumOfPositionsModule())
        torch_impl.register(Mask, lambda layer: MaskModule(layer))
        yield
    finally:
        Layer.kinds = kinds
        for table, old in zip(tables, before, strict=True):
            table.clear()
            table.update(old)


def graph_of_everything() -> Graph:
    """Every step is linear or a product, so that whole numbers stay whole numbers."""
    graph = Graph({"x": (3,), "t": WholeNumbers(5), "s": (4, 2)})
    graph.add("h.0", Dense(3, 4), "x")
    graph.add("h.1.values", Lookup(4, 5), "t", "h.0")
    graph.add("h.2", Dense(4, 4), "h.1.values")
    graph.add("values", Dense(4, 4), "h.2", share={"W": "h.2.W"})
    graph.add(("both.sum", "both.product"), SumAndProduct(), "values", "h.0")
    graph.add("s.sum", SumOfPositions(), "s")
    graph.add("r", Plus(), "both.product", "h.2", "s.sum", "h.2")
    graph.add("again", Lookup(4, 5), "t", "r", share={"E": "h.1.values.E"})
    graph.add("out", Dense(4, 2), "again")
    graph.add("y", Identity(), "out")
    return graph


def whole_problem(
    spec: NetworkSpec, m: int, seed: int, dtype: Any = np.float64
) -> tuple[dict[str, Array], dict[str, Array], Array]:
    """(params, inputs by name, Y) of small whole numbers."""
    rng = np.random.default_rng(seed)

    def numbers(shape: tuple[int, ...]) -> Array:
        return rng.integers(-3, 4, shape).astype(dtype)

    shapes = spec.trace_shapes(m)
    params = {name: numbers(shape) for name, shape in spec.parameter_shapes.items()}
    X = {
        name: rng.integers(0, shape.n, shapes[name])
        if isinstance(shape, WholeNumbers)
        else numbers(shapes[name])
        for name, shape in spec.inputs.items()
    }
    return params, X, numbers((*spec.output_shape, m))


def random_graph(seed: int) -> NetworkSpec:
    """A graph of 8 random steps on tensors of 4 units, which may each be used several times."""
    rng = np.random.default_rng(seed)
    graph = Graph({"x": (4,), "v": (4,), "t": WholeNumbers(3)})
    graph.add("first", Plus(), "x", "v")
    tensors, weights = ["x", "v", "first"], []
    for k in range(8):
        a, b = map(str, rng.choice(tensors[-4:], 2, replace=False))
        name, kind = f"s.{k}", rng.integers(5)
        if kind == 0:
            graph.add(name, Plus(), a, b)
        elif kind == 1:
            graph.add((name, f"{name}.p"), SumAndProduct(), a, b)
            tensors.append(f"{name}.p")
        elif kind == 2:
            graph.add(name, Tanh(), a)
        else:
            shared = {"W": str(rng.choice(weights))} if weights and kind == 3 else None
            graph.add(name, Dense(4, 4), a, share=shared)
            weights.append(f"{name}.W") if shared is None else None
        tensors.append(name)
    used = {name for step in graph.steps for name in step.inputs}
    unused = [step.output for step in graph.steps if used.isdisjoint(step.outputs)]
    graph.add("joined", Plus(), *unused, "s.7")
    graph.add("found", Lookup(4, 3), "t", "joined")
    graph.add("out", Dense(4, 3), "found")
    graph.add("y", (Softmax(), Sigmoid(), Identity())[seed % 3], "out")
    return NetworkSpec.from_graph(graph, lambd=(0.0, 0.3)[seed % 2])


def random_graph_problem(
    spec: NetworkSpec, m: int, seed: int, dtype: Any
) -> tuple[dict[str, Array], dict[str, Array], Array]:
    """(params, inputs by name, Y) of N(0, 1), but weights of N(0, 1/4), and labels of the loss."""
    from parity_tests.kinds.random_problem import random_labels

    rng = np.random.default_rng(seed)
    shapes = spec.trace_shapes(m)
    params = {
        name: (rng.standard_normal(shape) / (2 if name in spec.weights else 1)).astype(dtype)
        for name, shape in spec.parameter_shapes.items()
    }
    X = {
        name: rng.integers(0, shape.n, shapes[name])
        if isinstance(shape, WholeNumbers)
        else rng.standard_normal(shapes[name]).astype(dtype)
        for name, shape in spec.inputs.items()
    }
    return params, X, np.asarray(random_labels(spec, m, rng)).astype(dtype)


def batches(X: Mapping[str, Array]) -> dict[str, Tensor]:
    """The inputs as a user of torch writes them by hand: examples first, features last."""
    order = {1: (0,), 2: (1, 0), 3: (1, 2, 0)}
    return {name: torch.from_numpy(x.transpose(order[x.ndim]).copy()) for name, x in X.items()}
