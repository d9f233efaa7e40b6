"""Where a tensor is computed: the lines that are right there, and all that could be taken there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from parity_tests.checking.layerwise import Walk
from parity_tests.diagnosis.formula_eval import computed
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds import backward_lines as backward
from parity_tests.kinds import forward_lines as forward
from parity_tests.kinds.equivalent_formulas import (
    OUTPUT_GRADIENTS,
    Formulas,
    log_sigmoid,
    log_softmax,
)
from parity_tests.kinds.line import ALL, FOR_M, Line, of_the_mean, unknown
from ref_numpy import NetworkSpec
from ref_numpy.activations import Sigmoid, Softmax
from ref_numpy.layer import Layer
from ref_numpy.losses import BinaryCrossEntropy, CrossEntropy
from ref_numpy.step import Step

Value = Any  # an ErrorArray, which stands where an array is expected


@dataclass(frozen=True)
class Site:
    """Where a tensor is computed.

    kind: of the tensor, "dZ".   lines: that are right there, the one to show first.   right: what
    it should be, by each formula.   ways: the names that a line may use, by each way to compute
    what they stand for.   layer: the activation of this layer.   name: of the tensor.   averaged:
    it carries the 1/m, as J and the gradients of parameters do.
    """

    kind: str
    l: int
    lines: tuple[Line, ...]
    right: Formulas
    ways: tuple[Mapping[str, Any], ...]
    layer: Layer | None
    name: str = ""
    averaged: bool = False

    @property
    def known(self) -> bool:
        """Whether the catalogue has its line: not where people have added the layer or loss."""
        return self.lines[0] != unknown(self.kind)

    @property
    def m(self) -> int:
        return self.ways[0]["m"]

    def say(self, text: str) -> str:
        """With the numbers of this layer and of the one before."""
        kind = getattr(self.layer, "kind", type(self.layer).__name__)
        for name, value in (("{l}", self.l), ("{p}", self.l - 1), ("{kind}", kind)):
            text = text.replace(name, str(value))
        return text


def site_of(walk: Walk, name: str, right: Formulas, Y: ErrorArray) -> Site:
    """What there is where the tensor `name` is computed."""
    spec, known = walk.spec, walk.known
    L, l = spec.steps[-1].number, step_of(spec, name).number
    kind = name if name == "A0" else name.rstrip("0123456789")
    first = next(s for s in spec.steps if s.number == l)
    activation = next((s for s in spec.steps if s.output == f"A{l}"), None)
    layer: Any = activation and activation.layer

    def tensor(name: str) -> Any:
        # A gradient comes from the trace, since the walk keeps none of the parameters'.
        if name in known or name not in walk.trace:
            return known.get(name, walk.params.get(name))
        return ErrorArray(walk.trace[name], p=walk.p)

    every = {n: tensor(n) for n in (*walk.params, *known, *walk.trace) if "@" not in n}
    own = {n: every.get(f"{n}{l}") for n in ("W", "b", "Z", "A", "dZ", "dA", "dW", "db")}
    own["Z"] = every.get(activation.input) if activation else own["Z"]
    A_prev = every.get(first.input)
    names = every | own | {
        "right": right[0], "X": right[0], "Y": Y, "lambd": spec.lambd, "np": FUNCTIONS,
        "A_prev": A_prev, "Z_prev": every.get(f"Z{l - 1}"), "slope": getattr(layer, "slope", None),
        "dW_before": walk.before.get(f"dW{l}"), "db_before": walk.before.get(f"db{l}"),
        "m": Y.shape[-1], "n": length(own["A"]), "n_prev": length(A_prev),
        "n_y": spec.output_shape[0], "n_x": spec.input_shape[0], "L": L,
        "weights": [walk.params[W] for W in spec.weights],
        "biases": [walk.params[b] for b in walk.params if b not in spec.weights],
        "loss": spec.loss.forward, "sigmoid": Sigmoid().g,
    }  # fmt: skip
    if activation is not None:
        parameters = walk.parameters(activation, activation.output)
        names["g"] = lambda Z: layer.forward(parameters, Z)[0]
    names |= exponentials(names)
    if l == L and own["dA"] is None and own["A"] is not None:
        names["dA"] = of_the_loss(spec.loss, own["A"], Y)
    ways = [names]
    if kind == "J" and type(spec.loss) in OUTPUT_GRADIENTS:
        ways.append(names | {"A": Probability.of(spec.loss, own["A"], own["Z"])})
    if f"A{l}" in walk.results and kind == "dZ":
        ways.append(names | {"A": walk.results[f"A{l}"]})
    every_line = lines_at(walk.spec, kind, name, layer)
    lines = tuple(line for line in every_line if is_right(line, ways, right))
    averaged = name == "J" or name.removeprefix("d") in spec.parameter_shapes
    return Site(kind, l, lines or (unknown(kind),), right, tuple(ways), layer, name, averaged)


def step_of(spec: NetworkSpec, name: str) -> Step:
    """The step that computes the tensor, forward or backward; the last, of what the loss does."""
    parameters = {f"d{full}": s for s in spec.steps for full in s.parameters.values()}
    inputs, outputs = ({f"d{s.input}": s for s in spec.steps}, {s.output: s for s in spec.steps})
    return (parameters | inputs | outputs).get(name, spec.steps[-1])


def is_right(line: Line, ways: Sequence[Mapping[str, Any]], right: Formulas) -> bool:
    """Whether it computes what the reference does here: a kind of layer that the catalogue does not
    know may have a W as well."""
    for names in ways:
        x = computed(line.right, names)
        for y in right if isinstance(x, ErrorArray) else ():
            if x.shape == y.shape and (np.abs(x.value - y.value) <= x.error + y.error).all():
                return True
    return False


def lines_at(spec: NetworkSpec, kind: str, name: str, layer: Any) -> Iterator[Line]:
    """The right lines of this kind of tensor in this network; none of a layer or loss that the
    catalogue does not know."""
    L, lambd, loss = spec.steps[-1].number, bool(spec.lambd), type(spec.loss)
    if kind == "Z":
        yield forward.Z
    elif name == "A0":
        yield Line("A0", "X")
    elif kind == "A" and type(layer) in forward.A:
        line = forward.A[type(layer)]
        yield line.plus("", ("the activation was applied twice", ALL, "g(g(Z))"))
    elif kind == "J" and loss in forward.J:
        line = forward.J[loss]
        if spec.loss.reads == "Z":
            numbers = ("n_y", "n_x", "(m - 1)", "(m + 1)")
            line = line.plus("", *of_the_mean(")", numbers, not lambd))
            line = line.plus("", *forward.OF_THE_LOGITS)
        yield line.plus(forward.L2_OF_J[0], *forward.L2_OF_J[1]) if lambd else line
    elif name == f"dA{L}" and loss in backward.DA_LAST:
        yield backward.DA_LAST[loss]
    elif kind == "dZ" and type(layer) in backward.DZ:
        if name == f"dZ{L}" and spec.loss.reads == "Z":
            more = [e for g, e in backward.ONCE_MORE.items() if g is type(layer)]
            more += [backward.ELEMENTWISE] if type(layer) is Softmax else []
            yield backward.DZ_LAST.plus("", *more)
            through = backward.DZ[type(layer)]
            yield through._replace(edits=tuple(e for e in through.edits if e[0] != backward.TWICE))
        else:
            yield backward.DZ[type(layer)]
    elif kind in ("dW", "db"):
        # n is n_y of the last layer, and n_prev is n_x of the first.
        own = {f"{kind}{L}": "n_y", f"{kind}1": "n_x"}
        numbers = [n for n in FOR_M if n not in own.values() or n != own.get(name)]
        before = ".T" if kind == "dW" else "keepdims=True)"
        line = backward.DW if kind == "dW" else backward.DB
        whole = kind == "db" or not lambd
        line = line.plus("", *of_the_mean(before, numbers, whole))
        l2 = kind == "dW" and lambd
        yield line.plus(backward.L2_OF_DW[0], *backward.L2_OF_DW[1]) if l2 else line
    elif kind == "dA":
        yield backward.DA


def exponentials(names: Mapping[str, Any]) -> dict[str, Value]:
    """t = e^(Z − max Z)"""
    Z = names["Z"]
    return {} if Z is None else {"t": np.exp(Z - Z.max(axis=0, keepdims=True))}


def length(x: Any) -> int | None:
    return None if x is None else x.shape[0]


def of_the_loss(loss: Any, A: Value, Y: Value) -> Value:
    """dA[L], where the candidate says nothing of it."""
    with np.errstate(all="ignore"):
        if isinstance(loss, BinaryCrossEntropy):
            return -(Y / A - (1 - Y) / (1 - A))
        return -Y / A if isinstance(loss, CrossEntropy) else None


class Probability(ErrorArray):
    """A = g(Z) with its logarithm by the logits, which loses no digits where A is close to 1."""

    log_of_it: Value
    log_of_other: Value

    @classmethod
    def of(cls, loss: Any, A: Value, Z: Value) -> Probability:
        result = cls(A.value, A.error, A.p)
        binary = isinstance(loss, BinaryCrossEntropy)
        with np.errstate(all="ignore"):
            result.log_of_it = log_sigmoid(Z) if binary else log_softmax(Z)
            result.log_of_other = log_sigmoid(-Z) if binary else np.log(1 - A)
        return result

    def __rsub__(self, other: Any) -> ErrorArray:
        if other != 1:
            return ErrorArray.__rsub__(self, other)
        result = Probability(1 - self.value, self.error, self.p)
        result.log_of_it, result.log_of_other = self.log_of_other, self.log_of_it
        return result


def log(x: Value) -> Value:
    return x.log_of_it if isinstance(x, Probability) else np.log(x)


def sum_of_all(x: Value) -> Value:
    """Of each example, and then of all, as a loss is."""
    return x if x.shape == () else x.sum(axis=0).sum()


# What a line means by np: what error arrays can do, and logarithms of other bases.
FUNCTIONS = SimpleNamespace(
    abs=np.abs, exp=np.exp, log=log, log2=lambda x: log(x) / np.log(2.0), maximum=np.maximum,
    log10=lambda x: log(x) / np.log(10.0), minimum=np.minimum, sqrt=np.sqrt, sum=sum_of_all,
    tanh=np.tanh, trunc=np.trunc, where=np.where,
)  # fmt: skip
