"""Checks of a training step: the random numbers of its context, or those that it drew itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.adapters.torch_twin import twin
from parity_tests.checking.verdict import FAILED, PASSED
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.graphs.dropping_networks import (
    MISTAKES,
    NETWORKS,
    by_hand,
    program,
    short,
)
from parity_tests.tests.support.graphs.graph_networks import Mask, known
from ref_numpy import (
    Array,
    Context,
    Dense,
    Dropout,
    Embedding,
    Graph,
    InputError,
    NetworkSpec,
    Softmax,
    Tanh,
    Unembedding,
    WholeNumbers,
)

M = 11
CONTEXT = Context(training=True, seed=3, update=5, examples=np.arange(M)[::-1] + 100)


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with known():
        yield


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(
    "precision",
    ["float64", *(pytest.param(p, marks=pytest.mark.slow) for p in ("float32", "bfloat16"))],
)
def test_torch_trains_within_the_bounds(network: str, precision: str) -> None:
    """Masks are equal to the bit; a trace without them, evaluation's, is found."""
    spec = NETWORKS[network]()
    problem = random_problem(spec, M)
    report = check(twin(precision), spec, *problem, precision, context=CONTEXT)
    assert (report.verdict, report.condition) == (PASSED, "in training")
    assert not report.unbounded
    assert {t.name for t in report.tensors} == {*spec.trace_shapes(M)}
    evaluated = twin(precision)(spec, *problem)
    step = next(s for s in spec.steps if s.layer.is_random)
    findings = check(evaluated, spec, *problem, precision, context=CONTEXT).findings
    assert findings[0].tensor == step.output
    assert check(evaluated, spec, *problem, precision).verdict == PASSED


def test_later_calls_have_as_many_examples_as_labels_at_positions_say() -> None:
    """Each call draws the masks of its own m examples of T tokens."""
    graph = Graph({"tokens": WholeNumbers(7, (4,))})
    graph.add("e", Embedding(7, 5), "tokens")
    graph.add("d", Dropout(0.4), "e")
    graph.add("z", Unembedding(5, 7), "d", share={"E": "e.E"})
    graph.add("y", Softmax(), "z")
    spec = NetworkSpec.from_graph(graph, "token_cross_entropy")
    report = check(ref_numpy.run, spec, *random_problem(spec, M), context=CONTEXT)
    assert (report.verdict, report.calls.others) == (PASSED, (79, 64, M, M))


@pytest.mark.parametrize("precision", ["float64", pytest.param("float32", marks=pytest.mark.slow)])
def test_a_step_by_hand_passes_and_each_mistake_is_one_finding(precision: str) -> None:
    spec = short()
    params, X, Y = (x for x in random_problem(spec, M, dtype=np.dtype(precision)))

    def codes(mistake: str) -> list[tuple[str, list[str]]]:
        report = check(program(mistake), spec, params, X, Y, precision, calls=1, context=CONTEXT)
        return [(f.tensor, [cause.code for cause in f.causes]) for f in report.findings]

    assert codes("") == []
    for mistake, (tensor, code) in MISTAKES.items():
        ((where, causes),) = codes(mistake)
        assert where == tensor, mistake
        assert code in causes, mistake


def draws_its_own(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> Any:
    """Each call draws other random numbers, of which the check knows nothing."""
    seed = int(np.random.default_rng().integers(2**40))
    context = spec.context(Y.shape[-1], training=True, seed=seed)
    return ref_numpy.run(spec, params, X, Y, context=context)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_program_that_draws_its_own_numbers_is_judged_by_them(network: str) -> None:
    """At float64, where the whole run is compared end to end as well."""
    spec = NETWORKS[network]()
    problem = random_problem(spec, M)
    report = check(draws_its_own, spec, *problem, context=CONTEXT)
    report.raise_findings()
    assert report.condition == "in training, with its own random numbers"
    assert not report.unbounded
    trace = draws_its_own(spec, *problem)
    assert check(trace, spec, *problem, context=CONTEXT, own_draws=True).verdict == PASSED
    step = next(s for s in spec.steps if s.layer.is_random)
    finding, *_ = check(trace, spec, *problem, context=CONTEXT).findings
    assert finding.tensor == step.output
    assert [cause.code for cause in finding.causes] == ["draws.drawn-otherwise"]


@pytest.mark.parametrize("mistake", ["unscaled", "redrawn", "not zeroed", "unscaled backwards"])
def test_a_mistake_of_a_program_that_draws_its_own_is_one_finding(mistake: str) -> None:
    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array) -> dict[str, Array]:
        return by_hand(params, X, Y, CONTEXT._replace(seed=77, examples=None), mistake)

    (finding,) = check(run, short(), *random_problem(short(), M), context=CONTEXT).findings
    tensor, code = MISTAKES[mistake]
    assert finding.tensor == tensor
    assert code in [cause.code for cause in finding.causes]


