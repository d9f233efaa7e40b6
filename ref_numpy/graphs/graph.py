"""The builder of a graph: steps one after the other, each with names for what it takes and gives.

graph = Graph({"x": (5,)})
graph.add("h", Dense(5, 7), "x")
graph.add("a", Gelu(), "h")
graph.add("r", Add(), "h", "a")                          # a residual: h is used twice
graph.add("y", Dense(7, 7), "r", share={"W": "h2.W"})    # h2's W, used here too
spec = NetworkSpec.from_graph(graph, loss="squared_error")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from ref_numpy.descriptions import check_description, check_shapes, is_shape
from ref_numpy.graphs.step import Shape, Step
from ref_numpy.graphs.tensor_names import check_tensor_name
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Layer


@dataclass(frozen=True)
class WholeNumbers:
    """An input of whole numbers from 0 to n − 1, such as tokens: (m, *shape).

    Args:
        n: how many different numbers.
        shape: of one example, () for one number.

    Raises:
        InputError: n is below 1.
    """

    n: int
    shape: Shape = ()

    def __post_init__(self) -> None:
        if type(self.n) is not int or self.n < 1:
            raise input_error("whole-numbers.n", n=self.n)


Input = Shape | WholeNumbers


@dataclass
class Graph:
    """Steps in the order in which they are computed.

    Args:
        inputs: the shape of one example of each input by name, (n,) or (n, T, …), or WholeNumbers.

    Raises:
        InputError: there is no input, or a name or a shape is none.
    """

    inputs: Mapping[str, Input]
    steps: list[Step] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.inputs, Mapping) or not self.inputs:
            raise input_error("graph.no-inputs")
        self.shapes: dict[str, Any] = {}
        for name, shape in self.inputs.items():
            check_tensor_name(name)
            positions = shape.shape if isinstance(shape, WholeNumbers) else shape
            if not is_shape(positions) or (shape == ()):
                raise input_error("graph.input-shape", name=name, shape=shape)
            self.shapes[name] = shape

    def add(
        self,
        name: str | Sequence[str],
        layer: Layer,
        *inputs: str,
        share: Mapping[str, str] | None = None,
    ) -> str:
        """Add one step, and return its name.

        Args:
            name: of its result, or of each of several.
            layer: the layer.
            inputs: the names of what it takes, results of earlier steps or inputs of the graph.
            share: parameters of earlier steps that this one uses too, by the layer's own names,
                {"W": "embedding.E"}; its others are named `name.W`, ….

        Raises:
            InputError: a name is taken or unknown, or the shapes do not fit.
        """
        check_description(layer, Layer, "Tanh()")
        several = isinstance(name, list | tuple) and len(name) > 0
        outputs: tuple[str, ...] = tuple(name) if several else (cast(str, name),)
        for output in outputs:
            check_tensor_name(output)
            if output in self.shapes or outputs.count(output) > 1:
                raise input_error("graph.name-taken", name=output)
        if share is not None and not isinstance(share, Mapping):
            raise input_error("graph.share", step=outputs[0], share=share)
        for given in inputs:
            if not isinstance(given, str) or given not in self.shapes:
                raise input_error(
                    "graph.unknown-tensor", step=outputs[0], name=given, known=list(self.shapes)
                )
        if not inputs:
            raise input_error("graph.step-without-input", step=outputs[0])
        step = make_step(
            layer, len(self.steps) + 1, inputs, outputs, [self.shapes[n] for n in inputs],
            self.parameters_of(layer, outputs[0], share or {}),
            {own: f"{outputs[0]}.{own}" for own in layer.state_shapes()},
        )  # fmt: skip
        self.shapes |= zip(outputs, step.output_shapes, strict=True)
        self.steps.append(step)
        return outputs[0]

    def check_uses(self) -> None:
        """Check that each input is used, and of each step but the last a result.

        Raises:
            InputError: one is used nowhere, so that it would have no gradient.
        """
        used = {name for step in self.steps for name in step.inputs}
        unused = [name for name in self.inputs if name not in used]
        unused += [step.output for step in self.steps[:-1] if used.isdisjoint(step.outputs)]
        if unused:
            raise input_error("graph.unused", names=unused)

    def parameters_of(self, layer: Layer, name: str, share: Mapping[str, str]) -> dict[str, str]:
        """Return the canonical name of each of a new step's parameters by the layer's own.

        Raises:
            InputError: a shared parameter is unknown, or of another shape.
        """
        shapes = layer.parameter_shapes()
        known = {
            full: step.layer.parameter_shapes()[own]
            for step in self.steps
            for own, full in step.parameters.items()
        }
        for own, full in share.items():
            if own not in shapes:
                raise input_error(
                    "graph.no-such-parameter", name=name, parameter=own, own=list(shapes)
                )
            if not isinstance(full, str) or full not in known:
                raise input_error("graph.unknown-parameter", name=full, known=list(known))
            if known[full] != shapes[own]:
                raise input_error(
                    "graph.shared-shape",
                    name=full,
                    shape=known[full],
                    own=own,
                    expected=shapes[own],
                )
        return {own: share.get(own, f"{name}.{own}") for own in shapes}


def make_step(
    layer: Layer,
    number: int,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    shapes: Sequence[Input],
    parameters: Mapping[str, str],
    state: Mapping[str, str],
) -> Step:
    """Return the step, with the shapes of its results.

    Raises:
        InputError: the layer cannot take inputs of these shapes, or has another number of results.
    """
    for i, (name, shape) in enumerate(zip(inputs, shapes, strict=True)):
        if isinstance(shape, WholeNumbers) != (i in layer.takes_whole_numbers):
            raise input_error("graph.whole-numbers", layer=type(layer).__name__, name=name)
    if layer.n_inputs is not None and len(inputs) != layer.n_inputs:
        raise input_error(
            "graph.number-of-inputs", layer=type(layer).__name__, n=layer.n_inputs, names=inputs
        )
    result = layer.output_shape(*shapes)
    results = tuple(result) if isinstance(result, list) else (result,)
    if not layer.built_in:
        check_shapes(layer, results)
    if len(results) != len(outputs):
        raise input_error(
            "graph.number-of-results", layer=type(layer).__name__, n=len(results), names=outputs
        )
    return Step(layer, number, inputs, outputs, tuple(shapes), results, parameters, state)
