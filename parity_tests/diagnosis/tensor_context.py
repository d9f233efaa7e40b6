"""The context in which a tensor is computed: its right formulas, and the names they may use."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from parity_tests.checking.causes import Cause
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.checking.expected.shares import total
from parity_tests.checking.expected.stored_results import stored
from parity_tests.diagnosis.formula_eval import evaluate
from parity_tests.diagnosis.layers_in_reach import layers_in_reach
from parity_tests.diagnosis.line_functions import (
    FUNCTIONS,
    FUNCTIONS_OF_LINES,
    Probability,
    Value,
    exponentials,
)
from parity_tests.diagnosis.right_lines import formulas_at
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.formula_text import FormulaText, unlisted
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.layer_kind import constants_of
from parity_tests.kinds.loss_kind import LossKind
from ref_numpy import Array
from ref_numpy.layer import Layer


class Computed(NamedTuple):
    """A tensor by a mistake that is no edit of a line.

    Attributes:
        cause: the mistake in words.
        value: value ± error that it gives.
    """

    cause: Cause
    value: Any


@dataclass(frozen=True)
class TensorContext:
    """Where a tensor is computed.

    In a graph a gradient may be a sum of several shares. It then has a context of its own, and one
    of each share, whose formulas give that share alone.

    Attributes:
        kind: of the tensor, "dZ"; in a graph the left of its line, or "any" where it has none.
        l: the number of its layer; None in a graph.
        formulas: those that are right there, the one to show first.
        right: the expected value ± error, by each formula that is equal on paper.
        bindings: the values of the names that a formula may use, by each way to compute them.
        layer: the activation of this layer; in a graph the layer of the step.
        name: of the tensor.
        averaged: whether it carries the 1/m, as J and the gradients of parameters do, and in a
            graph all gradients.
        loss: of the network.
        is_last: whether it is of the last layer; in a graph a gradient of what the loss reads.
        of_parameter: whether it is the gradient of a parameter, whose columns are no examples.
        by: the use of the tensor whose share the formulas give; empty of a whole tensor.
        own: this share ± error by each formula; None of a whole tensor.
        others: the other shares.
        shares: the contexts of the shares of a whole tensor that has several.
        computed: mistakes of a whole tensor that are no edit of a line.
        drawn: those that are tried last: other random numbers, read off the candidate's own.
        tensors: of the graph, by name.
        in_columns: whether the formulas take positions as columns, (n, m · T) of (n, m, T).
    """

    kind: str
    l: int | None
    formulas: tuple[FormulaText, ...]
    right: Formulas
    bindings: tuple[Mapping[str, Any], ...]
    layer: Layer | None
    name: str = ""
    averaged: bool = False
    loss: Any = None
    is_last: bool = False
    of_parameter: bool = False
    by: str = ""
    own: Formulas | None = None
    others: tuple[Value, ...] = ()
    shares: tuple[TensorContext, ...] = ()
    computed: tuple[Computed, ...] = ()
    drawn: tuple[Computed, ...] = ()
    tensors: Mapping[str, Any] = field(default_factory=dict)
    in_columns: bool = False

    @property
    def is_listed(self) -> bool:
        """Whether the catalogue has its formula: not that of a user-defined layer or loss."""
        return self.formulas[0].right != unlisted("").right

    @property
    def in_graph(self) -> bool:
        """Whether it is of a step of a graph, and so of no numbered layer."""
        return self.l is None

    @property
    def loss_kind(self) -> LossKind:
        """What the kind of the loss brings; nothing where there is no loss, as in an update."""
        return LossKind() if self.loss is None else kind_of(self.loss)

    @property
    def m(self) -> int:
        """The number of examples."""
        return self.bindings[0]["m"]

    @property
    def facts(self) -> dict[str, Any]:
        """The facts that a sentence about this tensor may name: no number of a layer in a graph."""
        kind = getattr(self.layer, "kind", type(self.layer).__name__)
        sizes = {n: self.bindings[0].get(n) for n in ("n", "n_prev", "n_y", "n_x")}
        place = {"l": "", "p": "_prev"} if self.l is None else {"l": self.l, "p": self.l - 1}
        return {**place, "kind": kind, **sizes, "by": self.by}

    def facts_of(self, sentence: str) -> dict[str, Any]:
        """Return those of its facts that a sentence names."""
        return {name: x for name, x in self.facts.items() if f"{{{name}}}" in sentence}

    def at_positions(self, value: Value) -> Value:
        """Return what a formula gives; of columns (n, m · T) the positions, (n, m, T)."""
        if not self.in_columns:
            return value
        shape = self.right[0].shape
        is_flat = value.ndim == 2 < len(shape) and value.shape == flat(shape)
        return value.reshape(shape) if is_flat else value

    def whole(self, value: Value) -> Value:
        """Return the tensor of which a formula gives this value, or this share."""
        if not self.others or value.shape != self.others[0].shape:
            return value
        return total([stored(value), *self.others])

    def whole_numbers(self, value: Array) -> Array:
        """Return the same of numbers without an error."""
        if not self.others or value.shape != self.others[0].shape:
            return value
        return value + sum(np.asarray(other.value) for other in self.others)


def context_of(reference: LayerwiseReference, name: str, right: Formulas, Y: Any) -> TensorContext:
    """Return the context in which the tensor `name` is computed.

    Args:
        reference: of the run, with every tensor fixed.
        name: of the tensor.
        right: its value ± error by each formula.
        Y: the labels.
    """
    spec = reference.spec
    steps, last = reference.steps, spec.steps[-1]
    L, l = last.number, steps.get(name, last).number
    kind = name if name == "A0" else name.rstrip("0123456789")
    first, activation = steps[f"Z{l}"], steps.get(f"A{l}")
    layer: Any = activation and activation.layer

    is_gradient = kind.startswith("d")
    tensors = reference.tensors_for_gradients if is_gradient else reference.tensors
    every = {n: tensors[n] for n in reference.names_of_layers(layers_in_reach(l, L))}
    own = {n: every.get(f"{n}{l}") for n in ("W", "b", "Z", "A", "dZ", "dA", "dW", "db")}
    own["Z"] = every.get(activation.input) if activation else own["Z"]
    A_prev = every.get(first.input)
    names = constants_of(spec.loss) | constants_of(layer) | every | own | {
        "right": right[0], "X": right[0], "Y": Y, "lambd": spec.lambd, "np": FUNCTIONS,
        "A_prev": A_prev, "Z_prev": every.get(f"Z{l - 1}"),
        "dW_before": reference.before.get(f"dW{l}"), "db_before": reference.before.get(f"db{l}"),
        "m": reference.m, "n": length(own["A"]), "n_prev": length(A_prev),
        "n_y": spec.output_shape[0], "n_x": spec.input_shape[0], "L": L,
        "loss": spec.loss.forward, "w": reference.w, **FUNCTIONS_OF_LINES,
    }  # fmt: skip
    if activation is not None:
        parameters = reference.parameters(activation, activation.output)
        names["g"] = lambda Z: layer.forward(parameters, reference.context, Z)[0]
    if kind == "J":  # which alone is of the parameters of all layers
        weights = {n: reference.params[n] for n in spec.weights}
        biases = [b for n, b in reference.params.items() if n not in weights]
        names |= {"weights": [*weights.values()], "biases": biases}
    names |= exponentials(names)
    if l == L and (more := kind_of(spec.loss).names):
        names |= more(spec.loss, own["Z"], own["A"], Y)
    if l == L and own["dA"] is None and own["A"] is not None:
        names["dA"] = of_the_loss(spec.loss, own["Z"], own["A"], Y)
    bindings = [names]
    if kind == "J" and (logarithms := kind_of(spec.loss).logarithms):
        bindings.append(names | {"A": Probability.of(logarithms, own["A"], own["Z"])})
    if f"A{l}" in reference.recomputed and kind == "dZ":
        bindings.append(names | {"A": reference.recomputed[f"A{l}"].outputs[0]})
    every = formulas_at(reference.spec, kind, name, layer, names)
    formulas = tuple(f for f in every if is_right(f, bindings, right)) or (unlisted(kind),)
    averaged = name == "J" or name.removeprefix("d") in spec.parameter_shapes
    return TensorContext(
        kind, l, formulas, right, tuple(bindings), layer, name, averaged, spec.loss,
        is_last=l == L, of_parameter=averaged and name != "J",
    )  # fmt: skip


def flat(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return (n, m · T) of (n, m, T)."""
    return shape[0], math.prod(shape[1:])


def is_right(
    formula: FormulaText,
    bindings: Sequence[Mapping[str, Any]],
    right: Formulas,
    in_columns: bool = False,
) -> bool:
    """Return whether a formula gives the reference's tensor.

    A kind of layer that the catalogue does not list may have a W as well.
    """
    for names in bindings:
        x = evaluate(formula.right, names)
        for y in right if isinstance(x, ErrorArray) else ():
            if in_columns and y.ndim > 2 and x.shape == flat(y.shape):
                y = y.reshape(x.shape)
            if x.shape == y.shape and (np.abs(x.value - y.value) <= x.error + y.error).all():
                return True
    return False


def length(x: Any) -> int | None:
    """Return the number of units, axis 0."""
    return None if x is None else x.shape[0]


def of_the_loss(loss: Any, *given: Value) -> Value:
    """Return dA[L] of (Z, A, Y), where the candidate does not give it."""
    with np.errstate(all="ignore"):
        return next((f(loss, *given) for f in kind_of(loss).output_gradients), None)