def test_an_input_of_zero_hides_what_was_drawn() -> None:
    """Its gradient is right with the mask and without it, and wrong as anything else."""
    spec = short()
    params, X, Y = random_problem(spec, M)
    X = X.copy()
    X[:, 3] = 0
    params |= {"h.b": 0 * params["h.b"]}  # a is 0 at example 3
    trace = by_hand(params, X, Y, CONTEXT._replace(seed=9))

    def verdict(**other: Array) -> str:
        given = {"context": CONTEXT, "own_draws": True}
        return check({**trace, **other}, spec, params, X, Y, **given).verdict

    assert verdict() == PASSED
    dropped, half = (trace["da"].copy() for _ in range(2))
    dropped[:, 3] = 0
    half[:, 3] /= 2
    dh = trace["dh"]
    for da, expected in ((dropped, PASSED), (half, FAILED)):
        dh = da * (1 - trace["a"] ** 2)
        after = {"dh": dh, "dh.W": dh @ X.T, "dh.b": dh.sum(axis=1, keepdims=True)}
        assert verdict(da=da, **after, dx=params["h.W"].T @ dh) == expected


def test_later_calls_have_the_numbers_of_other_examples() -> None:
    """None twice; the same ones where the parameters alone are others."""
    seen: list[tuple[Any, Context]] = []

    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array, context: Context) -> Any:
        seen.append((X, context))
        return ref_numpy.run(spec, params, X, Y, context=context)

    spec = NETWORKS["chain"]()
    problem = random_problem(spec, M)
    for given in (CONTEXT, CONTEXT._replace(examples=None)):
        seen.clear()
        assert check(run, spec, *problem, context=given).verdict == PASSED
        numbers = np.arange(M) if given.examples is None else given.examples
        for X, context in seen:
            examples = np.arange(M) if context.examples is None else context.examples
            assert context.scale == X.shape[1] == len({*examples.tolist()})
            assert (context.seed, context.update, context.training) == (3, 5, True)
            is_first = np.array_equal(X, problem[1])
            assert np.array_equal(examples, numbers) == is_first
            assert is_first or not {*examples.tolist()} & {*numbers.tolist()}
        assert len({X.shape[1] for X, _ in seen}) == 3


def test_masks_that_are_kept_from_the_first_call_are_found_at_a_later_one() -> None:
    kept: dict[Any, Context] = {}

    def run(spec: NetworkSpec, params: Any, X: Array, Y: Array, context: Context) -> Any:
        return by_hand(params, X, Y, kept.setdefault(Y.shape, context))

    (finding,) = check(run, short(), *random_problem(short(), M), context=CONTEXT).findings
    assert finding.tensor == "d"
    assert finding.kind == "later"


def test_the_place_in_the_batch_is_not_the_number_of_the_example() -> None:
    """It is at the first call, of examples 0, 1, 2, …, and at no later one."""
    context = CONTEXT._replace(examples=None)
    spec = short()
    (finding,) = check(
        program("first examples"), spec, *random_problem(spec, M), context=context
    ).findings
    assert finding.tensor == "d"
    assert finding.kind == "later"


def test_what_is_no_context_or_cannot_be_read_is_refused() -> None:
    spec = short()
    problem = random_problem(spec, M)
    trace = dict(draws_its_own(spec, *problem))
    without = {n: x for n, x in trace.items() if n != "d"}
    graph = Graph({"x": (5,)})
    graph.add("h", Mask(), "x")
    graph.add("z", Dense(5, 3), "h")
    graph.add("y", Tanh(), "z")
    own = NetworkSpec.from_graph(graph, "squared_error")

    def fails(code: str, *given: Any, **options: Any) -> None:
        with pytest.raises(InputError) as refused:
            check(*given, **options)
        assert refused.value.code == code

    fails("context.type", trace, spec, *problem, context={"seed": 1})
    short_of = CONTEXT._replace(examples=np.arange(M - 1))
    fails("context.examples", trace, spec, *problem, context=short_of)
    fails("draws.no-result", without, spec, *problem, context=CONTEXT, own_draws=True)
    fails("draws.no-reader", draws_its_own, own, *random_problem(own, M), context=CONTEXT)
    assert check(twin(), own, *random_problem(own, M), context=CONTEXT).verdict == PASSED


def test_a_context_that_does_not_train_is_none() -> None:
    spec = NETWORKS["chain"]()
    problem = random_problem(spec, M)
    report = check(twin(), spec, *problem, context=Context(seed=3))
    assert (report.verdict, report.condition) == (PASSED, "")
    assert check(draws_its_own, spec, *problem, context=Context(seed=3)).verdict == FAILED
