"""The recording that a page shows, and the file that it becomes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import ref_numpy
import torch_impl
from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.adapters.trace_files import write
from parity_tests.checking.guarded_calls import CandidateError
from parity_tests.cli.commands import main
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.random_problem import random_problem
from parity_tests.page.datasets import choose_examples
from parity_tests.page.html import contents, page
from parity_tests.page.page_request import PageRequest
from parity_tests.page.plane import GRID, extent
from parity_tests.page.training_recording import record, spread
from parity_tests.tests.support.page_networks import SPECS, each_spec
from parity_tests.tests.support.paths import PROGRAMS, ROOT
from ref_numpy import Add, Dense, Graph, InputError, NetworkSpec


@pytest.mark.slow
def test_a_recording_holds_torchs_trace_and_the_references_from_its_inputs() -> None:
    request = PageRequest(
        network="3-4-2", hidden="relu", output="softmax", data="random", examples=7
    )
    recording = record(request, program_here())
    spec = NetworkSpec.dense([3, 4, 2], "relu", "softmax")
    params, X, Y = random_problem(spec, 7, 0)
    first = recording.snapshots[0]
    given = random_problem(spec, 1, 0)[0]
    theirs = torch_impl.run(spec, given, X, Y, device="cpu")
    for name, theta in given.items():
        np.testing.assert_array_equal(first.params[name], theta)
    assert first.elements.keys() == theirs.keys() | {f"{n}+" for n in params}
    for name, tensor in theirs.items():
        np.testing.assert_array_equal(first.elements[name].candidate, tensor)
    own = first.elements
    Z = given["W2"] @ own["A1"].candidate + given["b2"]
    np.testing.assert_array_equal(own["Z2"].reference, Z)
    np.testing.assert_array_equal(own["W2+"].reference, given["W2"] - 1.2 * own["dW2"].candidate)
    assert recording.curve[0] == (0, float(ref_numpy.run(spec, given, X, Y)["J"]))
    for moment in recording.snapshots:
        for element in moment.elements.values():
            assert element.candidate is not None
            assert element.bound is not None
            assert (np.abs(element.candidate - element.reference) <= element.bound).all()
            assert element.right


@pytest.mark.slow
def test_the_boundary_is_the_networks_output_over_the_inputs() -> None:
    recording = record(PageRequest(iterations=300), program_here())
    (left, right), (bottom, top) = extent(recording.X)
    last = recording.snapshots[-1]
    assert last.iteration == 299
    points = np.array([[left, right, left, right], [top, top, bottom, bottom]])
    A, _ = ref_numpy.forward(recording.spec, last.params, points)
    grid = last.boundary
    assert grid is not None
    assert grid.shape == (GRID, GRID)
    np.testing.assert_array_equal([grid[0, 0], grid[0, -1], grid[-1, 0], grid[-1, -1]], A["A2"][0])


def test_snapshots_are_close_together_at_first_and_end_with_the_last() -> None:
    assert spread(0, 40) == [0]
    assert spread(9, 40) == list(range(10))
    found = spread(999, 20)
    assert (found[0], found[-1]) == (0, 999)
    assert 10 < len(found) <= 20
    assert sorted(np.diff(found)) == list(np.diff(found))


@pytest.mark.slow
@each_spec
def test_a_page_loads_nothing_and_holds_everything_as_json(spec: NetworkSpec) -> None:
    sizes = "-".join(map(str, [*spec.input_shape, *(s.shape[0] for s in spec.steps[::2])]))
    kinds = [s.layer.kind for s in spec.steps if s.output[0] == "A"]
    request = PageRequest(
        network=sizes, hidden=",".join(kinds[:-1]), output=kinds[-1], lambd=spec.lambd,
        iterations=20, examples=7,
    )  # fmt: skip
    recording = record(request, program_here())
    text = page(recording)
    assert not re.search(r"(src|href)\s*=|@import|url\(|https?:", text)
    (held,) = re.findall(r'id="recording">(.*?)</script>', text, re.DOTALL)
    assert json.loads(held)["summary"] == recording.spec.summary
    assert json.loads(held)["passed"]
    assert "<!--" not in text


@pytest.mark.slow
def test_the_page_of_digits_is_below_3_megabytes() -> None:
    request = PageRequest(network="64-32-10", hidden="relu", output="softmax")
    recording = record(request, program_here())
    assert recording.data == "20 examples of digits"
    assert len(recording.snapshots) > 3
    assert len(page(recording).encode()) < 3_000_000


@pytest.mark.slow
def test_a_candidate_of_the_course_is_recorded_with_the_tensors_it_has() -> None:
    recording = record(
        PageRequest(str(ROOT / "parity_tests/tests/support/sample_programs/week3.py")),
        program_here(),
    )
    given = contents(recording)["moments"][0]["tensors"]
    assert "own" in given["dW1"]
    assert "own" not in given["dA1"]  # which its functions do not hold
    assert "own" not in given["W1+"]
    assert not recording.batch_first
    assert recording.lines["dZ1"].startswith("week3.py, line 22: dZ1 = ")


REFUSED = {
    "--network 2-4-3 --output softmax --data two_moons": "two_moons has 2 inputs and 2 classes",
    "--network 3-1 --data planar_flower": "expected a network such as 2-8-1, or --data random",
    "--network 2-4-1 --output identity --data two_moons": "has 2 inputs and 2 classes but",
    "--data breast_cancer --network 30-1 --examples 570": "expected at most 569, which",
    "--network 784-512-10": "MB of numbers to show; expected at most 2",
    "--learning-rate 1e308 --data random --network 3-4-2 --output identity": "the cost became",
}


@pytest.mark.parametrize("options", REFUSED)
def test_a_page_that_cannot_be_made_is_one_sentence(options: str) -> None:
    asked = options.split()
    fields = dict(zip((o[2:].replace("-", "_") for o in asked[::2]), asked[1::2], strict=True))
    kinds = {"examples": int, "learning_rate": float}
    request = PageRequest(**{n: kinds.get(n, str)(x) for n, x in fields.items()})
    with pytest.raises(InputError, match=re.escape(REFUSED[options])):
        record(request, program_here())


def test_the_command_refuses_in_a_sentence_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.html"
    assert main(["page", "--out", str(tmp_path / "page.txt")]) == 2
    assert "expected a name that ends in .html" in capsys.readouterr().err
    assert main(["page", "--out", str(tmp_path / "nowhere" / "page.html")]) == 2
    assert "nowhere is not a folder; make it first" in capsys.readouterr().err
    assert main(["page", "nowhere.py", "--out", str(out)]) == 2
    assert "nowhere.py is not a file" in capsys.readouterr().err
    with pytest.raises(SystemExit) as refused:
        main(["page", "--learning-rate", "0"])
    assert refused.value.code == 2
    assert "expected a learning rate above 0" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_candidate_that_raises_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def run(spec, params, X, Y):\n    raise ValueError('no')\n")
    with pytest.raises(CandidateError, match="raised ValueError: no"):
        record(PageRequest(str(file)), program_here())


def test_random_numbers_are_the_problem_of_a_check() -> None:
    spec = SPECS["values"]
    said, X, Y = choose_examples(spec, None, 5, 3)
    assert said == "random numbers"
    _, X_check, Y_check = random_problem(spec, 5, 3)
    np.testing.assert_array_equal(X, X_check)
    np.testing.assert_array_equal(Y, Y_check)


LATER = """
import ref_numpy


