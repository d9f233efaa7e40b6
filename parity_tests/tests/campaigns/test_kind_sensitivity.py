"""The basis of the table of each kind; the table itself is `parity sensitivity --kinds`."""

from __future__ import annotations

import pytest

from parity_tests.campaigns import kind_sensitivity, sensitivity
from parity_tests.campaigns.fixed_tolerances import RULES
from parity_tests.campaigns.kind_sensitivity import (
    DECLARE,
    OURS,
    OfKind,
    by_torch,
    of_every_kind,
    rounded_problem,
    sensitivities,
)
from parity_tests.error_model.precisions import PRECISIONS
from parity_tests.kinds.known_kinds import built_in_layers, built_in_losses
from ref_numpy import Layer

EVERY = {one.name: one for one in of_every_kind()}
FEW = ("embedding", "huber")


def test_every_kind_has_its_rows() -> None:
    both = {f"{kind} in training" for kind in ("dropout", "batch_norm")}
    assert EVERY.keys() == built_in_layers().keys() | built_in_losses().keys() | both
    for kind, one in ((one.kind, one) for one in EVERY.values()):
        assert one.tensors.keys() <= one.spec.trace_shapes(2).keys()
        if kind in Layer.kinds:
            step = next(s for s in one.spec.steps if s.output in one.tensors)
            assert step.layer.kind == kind
            parameters = {f"d{own}" for own in step.layer.parameter_shapes()}
            state = {*step.layer.state_shapes()} if one.training else set()
            assert {*one.tensors.values()} >= {step.layer.symbol, *parameters, *state}


@pytest.mark.parametrize(
    "kind", [pytest.param(k, marks=() if k in FEW else pytest.mark.slow) for k in EVERY]
)
def test_a_change_of_the_promised_size_is_found_at_every_tensor_of_a_kind(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensitivity, "PLANTED", 2)
    one, p = EVERY[kind], PRECISIONS["float32"]
    problem, context = rounded_problem(one.spec, p, seed=7), one.context(7)
    trace = by_torch(one.spec, problem, p, context=context)
    rows = sensitivity.tensor_sensitivities(one.spec, problem, trace, p, context=context)
    changes = {row.tensor: row.found[OURS] for row in rows if row.tensor in one.tensors}
    assert changes.keys() == one.tensors.keys()
    assert all(sensitivity.planted(one.spec, problem, trace, changes, p, context))


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_correct_tensors_are_not_refused_and_sums_in_half_are_to_be_declared(
    precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch sums dβ in bfloat16, and NumPy does not: two of three candidates."""
    monkeypatch.setattr(kind_sensitivity, "SEEDS", 1)
    rows = list(sensitivities(EVERY["layer_norm"], PRECISIONS[precision]))
    assert {row.tensor for row in rows} == EVERY["layer_norm"].tensors.keys()
    assert not any(row.refused[OURS] for row in rows)
    declared = [row.tensor for row in rows if row.refused.get(DECLARE)]
    assert declared == (["dz.beta"] * 2 if precision == "bfloat16" else [])
    assert all(row.found.keys() == {OURS, *RULES} for row in rows)


def test_the_examples_in_reverse_are_the_same_examples() -> None:
    """At float64 the forward pass of each example does not depend on the others."""
    one: OfKind = EVERY["relu"]
    p = PRECISIONS["float64"]
    problem = rounded_problem(one.spec, p, seed=2)
    ordered, reversed_ = (by_torch(one.spec, problem, p, turn) for turn in (1, -1))
    assert (ordered["A1"] == reversed_["A1"]).all()
    assert (ordered["dW1"] != reversed_["dW1"]).any()  # the sums over examples round otherwise


@pytest.mark.parametrize("kind", ["dropout", pytest.param("batch_norm", marks=pytest.mark.slow)])
def test_correct_tensors_of_a_training_step_are_not_refused(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The masks of the same examples in another order are the same masks."""
    monkeypatch.setattr(kind_sensitivity, "SEEDS", 1)
    one, p = EVERY[f"{kind} in training"], PRECISIONS["float32"]
    rows = list(sensitivities(one, p))
    assert {row.tensor for row in rows} == one.tensors.keys()
    assert not any(row.refused[OURS] for row in rows)
    problem = rounded_problem(one.spec, p, seed=0)
    ordered, turned = (by_torch(one.spec, problem, p, t, one.context(0, t)) for t in (1, -1))
    assert (kind == "dropout") == ((ordered["z"] == 0).any() and (ordered["z"] != 0).any())
    assert ((ordered["z"] == 0) == (turned["z"] == 0)).all()
