"""A kind of layer or loss as a network of one step, on random numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.layout import (
    BIAS,
    OTHER,
    TENSOR,
    WEIGHTS,
    role_of_parameter,
)
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.random_problem import mapped_floats, random_problem
from ref_numpy import (
    Array,
    Context,
    Elementwise,
    Flatten,
    Graph,
    Layer,
    NetworkSpec,
    SquaredError,
    WholeNumbers,
)
from ref_numpy.arrays.axes import batch_shape
from ref_numpy.graphs.graph import Input
from ref_numpy.inputs import named_inputs


@dataclass(frozen=True)
class OneStep:
    """One layer between its inputs and a gradient of its result.

    Attributes:
        layer: with its sizes and constants.
        inputs: the shape of one example of each input, by name.
    """

    layer: Layer
    inputs: Mapping[str, Input]

    @property
    def output(self) -> str:
        """The name of the result: A of an activation, Z of another layer."""
        return "A" if self.layer.symbol == "A" else "Z"

    @property
    def float_inputs(self) -> tuple[str, ...]:
        """The names of the inputs that have gradients."""
        return tuple(n for n, x in self.inputs.items() if not isinstance(x, WholeNumbers))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example's result."""
        return self.layer.output_shape(*self.inputs.values())

    def spec(self, is_mean: bool) -> NetworkSpec:
        """Return the network: this step, and what makes its result an output.

        Args:
            is_mean: gradients of parameters are means over the examples; else sums.
        """
        graph = Graph(self.inputs)
        graph.add(self.output, self.layer, *self.inputs)
        if len(self.shape) > 1:
            graph.add("flat", Flatten(), self.output)
        return replace(NetworkSpec.from_graph(graph, SquaredError()), per_example=is_mean)

    def problem(self, m: int, seed: int, p: Precision) -> OneStepProblem:
        """Return random arguments of the step.

        Args:
            m: the number of examples.
            seed: of the random numbers.
            p: the candidate's arithmetic, of which all numbers are.
        """
        spec = self.spec(is_mean=False)
        params, X, Y = random_problem(spec, m, seed)
        X = mapped_floats(X, p.round)
        params = {n: p.round(a) for n, a in params.items()}
        inputs = {n: np.array(x) for n, x in named_inputs(spec, X).items()}
        if isinstance(self.layer, Elementwise):
            inputs["Z"].flat[m + 2] = 0  # where ReLU has its kink
        rng = np.random.default_rng([seed, m])
        d = p.round(rng.standard_normal(batch_shape(self.shape, m)))
        return OneStepProblem(self, params, inputs, p.round(Y), d)


@dataclass(frozen=True)
class OneStepProblem:
    """Random arguments of a step.

    Attributes:
        step: the step.
        params: its parameters and state, by canonical name.
        inputs: by name.
        Y: labels of the network around the step, which nothing depends on.
        d: the gradient of the result.
    """

    step: OneStep
    params: dict[str, Array]
    inputs: dict[str, Array]
    Y: Array
    d: Array

    @property
    def m(self) -> int:
        """The number of examples."""
        return self.d.shape[1]

    @property
    def X(self) -> Any:
        """The input, or each by name."""
        return self.inputs if len(self.inputs) > 1 else next(iter(self.inputs.values()))

    @property
    def slots(self) -> dict[str, tuple[str, Array]]:
        """The role and the value of each argument, by the layer's own name: A_prev, W, b."""
        step = self.step
        slots = {
            n: (TENSOR if n in step.float_inputs else OTHER, x) for n, x in self.inputs.items()
        }
        for own, shape in step.layer.parameter_shapes().items():
            slots[own] = role_of_parameter(own, shape), self.params[f"{step.output}.{own}"]
        return slots

    @property
    def state(self) -> dict[str, Array]:
        """The state by the layer's own names."""
        shapes = self.step.layer.state_shapes()
        return {own: self.params[f"{self.step.output}.{own}"] for own in shapes}

    @property
    def gradients(self) -> dict[str, tuple[str, Array]]:
        """The role of each gradient, and an array of its shape, by its own name: dA_prev, dW."""
        return {
            f"d{n}": (role, x)
            for n, (role, x) in self.slots.items()
            if n in self.step.float_inputs or n not in self.inputs
        }

    @property
    def context(self) -> Context | None:
        """The context of a run that trains, of a layer for which that matters."""
        spec = self.step.spec(is_mean=False)
        return spec.context(self.m, training=True) if spec.acts_in_training else None

    def canonical(self, own: str) -> str:
        """Return the name that a result has in the network: dZ.W of dW."""
        is_parameter = own[1:] in self.step.layer.parameter_shapes() and own[:1] == "d"
        return f"d{self.step.output}.{own[1:]}" if is_parameter else own


def roles_of(problem: OneStepProblem) -> dict[str, bool]:
    """Return which parts of a layout a candidate of this kind shows, as `Layout.only` takes it."""
    roles = [role for role, _ in problem.slots.values()] + [TENSOR]
    tensors = [x for role, x in problem.slots.values() if role == TENSOR] + [problem.d]
    return {
        "tensors": TENSOR in roles,
        "weights": WEIGHTS in roles,
        "biases": BIAS in roles,
        "positions": any(x.ndim > 2 for x in tensors),
    }