def late(spec, params, X, Y, change):
    trace = ref_numpy.run(spec, params, X, Y)
    if trace["J"] < 0.5:
        trace["dW2"] = change(trace["dW2"])
    return trace


def doubled_later(spec, params, X, Y):
    return late(spec, params, X, Y, lambda dW: 2 * dW)


def nan_later(spec, params, X, Y):
    return late(spec, params, X, Y, lambda dW: dW * float("nan"))


def in_place(spec, params, X, Y):
    trace = ref_numpy.run(spec, {n: a.copy() for n, a in params.items()}, X.copy(), Y)
    params["W1"] *= 2
    X += 1
    return trace
"""


@pytest.fixture
def later(tmp_path: Path) -> str:
    (tmp_path / "later.py").write_text(LATER, encoding="utf-8")
    return str(tmp_path / "later.py")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["doubled_later", "nan_later"])
def test_what_is_wrong_later_only_is_found_there(later: str, name: str) -> None:
    recording = record(PageRequest(f"{later}:{name}"), program_here())
    assert recording.found > 0
    first = recording.snapshots[recording.found]
    assert first.J < 0.5 <= recording.snapshots[recording.found - 1].J
    (finding,) = recording.report.findings
    assert finding.tensor == "dW2"
    assert not first.elements["dW2"].right
    assert recording.snapshots[recording.found - 1].elements["dW2"].right


@pytest.mark.slow
@pytest.mark.parametrize("name", ["doubled_later", "nan_later"])
def test_the_command_says_when_it_is_wrong(
    later: str, name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    recording = record(PageRequest(f"{later}:{name}"), program_here())
    assert main(["page", f"{later}:{name}", "--out", str(tmp_path / "page.html")]) == 1
    first = recording.snapshots[recording.found]
    assert f"at iteration {first.iteration} of the training" in capsys.readouterr().out


@pytest.mark.slow
def test_a_candidates_changes_of_its_arguments_have_no_effect(later: str) -> None:
    recording = record(PageRequest(f"{later}:in_place", iterations=30), program_here())
    spec = recording.spec
    _, X, _ = choose_examples(spec, None, PageRequest.examples, 0)
    np.testing.assert_array_equal(recording.X, X)
    for moment in recording.snapshots:
        Z = moment.params["W1"] @ X + moment.params["b1"]
        np.testing.assert_array_equal(moment.elements["Z1"].reference, Z)
    assert {f.kind for f in recording.report.findings} == {"changed"}


def test_an_options_of_a_training_is_refused_for_a_trace(tmp_path: Path) -> None:
    spec = SPECS["binary"]
    params, X, Y = random_problem(spec, 5)
    file = tmp_path / "trace.npz"
    write(file, spec, FLOAT64, {"X": X, "Y": Y, **params, **ref_numpy.run(spec, params, X, Y)})
    recording = record(PageRequest(str(file)), program_here())
    assert recording.report.passed
    assert len(recording.snapshots) == 1
    assert recording.curve == []
    np.testing.assert_array_equal(recording.snapshots[0].params["W1"], params["W1"])
    with pytest.raises(InputError, match="leave --data --learning-rate out"):
        record(PageRequest(str(file), data="digits", learning_rate=0.1), program_here())


def test_a_trace_of_a_graph_is_shown_as_it_is(tmp_path: Path) -> None:
    graph = Graph({"x": (5,)})
    graph.add("h", Dense(5, 4), "x")
    graph.add("y", Add(), "h", "h")
    spec = NetworkSpec.from_graph(graph)
    params, X, Y = random_problem(spec, 7)
    file = tmp_path / "trace.npz"
    write(file, spec, FLOAT64, {"X": X, "Y": Y, **params, **ref_numpy.run(spec, params, X, Y)})
    recording = record(PageRequest(str(file)), program_here())
    assert recording.report.passed
    assert len(recording.snapshots) == 1
    assert [step["name"] for step in contents(recording)["steps"]] == [
        "h", "y", "J", "dy", "dh", "dh.W", "dh.b", "dx", "h.W+", "h.b+"
    ]  # fmt: skip


@pytest.mark.slow
def test_a_finding_of_another_week_is_none_of_this_networks(tmp_path: Path) -> None:
    """A file with a right week 3, and a week 2 whose dw is doubled."""
    folder = PROGRAMS
    week_2 = (folder / "week2.py").read_text(encoding="utf-8")
    week_3 = (folder / "week3.py").read_text(encoding="utf-8")
    both = tmp_path / "both.py"
    both.write_text(week_3 + week_2.replace("dw = ", "dw = 2 * "), encoding="utf-8")
    held = contents(record(PageRequest(str(both), iterations=5), program_here()))
    assert "week 2.dW1" in {f["tensor"] for f in held["findings"]}
    assert "dW1" not in {f["tensor"] for f in held["findings"]}
