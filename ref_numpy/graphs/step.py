"""A step: a layer with the names of what it takes and gives in the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ref_numpy import method_results
from ref_numpy.context import Cache, Context
from ref_numpy.layer import Array, Layer
from ref_numpy.method_results import read_only

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Step:
    """`outputs` = layer(`inputs`), as Z1 = W1 A0 + b1; the shapes are those of one example.

    `forward` and `backward` are the layer's, and take its own parameters' names. They raise
    InputError where a user-defined layer returns something else than it should.

    Attributes:
        layer: the layer.
        number: l, which the names of its tensors end in; in a graph, its place among the steps.
        inputs: the canonical names of what it takes, such as ("A0",).
        outputs: the canonical names of its results, such as ("Z1",).
        input_shapes: of one example's inputs; WholeNumbers of one that holds such.
        output_shapes: of one example's results.
        parameters: the canonical name of each parameter by the layer's own: {"W": "W1", "b": "b1"}.
            Two steps may share one.
        state: the canonical name of each tensor of its state by the layer's own: {"mean":
            "norm.mean", …}. Each step has its own.
    """

    layer: Layer
    number: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    input_shapes: tuple[Any, ...]
    output_shapes: tuple[Shape, ...]
    parameters: Mapping[str, str] = field(default_factory=dict, hash=False)
    state: Mapping[str, str] = field(default_factory=dict, hash=False)

    @cached_property
    def input(self) -> str:
        """The name of the first input, of most steps the only one."""
        return self.inputs[0]

    @cached_property
    def output(self) -> str:
        """The name of the first result, of most steps the only one, which the step is named by."""
        return self.outputs[0]

    @property
    def shape(self) -> Shape:
        """The shape of one example's first result."""
        return self.output_shapes[0]

    @cached_property
    def given(self) -> Mapping[str, str]:
        """The canonical name of each parameter, and of each tensor of the state."""
        return {**self.parameters, **self.state} if self.state else self.parameters

    def select(self, params: Mapping[str, Array]) -> dict[str, Array]:
        """Return this layer's own parameters and state: {"W": params["W1"], "b": params["b1"]}."""
        if not self.given:  # as an activation: a third of a microsecond less
            return {}
        return {name: params[full] for name, full in self.given.items()}

    def forward(self, params: Mapping[str, Array], context: Context, *inputs: Array) -> Cache:
        """Return the results, as `outputs` of the cache for `backward`."""
        layer = self.layer
        if self.is_plain:
            result, kept = layer.forward(params, context, *inputs)
        else:
            context = context._replace(step=self.output)
            given = {name: read_only(p) for name, p in params.items()}
            returned = layer.forward(given, context, *map(read_only, inputs))
            result, kept = method_results.check_forward(layer, self.output_shapes, returned, inputs)
        return Cache(inputs, result if type(result) is tuple else (result,), kept, context)

    @cached_property
    def is_unary(self) -> bool:
        """Whether it is plain, and has one input and one result."""
        return self.is_plain and len(self.inputs) == len(self.outputs) == 1

    @cached_property
    def is_plain(self) -> bool:
        """Whether the layer is one of this package, and draws no random numbers."""
        return self.layer.built_in and not self.layer.is_random

    def backward(
        self, params: Mapping[str, Array], cache: Cache, *d_outputs: Array
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        """Return the gradient of each input, and ∂J/∂θ without λ of each of the layer's own θ."""
        layer = self.layer
        if self.is_plain:
            d_inputs, gradients = layer.backward(params, cache, *d_outputs)
        else:
            given = {name: read_only(p) for name, p in params.items()}
            returned = layer.backward(given, cache, *map(read_only, d_outputs))
            d_inputs, gradients = method_results.check_backward(layer, self.inputs, returned, cache)
        return d_inputs if type(d_inputs) is tuple else (d_inputs,), gradients

    def next_state(self, params: Mapping[str, Array], cache: Cache) -> dict[str, Array]:
        """Return the state after a forward pass, by the layer's own names.

        Without training it is that before the pass.

        Args:
            params: the layer's own parameters and state, as they were in the pass.
            cache: of the pass.

        Raises:
            InputError: a user-defined layer returns something else.
        """
        if not cache.context.training:
            return {own: params[own] for own in self.state}
        if self.layer.built_in:
            return self.layer.next_state(params, cache)
        returned = self.layer.next_state({n: read_only(p) for n, p in params.items()}, cache)
        return method_results.check_next_state(self.layer, returned, cache)


def next_name(state: str) -> str:
    """Return the name of a tensor of the state after a run: "norm.mean" → "norm.mean.next"."""
    return f"{state}.next"
