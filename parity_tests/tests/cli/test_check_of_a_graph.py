"""`parity check --network FILE`: a program on a graph of a file, with the file's parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.load import load
from parity_tests.adapters.request import Request
from parity_tests.tests.support.graphs.dropping_networks import residual
from parity_tests.tests.support.paths import PROGRAMS
from ref_numpy import InputError, initialise, save

PROGRAM = """
import ref_numpy

def right(spec, params, X, Y):
    return dict(ref_numpy.run(spec, params, X, Y))

def wrong(spec, params, X, Y):
    trace = right(spec, params, X, Y)
    return trace | {"dk.W": 2 * trace["dk.W"]}
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, "utf-8")
    return path


@pytest.fixture
def network(tmp_path: Path) -> str:
    path = tmp_path / "net.json"
    path.write_text(residual().to_json(), "utf-8")
    return str(path)


def test_one_wrong_step_of_a_graph_is_one_finding(program: Path, network: str) -> None:
    right, wrong = (
        examine(Request(f"{program}:{name}", network, examples=11, precision="float64"))
        for name in ("right", "wrong")
    )
    right.raise_findings()
    (finding,) = wrong.findings
    assert finding.tensor == "dk.W"
    assert [cause.code for cause in finding.causes] == ["dW.twice"]
    assert wrong.judged == right.judged


def test_parameters_are_those_of_the_file(program: Path, tmp_path: Path) -> None:
    spec = residual()
    params = initialise(spec, seed=3)
    save(tmp_path / "weights.safetensors", spec, params)
    request = Request(f"{program}:right", str(tmp_path / "weights.safetensors"), examples=11)
    given, X, _ = request.problem(load(request, program_here()).spec)
    assert {name: array.tolist() for name, array in given.items()} == {
        name: array.tolist() for name, array in params.items()
    }
    assert X.shape == (5, 11)


@pytest.mark.slow
def test_functions_of_the_course_have_no_graph(network: str) -> None:
    with pytest.raises(InputError, match="follow one another") as refused:
        examine(Request(str(PROGRAMS / "week4.py"), network))
    assert refused.value.code == "course.graph"
