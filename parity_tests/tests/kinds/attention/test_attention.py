"""Attention as one layer: beside its steps, its mistakes, what it refuses, and blocks of keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.checking.comparison import Comparison
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.intervals import compose_relative_errors
from parity_tests.error_model.precisions import FLOAT32, precision_named
from parity_tests.error_model.ulp_tables import relative_error
from parity_tests.kinds.formula_text import apply_edits
from parity_tests.kinds.heads.attention_formulas import as_factor, corrected
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.tests.support.graphs.graph_runs import StoredRun, expected_tensors, graph_problem
from parity_tests.tests.support.named_causes import codes
from ref_numpy import Array, Cache, Context, Flatten, Graph, InputError, NetworkSpec, Softmax
from ref_numpy.layers.attention.attention import Attention
from ref_numpy.layers.attention.causal_softmax import CausalSoftmax
from ref_numpy.layers.attention.scores import Scores
from ref_numpy.layers.attention.weighted_values import WeightedValues

NAMES = "q", "k", "v"


def network(causal: bool, *shapes: tuple[int, ...]) -> NetworkSpec:
    graph = Graph(dict(zip(NAMES, shapes, strict=True)))
    graph.add(["z", "L"], Attention(causal), *NAMES)
    graph.add("flat", Flatten(), "z")
    return NetworkSpec.from_graph(graph, "squared_error")


def in_steps(causal: bool, *shapes: tuple[int, ...]) -> NetworkSpec:
    graph = Graph(dict(zip(NAMES, shapes, strict=True)))
    graph.add("s", Scores(), "q", "k")
    graph.add("p", CausalSoftmax() if causal else Softmax(), "s")
    graph.add("z", WeightedValues(), "p", "v")
    graph.add("flat", Flatten(), "z")
    return NetworkSpec.from_graph(graph, "squared_error")


SHAPES = [
    ((3, 4, 5), (3, 2, 5), (6, 2, 5)),
    ((3, 2, 4), (3, 2, 7), (3, 2, 7)),
    ((2, 3, 6), (2, 1, 4), (5, 1, 4)),
]


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("causal", [True, False])
def test_its_steps_are_within_its_bounds_and_it_is_within_theirs(
    causal: bool, shapes: tuple[tuple[int, ...], ...]
) -> None:
    """Neither shares a line with the other."""
    fused, apart = network(causal, *shapes), in_steps(causal, *shapes)
    for precision in ("float64", "bfloat16"):
        p = precision_named(precision)
        problem = graph_problem(fused, p)
        whole, steps = StoredRun(fused, p, problem), StoredRun(apart, p, problem)
        common = {"z", "flat", *(f"d{name}" for name in (*NAMES, "z", "flat"))}
        for run, other in ((whole, steps), (steps, whole)):
            trace = {name: other.trace[name] for name in common}
            for name, formulas in expected_tensors(run, trace).items():
                if name in common:
                    c = Comparison.of(other.trace[name], formulas)
                    assert c.ratio <= 1, (precision, name)
                    assert not c.unbounded, name


def is_exactly(given: ErrorArray, *numbers: float) -> None:
    """The numbers, which are those on paper, are within a bound of some roundings."""
    assert (np.abs(given.value.ravel() - numbers) <= given.error.ravel()).all()
    assert given.error.max() < 2.0**-40


def test_two_keys_on_paper() -> None:
    """d = 1 and scores 0 and log 3: P = (¼, ¾), L = log 4; dP = (8, 16), Σ dP P = 14."""

    def given(*numbers: float, off: float = 0.0) -> Any:
        return ErrorArray(np.array(numbers).reshape(1, 1, 1, -1), off)

    inputs = given(1), given(0, np.log(3), off=2.0**-53), given(8, 16)  # log 3 is rounded
    (O, L), kept = Attention().forward({}, Context(), *inputs)
    assert kept is None
    is_exactly(O, 14)
    is_exactly(L, 2 * np.log(2))
    cache = Cache(inputs, (O, L))
    (dQ, dK, dV), _ = Attention().backward({}, cache, given(1), given(0))
    is_exactly(dK, -1.5, 1.5)  # (¼ (8 − 14), ¾ (16 − 14))
    is_exactly(dV, 0.25, 0.75)
    is_exactly(dQ, 1.5 * np.log(3))
    (_, dK, dV), _ = Attention().backward({}, cache, given(0), given(1))
    is_exactly(dK, 0.25, 0.75)  # of L alone dS = P
    is_exactly(dV, 0, 0)


@pytest.mark.slow
def test_mistakes_are_named_where_heads_are_not_shared() -> None:
    """Of shared ones the graph of the kind has them; here d, h, m, T and T_K all differ."""
    spec, p = network(False, (2, 3, 5), (2, 3, 7), (4, 3, 7)), precision_named("float64")
    problem = graph_problem(spec, p)
    right, kind = StoredRun(spec, p, problem), kind_of(Attention())
    lines = dict(zip(("z", "L", "dq", "dk", "dv"),
                     (*kind.lines_of_results, kind.derivative_line, *kind.further_lines),
                     strict=True))  # fmt: skip
    named = 0
    for tensor, line in lines.items():
        for one in line.edits[::2] if line else ():
            if one.code in OF_SHARED_HEADS:
                continue
            try:
                wrong = right.value_of(apply_edits(line, one) or "")
            except ValueError:  # of transposed scores, where T and T_K differ
                continue
            if np.shape(wrong) != right.trace[tensor].shape or np.isnan(wrong).any():
                continue
            bad = StoredRun(spec, p, problem, {tensor: wrong})
            trace = {n: x for n, x in bad.trace.items() if n not in (*NAMES, "dL")}
            (finding,) = check(trace, spec, *problem).findings
            assert finding.tensor == tensor
            assert f"{line.left}.{one.code}" in codes(finding), (one, codes(finding))
            named += 1
    assert named >= 8


def test_a_program_without_L_is_judged_by_its_result() -> None:
    spec = network(True, (3, 4, 5), (3, 2, 5), (3, 2, 5))
    p = precision_named("float64")
    problem = graph_problem(spec, p)
    run = StoredRun(spec, p, problem)
    trace = {n: x for n, x in run.trace.items() if n not in (*NAMES, "L", "dL")}
    assert not check(trace, spec, *problem).findings
    wrong = {**trace, "dq": trace["dq"] * np.sqrt(3)}
    (finding,) = check(wrong, spec, *problem).findings
    assert codes(finding) == ["dQ.missing-scale"]


def online(Q: Array, K: Array, V: Array, block: int) -> tuple[Array, Array]:
    """FlashAttention's forward pass of one head and example, in the dtype of its inputs."""
    d, T = Q.shape
    O, total = np.zeros((len(V), T), Q.dtype), np.zeros(T, Q.dtype)
    most = np.full(T, -np.inf, Q.dtype)
    for start in range(0, K.shape[1], block):
        S = K[:, start : start + block].T @ Q / np.sqrt(Q.dtype.type(d))
        higher = np.maximum(most, S.max(axis=0))
        t, old = np.exp(S - higher), np.exp(most - higher)
        O, total = O * old + V[:, start : start + block] @ t, total * old + t.sum(axis=0)
        most = higher
    return O / total, most + np.log(total)


