"""The catalogue's lines: the right ones are the reference's, every edit fits and is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from parity_tests.adapters.course.update_functions import UPDATES
from parity_tests.campaigns.plant_in_reference import NETWORKS, M, make_key
from parity_tests.checking.comparison import gives
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.diagnosis.explanations import single_mistakes
from parity_tests.diagnosis.hypotheses import float_value, mistakes, pairs, values
from parity_tests.diagnosis.tensor_context import TensorContext, context_of
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds import update_lines
from parity_tests.kinds.formula_text import ALL, FormulaText, apply_edits, edit
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.catalogue_lines import lines_of_kinds
from ref_numpy import NetworkSpec, run

LEAKY = NetworkSpec.dense([5, 4, 3], "leaky_relu", "identity", "squared_error")
EQUAL = NetworkSpec.dense([M, M, M], "tanh", "softmax")  # as many units as examples
SPECS = {**NETWORKS, "leaky": LEAKY, "equal": EQUAL}


def contexts(spec: NetworkSpec) -> Iterator[tuple[str, TensorContext]]:
    params, X, Y = random_problem(spec, M, seed=1)
    trace = run(spec, params, X, Y)
    reference = LayerwiseReference.from_trace(spec, params, X, trace, FLOAT64)
    right = dict(reference.expected_tensors(X, Y))
    for name, formulas in right.items():
        if name != f"d{spec.output}" or spec.loss.reads == "A":
            yield name, context_of(reference, name, formulas, ErrorArray(Y, p=reference.p))


@pytest.mark.parametrize("network", SPECS)
def test_the_right_formulas_give_the_references_tensors(network: str) -> None:
    spec = SPECS[network]
    reference = run(spec, *random_problem(spec, M, seed=1))
    for name, context in contexts(spec):
        for formula in context.formulas:
            results = list(values(context, formula.right))
            assert results, (name, formula.right)
            assert all(gives(x, reference[name], FLOAT64) for x in results), (name, formula.right)


def every_formula() -> Iterator[FormulaText]:
    yield from lines_of_kinds()
    for update in UPDATES.values():
        yield from update.formulas.values()
    yield update_lines.TORCH_MOMENTUM


@pytest.mark.parametrize("formula", [*every_formula()], ids=lambda f: f"{f.left} = {f.right}")
def test_every_edit_fits_its_formula_and_changes_it(formula: FormulaText) -> None:
    for one in formula.edits:
        text = apply_edits(formula, one)
        assert text is not None, one
        assert text != formula.right, one
        compile(text, one.code, "eval")
    keys = [(one.code, one.facts) for one in formula.edits]
    sentences = [one.sentence.format(**FACTS | dict(one.facts)) for one in formula.edits]
    assert len(set(keys)) == len(set(sentences)) == len(formula.edits)


FACTS = {"l": 2, "p": 1, "kind": "tanh"}


@pytest.mark.slow
def test_a_mistake_has_one_code_and_one_sentence_at_a_tensor() -> None:
    """Reports of other examples are compared by codes, and readers compare sentences."""
    for spec in SPECS.values():
        for _, context in contexts(spec):
            sentence_of: dict[object, str] = {}
            for one in single_mistakes(context):
                cause = one.cause
                assert sentence_of.setdefault(cause.key, cause.message) == cause.message
            assert len(set(sentence_of.values())) == len(sentence_of)


@pytest.mark.slow
def test_every_mistake_gives_other_numbers_somewhere() -> None:
    """Otherwise it is none. Some need a number that is exactly at a kink."""
    seen: dict[object, bool] = {}
    for spec in SPECS.values():
        for _, context in contexts(spec):
            right = float_value(context, context.formulas[0].right)
            for one in mistakes(context):
                value = float_value(context, one.text)
                if value is not None:
                    differs = value.shape != right.shape or not np.array_equal(value, right)
                    key = make_key(one.code, one.facts)
                    seen[key] = seen.get(key, False) or differs
    same = {key for key, differs in seen.items() if not differs}
    at_kinks = {"dZ.mask-at-0", "dZ.half-at-0", "dA.one-at-0", "dA.minus-one-at-0"}
    at_the_ends = {"J.clipped"}  # of a probability that is near 0 or 1
    assert {key[0] for key in same} == at_kinks | at_the_ends | {"dA.one-at-the-kink"}
    assert len(seen) > 150


def test_edits_are_made_at_once() -> None:
    formula = FormulaText("J", "log(A) + log(1 - A)")
    swap = edit("swapped", "", "(A)", "(1 - A)", "(1 - A)", "(A)")
    no_log, minus = edit("first", "", "log(A)", "A"), edit("second", "", " + ", " - ")
    assert apply_edits(formula, swap) == "log(1 - A) + log(A)"
    assert apply_edits(formula, edit("other", "", "(B)", "(C)")) is None
    assert apply_edits(formula, no_log, minus) == "A - log(1 - A)"
    assert apply_edits(formula, no_log, edit("within it", "", "(A)", "(Z)")) is None
    assert apply_edits(formula, edit("whole", "", ALL, "0"), minus) is None


def test_two_mistakes_are_tried_in_one_formula() -> None:
    spec = NETWORKS["square"]
    context = dict(contexts(spec))["Z2"]
    lines = {one.line for one in pairs(context)}
    assert {"Z = W.T @ A_prev - b", "Z = W @ Z_prev", "Z = W1 @ Z_prev + b"} <= lines
    assert "Z.minus-b+missing-activation" in {one.code for one in pairs(context)}
