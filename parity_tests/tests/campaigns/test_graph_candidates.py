"""The engine torch-graphs: random graphs by torch, of which none may be refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from parity_tests import check
from parity_tests.adapters.torch_twin import twin
from parity_tests.campaigns.data_kinds import DATA_KINDS
from parity_tests.campaigns.engines import torch_engine
from parity_tests.campaigns.random_candidates import Problem, random_candidate
from parity_tests.cli.commands import main
from parity_tests.kinds.random_graph import random_graph
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Add, Dense, Embedding, Flatten, Graph, LayerNorm, NetworkSpec, WholeNumbers
from ref_numpy.loss import labelled_examples

SEED = 1_000_000  # not one that the long campaign begins with


def run(*options: object) -> int:
    return main(["false-positives", "--engine", "torch-graphs", *map(str, options)])


@pytest.mark.parametrize(
    ("n", "precisions"),
    [
        (4, ["float64", "float32"]),
        pytest.param(
            40, ["float64", "float32", "bfloat16", "float16", "bfloat16-sums", "float16-sums"],
            marks=pytest.mark.slow,
        ),
    ],
)  # fmt: skip
def test_random_graphs_by_torch_pass(n: int, precisions: list[str], capsys) -> None:
    chosen = [option for precision in precisions for option in ("--precision", precision)]
    assert run("--candidates", n, "--seed", SEED, *chosen) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(f"{n * len(precisions)} random correct candidates")
    assert "0 refused" in last


def test_random_gpts_by_torch_pass(capsys) -> None:
    options = ("--precision", "float32", "--candidates", "1", "--seed", str(SEED))
    assert main(["false-positives", "--engine", "torch-gpts", *options]) == 0
    assert "0 refused" in capsys.readouterr().out.splitlines()[-1]


def test_random_gpts_are_of_both_builders() -> None:
    specs = [random_candidate(seed, "float32", graphs=True, gpts=True).spec for seed in range(60)]
    kinds = [{step.layer.kind for step in spec.steps} for spec in specs]
    for kind in ("positions", "rotary", "attention", "scores", "layer_norm", "silu"):
        assert 10 < sum(kind in each for each in kinds) < 50, kind
    heads = [[s.shape[1] for s in spec.steps if s.layer.kind == "split_heads"] for spec in specs]
    assert any(len({*each}) > 1 for each in heads)  # grouped keys and values


@pytest.mark.parametrize("tensor", ["J", pytest.param("d", marks=pytest.mark.slow)])
def test_a_wrong_gradient_fails_the_campaign(tensor: str, monkeypatch, capsys) -> None:
    right = torch_engine.run

    def wrong(*problem: Any, **options: Any) -> Mapping[str, Any]:
        trace = right(*problem, **options)
        name = tensor if tensor == "J" else [*trace][-1]
        return {**trace, name: trace[name] + 1}

    monkeypatch.setattr(torch_engine, "run", wrong)
    assert run("--candidates", 2, "--seed", 2, "--precision", "float64") == 1
    printed = capsys.readouterr().out
    assert "2 refused" in printed
    assert "again: parity false-positives --engine torch-graphs --precision float64" in printed


def m_of(one: Problem) -> int:
    return labelled_examples(one.spec.loss, one.Y)


def test_a_seed_gives_the_same_graph_and_numbers_again() -> None:
    first, second = (random_candidate(5, "float32", graphs=True) for _ in range(2))
    assert str(first) == str(second)
    assert first.spec == second.spec
    assert all(np.array_equal(first.params[n], second.params[n]) for n in first.params)
    assert not first.spec.is_chain
    assert random_candidate(5, "float32").spec.is_chain
    ms = {m_of(random_candidate(seed, "float32", graphs=True)) for seed in range(40)}
    assert max(ms) <= 40
    assert len(ms) > 10


def test_every_other_graph_that_draws_or_has_state_is_in_training() -> None:
    """With other examples and updates; no other graph has a context, and no chain."""
    problems = [random_candidate(seed, "float32", graphs=True) for seed in range(120)]
    training = [one for one in problems if one.context]
    drawing = [one for one in problems if one.spec.acts_in_training]
    assert 0 < len(training) < len(drawing) < len(problems)
    assert {one.spec.is_random for one in training} == {True, False}
    assert len({(c.seed, c.update) for c in (one.context for one in training) if c}) > 1
    for one in training:
        assert one.spec.acts_in_training
        assert one.context
        assert not one.spec.couples_examples or m_of(one) > 1
        assert one.context.training
        assert one.context.examples is not None
        assert len({*one.context.examples.tolist()}) == m_of(one)
        assert str(one).endswith(", in training")
    assert random_candidate(training[0].seed, "float32").context is None


@pytest.mark.slow
def test_masks_of_another_update_fail_the_campaign(monkeypatch, capsys) -> None:
    right = torch_engine.run

    def late(*problem: Any, context: Any, **options: Any) -> Mapping[str, Any]:
        other = context and context._replace(update=context.update + 1)
        return right(*problem, context=other, **options)

    monkeypatch.setattr(torch_engine, "run", late)
    assert run("--candidates", 4, "--seed", 76, "--precision", "float64") == 1  # two draw masks
    assert ", in training" in capsys.readouterr().out


@pytest.mark.parametrize("kind", DATA_KINDS)
def test_a_kind_of_data_changes_each_input_but_whole_numbers(kind: str) -> None:
    graph = Graph({"x": (3, 4), "t": WholeNumbers(5)})
    graph.add("flat", Flatten(), "x")
    graph.add("v", Embedding(5, 2), "t")
    graph.add("a", Dense(12, 2), "flat")
    graph.add("b", Dense(2, 2), "v", share={"b": "a.b"})
    graph.add("y", Add(), "a", "b")
    spec = NetworkSpec.from_graph(graph)
    params, X, Y = random_problem(spec, 7, 1)
    changed, X_changed, Y_changed = DATA_KINDS[kind](spec, (params, X, Y), np.random.default_rng(2))
    assert {n: p.shape for n, p in changed.items()} == spec.parameter_shapes
    assert X_changed["x"].shape == (3, 7, 4)
    assert np.isfinite(X_changed["x"]).all()
    assert X_changed["t"].dtype.kind == "i"
    assert Y_changed.shape == Y.shape
    if kind == "repeated examples":  # the same ones of each input and of the labels
        examples = {
            (*X_changed["x"][:, i].ravel(), X_changed["t"][i], *Y_changed[:, i]) for i in range(7)
        }
        assert len(examples) <= 3
    else:
        assert np.array_equal(X_changed["t"], X["t"])


def sum_over_a_token() -> NetworkSpec:
    """dE is a sum over all examples, which have the same token."""
    graph = Graph({"t": WholeNumbers(1)})
    graph.add("v", Embedding(1, 3), "t")
    return NetworkSpec.from_graph(graph)


def sum_over_positions() -> NetworkSpec:
    """dbeta is a sum over all examples and positions."""
    graph = Graph({"x": (3, 5)})
    graph.add("n", LayerNorm(3), "x")
    graph.add("flat", Flatten(), "n")
    return NetworkSpec.from_graph(graph)


@pytest.mark.parametrize("m", [8, 40])
@pytest.mark.parametrize(
    ("spec", "name"), [(sum_over_a_token(), "dv.E"), (sum_over_positions(), "dn.beta")]
)
def test_sums_that_torch_adds_in_bfloat16_are_to_be_declared(
    spec: NetworkSpec, name: str, m: int
) -> None:
    """torch's Embedding and LayerNorm store each partial sum of dE and dβ in bfloat16.

    So few rows could also have the errors of fused steps, which are in no other tensor here.
    """
    problem = spec, *random_problem(spec, m, 3, np.float32)
    report = check(twin("bfloat16"), *problem, precision="bfloat16")
    assert report.verdict == "not judged"
    assert (report.declare, report.undeclared) == ("bfloat16-sums", (name,))
    assert f"the errors of {name} are larger than bfloat16 makes" in str(report)
    assert not report.findings
    declared = check(twin("bfloat16-sums"), *problem, precision="bfloat16-sums")
    assert not declared.findings
    assert not declared.declare


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_a_function_over_a_graph_passes_at_every_call(seed: int) -> None:
    """It is called with other numbers of examples, and with other parameters, X and Y."""
    spec = random_graph(seed)
    problem = random_problem(spec, 13, seed, np.float32)
    report = check(twin("float32"), spec, *problem, precision="float32")
    assert report.verdict == "passed", str(report)
