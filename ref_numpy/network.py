"""The description of a network: its layers, its loss, and the name and shape of every tensor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from ref_numpy.descriptions import check_description, check_names, check_shapes
from ref_numpy.errors import InputError, cause_of
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Layer
from ref_numpy.layers.dense import Dense
from ref_numpy.loss import Loss
from ref_numpy.losses.binary_cross_entropy import BinaryCrossEntropy
from ref_numpy.losses.cross_entropy import CrossEntropy
from ref_numpy.losses.squared_error import SquaredError
from ref_numpy.registry import from_description, from_name
from ref_numpy.step import Shape, Step

FORMAT = 1  # of `to_json`: one more with each change that an older reader would misread


@dataclass(frozen=True)
class NetworkSpec:
    """J = (1/m) Σ_i L(i) + (λ/2m) Σ_l ‖W[l]‖².

    Args:
        layers: in dataflow order; the first is a Dense layer, the last an activation.
        loss: L, of one example.
        lambd: the course's λ, 0 for none.

    Raises:
        InputError: layers, loss or sizes do not fit together.
    """

    layers: tuple[Layer, ...]
    loss: Loss
    lambd: float = 0.0

    def __post_init__(self) -> None:
        for layer in self.layers:
            check_description(layer, Layer, "Tanh()")
        check_description(self.loss, Loss, "SquaredError()")
        if not self.layers or not isinstance(self.layers[0], Dense):
            raise input_error("network.first-layer")
        if not (math.isfinite(self.lambd) and self.lambd >= 0):
            raise input_error("network.lambd", lambd=self.lambd)
        last = self.steps[-1]
        if last.layer.symbol != "A":
            raise input_error("network.last-layer", output=last.output)
        if len(last.shape) != 1:
            raise input_error("network.output-shape", shape=last.shape)
        if not self.loss.fits(last.layer):
            raise input_error(
                "network.loss-and-output",
                loss=self.loss.kind,
                output=last.layer.kind,
                expected=getattr(self.loss.output, "kind", self.loss.output.__name__),
            )

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
        if len(layer_dims) < 2:
            raise input_error("network.layer-dims", layer_dims=list(layer_dims))
        sizes = [int(n) if isinstance(n, np.integer) else n for n in layer_dims]
        n_hidden = len(sizes) - 2
        each = [hidden] * n_hidden if isinstance(hidden, str | Layer) else hidden
        if len(each) != n_hidden:
            raise input_error("network.hidden", given=len(each), n_hidden=n_hidden)
        layers: list[Layer] = []
        for (n_prev, n), g in zip(pairwise(sizes), [*each, output], strict=True):
            layers += [Dense(n_prev, n), activation_from_name(g)]
        chosen = default_loss(layers[-1]) if loss is None else loss_from_name(loss)
        return cls(tuple(layers), chosen, lambd)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The layers in dataflow order, named; a layer whose symbol is Z begins a new number."""
        steps: list[Step] = []
        number, name, shape = 0, "A0", self.input_shape
        for layer in self.layers:
            number += layer.symbol == "Z"
            before, shape = shape, layer.output_shape(shape)
            if not layer.built_in:
                check_shapes(layer, shape)
            output = f"{layer.symbol}{number}"
            steps.append(Step(layer, number, name, output, shape, before))
            name = output
        check_names(steps)
        return tuple(steps)

    @property
    def input_shape(self) -> Shape:
        """The shape of one example: (n_x,)."""
        first = self.layers[0]
        assert isinstance(first, Dense)  # as __post_init__ made sure
        return (first.n_prev,)

    @property
    def output_shape(self) -> Shape:
        """The shape of one example's label: (n_y,)."""
        return self.steps[-1].shape

    @property
    def output(self) -> str:
        """The name of the prediction: A[L]."""
        return self.steps[-1].output

    @property
    def loss_reads(self) -> str:
        """The name of the tensor that the loss takes: Z[L] (the logits) or A[L]."""
        last = self.steps[-1]
        return last.input if self.loss.reads == "Z" else last.output

    @cached_property
    def backward_steps(self) -> tuple[Step, ...]:
        """The layers that the gradient goes through, last first."""
        last = len(self.steps) if self.loss.reads == "A" else -1
        return self.steps[:last][::-1]

    @cached_property
    def parameter_shapes(self) -> dict[str, Shape]:
        """The shape of each parameter: {"W1": (n[1], n[0]), "b1": (n[1], 1), …}."""
        return {
            step.parameters[name]: shape
            for step in self.steps
            for name, shape in step.layer.parameter_shapes().items()
        }

    @cached_property
    def weights(self) -> tuple[str, ...]:
        """The parameters that L2 regularisation shrinks: W1, W2, …."""
        return tuple(step.parameters[name] for step in self.steps for name in step.layer.weights)

    def trace_shapes(self, m: int) -> dict[str, Shape]:
        """Return the name and shape of every tensor of a run over m examples, in dataflow order."""
        shapes = {"A0": (*self.input_shape, m)}
        shapes |= {step.output: (*step.shape, m) for step in self.steps}
        backwards = [self.loss_reads]
        for step in self.backward_steps:
            backwards += [*step.parameters.values(), step.input]
        both = shapes | self.parameter_shapes
        return shapes | {"J": ()} | {f"d{name}": both[name] for name in backwards}

    @property
    def summary(self) -> str:
        """In words: "784-512-10 (relu, softmax), cross_entropy"."""
        dense = [layer for layer in self.layers if isinstance(layer, Dense)]
        sizes = "-".join(map(str, [dense[0].n_prev, *(layer.n for layer in dense)]))
        others = ", ".join(layer.kind for layer in self.layers if not isinstance(layer, Dense))
        λ = f", λ = {self.lambd:g}" if self.lambd else ""
        return f"{sizes} ({others}), {self.loss.kind}{λ}"

    def to_json(self) -> str:
        """Write the description as text, for the metadata of a weights file."""
        import json  # here: it takes a tenth of the time of `import ref_numpy`

        return json.dumps(
            {
                "format": FORMAT,
                "layers": [{"kind": layer.kind, **asdict(layer)} for layer in self.layers],  # pyright: ignore[reportArgumentType]
                "loss": {"kind": self.loss.kind, **asdict(self.loss)},  # pyright: ignore[reportArgumentType]
                "lambd": self.lambd,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> NetworkSpec:
        """Read the text that `to_json` wrote; text of an older version has no format.

        Raises:
            InputError: the text is something else, or of a newer format.
        """
        import json

        try:
            data = json.loads(text)
            format = data.get("format", 1)
            if format > FORMAT:
                raise input_error("network.format", format=format, known=FORMAT)
            layers = tuple(from_description(Layer.kinds, "layer", item) for item in data["layers"])
            return cls(layers, from_description(Loss.kinds, "loss", data["loss"]), data["lambd"])
        except InputError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise input_error("network.unreadable", error=cause_of(error)) from error


def activation_from_name(g: str | Layer) -> Layer:
    """Return the activation of this name, "relu", "tanh", …; an activation as it is."""
    kinds = {name: kind for name, kind in Layer.kinds.items() if kind.symbol == "A"}
    return g if isinstance(g, Layer) else from_name(kinds, "activation", g)


def loss_from_name(loss: str | Loss) -> Loss:
    """Return the loss of this name, "cross_entropy", …; a loss as it is."""
    return loss if isinstance(loss, Loss) else from_name(Loss.kinds, "loss", loss)


def default_loss(output: Layer) -> Loss:
    """Return the loss that belongs to an output activation."""
    for loss in (BinaryCrossEntropy, CrossEntropy):
        if type(output) is loss.output:
            return loss()
    return SquaredError()
