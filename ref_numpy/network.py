"""The description of a network: its layers, its loss, and the name and shape of every tensor."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from ref_numpy.dense import Dense
from ref_numpy.inputs import InputError
from ref_numpy.layer import Array, Layer
from ref_numpy.losses import BinaryCrossEntropy, CrossEntropy, Loss, SquaredError

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Step:
    """Where a layer stands in the dataflow: `output` = layer(`input`), as Z1 = W1 A0 + b1."""

    layer: Layer
    number: int
    input: str
    output: str
    shape: Shape

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The canonical name of each parameter by the layer's own: {"W": "W1", "b": "b1"}."""
        return {name: f"{name}{self.number}" for name in self.layer.parameter_shapes()}

    def select(self, params: Mapping[str, Array]) -> dict[str, Array]:
        """This layer's own parameters: {"W": params["W1"], "b": params["b1"]}."""
        return {name: params[full] for name, full in self.parameters.items()}


@dataclass(frozen=True)
class NetworkSpec:
    """J = (1/m) Σ_i L(i) + (λ/2m) Σ_l ‖W[l]‖²        `lambd` is the course's λ, 0 for none.

    Raises InputError where layers, loss or sizes do not fit together.
    """

    layers: tuple[Layer, ...]
    loss: Loss
    lambd: float = 0.0

    def __post_init__(self) -> None:
        if not self.layers or not isinstance(self.layers[0], Dense):
            raise InputError("a network begins with a Dense layer, which fixes the size of X.")
        if not (math.isfinite(self.lambd) and self.lambd >= 0):
            raise InputError(f"lambd is {self.lambd}; expected a number from 0 up.")
        last = self.steps[-1]
        if not last.output.startswith("A"):
            raise InputError(
                f"the last layer gives {last.output}; end with an activation, Identity() for none."
            )
        if not isinstance(last.layer, self.loss.output):
            raise InputError(
                f"{self.loss.kind} was given the output {last.layer.kind}; "
                f"it is defined on {self.loss.output.kind}: change one of the two."
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
        """The course's `layer_dims`: [n_x, n[1], …, n[L]].

        hidden: one activation for all hidden layers, or one for each.   loss: None takes the one
        that belongs to the output: sigmoid → binary cross-entropy, softmax → cross-entropy,
        any other → squared error.
        """
        if len(layer_dims) < 2:
            raise InputError(
                f"layer_dims is {list(layer_dims)}; expected at least two sizes, [n_x, n_y]."
            )
        sizes = [int(n) if isinstance(n, np.integer) else n for n in layer_dims]
        n_hidden = len(sizes) - 2
        each = [hidden] * n_hidden if isinstance(hidden, str | Layer) else hidden
        if len(each) != n_hidden:
            raise InputError(
                f"{len(each)} hidden activations were given for {n_hidden} hidden layers; "
                f"give one for all, or one for each."
            )
        layers: list[Layer] = []
        for (n_prev, n), g in zip(pairwise(sizes), [*each, output], strict=True):
            layers += [Dense(n_prev, n), activation(g)]
        chosen = loss_of(layers[-1]) if loss is None else named_loss(loss)
        return cls(tuple(layers), chosen, lambd)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The layers in dataflow order, named; a layer whose symbol is Z begins a new number."""
        steps: list[Step] = []
        number, name, shape = 0, "A0", self.input_shape
        for layer in self.layers:
            number += layer.symbol == "Z"
            shape = layer.output_shape(shape)
            steps.append(Step(layer, number, name, name := f"{layer.symbol}{number}", shape))
        names = [step.output for step in steps]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"two layers give {twice[0]}; put a Dense layer between them.")
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
        """The name of what the loss is computed from: Z[L] (the logits) or A[L]."""
        last = self.steps[-1]
        return last.input if self.loss.reads == "Z" else last.output

    @cached_property
    def backward_steps(self) -> tuple[Step, ...]:
        """The layers that the gradient goes through, last first."""
        last = len(self.steps) if self.loss.reads == "A" else -1
        return self.steps[:last][::-1]

    @cached_property
    def parameter_shapes(self) -> dict[str, Shape]:
        """{"W1": (n[1], n[0]), "b1": (n[1], 1), …}"""
        return {
            step.parameters[name]: shape
            for step in self.steps
            for name, shape in step.layer.parameter_shapes().items()
        }

    @cached_property
    def weights(self) -> tuple[str, ...]:
        """The parameters that L2 regularisation shrinks: W1, W2, …"""
        return tuple(step.parameters[name] for step in self.steps for name in step.layer.weights)

    def trace_shapes(self, m: int) -> dict[str, Shape]:
        """Name and shape of every tensor of a run over m examples, in dataflow order."""
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
        activations = ", ".join(step.layer.kind for step in self.steps if step.output[0] == "A")
        λ = f", λ = {self.lambd:g}" if self.lambd else ""
        return f"{sizes} ({activations}), {self.loss.kind}{λ}"

    def to_json(self) -> str:
        """The description as text, for the metadata of a weights file."""
        import json  # here: a tenth of what `import ref_numpy` would add to NumPy's own time

        return json.dumps(
            {
                "layers": [{"kind": layer.kind, **asdict(layer)} for layer in self.layers],  # pyright: ignore[reportArgumentType]
                "loss": {"kind": self.loss.kind, **asdict(self.loss)},  # pyright: ignore[reportArgumentType]
                "lambd": self.lambd,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> NetworkSpec:
        """The inverse of `to_json`.   Raises InputError."""
        import json

        try:
            data = json.loads(text)
            layers = tuple(described(Layer.kinds, "layer", item) for item in data["layers"])
            return cls(layers, described(Loss.kinds, "loss", data["loss"]), data["lambd"])
        except InputError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"the network's description cannot be read ({error}); "
                f"expected what NetworkSpec.to_json writes."
            ) from error


def described(kinds: Mapping[str, Any], what: str, item: Mapping[str, Any]) -> Any:
    """The layer or loss that {"kind": …, field: …} describes."""
    fields = dict(item)
    return lookup(kinds, what, fields.pop("kind"))(**fields)


def lookup(kinds: Mapping[str, Any], what: str, name: str) -> Any:
    if name not in kinds:
        raise InputError(f"unknown {what} {name!r}; expected one of {', '.join(sorted(kinds))}.")
    return kinds[name]


def activation(g: str | Layer) -> Layer:
    """An activation by name: "relu", "tanh", …"""
    kinds = {name: kind for name, kind in Layer.kinds.items() if kind.symbol == "A"}
    return g if isinstance(g, Layer) else lookup(kinds, "activation", g)()


def named_loss(loss: str | Loss) -> Loss:
    """A loss by name: "cross_entropy", …"""
    return loss if isinstance(loss, Loss) else lookup(Loss.kinds, "loss", loss)()


def loss_of(output: Layer) -> Loss:
    """The loss that belongs to an output activation."""
    for loss in (BinaryCrossEntropy, CrossEntropy):
        if isinstance(output, loss.output):
            return loss()
    return SquaredError()
