"""The lines of the kinds of graphs: the right ones are the layer's, and each mistake is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from parity_tests.campaigns.stored_run import lines_at
from parity_tests.checking.comparison import Comparison
from parity_tests.kinds.formula_text import apply_edits
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.tests.support.graphs.graph_runs import GRAPHS, KINDS, expected_tensors, right_run
from ref_numpy import InputError

NAMES = ("float64", "float32", "bfloat16")
# Each has some 30 mistakes; they are hardest to see in bfloat16.
MANY = ("layer_norm", "group_norm", "conv1d", "conv2d", "transposed_conv2d")
PLANTED = [
    pytest.param(kind, p, marks=pytest.mark.slow if kind in MANY and p != "bfloat16" else ())
    for kind in KINDS
    for p in NAMES
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_line_gives_the_layers_own_numbers(kind: str) -> None:
    run = right_run(kind, "float64")
    right = expected_tensors(run)
    for name, line in lines_at(run.spec):
        assert Comparison.of(run.value_of(line.right), right[name]).ratio <= 1, (name, line)


@pytest.mark.parametrize("precision", NAMES)
@pytest.mark.parametrize("kind", GRAPHS)
def test_a_right_run_is_within_its_bounds(kind: str, precision: str) -> None:
    run = right_run(kind, precision)
    right = expected_tensors(run)
    assert right.keys() >= {"z", "dz", *(f"d{n}" for n in run.spec.parameter_shapes)}
    for name, formulas in right.items():
        if name != "J" and name in run.trace:
            c = Comparison.of(run.trace[name], formulas)
            assert c.ratio <= 1, name
            assert not c.unbounded, name


@pytest.mark.parametrize(("kind", "precision"), PLANTED)
def test_each_planted_mistake_is_found_at_its_tensor(kind: str, precision: str) -> None:
    run = right_run(kind, precision)
    for name, line in lines_at(run.spec):
        for one in line.edits:
            text = apply_edits(line, one)
            assert text is not None, one
            wrong = run.value_of(text)
            if np.shape(wrong) != run.trace[name].shape or one.at_ties:
                continue  # which the structure of the trace shows; or of which these data have none
            bad = right_run(kind, precision, {name: wrong})
            assert Comparison.of(bad.trace[name], expected_tensors(bad)[name]).ratio > 1, (
                name,
                text,
            )


@pytest.mark.parametrize("kind", [kind for kind, spec in GRAPHS.items() if spec.parameter_shapes])
def test_gradients_of_micro_batches_are_within_their_bounds(kind: str) -> None:
    """Of three parts of two examples, whose gradients are stored and then added."""
    run = right_run(kind, "float32")
    right, names = expected_tensors(run), [f"d{name}" for name in run.spec.parameter_shapes]
    run.p = replace(run.p, parts=3)
    if run.spec.couples_examples:  # of which each part has statistics of its own
        with pytest.raises(InputError, match="statistics of each part"):
            expected_tensors(run)
        return
    of_parts = expected_tensors(run)
    for name in names:
        c = Comparison.of(run.trace[name], of_parts[name])
        assert c.ratio <= 1, name
        assert not c.unbounded, name
        # The value is that of the whole batch, but for roundings at float64.
        assert Comparison.of(of_parts[name][0].value, right[name]).ratio <= 1, name


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_the_mistakes_that_people_make(kind: str) -> None:
    assert sum(len(line.edits) for _, line in lines_at(KINDS[kind])) >= 6
    assert not kind_of(KINDS[kind].steps[0].layer).samples  # it is no activation of a chain
