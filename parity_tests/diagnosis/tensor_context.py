"""The context in which a tensor is computed: its right formulas, and the names they may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.diagnosis.formula_eval import evaluate
from parity_tests.diagnosis.layers_in_reach import layers_in_reach
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds import backward_lines as backward
from parity_tests.kinds import forward_lines as forward
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.formula_text import NOT_M, FormulaText, mean_edits, unlisted
from parity_tests.kinds.known_kinds import built_in_layer, kind_of
from parity_tests.kinds.layer_kind import constants_of
from parity_tests.kinds.loss_kind import LossKind
from ref_numpy import NetworkSpec, Sigmoid
from ref_numpy.error_function import erf
from ref_numpy.layer import Layer
from ref_numpy.layers.gelu import normal_density, normal_distribution
from ref_numpy.layers.gelu_tanh import tanh_of_cubic

Value = Any  # an ErrorArray, which is used as an array


# The functions that a line may name, besides those of NumPy.
FUNCTIONS_OF_LINES: dict[str, Any] = {
    "sigmoid": Sigmoid().g, "erf": erf, "Phi": normal_distribution, "phi": normal_density,
    "tanh_u": tanh_of_cubic,
}  # fmt: skip


@dataclass(frozen=True)
class TensorContext:
    """Where a tensor is computed.

    Attributes:
        kind: of the tensor, "dZ".
        l: the number of its layer.
        formulas: those that are right there, the one to show first.
        right: the expected value ± error, by each formula that is equal on paper.
        bindings: the values of the names that a formula may use, by each way to compute them.
        layer: the activation of this layer.
        name: of the tensor.
        averaged: whether it carries the 1/m, as J and the gradients of parameters do.
        loss: of the network.
    """

    kind: str
    l: int
    formulas: tuple[FormulaText, ...]
    right: Formulas
    bindings: tuple[Mapping[str, Any], ...]
    layer: Layer | None
    name: str = ""
    averaged: bool = False
    loss: Any = None

    @property
    def is_listed(self) -> bool:
        """Whether the catalogue has its formula: not that of a user-defined layer or loss."""
        return self.formulas[0] != unlisted(self.kind)

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
        """The facts that a sentence about this tensor may name."""
        kind = getattr(self.layer, "kind", type(self.layer).__name__)
        sizes = {n: self.bindings[0].get(n) for n in ("n", "n_prev", "n_y", "n_x")}
        return {"l": self.l, "p": self.l - 1, "kind": kind, **sizes}

    def facts_of(self, sentence: str) -> dict[str, Any]:
        """Return those of its facts that a sentence names."""
        return {name: x for name, x in self.facts.items() if f"{{{name}}}" in sentence}


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
        kind, l, formulas, right, tuple(bindings), layer, name, averaged, spec.loss
    )  # fmt: skip


def is_right(formula: FormulaText, bindings: Sequence[Mapping[str, Any]], right: Formulas) -> bool:
    """Return whether a formula gives the reference's tensor.

    A kind of layer that the catalogue does not list may have a W as well.
    """
    for names in bindings:
        x = evaluate(formula.right, names)
        for y in right if isinstance(x, ErrorArray) else ():
            if x.shape == y.shape and (np.abs(x.value - y.value) <= x.error + y.error).all():
                return True
    return False


def formulas_at(
    spec: NetworkSpec, kind: str, name: str, layer: Any, names: Mapping[str, Any]
) -> Iterator[FormulaText]:
    """Yield the right formulas of a tensor; none of a layer or loss that the catalogue lacks.

    A division by a size that is 1 is none: it is the missing 1/m. Of equal sizes one is enough.
    """
    by_size = {names.get(n, n): n for n in reversed(NOT_M)}
    divisors = [n for n in NOT_M if n in by_size.values() and names.get(n) != 1]
    L, lambd = spec.steps[-1].number, bool(spec.lambd)
    dense, here, loss = built_in_layer("dense"), kind_of(layer), kind_of(spec.loss)
    if kind == "Z" and dense.line:
        yield dense.line
    elif name == "A0":
        yield FormulaText("A0", "X")
    elif kind == "A" and here.line:
        yield here.line.with_term("", forward.TWICE)
    elif kind == "J" and loss.line:
        formula = loss.line
        if spec.loss.reads == "Z":
            numbers = [n for n in divisors if n not in ("n", "n_prev")]
            formula = formula.with_term("", *mean_edits(")", numbers, not lambd))
            formula = formula.with_term("", *forward.OF_THE_LOGITS)
        term, edits = forward.L2_OF_J
        yield formula.with_term(term, *edits) if lambd else formula
    elif name == f"dA{L}" and loss.gradient_line:
        yield loss.gradient_line
        yield backward.WEIGHTED_LAST._replace(left="dA")
    elif kind == "dZ" and here.derivative_line:
        if name == f"dZ{L}" and spec.loss.reads == "Z":
            yield of_logits(loss) or backward.DZ_LAST.with_term("", *here.last_mistakes)
            yield backward.WEIGHTED_LAST
            through = here.derivative_line
            edits = tuple(e for e in through.edits if e.code != backward.TWICE)
            yield through._replace(edits=edits)
        else:
            yield here.derivative_line
    elif kind in dense.parameter_lines:
        # n is n_y of the last layer, and n_prev is n_x of the first.
        same = {f"{kind}{L}": "n_y", f"{kind}1": "n_x"}
        numbers = [n for n in divisors if n not in same.values() or n != same.get(name)]
        before = ".T" if kind == "dW" else "keepdims=True)"
        formula = dense.parameter_lines[kind]
        whole = kind == "db" or not lambd
        formula = formula.with_term("", *mean_edits(before, numbers, whole))
        term, edits = backward.L2_OF_DW
        yield formula.with_term(term, *edits) if kind == "dW" and lambd else formula
    elif kind == "dA" and dense.derivative_line:
        yield dense.derivative_line


def of_logits(loss: LossKind) -> FormulaText | None:
    """Return the loss's own line of dZ[L], here of m J; None where it is A − Y."""
    line = loss.logits_line
    return line and line._replace(right=line.right.replace(" / N", " * m / N"))


