"""What a report should say of how a right program was read: the conventions it was written with.

A report misreads a program where one of these facts is missing in its notes and its problem. Only
readings by which the program computes the same numbers from the same examples are equal on paper,
and each may be reported:

- of one output, labels (m, 1) or (1, m) and labels (m,) hold the same numbers;
- of one output, a mean over examples and outputs is a mean over the examples; a program written
  for one output that takes several has then one of the two scales;
- parameters that are arguments of a function may have each shape that it takes: b (n,) or (1, n)
  where examples are rows, and any sizes; and one number, of one layer of one unit, any shape;
- classes of layers that nothing in the file puts together may be in any order;
- a program for one example that also takes all at once, and sums, may be read in either way, and
  so may one that takes an example as a row or as a column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations, product

from parity_tests.adapters.interfaces.data_forms import FLAT as FLAT_LABELS
from parity_tests.adapters.interfaces.data_forms import MATRIX
from parity_tests.adapters.interfaces.layout import COLUMN, FLAT, ROW
from parity_tests.campaigns.generated_programs.program_choices import (
    COURSE,
    ENGINE,
    FUNCTIONS,
    LAYER_CLASSES,
    LAYER_FUNCTIONS,
    LOSS_FUNCTION,
    ONE_EXAMPLE,
    TRAIN_STEP,
    Choices,
)
from parity_tests.checking.report import Report

Facts = tuple[tuple[str, ...], ...]  # of each fact the texts that state it
OF_ARGUMENTS = (FUNCTIONS, LOSS_FUNCTION, TRAIN_STEP)


def misreading(report: Report, facts: Facts) -> str:
    """Return the first fact that a report does not state as it is; "" where there is none."""
    text = "\n".join((*report.notes, report.problem))
    return next((fact[0] for fact in facts if not any(each in text for each in fact)), "")


def facts_of_network(c: Choices) -> Facts:
    """Return the facts of a program: its activations, loss and conventions.

    The course's functions have one reading.
    """
    if c.interface == COURSE:
        return ()
    if c.interface == ENGINE:
        return ("½ (a − y)²",), *((f" {g}(a)",) for g in c.hidden)
    if c.interface == LAYER_FUNCTIONS:
        return facts_of_functions(c)
    has_sizes = c.dims and c.interface not in OF_ARGUMENTS
    sizes = "-".join(map(str, c.dims)) + " " if has_sizes else ""
    kinds = tuple(f"{sizes}{each.kinds}" for each in in_any_order(c))
    return kinds, tuple(dict.fromkeys(conventions_of(c)))


def in_any_order(c: Choices) -> list[Choices]:
    """Return the choices in each order of the activations that may be reported."""
    if c.interface != LAYER_CLASSES:
        return [c]
    return [replace(c, hidden=hidden) for hidden in dict.fromkeys(permutations(c.hidden))]


def facts_of_functions(c: Choices) -> Facts:
    """Return the facts of functions of single layers: those of the dense layer, and of the loss.

    Biases (n, 1) that are brought into a row may have any shape.
    """
    kind = "sums" if c.cost or c.gradients == "sum" else "means"
    shapes = [c.biases] if not c.rows or c.biases != COLUMN else [COLUMN, FLAT, ROW]
    every = [replace(c.layout, biases=b).describe(vectors="b") for b in shapes]
    dense = tuple(f": dense; {layout}" for layout in every)
    means = (f"; gradients are {kind} over the examples",)
    if not c.cost:
        return dense, means
    half = ", without 1/2" if "½" in c.cost else ""
    scale = c.cost.partition(",")[0]
    return dense, means, (f": {c.loss};",), (f"the cost is the {scale} over the examples{half};",)


def conventions_of(c: Choices) -> Iterator[str]:
    """Yield the texts of conventions that are equal on paper, that of the program first."""
    start = "" if c.interface == ONE_EXAMPLE else "inferred from its numbers: "
    end = ", gradients are "
    of_rows = [c.rows, not c.rows] if c.interface == ONE_EXAMPLE else [c.rows]
    every = product(of_rows, biases_of(c), labels_of(c), scales_of(c))
    for rows, biases, labels, scale in every:
        layout = replace(c.layout, rows=rows, biases=biases)
        parts = [
            layout.describe(biases=bool(c.biases)),
            "" if c.biases else "no biases",
            f"labels are {labels}",
            f"J is a {scale}" if c.cost else f"no J, gradients of a {scale}",
        ]
        yield start + ", ".join(filter(None, parts)) + end


def biases_of(c: Choices) -> list[str]:
    """Return the shapes of biases that may be reported."""
    if c.L == 1 and c.n_y == 1 and c.biases:
        return list(dict.fromkeys([c.biases, ROW, COLUMN, FLAT]))
    either = c.interface in OF_ARGUMENTS and c.rows and c.biases in (FLAT, ROW)
    return list(dict.fromkeys([c.biases or COLUMN, *([FLAT, ROW] if either else [])]))


def labels_of(c: Choices) -> list[str]:
    """Return the forms of labels that may be reported."""
    return list(dict.fromkeys([c.labels, *([MATRIX, FLAT_LABELS] if c.n_y == 1 else [])]))


def scales_of(c: Choices) -> list[str]:
    """Return the scales of J and the gradients that may be reported."""
    scale = c.gradients
    if c.n_y > 1 or not scale.startswith("mean"):
        return [scale]
    return [scale, scale.replace("mean", "mean over outputs", 1)]
