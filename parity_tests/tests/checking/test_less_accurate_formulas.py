"""Formulas that lose digits, tried where the accurate ones fail: the one-pass variance."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from parity_tests import check
from parity_tests.campaigns.stored_run import StoredRun
from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import LayerwiseReference, expectations
from parity_tests.checking.report import Report
from parity_tests.checking.report_wording import sentence
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.equivalent_formulas import Formulas, LessAccurate
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.layer_kind import FORMULAS, LayerKind
from parity_tests.kinds.norm_formulas import ONE_PASS
from parity_tests.tests.support.arithmetic.stored_arithmetic import stored
from parity_tests.tests.support.graphs.graph_runs import graph_problem, network, one_step
from ref_numpy import Array, BatchNorm, Context, LayerNorm, NetworkSpec, RMSNorm
from ref_numpy.context import Cache
from ref_numpy.graphs.step import next_name

TRAINING = Context(1, training=True, seed=3, update=5)
NORMS = {
    "layer norm": LayerNorm(16, epsilon=2.0**-10),
    "RMS norm": RMSNorm(16, epsilon=2.0**-10),
    "batch norm": BatchNorm(16, epsilon=2.0**-10),
}
# Mean and deviation of the inputs with which E[a²] − μ² loses more digits than other formulas may;
# None where, in so few digits, it would soon be negative.
LARGE_MEANS = {
    "float64": (4096.0, 1.0), "float32": (256.0, 1.0), "bfloat16-once": (1024.0, 4.0),
    "bfloat16": None, "bfloat16-sums": None,
}  # fmt: skip


def norm_and_problem(kind: str, precision: str, at: tuple[float, float] | None) -> Any:
    """A network x → z → flat, and its problem with inputs of this mean and deviation."""
    spec, p = network(one_step(NORMS[kind], 16)), precision_named(precision)
    params, inputs, Y = graph_problem(spec, p)
    mean, deviation = at or (0.0, 1.0)
    x = p.round(mean + deviation * inputs["x"]).astype(np.float64)
    return spec, params, {"x": x}, Y


def with_formulas(run: StoredRun, one_pass: bool) -> dict[str, Array]:
    """The trace of a program with a kind's formulas, its own ones or those of one pass.

    Each operation is rounded to the precision; or only the results, after float32 inside.
    """
    (step, _), rng = run.spec.steps, np.random.default_rng(0)
    layer: Any = step.layer
    more = (one_pass and kind_of(layer).less_accurate) or LayerKind()

    def given(x: Any) -> Any:
        return stored(x, run.p.inside, rng)

    params = {own: given(run.problem[0][full]) for own, full in step.given.items()}
    x = given(run.trace["x"])
    z, kept = layer.forward(params, run.context, x)
    wrong: dict[str, Any] = {"z": [z, *(f(layer, params, x) for f in more.forwards)][-1]}
    run = replace(run, wrong=wrong)
    cache = Cache((x,), (run.trace["z"],), kept, run.context)
    dz = given(run.trace["dz"])
    backward = [step.backward, *(partial(b, layer) for b in more.backwards)][-1]
    (dx,), gradients = backward(params, cache, dz)
    wrong |= {"dx": dx, **{f"dz.{own}": g for own, g in gradients.items()}}
    if step.state:
        next_state = [layer.next_state, *(partial(f, layer) for f in more.next_states)][-1]
        wrong |= {next_name(step.state[own]): s for own, s in next_state(params, cache).items()}
    return replace(run, wrong=wrong).trace


def program(p: Precision, one_pass: bool) -> Callable[..., dict[str, Array]]:
    """A program with one norm, whose operations are those of p."""

    def run(spec: NetworkSpec, params: Any, X: Any, Y: Array, context: Context) -> dict[str, Array]:
        wide = {n: a.astype(np.float64) for n, a in params.items()}
        given = wide, {n: x.astype(np.float64) for n, x in X.items()}, Y.astype(np.float64)
        trace = with_formulas(StoredRun(spec, p, given, {}, context), one_pass)
        return {n: np.asarray(x, p.dtype) for n, x in trace.items()}

    return run


def report_on(kind: str, precision: str, at: tuple[float, float] | None, one_pass: bool) -> Report:
    run = program(precision_named(precision), one_pass)
    return check(run, *norm_and_problem(kind, precision, at), precision, context=TRAINING)


def noted(report: Report) -> set[str]:
    """The tensors that only a less accurate formula gives."""
    return {t.name for t in report.tensors if t.less_accurate}


@pytest.mark.parametrize(
    ("kind", "precision"),
    [
        pytest.param(kind, p, marks=() if p == "float32" else pytest.mark.slow)
        for kind in NORMS
        for p in LARGE_MEANS
    ],
)
def test_a_program_of_one_pass_is_not_refused_and_the_report_says_so(
    kind: str, precision: str
) -> None:
    """Nor is one with the accurate formulas, of which the report says nothing."""
    at = LARGE_MEANS[precision]
    report = report_on(kind, precision, at, one_pass=True)
    assert report.findings == ()
    assert report.verdict == "passed"
    loses_digits = at is not None and kind != "RMS norm"  # which has no mean to subtract
    assert ("z" in noted(report)) == loses_digits
    assert ("J" in noted(report)) == (loses_digits and precision == "float64")  # end to end
    other = report_on(kind, precision, at, one_pass=False)
    assert (other.verdict, noted(other)) == ("passed", set())


def test_a_report_names_the_tensors_and_the_formula() -> None:
    report = report_on("layer norm", "float32", LARGE_MEANS["float32"], one_pass=True)
    facts = {"names": ["z", "dz.gamma"], "formulas": ONE_PASS, "judged": True}
    assert sentence("report.less-accurate", **facts) in str(report).splitlines()
    tensors = json.loads(report.to_json())["tensors"]
    assert {t["name"]: t["less_accurate"] for t in tensors if t["less_accurate"]} == {
        "z": ONE_PASS, "dz.gamma": ONE_PASS,
    }  # fmt: skip


def test_a_report_names_a_tensor_that_needs_the_formula_at_a_later_call_only() -> None:
    spec, params, X, Y = norm_and_problem("layer norm", "float32", LARGE_MEANS["float32"])
    p = precision_named("float32")

    def run(spec: Any, params: Any, x: Any, Y: Any, context: Context) -> dict[str, Array]:
        is_first = np.array_equal(x["x"], X["x"])
        return program(p, one_pass=not is_first)(spec, params, x, Y, context)

    once = check(run, spec, params, X, Y, "float32", context=TRAINING, calls=1)
    assert noted(once) == set()
    report = check(run, spec, params, X, Y, "float32", context=TRAINING)
    assert (report.verdict, noted(report)) == ("passed", {"z", "dz.gamma"})


def expected_of(kind: str, precision: str, at: Any) -> dict[str, Formulas]:
    """What is expected from the tensors of an accurate run."""
    spec, *problem = norm_and_problem(kind, precision, at)
    run = StoredRun(spec, precision_named(precision), tuple(problem), {}, TRAINING)
    own = {n: x for n, x in run.trace.items() if n not in spec.inputs}
    return dict(expectations(spec, *problem, own, run.p, context=TRAINING))


@pytest.mark.parametrize("name", ["z", "dx", "dz.gamma", "z.variance.next"])
def test_what_only_the_wide_bound_allows_is_noted_and_more_is_wrong(name: str) -> None:
    formulas = expected_of("batch norm", "float32", (64.0, 1.0))[name]
    assert formulas.less_accurate is not None
    words, every = formulas.less_accurate
    near = max(x.error.flat[0] for x in formulas)
    far = max(x.error.flat[0] for x in every())
    assert 8 * near < far < np.inf
    for moved, ratio_is_right, said in (
        (0, True, ""),
        (far / 2, True, words),
        (4 * far, False, ""),
    ):
        candidate = np.array(formulas[0].value)
        candidate.flat[0] += moved
        c = Comparison.of(candidate, formulas)
        assert (c.ratio <= 1, c.less_accurate) == (ratio_is_right, said)
        assert c.tensor(name).less_accurate == said


def by(*formulas: tuple[float, float]) -> Formulas:
    return Formulas(ErrorArray(np.array([x]), np.array([e])) for x, e in formulas)


SUMS = "sums kept in bfloat16"


@pytest.mark.parametrize(
    ("precision", "words"),
    [
        ("bfloat16", [ONE_PASS]),
        ("bfloat16-fused", ["fused steps", f"fused steps; {ONE_PASS}"]),
        ("bfloat16-sums", ["fused steps", SUMS, f"{SUMS}; {ONE_PASS}"]),
    ],
)
def test_each_wider_arithmetic_is_tried_after_the_narrower(precision: str, words: list) -> None:
    formulas = expected_of("layer norm", precision, None)["dz.beta"]
    levels = [("", formulas)]
    while more := levels[-1][1].less_accurate:
        levels.append((more.words, more.every()))
    assert [said for said, _ in levels] == ["", *words]
    bounds = [max(x.error.flat[0] for x in each) for _, each in levels]
    assert bounds == sorted(bounds)
    candidate = np.array(formulas[0].value)
    for (said, _), below, bound in zip(levels, [0, *bounds], bounds, strict=False):
        if below < bound:
            moved = candidate.copy()
            moved.flat[0] += (below + bound) / 2
            assert Comparison.of(moved, formulas).less_accurate == said
    candidate.flat[0] += 2 * bounds[-1]
    assert Comparison.of(candidate, formulas).less_accurate == ""


def test_a_less_accurate_formula_without_a_bound_judges_nothing() -> None:
    """Between accurate formulas one without a bound counts where all are."""
    formulas, candidate = by((1.0, 0.5)), np.array([5.0])
    assert Comparison.of(candidate, by((1.0, 0.5), (1.0, np.inf))).ratio == 8
    formulas.less_accurate = LessAccurate("sums", lambda: by((1.0, 0.5), (1.0, np.inf), (2.0, 1.0)))
    c = Comparison.of(candidate, formulas)
    assert (c.ratio, c.unbounded, c.less_accurate) == (0, 1, "sums")
    assert not c.tensor("z").judged
    assert c.findings("z", "float64", "value", "value") == []
    formulas.less_accurate = LessAccurate("sums", lambda: by((1.0, 0.5), (2.0, 1.0)))
    assert Comparison.of(candidate, formulas).ratio == 3
    right = Comparison.of(np.array([1.25]), formulas)
    assert (right.ratio, right.norm_bound, right.less_accurate) == (0.5, 0.5, "")


def test_end_to_end_the_bounds_are_those_of_the_accurate_formulas() -> None:
    spec, params, X, Y = norm_and_problem("layer norm", "float64", LARGE_MEANS["float64"])
    errors = []
    for every in (False, True):
        reference = LayerwiseReference.from_trace(spec, params, X, {}, precision_named("float64"))
        reference.tries_every_formula = every
        errors.append({n: f.hull().error.max() for n, f in reference.expected_tensors(X, Y)})
    assert all(8 * errors[0][name] < errors[1][name] for name in ("z", "flat", "dz.gamma"))


@pytest.mark.parametrize("part", FORMULAS)
def test_every_formula_is_tried_where_a_kind_has_less_accurate_ones(part: str) -> None:
    kind = LayerKind(**{part: (abs,)}, less_accurate=LayerKind(words="…", **{part: (max, min)}))
    assert getattr(kind.every_formula, part) == (abs, max, min)
    assert LayerKind(**{part: (abs,)}).every_formula == LayerKind(**{part: (abs,)})


def test_a_network_without_such_formulas_has_none_to_try() -> None:
    expected = expected_of("RMS norm", "float32", None)
    assert all(formulas.less_accurate is None for formulas in expected.values())


def test_a_layer_norm_of_64_features_is_judged_with_sums_in_bfloat16() -> None:
    spec = network(one_step(LayerNorm(64), 64))
    p = precision_named("bfloat16-sums")
    problem = graph_problem(spec, p)
    run = StoredRun(spec, p, problem, {}, TRAINING)
    right = dict(expectations(spec, *problem, run.trace, p, context=TRAINING))
    assert Comparison.of(run.trace["z"], right["z"]).tensor("z").judged
