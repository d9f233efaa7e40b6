"""A run of the reference as a candidate's: each tensor stored in a precision, some wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.diagnosis.line_functions import FUNCTIONS_OF_LINES
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.formula_text import FormulaText
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.line_names import names_of, without_positions
from ref_numpy import Array, Context, NetworkSpec, WholeNumbers
from ref_numpy.graphs.step import Step, next_name

STEP = "z"  # in the graph that a kind brings


@dataclass
class StoredRun:
    """The reference's run, whose every tensor is rounded to p before another is computed from it.

    Attributes:
        problem: parameters, inputs and labels: numbers of p, at float64.
        wrong: tensors that are used instead of the right ones.
        trace: every tensor by name, the inputs too.
    """

    spec: NetworkSpec
    p: Precision
    problem: tuple[Mapping[str, Array], Any, Array]
    wrong: Mapping[str, Array] = field(default_factory=dict)
    context: Context = field(default_factory=Context)

    def __post_init__(self) -> None:
        names = self.spec.trace_shapes(1).keys() - self.spec.inputs
        changes = {name: partial(self.stored, name) for name in names}
        self.trace = faulty_run(self.spec, *self.problem, changes, self.context)

    def stored(self, name: str, x: Array) -> Array:
        """Return a tensor, or the wrong one, in numbers of p."""
        return self.p.round(np.asarray(self.wrong.get(name, x))).astype(np.float64)

    def value_of(self, text: str, step: str = STEP) -> Any:
        """Return the value of a line of a step; None where it has an axis that is not there."""
        try:
            return without_positions(eval(text, self.names(step)))
        except np.exceptions.AxisError:
            return None

    def names(self, step: str) -> dict[str, Any]:
        """Return the names that the lines of a step may use."""
        of = step_named(self.spec, step)
        known = (self.trace.get(f"d{name}") for name in of.outputs)
        d = [  # 0 of a result that nothing uses
            np.zeros_like(self.trace[name]) if gradient is None else gradient
            for name, gradient in zip(of.outputs, known, strict=True)
        ]
        params = of.select(self.problem[0])
        cache = of.forward(params, self.context, *(self.trace[name] for name in of.inputs))
        cache = cache._replace(outputs=tuple(self.trace[name] for name in of.outputs))
        return FUNCTIONS_OF_LINES | names_of(of.layer, params, cache, *d)


def step_named(spec: NetworkSpec, name: str) -> Step:
    """Return the step of this name."""
    return next(step for step in spec.steps if step.output == name)


def lines_at(
    spec: NetworkSpec, name: str = STEP, training: bool = True
) -> Iterator[tuple[str, FormulaText]]:
    """Yield (tensor, line) of each line of a step's kind, in training or in evaluation."""
    step = step_named(spec, name)
    kind = kind_of(step.layer).lines_and_formulas(training)
    for result, line in zip(step.outputs, kind.lines_of_results, strict=False):
        if line:
            yield result, line
    floats = [
        tensor
        for tensor, shape in zip(step.inputs, step.input_shapes, strict=True)
        if not isinstance(shape, WholeNumbers)
    ]
    tensors: dict[str, str] = dict(zip(kind.inputs, floats, strict=False))
    tensors["Z"] = step.inputs[0]  # as an activation's lines name its input
    for line in filter(None, (kind.derivative_line, *kind.further_lines)):
        yield f"d{tensors[line.left.removeprefix('d')]}", line
    for own, line in kind.parameter_lines.items():
        yield f"d{step.parameters[own.removeprefix('d')]}", line
    for own, line in kind.state_lines.items():
        yield next_name(step.state[own]), line
