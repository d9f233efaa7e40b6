"""The description of a network: its steps, its loss, and the name and shape of every tensor."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ref_numpy.arrays.axes import batch_shape
from ref_numpy.context import Context
from ref_numpy.descriptions import check_description
from ref_numpy.errors import InputError, cause_of
from ref_numpy.graphs import network_json
from ref_numpy.graphs.chain import chain_of, layers_of_sizes
from ref_numpy.graphs.chosen_loss import chosen_loss
from ref_numpy.graphs.graph import Graph, Input, WholeNumbers
from ref_numpy.graphs.step import Shape, Step, next_name
from ref_numpy.graphs.summary_line import chain_in_words, graph_in_words
from ref_numpy.graphs.tensor_names import check_names
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Layer
from ref_numpy.loss import Loss

# What text of something else raises when it is read as a description.
UNREADABLE = (
    AttributeError, LookupError, TypeError, ValueError, ArithmeticError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True)
class NetworkSpec:
    """J = (1/m) Σ_i L(i) + (λ/2m) Σ_l ‖W[l]‖².

    Made by `dense`, from the course's layer_dims; by `chain`, from layers one after the other; or
    by `from_graph`.

    Args:
        steps: in dataflow order.
        loss: L, of one example.
        lambd: the course's λ, 0 for none.
        inputs: the shape of one example of each input by name.
        per_example: whether gradients of activations are of m J, the sum over examples, as in the
            course's networks; else they are of J.

    Raises:
        InputError: steps, loss or sizes do not fit together.
    """

    steps: tuple[Step, ...]
    loss: Loss
    lambd: float = 0.0
    inputs: Mapping[str, Input] = field(default_factory=dict, hash=False)
    per_example: bool = True

    def __post_init__(self) -> None:
        check_description(self.loss, Loss, "SquaredError()")
        if not self.steps:
            raise input_error("network.first-layer")
        if not all(isinstance(step, Step) for step in self.steps):
            raise input_error("network.steps", given=type(self.steps[0]).__name__)
        if not (math.isfinite(self.lambd) and self.lambd >= 0):
            raise input_error("network.lambd", lambd=self.lambd)
        check_names(self.steps, self.inputs)
        last = self.steps[-1]
        if len(last.shape) != 1 and not self.loss.at_positions:
            raise input_error("network.output-shape", shape=last.shape)
        if self.loss.reads == "Z" and not last.layer.ends_networks:
            raise input_error("network.output-over-positions", loss=self.loss.kind)
        if not self.loss.fits(last.layer):
            raise input_error(
                "network.loss-and-output",
                loss=self.loss.kind,
                output=last.layer.kind,
                expected=getattr(self.loss.output, "kind", self.loss.output.__name__),
            )

    @classmethod
    def chain(cls, layers: Iterable[Layer], loss: Loss, lambd: float = 0.0) -> NetworkSpec:
        """Make a network of layers, each of which takes the result of the one before it.

        Args:
            layers: in dataflow order; the first is a Dense layer, the last an activation. A layer
                whose symbol is Z begins a new number.
            loss: L, of one example.
            lambd: the course's λ, 0 for none.

        Raises:
            InputError: layers, loss or sizes do not fit together.
        """
        steps = chain_of(tuple(layers))
        return cls(steps, loss, lambd, {"A0": steps[0].input_shapes[0]})

    @classmethod
    def dense(
        cls,
        layer_dims: Sequence[int],
        hidden: str | Layer | Sequence[str | Layer] = "relu",
        output: str | Layer = "softmax",
        loss: str | Loss | None = None,
        lambd: float = 0.0,
    ) -> NetworkSpec:
        """Make a network of dense layers from the course's `layer_dims`, [n_x, n[1], …, n[L]].

        Args:
            layer_dims: the sizes.
            hidden: one activation for all hidden layers, or one for each.
            output: the activation of the last layer.
            loss: None takes the loss that belongs to the output: sigmoid → binary cross-entropy,
                softmax → cross-entropy, any other → squared error.
            lambd: the course's λ, 0 for none.

        Raises:
            InputError: sizes, activations or loss do not fit together.
        """
        layers = layers_of_sizes(layer_dims, hidden, output)
        return cls.chain(layers, chosen_loss(loss, layers[-1]), lambd)

    @classmethod
    def from_graph(
        cls, graph: Graph, loss: str | Loss | None = None, lambd: float = 0.0
    ) -> NetworkSpec:
        """Make a network of a graph; its last step gives the output.

        Args:
            graph: the steps.
            loss: None takes the loss that belongs to the last step's layer, as in `dense`.
            lambd: λ, 0 for none.

        Raises:
            InputError: a result is used nowhere, or the loss does not fit the last step.
        """
        if not isinstance(graph, Graph) or not graph.steps:
            raise input_error("graph.no-steps")
        graph.check_uses()
        steps = tuple(graph.steps)
        loss = chosen_loss(loss, steps[-1].layer)
        return cls(steps, loss, lambd, dict(graph.inputs), per_example=False)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layer of each step."""
        return tuple(step.layer for step in self.steps)

    @property
    def is_chain(self) -> bool:
        """Whether it is one of the course's networks: layers one after the other, from A0 on."""
        return self.per_example and self.input == "A0"

    @cached_property
    def input(self) -> str:
        """The name of the first input, of most networks the only one: A0."""
        return next(iter(self.inputs))

    @property
    def input_shape(self) -> Shape:
        """The shape of one example of the first input: (n_x,)."""
        shape = self.inputs[self.input]
        return shape.shape if isinstance(shape, WholeNumbers) else shape

    @property
    def output_shape(self) -> Shape:
        """The shape of one example's output: (n_y,), or (n_y, T)."""
        return self.steps[-1].shape

    @cached_property
    def output(self) -> str:
        """The name of the prediction: A[L]."""
        return self.steps[-1].output

    @cached_property
    def loss_reads(self) -> str:
        """The name of the tensor that the loss takes: Z[L] (the logits) or A[L]."""
        last = self.steps[-1]
        return last.input if self.loss.reads == "Z" else last.output

    @cached_property
    def backward_steps(self) -> tuple[Step, ...]:
        """The steps that the gradient goes through, last first."""
        last = len(self.steps) if self.loss.reads == "A" else -1
        return self.steps[:last][::-1]

    @cached_property
    def is_random(self) -> bool:
        """Whether a step draws random numbers when the network trains."""
        return any(step.layer.is_random for step in self.steps)

    @cached_property
    def first_steps(self) -> frozenset[str]:
        """The steps that take nothing but the network's inputs."""
        return frozenset(s.output for s in self.steps if self.inputs.keys() >= {*s.inputs})

    @cached_property
    def parameter_shapes(self) -> dict[str, Shape]:
        """The shape of each parameter: {"W1": (n[1], n[0]), "b1": (n[1], 1), …}."""
        return {
            step.parameters[name]: shape
            for step in self.steps
            for name, shape in step.layer.parameter_shapes().items()
        }

    @cached_property
    def steps_with_state(self) -> tuple[Step, ...]:
        """The steps that remember something from one update to the next."""
        return tuple(step for step in self.steps if step.state)

    @cached_property
    def state_shapes(self) -> dict[str, Shape]:
        """The shape of each tensor of the state: {"norm.mean": (n, 1), …}; of most networks {}."""
        return {
            step.state[own]: shape
            for step in self.steps_with_state
            for own, shape in step.layer.state_shapes().items()
        }

    @cached_property
    def couples_examples(self) -> bool:
        """Whether in training an example's result depends on the other examples of its batch."""
        return any(step.layer.couples_examples for step in self.steps)

    @cached_property
    def acts_in_training(self) -> bool:
        """Whether a step computes something else in training: it draws, or has state."""
        return self.is_random or bool(self.steps_with_state)

    def parameters_in(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the parameters, which have gradients, of a mapping that has the state too."""
        if not self.steps_with_state:
            return params
        return {name: params[name] for name in self.parameter_shapes}

    @cached_property
    def weights(self) -> tuple[str, ...]:
        """The parameters that L2 regularisation shrinks: W1, W2, …."""
        every = (step.parameters[name] for step in self.steps for name in step.layer.weights)
        return tuple(dict.fromkeys(every))

    def context(self, m: int, training: bool = False, seed: int = 0, update: int = 0) -> Context:
        """Return the context of a run over m examples."""
        return Context(m if self.per_example else 1, training, seed, update)

    def trace_shapes(self, m: int) -> dict[str, Shape]:
        """Return the name and shape of every tensor of a run over m examples, in dataflow order."""
        shapes = {
            name: (m, *shape.shape) if isinstance(shape, WholeNumbers) else batch_shape(shape, m)
            for name, shape in self.inputs.items()
        }
        shapes |= {
            name: batch_shape(shape, m)
            for step in self.steps
            for name, shape in zip(step.outputs, step.output_shapes, strict=True)
        }
        both = shapes | self.parameter_shapes
        shapes |= {next_name(name): shape for name, shape in self.state_shapes.items()}
        return shapes | {"J": ()} | {f"d{name}": both[name] for name in self.differentiated}

    @cached_property
    def differentiated(self) -> tuple[str, ...]:
        """The tensors and parameters that have a gradient, in the order of the backward pass.

        That of what has several uses is known after the last of them: each comes after all that
        its gradient is made of.
        """
        names = dict.fromkeys([self.loss_reads])
        for step in self.backward_steps:
            inputs = (
                name
                for name, shape in zip(step.inputs, step.input_shapes, strict=True)
                if not isinstance(shape, WholeNumbers)
            )
            for name in (*step.parameters.values(), *inputs):
                names.pop(name, None)
                names[name] = None
        return tuple(names)

    @cached_property
    def gradients(self) -> frozenset[str]:
        """The names of the gradients: a step's result may begin with a d, too."""
        return frozenset(f"d{name}" for name in self.differentiated)

    @property
    def summary(self) -> str:
        """In words: "784-512-10 (relu, softmax), cross_entropy".

        Of a graph: "x (5, m) → y (3, m) by 4 steps (2 dense, add, softmax), cross_entropy".
        """
        words = chain_in_words if self.is_chain else graph_in_words
        λ = f", λ = {self.lambd:g}" if self.lambd else ""
        return f"{words(self.inputs, self.steps)}, {self.loss.kind}{λ}"

    def to_json(self) -> str:
        """Write the description as text, for the metadata of a weights file."""
        import json  # here: it takes a tenth of the time of `import ref_numpy`

        rest = self.loss, self.lambd
        return json.dumps(
            network_json.chain_items(self.layers, *rest)
            if self.is_chain
            else network_json.graph_items(self.inputs, self.steps, *rest)
        )

    @classmethod
    def from_json(cls, text: str) -> NetworkSpec:
        """Read the text that `to_json` wrote; text of an older version has no format.

        Raises:
            InputError: the text is something else, or of a newer format.
        """
        try:
            steps, loss, lambd = network_json.read_description(text)
            if isinstance(steps, Graph):
                return cls.from_graph(steps, loss, lambd)
            return cls.chain(steps, loss, lambd)
        except InputError:
            raise
        except UNREADABLE as error:
            raise input_error("network.unreadable", error=cause_of(error)) from error
