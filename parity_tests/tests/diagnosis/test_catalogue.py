"""The catalogue's lines: the right ones are the reference's, every edit fits and is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from parity_tests.adapters.course.update_functions import UPDATES
from parity_tests.campaigns.plant_in_reference import NETWORKS, M
from parity_tests.checking.comparison import gives
from parity_tests.checking.layerwise import Walk
from parity_tests.diagnosis.hypotheses import mistakes, pairs, plainly, values
from parity_tests.diagnosis.tensor_context import Site, site_of
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds import backward_lines, forward_lines, update_lines
from parity_tests.kinds.line import ALL, Line, edited
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import NetworkSpec, run

LEAKY = NetworkSpec.dense([5, 4, 3], "leaky_relu", "identity", "squared_error")
EQUAL = NetworkSpec.dense([M, M, M], "tanh", "softmax")  # as many units as examples
SPECS = {**NETWORKS, "leaky": LEAKY, "equal": EQUAL}


def sites(spec: NetworkSpec) -> Iterator[tuple[str, Site]]:
    params, X, Y = random_problem(spec, M, seed=1)
    walk = Walk.of(spec, params, X, run(spec, params, X, Y), FLOAT64)
    right = dict(walk.all(X, Y))
    for name, formulas in right.items():
        if name != f"d{spec.output}" or spec.loss.reads == "A":
            yield name, site_of(walk, name, formulas, ErrorArray(Y, p=walk.p))


@pytest.mark.parametrize("network", SPECS)
def test_the_right_lines_give_the_references_tensors(network: str) -> None:
    spec = SPECS[network]
    reference = run(spec, *random_problem(spec, M, seed=1))
    for name, site in sites(spec):
        for line in site.lines:
            results = list(values(site, line.right))
            assert results, (name, line.right)
            assert all(gives(x, reference[name], FLOAT64) for x in results), (name, line.right)


def every_line() -> Iterator[Line]:
    for x in (*vars(forward_lines).values(), *vars(backward_lines).values()):
        if isinstance(x, Line):
            yield x
        elif isinstance(x, dict):
            yield from (line for line in x.values() if isinstance(line, Line))
    for update in UPDATES.values():
        yield from update.lines.values()
    yield update_lines.TORCH_MOMENTUM


@pytest.mark.parametrize("line", [*every_line()], ids=lambda line: f"{line.left} = {line.right}")
def test_every_edit_fits_its_line_and_changes_it(line: Line) -> None:
    for edit in line.edits:
        text = edited(line, edit)
        assert text is not None, edit
        assert text != line.right, edit
        compile(text, edit[0], "eval")
    said = [edit[0] for edit in line.edits]
    assert len(set(said)) == len(said)


def test_every_mistake_gives_other_numbers_somewhere() -> None:
    """Otherwise it is none. Some need a number that is exactly 0, and a batch before this one."""
    seen: dict[str, bool] = {}
    for spec in SPECS.values():
        for _, site in sites(spec):
            right = plainly(site, site.lines[0].right)
            for one in mistakes(site):
                value = plainly(site, one.text)
                if value is not None:
                    differs = value.shape != right.shape or not np.array_equal(value, right)
                    seen[one.said] = seen.get(one.said, False) or differs
    same = {said for said, differs in seen.items() if not differs}
    assert same == {"the mask is z ≥ 0: the derivative at 0 is 0"}
    assert len(seen) > 150


def test_edits_are_made_at_once() -> None:
    line = Line("J", "log(A) + log(1 - A)")
    swap = ("swapped", "(A)", "(1 - A)", "(1 - A)", "(A)")
    assert edited(line, swap) == "log(1 - A) + log(A)"
    assert edited(line, ("other", "(B)", "(C)")) is None
    assert edited(line, ("first", "log(A)", "A"), ("second", " + ", " - ")) == "A - log(1 - A)"
    assert edited(line, ("first", "log(A)", "A"), ("within it", "(A)", "(Z)")) is None
    assert edited(line, ("whole", ALL, "0"), ("second", " + ", " - ")) is None


def test_two_mistakes_are_tried_in_one_line() -> None:
    spec = NETWORKS["square"]
    site = dict(sites(spec))["Z2"]
    lines = {one.line for one in pairs(site)}
    assert {"Z = W.T @ A_prev - b", "Z = W @ Z_prev", "Z = W1 @ Z_prev + b"} <= lines
