"""Course 4's small functions, each alone: zero_pad, conv_single_step, the mask, the mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from parity_tests.adapters.course.unit_findings import in_unit_check
from parity_tests.adapters.fourth_course import helper_lines as lines
from parity_tests.adapters.layer_functions.function_pairs import FunctionPair
from parity_tests.adapters.layer_functions.layer_checks import NO_READING, JudgedPair
from parity_tests.adapters.layer_functions.pair_calls import Called, PairCaller
from parity_tests.adapters.mistaken_calls import not_taken, sorted_out
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.judged import Tensor
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import as_array, sound
from parity_tests.diagnosis.diagnose import explain_tensor
from parity_tests.diagnosis.hypotheses import values
from parity_tests.diagnosis.line_functions import FUNCTIONS
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.formula_text import FormulaText

Rounded = Callable[..., Any]  # random numbers of this shape, of the candidate's arithmetic


@dataclass(frozen=True)
class Helper:
    """A small function of course 4.

    Attributes:
        line: of its result.
        given: its arguments, of random numbers.
        sizes: whole numbers that the line names.
        others: further texts that are right, and round differently.
    """

    line: FormulaText
    given: Callable[[Rounded], Mapping[str, Any]]
    sizes: Mapping[str, int] = field(default_factory=dict)
    others: tuple[str, ...] = ()


HELPERS = {
    "zero_pad": Helper(lines.ZERO_PAD, lambda draw: {"X": draw(3, 4, 6, 5), "pad": 2}),
    "conv_single_step": Helper(
        lines.SINGLE_STEP,
        lambda draw: {"a_slice_prev": draw(3, 3, 2), "W": draw(3, 3, 2), "b": draw(1, 1, 1)},
    ),
    "create_mask_from_window": Helper(lines.MASK, lambda draw: {"x": draw(3, 4)}),
    "distribute_value": Helper(
        lines.DISTRIBUTED, lambda draw: {"dz": draw()[()], "shape": (3, 4)},
        {"n_H": 3, "n_W": 4}, ("np.ones(shape) * (dz * (1 / (0 * dz + n_H * n_W)))",),
    ),
}  # fmt: skip


def check_window_helpers(caller: PairCaller, p: Precision, seed: int) -> tuple[JudgedPair, ...]:
    """Check those of the small functions that the candidate has.

    Args:
        caller: calls them.
        p: the candidate's arithmetic.
        seed: of the random numbers.
    """
    return tuple(
        JudgedPair(FunctionPair(name, None, ()), NO_READING, False, report)
        for name in HELPERS
        if name in caller.functions
        for report in reports_on(caller, name, p, seed)
    )


def reports_on(caller: PairCaller, name: str, p: Precision, seed: int) -> Iterator[Report]:
    """Yield the report on a function; nothing where it takes other arguments."""
    rng, helper = np.random.default_rng([seed, len(name)]), HELPERS[name]
    given = helper.given(lambda *shape: p.round(rng.standard_normal(shape)))
    if not_taken(name, caller.functions[name], given) is not None:
        return
    called = Called()
    result = caller.call(name, given, called)
    if result is None:
        notes = tuple(called.notes)
        yield Report(name, p.name, tensors=(), notes=notes, **sorted_out(called.findings))
        return
    left = helper.line.left
    context = context_of(helper, given, p)
    shape = context.right[0].shape
    array = as_array(result)
    if array.dtype.kind == "b":  # a mask
        array = array.astype(p.dtype)
    if shape == () and array.size == 1:
        array = array.reshape(())
    trace, problems = sound({left: array}, {left: shape}, {}, p)
    findings, tensors = list(called.findings), list[Tensor]()
    if left in trace:
        c = Comparison.of(trace[left], context.right)
        tensors.append(c.tensor(left).of_function(name, left))
        problems += c.findings(left, str(array.dtype), "value", "value")
    for found in problems:
        if found.kind in ("value", "shape") and array.dtype.kind in "fiu":
            found = explain_tensor(found, context, array.astype(np.float64), p)
        found = replace(found, code=f"{left}.{found.kind}", layer=None)
        findings.append(in_unit_check(found, name, left, found.message))
    notes = tuple(called.notes)
    yield Report(name, p.name, tensors=tuple(tensors), notes=notes, **sorted_out(findings))


def context_of(helper: Helper, given: Mapping[str, Any], p: Precision) -> TensorContext:
    """Return the names of a function's line, and its values."""
    names: dict[str, Any] = {
        n: ErrorArray(np.asarray(x, float), 0.0, p)
        for n, x in given.items()
        if isinstance(x, np.ndarray | np.generic)
    }
    if "b" in names:
        names["b"] = names["b"].reshape(())
    names = {**NOTHING, **given, **names, **helper.sizes, "np": FUNCTIONS}
    line = helper.line
    context = TensorContext(line.left, 0, (line,), Formulas(()), (names,), None)
    every = [x for text in (line.right, *helper.others) for x in values(context, text)]
    return replace(context, right=Formulas(every))


# The names that any line may use and that have no value here.
NOTHING: dict[str, Any] = {
    "m": 1, "n": None, "n_prev": None, "n_y": 1, "n_x": None, "lambd": 0, "Z": None, "L": 0,
    "weights": [],
}  # fmt: skip
