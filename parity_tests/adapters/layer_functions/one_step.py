"""A kind of layer or loss as a network of one step, on random numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from typing import Any, cast

import numpy as np

from parity_tests.adapters.interfaces.layout import (
    BIAS,
    OTHER,
    TENSOR,
    WEIGHTS,
    role_of_parameter,
)
from parity_tests.check_messages import input_error
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.random_problem import mapped_floats, random_problem
from ref_numpy import (
    Array,
    Context,
    Dense,
    Dropout,
    Elementwise,
    Flatten,
    Graph,
    InputError,
    Layer,
    NetworkSpec,
    SquaredError,
    WholeNumbers,
)
from ref_numpy.arrays.axes import batch_shape
from ref_numpy.graphs.graph import Input
from ref_numpy.inputs import named_inputs

INPUTS = ("A_prev", "B_prev", "C_prev")
N_PREV, N = 5, 4  # features before and after a layer of no other sizes: not m, nor each other
OF_ONE_SIZE = Dropout(0.5)  # whether the number of a candidate is the rate, or 1 − the rate
NEEDS_POSITIONS = ("flatten",)


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


def samples_of(kind: str, **settings: Any) -> Iterator[OneStep]:
    """Yield a kind of layer as one step, without positions where it can, and with.

    Args:
        kind: the name of a kind in the registry.
        settings: fields of the layer, such as epsilon=1e-8; the others have their defaults.

    Raises:
        InputError: there is no such kind, or it has no such field.
    """
    if kind not in Layer.kinds:
        raise input_error("op.unknown-kind", kind=kind, known=", ".join(sorted(Layer.kinds)))
    cls = Layer.kinds[kind]
    made = sample_of(cls)
    if made is None:
        raise input_error("op.no-sample", kind=kind)
    layer, inputs = made
    unknown = [n for n in settings if n not in known_fields(layer)]
    if unknown:
        known = ", ".join(known_fields(layer)) or "none"
        raise input_error("op.unknown-setting", kind=kind, name=unknown[0], known=known)
    yield from steps_of(replace(cast(Any, layer), **settings) if settings else layer, inputs)


# Constants that programs have besides the defaults, in the order in which they are tried.
USUAL: dict[str, tuple[float, ...]] = {
    "epsilon": (1e-5, 1e-8, 1e-6, 1e-7, 1e-12, 1e-3, 1e-10, 1e-15),
    "slope": (0.01, 0.1, 0.2, 0.3, 0.001, 0.05),
}


def with_usual_constants(
    step: OneStep, stated: Mapping[str, float] | None = None
) -> Iterator[OneStep]:
    """Yield the step with the constants that a function's arguments state, and with usual ones.

    Args:
        step: with the default constants.
        stated: constants by name, such as the default of an argument eps=1e-8.
    """
    layer: Any = step.layer
    own = {n: x for n, x in (stated or {}).items() if n in known_fields(layer)}
    for given in (own, {}):
        try:
            yield replace(step, layer=replace(layer, **given))
        except InputError:  # no such constant may be
            continue
    for name, values in USUAL.items():
        if name in known_fields(layer):
            for value in values:
                yield replace(step, layer=replace(layer, **{name: value}))


def own_constants(layer: Layer) -> dict[str, Any]:
    """Return the constants of a layer that are not the defaults."""
    every = [f for f in fields(layer) if f.default is not MISSING] if is_dataclass(layer) else []
    values = {f.name: (getattr(layer, f.name), f.default) for f in every}
    return {name: x for name, (x, default) in values.items() if x != default}


def known_fields(layer: Layer) -> list[str]:
    """Return the names of a layer's fields."""
    return [f.name for f in fields(layer)] if is_dataclass(layer) else []


def sample_of(cls: type[Layer]) -> tuple[Layer, list[Input]] | None:
    """Return a layer of this class, and the shapes of its inputs; None where none is known."""
    if issubclass(cls, Dense):
        return Dense(N_PREV, N), [(N_PREV,)]
    if issubclass(cls, Dropout):
        return OF_ONE_SIZE, [(N_PREV, 3)]
    try:
        of = kind_of(cls())
    except TypeError:  # it has sizes
        of = kind_of(object.__new__(cls))
    if of.graph is not None:
        step = next(step for step in of.graph().steps if step.output == "z")
        return with_defaults(step.layer, [*step.input_shapes]), [*step.input_shapes]
    layer = of.samples[0] if of.samples else cls() if not required_fields(cls) else None
    return None if layer is None else (layer, [(N_PREV, 3)])


def required_fields(cls: type[Layer]) -> list[str]:
    """Return the names of the fields that have no default."""
    every = fields(cls) if is_dataclass(cls) else ()
    return [f.name for f in every if f.default is MISSING and f.default_factory is MISSING]


def with_defaults(layer: Any, shapes: list[Input]) -> Layer:
    """Return the layer with the default of each constant, if it can then take these shapes."""
    defaults = {f.name: f.default for f in fields(layer) if f.default is not MISSING}
    try:
        usual = replace(layer, **defaults)
        usual.output_shape(*shapes)
    except InputError:
        return layer
    return usual


def steps_of(layer: Layer, shapes: list[Input]) -> Iterator[OneStep]:
    """Yield the layer without positions, where it can do without, and with them."""
    names = [f"{'Z' if layer.symbol == 'A' else 'A_prev'}"] if len(shapes) == 1 else INPUTS
    if isinstance(shapes[0], WholeNumbers):
        names = ["x"]
    short = [WholeNumbers(x.n) if isinstance(x, WholeNumbers) else x[:1] for x in shapes]
    for each in (short, shapes):
        if each is short and layer.kind in NEEDS_POSITIONS:
            continue
        step = OneStep(layer, dict(zip(names, each, strict=False)))
        try:
            step.spec(is_mean=False)
        except InputError:
            continue
        yield step
