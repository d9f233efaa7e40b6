"""Running statistics on a page: before and after the run, with bounds, in both modes."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import ref_numpy
import torch_impl
from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.random_problem import random_problem
from parity_tests.page.all_steps import all_steps
from parity_tests.page.html import page
from parity_tests.page.page_request import PageRequest
from parity_tests.page.step import LABELS, LABELS_OF_GRAPH, PageStep
from parity_tests.page.torch_program import network_line
from parity_tests.page.training_recording import PageRecording, record
from parity_tests.tests.support.page_networks import written
from parity_tests.tests.support.paths import PROGRAMS
from ref_numpy import (
    BatchNorm,
    CrossEntropy,
    Dense,
    Dropout,
    Flatten,
    Graph,
    InputError,
    NetworkSpec,
    Softmax,
    Tanh,
)

M = 8
both_modes = pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])


def of_positions() -> NetworkSpec:
    graph = Graph({"x": (5, 4)})
    graph.add("h", Dense(5, 7), "x")
    graph.add("norm", BatchNorm(7, momentum=0.25), "h")
    graph.add("drop", Dropout(0.25), "norm")
    graph.add("flat", Flatten(), "drop")
    graph.add("z", Dense(28, 3), "flat")
    graph.add("y", Softmax(), "z")
    return NetworkSpec.from_graph(graph)


GRAPH = of_positions()
CHAIN = NetworkSpec.chain(
    (Dense(5, 7), BatchNorm(7, 0.5, 0.25), Tanh(), Dense(7, 3), Softmax()), CrossEntropy()
)
PLANTED = """
import ref_numpy


def without_momentum(spec, params, X, Y):
    trace = ref_numpy.run(spec, params, X, Y, context=spec.context(Y.shape[1], training=True))
    return trace | {"mean1.next": trace["mean1.next"] * 4 - params["mean1"] * 3}
"""


def recorded(spec: NetworkSpec, folder: Path, **options: object) -> PageRecording:
    return record(
        PageRequest(network=written(spec, folder), iterations=3, **options), program_here()
    )


def steps_of(spec: NetworkSpec, training: bool) -> dict[str, PageStep]:
    labels = LABELS if spec.is_chain else LABELS_OF_GRAPH
    shapes = {**spec.trace_shapes(M), **spec.parameter_shapes, **spec.state_shapes}
    shapes[labels] = (*spec.output_shape, M)
    return {step.name: step for step in all_steps(spec, shapes, 0.3, training=training)}


def equations(step: PageStep) -> list[str]:
    found = re.findall(r'display="block" alttext="(.*?)"', "".join(step.equations))
    return [unescape(text) for text in found]


def legend(step: PageStep) -> str:
    found = "".join(re.findall(r'<span class="here.*?</span>', "".join(step.equations)))
    letters = re.sub(r'<math display="inline" alttext="(.*?)">.*?</math>', r"\1", found)
    return unescape(re.sub(r"<.*?>", "", letters))


@pytest.mark.slow
@both_modes
def test_a_page_holds_the_state_before_and_after(training: bool, tmp_path: Path) -> None:
    """At each iteration it is torch's, of the parameters, masks and statistics of that one."""
    recording = recorded(GRAPH, tmp_path, training=training)
    assert recording.report.passed
    assert ("in training" in str(recording.report)) == training
    for snapshot in recording.snapshots:
        context = GRAPH.context(20, training, 0, snapshot.iteration)
        params = snapshot.params
        theirs = torch_impl.run(GRAPH, params, recording.X, recording.Y, context=context)
        for name in ("norm.mean", "norm.variance"):
            after = snapshot.elements[f"{name}.next"]
            np.testing.assert_array_equal(after.candidate, theirs[f"{name}.next"])
            assert after.right
            assert after.bound is not None
            assert (after.candidate == params[name]).all() == (not training)
        np.testing.assert_array_equal(snapshot.elements["drop"].candidate, theirs["drop"])
        J = ref_numpy.run(GRAPH, params, recording.X, recording.Y, context=context)["J"]
        assert (J == snapshot.J) == training  # the reference's training has its batches' statistics
    first, second, *_ = recording.snapshots
    assert (first.params["norm.mean"] != second.params["norm.mean"]).all()  # which a training moves
    assert "norm.mean+" not in first.elements  # no gradient updates it
    assert "norm.variance.next" in page(recording)