def exponentials(names: Mapping[str, Any]) -> dict[str, Value]:
    """Return t = e^(Z − max Z)."""
    Z = names["Z"]
    return {} if Z is None else {"t": np.exp(Z - Z.max(axis=0, keepdims=True))}


def length(x: Any) -> int | None:
    """Return the number of units, axis 0."""
    return None if x is None else x.shape[0]


def of_the_loss(loss: Any, *given: Value) -> Value:
    """Return dA[L] of (Z, A, Y), where the candidate does not give it."""
    with np.errstate(all="ignore"):
        return next((f(loss, *given) for f in kind_of(loss).output_gradients), None)


class Probability(ErrorArray):
    """A = g(Z) with its logarithm by the logits, which loses no digits where A is close to 1."""

    log_of_it: Value
    log_of_other: Value

    @classmethod
    def of(cls, logarithms: Callable[[Any, Any], Any], A: Value, Z: Value) -> Probability:
        """Return A with log A and log(1 − A) by the logits."""
        result = cls(A.value, A.error, A.p)
        with np.errstate(all="ignore"):
            result.log_of_it, result.log_of_other = logarithms(Z, A)
        return result

    def __rsub__(self, other: Any) -> ErrorArray:
        if other != 1:
            return ErrorArray.__rsub__(self, other)
        result = Probability(1 - self.value, self.error, self.p)
        result.log_of_it, result.log_of_other = self.log_of_other, self.log_of_it
        return result


def log(x: Value) -> Value:
    """Return log x, by the logits where they are known."""
    return x.log_of_it if isinstance(x, Probability) else np.log(x)


def sum_of_all(x: Value) -> Value:
    """Return the sum over each example, and then over all, as a loss is summed."""
    return x if x.shape == () else x.sum(axis=0).sum()


class Functions(SimpleNamespace):
    """The `np` of a formula: some functions by rules of their own, all others by NumPy's names."""

    def __getattr__(self, name: str) -> Any:
        """Return NumPy's function, which calls the rule of error arrays."""
        return getattr(np, name)


FUNCTIONS = Functions(
    log=log, log2=lambda x: log(x) / np.log(2.0), log10=lambda x: log(x) / np.log(10.0),
    sum=sum_of_all,
    clip=lambda x, low, high: np.minimum(np.maximum(x, low), high),
)  # fmt: skip
