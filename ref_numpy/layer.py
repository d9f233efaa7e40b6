"""The interface of a layer: a frozen description, and pure functions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ref_numpy.input_messages import input_error
from ref_numpy.registry import is_built_in, is_name, register

Array = np.ndarray
Cache = tuple[Any, ...]


class Layer:
    """Take parameters and A_prev, return a result and a cache; keep nothing, change nothing.

    A new kind of layer is one class:

        @dataclass(frozen=True)
        class Scale(Layer, kind="scale"):
            n: int
            symbol: ClassVar[str] = "Z"

            def parameter_shapes(self):
                return {"g": (self.n, 1)}

            def forward(self, params, A_prev):
                return params["g"] * A_prev, (params["g"], A_prev)

            def gradients(self, cache, dZ):
                _, A_prev = cache
                m = dZ.shape[-1]
                return {"g": (dZ * A_prev).sum(axis=1, keepdims=True) / m}

            def backward(self, params, cache, dZ):
                return params["g"] * dZ

    - its `kind` is its name in weights files; no other class has it;
    - its fields, the sizes and constants, are numbers and strings, which those files can hold;
    - `symbol`: the letters of its result. "Z" begins a new layer number, "A" is an activation, and
      within one number no two layers have the same;
    - `parameter_shapes()`: its parameters by name, without the layer number; none by default. Like
      a symbol, such a name is an identifier that does not end in a digit; no other tensor of that
      number has the name, so that beside a Dense it is neither W nor b;
    - `weights`: those among them that are drawn at random and that L2 regularisation shrinks; the
      others begin at zero;
    - `output_shape(shape)`: the shape of one example's result, from the shape of one example; the
      same by default. Raise InputError for a shape that the layer cannot take;
    - `forward(params, A_prev)`: the result, and the cache, a tuple for the other two methods;
    - `gradients(cache, dZ)`: of every parameter, in its shape; none by default;
    - `backward(params, cache, dZ)`: the gradient of A_prev, in its shape.

    The last axis of every array is the example, i = 1 … m, and every result has the dtype of
    A_prev. Gradients of activations are per example, without 1/m; gradients of parameters carry
    the 1/m of the cost. An activation that is element by element is shorter: a subclass of
    `ref_numpy.Elementwise` that defines g and g_prime.

    The network, `run`, `fit`, `predict` and weights files then know the kind. Types and shapes of
    results are checked, but not that the gradients are those of the cost: compare them with
    central differences, as parity_tests/tests/kinds/test_own_networks.py does. So that
    `parity_tests.check` can bound their rounding, the methods use +, −, *, /, @, **, comparisons,
    indices, `.T`, `.reshape`, `.sum`, `.mean`, `.max`, and the functions for which
    parity_tests/error_model has rules (error_array.py, array_functions.py). The twin in torch is
    given to `torch_impl.register`.

    Raises:
        InputError: at the definition, for a kind that is taken, or a method or symbol that is
            missing.
    """

    kinds: ClassVar[dict[str, type[Layer]]] = {}
    kind: ClassVar[str]
    symbol: ClassVar[str]
    weights: ClassVar[tuple[str, ...]] = ()
    built_in: ClassVar[bool]

    def __init_subclass__(cls, kind: str | None = None) -> None:
        cls.built_in = is_built_in(cls)
        kind = kind or vars(cls).get("kind")  # dataclass(slots=True) makes the class a second time
        if kind is not None:
            cls.kind = kind
            check_symbol(cls)
            register(Layer.kinds, "layer", kind, cls)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each parameter by the layer's own name: {"W": (n, n_prev), …}."""
        return {}

    def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one example's result, from the shape of one example."""
        return shape

    @abstractmethod
    def forward(self, params: Mapping[str, Array], A_prev: Array, /) -> tuple[Array, Cache]:
        """Return the result, and the cache for `gradients` and `backward`."""
        raise TypeError(f"{type(self).__name__} defines no forward")

    def gradients(self, cache: Cache, dZ: Array, /) -> dict[str, Array]:
        """Return (1/m) Σ_i ∂L(i)/∂θ for each parameter θ, from the gradient dZ of the result."""
        return {}

    @abstractmethod
    def backward(self, params: Mapping[str, Array], cache: Cache, dZ: Array, /) -> Array:
        """Return ∂L(i)/∂A_prev, from the gradient dZ of the result."""
        raise TypeError(f"{type(self).__name__} defines no backward")


def check_symbol(layer: type[Layer]) -> None:
    """Check that the class names its result.

    Raises:
        InputError: its `symbol` is missing, or is not a name.
    """
    symbol = getattr(layer, "symbol", None)
    if not is_name(symbol):
        raise input_error("layer.symbol", layer=layer.__name__, symbol=symbol)
