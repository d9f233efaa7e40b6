"""Every sentence that names a cause, or describes an error without one, by its code.

Mistakes in a formula have their sentences beside their edits, in the catalogue (`kinds`); those
here are of mistakes that any tensor may have. Nothing else in this room composes English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from parity_tests.checking.causes import Cause
from parity_tests.checking.findings import Remark
from parity_tests.checking.report_wording import listed
from parity_tests.kinds.known_kinds import built_in_layers

SAMPLED = {kind: of for kind, of in built_in_layers().items() if of.samples}
OTHER_ACTIVATIONS = {
    f"activation-{kind}": f"{of.words} is used instead of {{kind}}" for kind, of in SAMPLED.items()
}
OTHER_DERIVATIVES = {
    f"derivative-{kind}{at}": (
        f"the derivative of {of.words}{where} is used instead of that of {{kind}}"
    )
    for kind, of in SAMPLED.items()
    for at, where in {"": "", "-at-Z": ", at Z{l},"}.items()
    if of.has_derivative and (of.derivative_at_Z or not at)
}

# Mistakes that any tensor may have. Facts in braces; {l} is the layer, {p} the one before it;
# {n}, {n_prev}, {n_y} and {n_x} are sizes.
CAUSES: dict[str, str] = {
    "truncated": "its fractions are cut off, as in an array of integers",
    "transposed": "it is transposed",
    "matrix-product": "a matrix product is used instead of the elementwise product",
    "matrix-product-of-transposed": (
        "a matrix product of dA{l}^T is used instead of the elementwise product"
    ),
    "other-layer-W": "{other_W} is used instead of W{l}",
    "other-layer-b": "{other_b} is used instead of b{l}",
    "other-layer-A": "{other_A} is used instead of A{p}",
    "other-layer-dZ": "{other_dZ} is used instead of dZ{l}",
    "other-layer-dA": "{other_dA} is used instead of dA{l}",
    "other-layer-Z": "{other_Z} is used instead of Z{l} in the derivative",
    "other-layer-A-in-derivative": "{other_A} is used instead of A{l} in the derivative",
    # Another activation, by its kind.
    **OTHER_ACTIVATIONS,
    **OTHER_DERIVATIVES,
    # Factors.
    "sign-flipped": "its sign is flipped",
    "twice": "it is twice as large",
    "missing-half": "it is twice as large: the ½ is missing",
    "half": "it is half as large",
    "zero": "it is all zeros",
    "zero-1//m": "it is all zeros, as 1 // m is",
    "missing-1/m": "it is m times too large: the 1/m is missing",
    "times-m": "it is m times too large",
    "divided-by-m-twice": "it was divided by m one time too many",
    "divided-by-m": "it was divided by m, which belongs to dW and db",
    "by-m": "it was divided by m",
    "sign-flipped-times-m": "its sign is flipped, and it is m times too large",
    "sign-flipped-divided-by-m": "its sign is flipped, and it was divided by m",
    "times-2/m": "it is 2/m times as large",
    "mean-over-outputs": (
        "it was divided by {n_y} (here n_y): a mean over outputs is used instead of their sum"
    ),
    "divided-by-n": "it was divided by {n} (here n, the units) and not by m",
    "also-divided-by-n": "it was divided by {n} (here n, the units)",
    # The sum of a gradient's shares, and a mistake in one of them.
    "in-share": "in the share of {by}: {mistake}",
    # A mistake in a tensor that the trace does not have, in one layer or in several.
    "in-line": "in the line of {of}: {mistake}",
    "in-lines": "in the lines of {of}: {mistake}",
    "share-missing": "the share of {by} is missing: the tensor is used {n} times",
    "L2-missing": "the L2 term, {by}, is missing",
    "share-twice": "the share of {by} was added twice",
    "share-alone": "it is the share of {by} alone: the tensor is used {n} times",
    "times-c": "it is {c} times the expected value",
    # Random numbers.
    "drawn-at-another-update": (
        "its random numbers are those of update {update}: those of update {here} were expected"
    ),
    "drawn-for-first-examples": (
        "its random numbers are those of examples 0, 1, 2, …: those of these examples' own numbers "
        "were expected"
    ),
    "drawn-otherwise": (
        "its random numbers are others than those of this seed, update, step and these examples; a "
        "program that draws its own is checked with own_draws=True"
    ),
    "drawn-again": "the random numbers of its backward pass are not those of its forward pass",
    # In the step of a graph.
    "other-input": "{other} is used instead of {own}",
    # A lower precision.
    "stored-in": "it was computed, or stored, in {q}: its numbers are those of {q}",
    "summed-in": "it was computed, and summed, in {q}: its numbers are those of {q}",
    "rounded-operand": "{operands} was rounded to {q}",
    "rounded-operands": "{operands} were rounded to {q}",
    "part-in": "{part} was computed in {q}",
    "running-sum-in": "the sum was kept in {q}, one term after the other",
    # Overflow.
    **{one.code: one.sentence for of in built_in_layers().values() for one in of.overflows},
    "squares-overflow": (
        "the squares, or their sum, are larger than {largest}, the largest number of this "
        "arithmetic: compute them in {wider}"
    ),
    "infinite-log": (
        "A{l} is exactly 0 or 1 there, whose logarithm or quotient is infinite: use the logits Z{l}"
    ),
}  # fmt: skip

REMARKS: dict[str, str] = {
    "unknown.no-known-mistake": "unknown: no known mistake gives these numbers{patterns}",
    "unknown.no-known-update": (
        "unknown: no known mistake gives the parameters after every update{patterns}"
    ),
    "unknown.worst-case": (
        "unknown: a right sum would be off by so much if almost every addition rounded to the "
        "same side, which has no known reason here"
    ),
    "outside-of-log": (
        "A{l} has numbers outside of 0 to 1, of which there is no logarithm: correct A{l} first"
    ),
    "shape-only": "the values are right, but the shape is wrong: {instead}",
    "note.other-batch-confirms": "; another batch would confirm it",
    "note.other-batch-separates": "; a batch of {m} other examples tells them apart",
    "note.other-network-separates": (
        "; in this network some are the same: one of other sizes may tell them apart"
    ),
}

# Ways to give right numbers their right shape.
SHAPES: dict[str, str] = {
    "squeeze": "use np.squeeze",
    "reshape": "use .reshape{shape}",
    "equal-columns": "every column is the same, and one is enough",
}

# The place and the look of an unexplained error.
PATTERNS: dict[str, str] = {
    "every-element": "every element is wrong",
    "n-elements": "{n} are wrong",
    "n-elements-in-rows": "{n} of {size} elements are wrong, in {rows} rows",
    "one-element": "only the element {index} is wrong",
    "example": "only the example (column) {which} is wrong",
    "examples": "only the examples (columns) {which} are wrong",
    "column": "only the column {which} is wrong",
    "columns": "only the columns {which} are wrong",
    "unit": "only the unit (row) {which} is wrong",
    "units": "only the units (rows) {which} are wrong",
    "position": "only the position {which} is wrong",
    "positions": "only the positions {which} are wrong",
    "range": "the {n} wrong elements are at {first} to {last} of axis {axis}, of 0 to {end}",
    "zeros": "every element is 0",
    "factor": "it is {factor} times the expected value",
    "rank": "the difference has rank {rank}, of at most {most}",
    "correlation": "the difference correlates with {tensor} (r = {r})",
    "self-correlation": "the difference correlates with the tensor itself (r = {r})",
    # What a deep network's many wrong tensors were not compared with.
    "layers-in-reach": (
        "of other layers' tensors, those within {reach} of the layers {layers} were tried"
    ),
    "as-the-others": (
        "{n} other {kind} were searched in full, and only the mistakes found in them were tried"
    ),
}

Pattern = tuple[str, Mapping[str, Any]]  # a code of `PATTERNS`, and its facts


def both(one: str, other: str) -> str:
    """Return the sentence of two mistakes at once."""
    return f"{one}, and {other}"


def in_share(sentence: str) -> str:
    """Return the sentence of a mistake in one of a gradient's shares."""
    return CAUSES["in-share"].replace("{mistake}", sentence)