@both_modes
@pytest.mark.parametrize("spec", [GRAPH, CHAIN], ids=["graph", "chain"])
def test_there_is_a_step_for_each_tensor_of_the_state(spec: NetworkSpec, training: bool) -> None:
    params, X, Y = random_problem(spec, M)
    context = spec.context(M, training)
    expected = [n for n, _ in expectations(spec, params, X, Y, {}, FLOAT64, context=context)]
    names = [name for name in expected if name not in spec.inputs]
    found = steps_of(spec, training)
    assert list(found) == [*names, *(f"{name}+" for name in spec.parameter_shapes)]
    for step in found.values():
        assert step.right
        assert step.equations
        assert (step.phase == "state") == step.name.endswith(".next")
    (other,) = [step.note for step in found.values() if step.name == "J"]
    assert ("statistics of the batch" in other) == (not training)


def test_equations_are_those_of_the_mode() -> None:
    found = steps_of(GRAPH, training=False)
    assert equations(found["norm"])[-2:] == ["μ = mean", "σ² = variance"]
    assert "mean is norm.mean, variance is norm.variance" in legend(found["norm"])
    assert found["norm"].reads == {
        "norm.gamma": "i:", "norm.beta": "i:", "norm.mean": "i:", "norm.variance": "i:", "h": ":j",
    }  # fmt: skip
    assert equations(found["dh"])[0] == "dA = r dÂ"
    assert equations(found["norm.mean.next"]) == ["mean ← mean"]
    assert found["norm.mean.next"].reads == {"norm.mean": "ij"}
    assert found["norm.mean.next"].numpy[0].code.startswith("return {own: params[own]")
    found = steps_of(GRAPH, training=True)
    assert equations(found["norm"])[-3:] == [
        "μ = (1/N) Σ a", "σ² = (1/N) Σ (a − μ)²", "N = number of columns",
    ]  # fmt: skip
    assert found["norm"].reads == {"norm.gamma": "i:", "norm.beta": "i:", "h": ":j"}
    assert equations(found["dh"])[0] == "dA = r (dÂ − mean(dÂ) − Â mean(dÂ ∗ Â))"
    assert "norm.mean" not in legend(found["dh"])
    variance = found["norm.variance.next"]
    assert equations(variance)[:2] == [
        "variance ← (1 − momentum) variance + momentum σ² N/(N − 1)", "σ² = (1/N) Σ (a − μ)²",
    ]  # fmt: skip
    assert legend(variance) == "variance is norm.variance, a is h, momentum = 0.25"
    assert variance.reads == {"norm.variance": "ij", "h": "i:"}
    assert variance.torch_code == ""  # torch has no module of (m, T, n)
    assert variance.layout == "column"
    assert "norm.variance after this batch" in variance.meaning


@both_modes
def test_a_students_lines_give_the_state(training: bool) -> None:
    params, X, Y = random_problem(CHAIN, M)
    context = CHAIN.context(M, training)
    theirs = torch_impl.run(CHAIN, params, X, Y, context=context)
    found = steps_of(CHAIN, training)
    assert found["mean1.next"].meaning.startswith("mean[1] after this")
    names = {"nn": nn, "torch": torch}
    exec(network_line(CHAIN, training), names)
    network = names["network"].double()  # pyright: ignore[reportAttributeAccessIssue]
    given = [x for name, x in params.items() if name in CHAIN.parameter_shapes]
    given += [x for name, x in params.items() if name in CHAIN.state_shapes]
    own = [*network.parameters(), *(b for b in network.buffers() if b.is_floating_point())]
    with torch.no_grad():
        for theta, array in zip(own, given, strict=True):
            theta.copy_(torch.from_numpy(array.reshape(theta.shape)))
        network(torch.from_numpy(X.T))
    for name in ("mean1.next", "variance1.next"):
        state = eval(found[name].torch_name, names).numpy()
        np.testing.assert_array_equal(state.reshape(-1, 1), theirs[name])


def test_a_wrong_state_is_found_at_its_step(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PLANTED, encoding="utf-8")
    name = f"{tmp_path / 'mine.py'}:without_momentum"
    recording = recorded(CHAIN, tmp_path, candidate=name, training=True)
    (finding,) = recording.report.findings
    assert finding.tensor == "mean1.next"
    assert [cause.code for cause in finding.causes] == ["mean.missing-momentum"]
    assert not recording.snapshots[0].elements["mean1.next"].right


@pytest.mark.slow
def test_what_has_no_state_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        recorded(CHAIN, tmp_path, candidate=str(PROGRAMS / "week4.py"))
    assert refused.value.code == "page.state"
    with pytest.raises(InputError) as refused:
        record(PageRequest(training=True), program_here())
    assert refused.value.code == "twin.nothing-random"
