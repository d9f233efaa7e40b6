"""The recording that a page shows, and the file that it becomes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import ref_numpy
import torch_impl
from parity_tests.__main__ import main
from parity_tests.calls import CandidateError, call
from parity_tests.examples import random_problem
from parity_tests.page.moments import GRID, extent
from parity_tests.page.problem import chosen
from parity_tests.page.recorded import record, spread
from parity_tests.page.request import PageRequest
from parity_tests.page.writing import contents, page
from parity_tests.test_page_steps import SPECS, each_spec
from ref_numpy import InputError, NetworkSpec

ROOT = Path(__file__).parent.parent


def test_a_recording_holds_the_trace_of_torch_and_what_the_reference_makes_of_its_inputs() -> None:
    request = PageRequest(
        network="3-4-2", hidden="relu", output="softmax", data="random", examples=7
    )
    recording = record(request, call)
    spec = NetworkSpec.dense([3, 4, 2], "relu", "softmax")
    params, X, Y = random_problem(spec, 7, 0)
    first = recording.moments[0]
    given = random_problem(spec, 1, 0)[0]
    theirs = torch_impl.run(spec, given, X, Y, device="cpu")
    assert first.elements.keys() == theirs.keys() | {f"{n}+" for n in params}
    for name, tensor in theirs.items():
        np.testing.assert_array_equal(first.elements[name].own, tensor)
    own = first.elements
    Z = given["W2"] @ own["A1"].own + given["b2"]
    np.testing.assert_array_equal(own["Z2"].reference, Z)
    np.testing.assert_array_equal(own["W2+"].reference, given["W2"] - 0.5 * own["dW2"].own)
    assert recording.curve[0] == (0, float(ref_numpy.run(spec, given, X, Y)["J"]))
    for moment in recording.moments:
        for element in moment.elements.values():
            assert element.own is not None
            assert (np.abs(element.own - element.reference) <= element.allowed).all()


def test_the_boundary_is_what_the_network_says_over_the_inputs() -> None:
    recording = record(PageRequest(iterations=300), call)
    (left, right), (bottom, top) = extent(recording.X)
    last = recording.moments[-1]
    assert last.iteration == 299
    points = np.array([[left, right, left, right], [top, top, bottom, bottom]])
    A, _ = ref_numpy.forward(recording.spec, last.params, points)
    grid = last.boundary
    assert grid is not None
    assert grid.shape == (GRID, GRID)
    np.testing.assert_array_equal([grid[0, 0], grid[0, -1], grid[-1, 0], grid[-1, -1]], A["A2"][0])


def test_moments_are_close_together_at_first_and_end_with_the_last() -> None:
    assert spread(0, 40) == [0]
    assert spread(9, 40) == list(range(10))
    found = spread(999, 20)
    assert (found[0], found[-1]) == (0, 999)
    assert 10 < len(found) <= 20
    assert sorted(np.diff(found)) == list(np.diff(found))


@each_spec
def test_a_page_loads_nothing_and_says_everything_as_json(spec: NetworkSpec) -> None:
    sizes = "-".join(map(str, [*spec.input_shape, *(s.shape[0] for s in spec.steps[::2])]))
    kinds = [s.layer.kind for s in spec.steps if s.output[0] == "A"]
    request = PageRequest(
        network=sizes, hidden=",".join(kinds[:-1]), output=kinds[-1], lambd=spec.lambd,
        iterations=20, examples=7,
    )  # fmt: skip
    recording = record(request, call)
    text = page(recording)
    assert not re.search(r"(src|href)\s*=|@import|url\(|https?:", text)
    (held,) = re.findall(r'id="recording">(.*?)</script>', text, re.DOTALL)
    assert json.loads(held)["summary"] == recording.spec.summary
    assert json.loads(held)["passed"]
    assert "<!--" not in text


def test_the_page_of_digits_is_below_3_megabytes() -> None:
    request = PageRequest(network="64-32-10", hidden="relu", output="softmax")
    recording = record(request, call)
    assert recording.data == "32 examples of digits"
    assert len(recording.moments) > 3
    assert len(page(recording).encode()) < 3_000_000


def test_a_candidate_of_the_course_gives_what_it_has() -> None:
    recording = record(PageRequest(str(ROOT / "parity_tests/candidates/week3.py")), call)
    given = contents(recording)["elements"]
    assert given["dW1"]
    assert not given["dA1"]  # which its functions do not hold
    assert not given["W1+"]
    assert not recording.batch_first


REFUSED = {
    "--network 2-4-3 --output softmax --data two_moons": "two_moons has 2 inputs and 2 classes",
    "--network 3-1 --data planar_flower": "expected a network such as 2-8-1, or --data random",
    "--network 2-4-1 --output identity --data two_moons": "has 2 inputs and 2 classes but",
    "--data breast_cancer --network 30-1 --examples 570": "expected at most 569, which",
    "--network 784-512-10": "MB of numbers to show; expected at most 2",
    "--learning-rate 1e308 --data random --network 3-4-2 --output identity": "the cost became",
}


@pytest.mark.parametrize("options", REFUSED)
def test_what_cannot_be_shown_is_said_in_a_sentence(options: str) -> None:
    asked = options.split()
    fields = dict(zip((o[2:].replace("-", "_") for o in asked[::2]), asked[1::2], strict=True))
    kinds = {"examples": int, "learning_rate": float}
    request = PageRequest(**{n: kinds.get(n, str)(x) for n, x in fields.items()})
    with pytest.raises(InputError, match=re.escape(REFUSED[options])):
        record(request, call)


def test_the_command_refuses_in_a_sentence_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.html"
    assert main(["page", "--out", str(tmp_path / "page.txt")]) == 2
    assert "expected a name that ends in .html" in capsys.readouterr().err
    assert main(["page", "nowhere.py", "--out", str(out)]) == 2
    assert "nowhere.py is not a file" in capsys.readouterr().err
    with pytest.raises(SystemExit) as refused:
        main(["page", "--learning-rate", "0"])
    assert refused.value.code == 2
    assert "expected a learning rate above 0" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_candidate_that_raises_is_said_to(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def run(spec, params, X, Y):\n    raise ValueError('no')\n")
    with pytest.raises(CandidateError, match="raised ValueError: no"):
        record(PageRequest(str(file)), call)


def test_random_numbers_are_the_problem_of_a_check() -> None:
    spec = SPECS["values"]
    said, X, Y = chosen(spec, None, 5, 3)
    assert said == "random numbers"
    _, X_check, Y_check = random_problem(spec, 5, 3)
    np.testing.assert_array_equal(X, X_check)
    np.testing.assert_array_equal(Y, Y_check)
