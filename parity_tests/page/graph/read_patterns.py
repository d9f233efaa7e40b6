"""Which elements of each operand an element of a step's tensor takes, as far as that is known.

The equation says it: Z = W A_prev takes a row of W and a column of A_prev, a product with ∗ one
element of each. Otherwise the shapes do: every axis but the first says which column.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from parity_tests.page.graph.graph_equations import product
from parity_tests.page.step import Shapes

JOINED = {"+", "∗", "=", "…"}


def read_patterns(
    texts: list[str],
    letters: Mapping[str, str],
    names: Collection[str],
    result: str,
    shapes: Shapes,
    parameters: Collection[str],
    elementwise: bool,
) -> dict[str, str]:
    """Return the pattern of each operand, see `PageStep.reads`; of a product its factors first.

    Args:
        texts: the equations.
        letters: the tensors in them, by letter.
        names: the operands.
        result: the tensor of the step.
        shapes: of every tensor.
        parameters: the names of those.
        elementwise: the layer is element by element.
    """
    factors, patterns = product(texts[0]) if texts else ([], [])
    if factors and {letters.get(letter) for letter in factors} == {*names}:
        return {letters[x]: pattern for x, pattern in zip(factors, patterns, strict=True)}
    if elementwise or (texts and is_element_by_element(texts[0], letters)):
        return {n: "ij" if shapes[n] == shapes[result] else "::" for n in names}
    return {n: by_shape(n, result, shapes, parameters) for n in names}


def is_element_by_element(text: str, letters: Mapping[str, str]) -> bool:
    """Return whether an equation has only sums and products ∗ of whole tensors."""
    left, _, right = text.partition(" = ")
    return left in letters and all(x in letters or x in JOINED for x in right.split())


def by_shape(name: str, result: str, shapes: Shapes, parameters: Collection[str]) -> str:
    """Return the pattern of an operand by its shape; "::" where two are possible."""
    given, made = shapes[name], shapes[result]
    if result.removeprefix("d") in parameters:
        rows, *columns = made  # those of kernels have several axes
        ways = {"i:": given[0] == rows, "j:": [given[0]] == columns} if len(given) > 1 else {}
    elif name in parameters:
        ways = {"i:": given[0] == made[0], ":i": given[-1] == made[0]}
    else:
        ways = {":j": given[1:] == made[1:] or given == made[1:]}
    possible = [way for way, fits in ways.items() if fits]
    return possible[0] if len(possible) == 1 else "::"


def made_by(texts: list[str], reads: Mapping[str, str]) -> str:
    """Return "dot" where an element is an inner product that the page can write out."""
    factors, patterns = product(texts[0]) if texts else ([], [])
    return "dot" if factors and [*reads.values()] == patterns else ""
