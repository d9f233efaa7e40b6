"""Several layers that one function computes, such as conv_relu_pool_forward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

from parity_tests.adapters.interfaces.layout import TENSOR, role_of_parameter
from parity_tests.adapters.layer_functions.one_step import OneStep, OneStepProblem
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array, Flatten, Graph, Layer, NetworkSpec, SquaredError


@dataclass(frozen=True)
class Sandwich(OneStep):
    """Layers one after the other, between an input and a gradient of the last result.

    Attributes:
        after: the layers after the first one.
    """

    after: tuple[Layer, ...] = ()

    @property
    def layers(self) -> dict[str, Layer]:
        """Every layer by the name of its result: Z of a convolution, A of a ReLU."""
        return {layer.symbol: layer for layer in (self.layer, *self.after)}

    @property
    def output(self) -> str:
        """The name of the last result."""
        return [*self.layers][-1]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example's last result."""
        (given,) = self.inputs.values()
        shape = cast(tuple[int, ...], given)
        for layer in self.layers.values():
            shape = layer.output_shape(shape)
        return shape

    def spec(self, is_mean: bool) -> NetworkSpec:
        """Return the network: these steps, and what makes the last result an output.

        Args:
            is_mean: gradients of parameters are means over the examples; else sums.
        """
        graph = Graph(self.inputs)
        (name,) = self.inputs
        for own, layer in self.layers.items():
            graph.add(own, layer, name)
            name = own
        if len(self.shape) > 1:
            graph.add("flat", Flatten(), name)
        return replace(NetworkSpec.from_graph(graph, SquaredError()), per_example=is_mean)

    def problem(self, m: int, seed: int, p: Precision) -> SandwichProblem:
        """Return random arguments of the layers.

        Args:
            m: the number of examples.
            seed: of the random numbers.
            p: the candidate's arithmetic, of which all numbers are.
        """
        return SandwichProblem(**vars(super().problem(m, seed, p)))


@dataclass(frozen=True)
class SandwichProblem(OneStepProblem):
    """Random arguments of several layers."""

    step: Sandwich

    @property
    def of_layers(self) -> Iterator[tuple[str, str, tuple[int, ...]]]:
        """The step, the own name and the shape of each layer's parameters."""
        return (
            (step, own, shape)
            for step, layer in self.step.layers.items()
            for own, shape in layer.parameter_shapes().items()
        )

    @property
    def slots(self) -> dict[str, tuple[str, Array]]:
        """The role and the value of each argument, by its layer's own name: A_prev, W, gamma."""
        slots = {n: (TENSOR, x) for n, x in self.inputs.items()}
        for step, own, shape in self.of_layers:
            slots[own] = role_of_parameter(own, shape), self.params[f"{step}.{own}"]
        return slots

    @property
    def state(self) -> dict[str, Array]:
        """Nothing: running statistics are judged of a norm alone."""
        return {}

    def canonical(self, own: str) -> str:
        """Return the name that a result has in the network: dZ.W of dW."""
        steps = {f"d{n}": step for step, n, _ in self.of_layers}
        return f"d{steps[own]}.{own[1:]}" if own in steps else own
