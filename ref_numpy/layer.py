"""The interface of a layer: a frozen description, and pure functions."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ref_numpy.input_messages import input_error
from ref_numpy.registry import is_built_in, is_name, register

Array = np.ndarray


class Layer:
    """Take parameters and tensors, return a result; keep nothing, change nothing.

    A new kind of layer is one class:

        @dataclass(frozen=True)
        class Scale(Layer, kind="scale"):
            n: int
            symbol: ClassVar[str] = "Z"

            def parameter_shapes(self):
                return {"g": (self.n, 1)}

            def forward(self, params, context, A_prev):
                return params["g"] * A_prev, None

            def backward(self, params, cache, dZ):
                (A_prev,) = cache.inputs
                dg = (dZ * A_prev).sum(axis=1, keepdims=True) / cache.context.scale
                return params["g"] * dZ, {"g": dg}

    - its `kind` is its name in weights files; no other class has it;
    - its fields, the sizes and constants, are numbers and strings, which those files can hold;
    - `symbol`: the letters of its result in a chain of layers. "Z" begins a new layer number, "A"
      is an activation, and within one number no two layers have the same. In a graph each step is
      named;
    - `parameter_shapes()`: its parameters by name, without the layer number; none by default. Like
      a symbol, such a name is an identifier that does not end in a digit; no other tensor of that
      number has the name, so that beside a Dense it is neither W nor b;
    - `weights`: those among them that are drawn at random and that L2 regularisation shrinks; the
      others begin at zero, or at the number that `initial` has by their names;
    - `state_shapes()`: what it remembers from one update to the next, such as running statistics,
      by name; none by default. `params` has it beside the parameters, and it has no gradient. It
      begins at zero, or at the number that `initial` has by its name;
    - `next_state(params, cache)`: the same after a forward pass in training, a dictionary; a
      network that does not train leaves the state as it is, and then does not ask;
    - `later_fields`: those of its fields that files leave out where they have their default;
    - `output_shape(*shapes)`: the shape of one example's result, from the shape of one example of
      each input; that of the first by default. Raise InputError for shapes that the layer cannot
      take. A layer with several results returns a list of shapes;
    - `forward(params, context, *inputs)`: the result, or a tuple of several; and what else
      `backward` needs, such as a mask, or None;
    - `backward(params, cache, *d_results)`: the gradient of the input, or a tuple of one for each;
      and that of each parameter, a dictionary. `cache` has `inputs`, `outputs`, `kept`, what
      forward kept, and `context`.

    - `couples_examples`: whether in training an example's result depends on the other examples, as
      in batch normalisation;
    - `n_inputs`: how many tensors it takes, 1 by default; None for any number;
    - `takes_whole_numbers`: which of its inputs, from 0 on, are whole numbers, such as tokens;
    - `is_random`: whether it draws random numbers; `context.step` is then its step's name;
    - `fan_in(name)`: of a weight, the number of inputs that one unit sums, by which it is scaled;
    - `ends_networks`: whether a loss that reads the logits may take it in; True by default.

    Axis 0 is the feature, axis 1 the example, i = 1 … m, further axes are positions, and every
    result has the dtype of its inputs. Gradients of activations are of `context.scale` · J, and
    those of parameters of J: in the course's networks `scale` is m, so that dZ has no 1/m and dW
    has. An activation that is element by element is shorter: a subclass of `ref_numpy.Elementwise`
    that defines g and g_prime.

    The network, `run`, `fit`, `predict` and weights files then know the kind. Types and shapes of
    results are checked, but not that the gradients are those of the cost: compare them with
    central differences, as parity_tests/tests/kinds/test_own_networks.py does. So that
    `parity_tests.check` can bound their rounding, the methods use +, −, *, /, @, **, comparisons,
    indices, `.T`, `.reshape`, `.sum`, `.mean`, `.max`, and the functions for which
    parity_tests/error_model has rules (error_array.py, array_functions.py). The twin in torch is
    given to `torch_impl.register`.

    Raises:
        InputError: at the definition, for a kind that is taken, a method or symbol that is
            missing, or the method `gradients` that layers had up to version 0.3.
    """

    kinds: ClassVar[dict[str, type[Layer]]] = {}
    kind: ClassVar[str]
    symbol: ClassVar[str]
    weights: ClassVar[tuple[str, ...]] = ()
    initial: ClassVar[Mapping[str, float]] = {}
    later_fields: ClassVar[tuple[str, ...]] = ()  # which an earlier version does not know
    n_inputs: ClassVar[int | None] = 1  # None: as many as it is given
    takes_whole_numbers: ClassVar[tuple[int, ...]] = ()  # which of its inputs are whole numbers
    is_random: ClassVar[bool] = False  # whether it reads its step's name in the context
    couples_examples: ClassVar[bool] = False  # whether examples depend on each other in training
    built_in: ClassVar[bool]

    def __init_subclass__(cls, kind: str | None = None) -> None:
        cls.built_in = is_built_in(cls)
        kind = kind or vars(cls).get("kind")  # dataclass(slots=True) makes the class a second time
        if kind is not None:
            cls.kind = kind
            check_symbol(cls)
            check_interface(cls)
            register(Layer.kinds, "layer", kind, cls)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each parameter by the layer's own name: {"W": (n, n_prev), …}."""
        return {}

    def state_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each tensor of its state by the layer's own name."""
        return {}

    def next_state(self, *given: Any, **_: Any) -> dict[str, Array]:
        """Return the state after a forward pass in training: {"mean": …, "variance": …}.

        Args:
            given: params, which has the state before, by the layer's own names; and the cache of
                the forward pass.
            _: nothing.
        """
        raise TypeError(f"{type(self).__name__} defines no next_state")

    def fan_in(self, own: str) -> int:
        """Return how many inputs a unit sums by its own parameter: n_prev of W (n, n_prev)."""
        return math.prod(self.parameter_shapes()[own][1:])

    @property
    def ends_networks(self) -> bool:
        """Whether a loss that reads Z[L] may be one step with it, where the kind is the loss's."""
        return True

    def output_shape(self, *shapes: Any, **_: Any) -> Any:
        """Return the shape of one example's result, from the shapes of one example's inputs."""
        return shapes[0]

    @abstractmethod
    def forward(self, *given: Any, **_: Any) -> tuple[Any, Any]:
        """Return the result, or a tuple of several, and what else `backward` needs.

        Args:
            given: params, the layer's parameters by its own names; context, a Context; and each
                input.
            _: nothing; a layer may take as many inputs as it names, which types cannot say.
        """
        raise TypeError(f"{type(self).__name__} defines no forward")

    @abstractmethod
    def backward(self, *given: Any, **_: Any) -> tuple[Any, dict[str, Array]]:
        """Return the gradient of each input, and of each parameter, from those of the results.

        Args:
            given: params, by the layer's own names; cache, a Cache; and the gradient of each
                result.
            _: nothing.
        """
        raise TypeError(f"{type(self).__name__} defines no backward")


def check_symbol(layer: type[Layer]) -> None:
    """Check that the class names its result.

    Raises:
        InputError: its `symbol` is missing, or is not a name.
    """
    symbol = getattr(layer, "symbol", None)
    if not is_name(symbol):
        raise input_error("layer.symbol", layer=layer.__name__, symbol=symbol)


def check_interface(layer: type[Layer]) -> None:
    """Check that the class has the methods of today.

    Raises:
        InputError: it defines `gradients`, which `backward` returns since version 0.4.
    """
    if hasattr(layer, "gradients"):
        raise input_error("layer.old-interface", layer=layer.__name__)
