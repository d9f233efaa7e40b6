"""A step: a layer with the names of its input and output in the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ref_numpy import method_results
from ref_numpy.layer import Array, Cache, Layer
from ref_numpy.method_results import read_only

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Step:
    """`output` = layer(`input`), as Z1 = W1 A0 + b1; the shapes are those of one example.

    `forward`, `gradients` and `backward` are the layer's, and take its own parameters' names. They
    raise InputError where a user-defined layer returns something else than it should.

    Attributes:
        layer: the layer.
        number: l, which the names of its tensors end in.
        input: the canonical name of the input, such as "A0".
        output: the canonical name of the result, such as "Z1".
        shape: of one example's result.
        input_shape: of one example's input.
    """

    layer: Layer
    number: int
    input: str
    output: str
    shape: Shape
    input_shape: Shape

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Canonical name of each parameter by the layer's own: {"W": "W1", "b": "b1"}."""
        return {name: f"{name}{self.number}" for name in self.layer.parameter_shapes()}

    def select(self, params: Mapping[str, Array]) -> dict[str, Array]:
        """Return this layer's own parameters: {"W": params["W1"], "b": params["b1"]}."""
        if not self.parameters:  # as an activation: a third of a microsecond less
            return {}
        return {name: params[full] for name, full in self.parameters.items()}

    def forward(self, params: Mapping[str, Array], A_prev: Array) -> tuple[Array, Cache]:
        """Return the result, (*shape, m), and the cache for the other two."""
        layer = self.layer
        if layer.built_in:
            return layer.forward(params, A_prev)
        result = layer.forward({n: read_only(p) for n, p in params.items()}, read_only(A_prev))
        shape = (*self.shape, A_prev.shape[-1])
        return method_results.check_forward(layer, result, shape, A_prev)

    def gradients(self, cache: Cache, dZ: Array) -> dict[str, Array]:
        """Return ∂J/∂θ without λ, for each of the layer's own parameters θ."""
        layer = self.layer
        if layer.built_in:
            return layer.gradients(cache, dZ)
        result = layer.gradients(cache, read_only(dZ))
        return method_results.check_gradients(layer, result, layer.parameter_shapes(), dZ)

    def backward(self, params: Mapping[str, Array], cache: Cache, dZ: Array) -> Array:
        """Return ∂L(i)/∂A_prev, (*input_shape, m)."""
        layer = self.layer
        if layer.built_in:
            return layer.backward(params, cache, dZ)
        result = layer.backward({n: read_only(p) for n, p in params.items()}, cache, read_only(dZ))
        method, shape = f"{type(layer).__name__}.backward", (*self.input_shape, dZ.shape[-1])
        return method_results.check_array(method, "a gradient", result, shape, dZ)
