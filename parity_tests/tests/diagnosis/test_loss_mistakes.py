"""Mistakes in the lines of a loss of whole labels, in a graph and in a chain: each is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from parity_tests import check
from parity_tests.kinds.formula_text import Edit, FormulaText, apply_edits
from parity_tests.kinds.known_kinds import built_in_loss
from parity_tests.kinds.layer_kind import constants_of
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec, TokenCrossEntropy, run

KIND = built_in_loss("token_cross_entropy")
LOSS = TokenCrossEntropy(smoothing=0.1)
M = 6


def of_texts() -> NetworkSpec:
    assert KIND.graph is not None
    return NetworkSpec.from_graph(KIND.graph(), LOSS)


SPECS = {"graph": of_texts(), "chain": NetworkSpec.dense([5, 7, 4], "tanh", loss=LOSS)}
OF_POSITIONS = {"shifted-labels", "mean-of-means"}
LINES = {"J": KIND.line, "dZ": KIND.logits_line}


def names_of(spec: NetworkSpec, trace: Any, Y: Array) -> dict[str, Any]:
    """The names of the loss's lines, with plain arrays."""
    Z, A = trace[spec.loss_reads], trace[spec.output]
    assert KIND.names is not None
    names = {"np": np, "Z": Z, "A": A, "Y": Y, "m": M, "n": len(Z), **constants_of(spec.loss)}
    return names | KIND.names(spec.loss, Z, A, Y)


def line_in(network: str, letter: str) -> FormulaText:
    """The line; in a chain gradients are of m J."""
    line = LINES[letter]
    assert line is not None
    in_chain = letter == "dZ" and network == "chain"
    return line._replace(right=line.right.replace(" / N", " * m / N")) if in_chain else line


def planted() -> Iterator[Any]:
    for network in SPECS:
        for letter, line in LINES.items():
            assert line is not None
            assert len(line.edits) >= 10
            marks = [pytest.mark.slow] if network == "chain" else []
            for one in line.edits:
                if network == "graph" or one.code not in OF_POSITIONS:
                    name = f"{network}-{letter}.{one.code}"
                    yield pytest.param(network, letter, one, id=name, marks=marks)


@pytest.mark.parametrize(("network", "letter", "one"), [*planted()])
def test_each_planted_mistake_is_named(network: str, letter: str, one: Edit) -> None:
    spec, line = SPECS[network], line_in(network, letter)
    params, X, Y = random_problem(spec, M, 2)
    trace = run(spec, params, X, Y)
    name = "J" if letter == "J" else f"d{spec.loss_reads}"
    names = names_of(spec, trace, Y)
    assert check({**trace, name: np.asarray(eval(line.right, names))}, spec, params, X, Y).passed
    text = apply_edits(line, one)
    assert text is not None
    wrong = np.asarray(eval(text, names))
    report = check({**trace, name: wrong}, spec, params, X, Y)
    (finding,) = (f for f in report.findings if f.tensor == name)
    assert f"{letter}.{one.code}" in {cause.code for cause in finding.causes}, finding
