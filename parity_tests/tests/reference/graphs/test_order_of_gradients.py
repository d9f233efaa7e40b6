"""Each gradient is listed after all that it is made of: in traces, shapes and reports."""

from __future__ import annotations

import numpy as np
import pytest

import ref_numpy
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.random_graph import random_graph
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.page_networks import GRAPHS, each_graph
from ref_numpy import NetworkSpec, WholeNumbers


def check_order(spec: NetworkSpec, names: list[str]) -> None:
    """The gradients of a step's results come before those of its inputs and parameters."""
    place = {name: k for k, name in enumerate(names)}
    for step in spec.backward_steps:
        made = [place[f"d{name}"] for name in step.outputs if f"d{name}" in place]
        taken = [*step.inputs, *step.parameters.values()]
        for name in taken:
            if not isinstance(spec.inputs.get(name), WholeNumbers):
                assert place[f"d{name}"] > max(made), (step.output, name)


@each_graph
def test_a_gradient_follows_those_it_is_made_of(spec: NetworkSpec) -> None:
    check_order(spec, list(spec.trace_shapes(3)))


@pytest.mark.parametrize("seed", range(7))
def test_so_in_any_graph(seed: int) -> None:
    """A run lists what a check expects, in the same order."""
    spec = random_graph(seed)
    params, X, Y = random_problem(spec, 3)
    names = list(spec.trace_shapes(3))
    check_order(spec, names)
    assert list(ref_numpy.run(spec, params, X, Y)) == names
    expected = [name for name, _ in expectations(spec, params, X, Y, {}, FLOAT64)]
    assert [name for name in names if name in expected] == expected


def test_what_is_before_a_finding_does_not_depend_on_it() -> None:
    """E has a share from the end and one from the beginning: dE is known after all others."""
    spec = GRAPHS["texts"]
    params, X, Y = random_problem(spec, 7)
    trace = ref_numpy.run(spec, params, X, Y)
    wrong = trace | {"dmixed": 2 * np.asarray(trace["dmixed"])}
    first = check(wrong, spec, params, X, Y).findings[0]
    assert first.tensor == "dmixed"
    assert "dscores" in first.before
    assert not {"de", "de.E"} & {*first.before}
