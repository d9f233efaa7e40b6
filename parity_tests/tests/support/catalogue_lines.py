"""The right lines of the catalogue, each with its mistakes."""

from __future__ import annotations

from collections.abc import Iterator

from parity_tests.kinds import backward_lines
from parity_tests.kinds.formula_text import FormulaText
from parity_tests.kinds.known_kinds import built_in_layers, built_in_losses


def lines_of_kinds() -> Iterator[FormulaText]:
    """Those of each kind, in the order of a run."""
    dense, *others = built_in_layers().values()
    losses = built_in_losses().values()
    forward = (*(kind.line for kind in (dense, *others)), *(loss.line for loss in losses))
    backward = (
        backward_lines.DZ_LAST,
        backward_lines.WEIGHTED_LAST,
        *(loss.gradient_line for loss in losses),
        *(loss.logits_line for loss in losses),
        *(kind.derivative_line for kind in others),
        *dense.parameter_lines.values(),
        dense.derivative_line,
    )
    of_graphs = (
        line
        for kind in others
        for line in (*kind.further_results, *kind.further_lines, *kind.parameter_lines.values())
    )
    yield from dict.fromkeys(filter(None, (*forward, *backward, *of_graphs)))