def in_line(cause: Cause, tensors: Sequence[str]) -> Cause:
    """Return the cause that a mistake is in these tensors, which the trace does not have.

    In several layers the sentence has no layer's number: "dA is used instead of dZ".
    """
    several = len(tensors) > 1
    text = CAUSES["in-lines" if several else "in-line"].replace("{mistake}", cause.sentence)
    facts = {**cause.facts, "of": listed(tensors)}
    if several:
        facts |= {n: x for n, x in {"l": "", "p": "_prev"}.items() if n in facts}
    return replace(cause, sentence=text, facts=facts)


def make_cause(
    kind: str, code: str, formula: str, right: str | None, by: str = "", **facts: Any
) -> Cause:
    """Return the cause "kind.code", with the sentence that `CAUSES` has for it.

    Args:
        kind: of the tensor, such as "dW".
        code: of `CAUSES`; that of a lower precision is completed by it: "stored-in-float32".
        formula: the wrong one.
        right: the right one.
        by: the use whose share the mistake is in; empty of a whole tensor.
        facts: of the sentence.
    """
    full = f"{kind}.{code}" + (f"-{facts['q']}" if "q" in facts else "")
    if by:
        return Cause(full, in_share(CAUSES[code]), formula, right, {"by": by, **facts})
    return Cause(full, CAUSES[code], formula, right, facts)


def make_remark(code: str, **facts: Any) -> Remark:
    """Return the remark of this code, with the sentence that `REMARKS` has for it."""
    return Remark(code, REMARKS[code].format(**facts), facts)


def unknown(code: str, patterns: Sequence[Pattern]) -> Remark:
    """Return the remark that no known mistake explains an error, with the error's patterns."""
    text = "".join(f"; {PATTERNS[name].format(**facts)}" for name, facts in patterns)
    message = REMARKS[code].format(patterns=text)
    return Remark(code, message, {"patterns": [{"code": n, **facts} for n, facts in patterns]})


def shape_only(code: str, shape: tuple[int, ...]) -> Remark:
    """Return the remark that only a tensor's shape is wrong, and how to mend it."""
    instead = SHAPES[code].format(shape=shape)
    message = REMARKS["shape-only"].format(instead=instead)
    return Remark(f"shape-only.{code}", message, {"shape": shape})