@pytest.mark.parametrize("block", [32, 64])
def test_blocks_of_keys_are_within_the_bounds(block: int) -> None:
    """The scores rise from block to block, so that all that was added is corrected each time."""
    spec, p = network(False, (4, 1, 6), (4, 1, 512), (3, 1, 512)), FLOAT32
    params, X, Y = graph_problem(spec, p)
    towards_q = np.sign(X["q"].mean(axis=(1, 2, 3), keepdims=True))
    X["k"] = p.round(X["k"] + np.linspace(0, 8, 512) * towards_q).astype(float)
    q, k, v = (X[name].astype(np.float32)[:, :, 0] for name in NAMES)
    each = [online(q[:, i], k[:, i], v[:, i], block) for i in range(q.shape[1])]
    own = {"z": np.stack([o for o, _ in each], axis=1)[:, :, None].astype(float),
           "L": np.stack([s for _, s in each])[None, :, None].astype(float)}  # fmt: skip
    expected = expected_tensors(StoredRun(spec, p, (params, X, Y)), own)
    for name in own:
        c = Comparison.of(own[name], expected[name])
        assert c.ratio <= 1, (name, c.ratio)


def test_what_blocks_add_to_the_bound() -> None:
    """Of b blocks: b − 1 products and exponentials, of t and of Σ t, and u |log P| of both."""
    value = np.zeros((70, 1))
    value[:3, 0] = 0.5, 2.0**-20, 0.5 - 2.0**-20
    P, L = (ErrorArray(x, 0.0, FLOAT32) for x in (value, np.ones((1, 1))))
    given_P, given_L = corrected(P, L)
    each = compose_relative_errors(*[FLOAT32.u, relative_error(np.exp, FLOAT32)] * 2)  # 3 blocks
    logs = FLOAT32.u * 20 * np.log(2)
    for k, own in ((1, logs), (0, FLOAT32.u * np.log(2))):
        least = value[k, 0] * (each + own + each + logs)
        assert least <= given_P.error[k, 0] <= least * (1 + 2.0**-10) + 2.0**-100
    assert each + logs <= given_L.error[0, 0] <= 2 * (each + logs) * (1 + 2.0**-10)
    assert given_P.error[5, 0] < 2.0**-100
    few = ErrorArray(value[:32], 0.0, FLOAT32)
    assert corrected(few, L)[0] is few


def test_factors_of_halves_are_rounded_once() -> None:
    once = precision_named("float16-once").inside
    x = ErrorArray(np.array([1.0, 2.0**-30, 0.0]), 0.0, once)
    u, underflow = 2.0**-11, 2.0**-24
    error = as_factor(x).error
    assert u + underflow <= error[0] <= (u + underflow) * (1 + 2.0**-20)
    assert underflow <= error[1] <= underflow * (1 + 2.0**-10)
    assert error[2] == 0
    single = ErrorArray(np.ones(1), 0.0, FLOAT32)
    assert as_factor(single) is single


OF_SHARED_HEADS = (
    "heads-of-K-tiled", "heads-of-V-tiled", "share-of-first-head", "mean-over-group",
)  # fmt: skip

REFUSALS = [
    ("attention.no-heads", ((3, 4), (3, 4), (3, 4))),
    ("attention.groups", ((3, 4, 5), (3, 3, 5), (3, 3, 5))),
    ("attention.features", ((3, 4, 5), (2, 4, 5), (3, 4, 5))),
    ("attention.values", ((3, 4, 5), (3, 4, 6), (3, 4, 5))),
    ("attention.values", ((3, 4, 5), (3, 2, 5), (3, 4, 5))),
]


@pytest.mark.parametrize(("code", "shapes"), REFUSALS)
def test_sizes_that_do_not_fit_are_refused(code: str, shapes: tuple[tuple[int, ...], ...]) -> None:
    make: Callable[[], Any] = lambda: network(False, *shapes)  # noqa: E731
    with pytest.raises(InputError) as error:
        make()
    assert error.value.code == code


def test_a_file_has_the_mask() -> None:
    spec = network(True, *SHAPES[0])
    assert NetworkSpec.from_json(spec.to_json()) == spec
    assert ref_numpy.initialise(spec) == {}
