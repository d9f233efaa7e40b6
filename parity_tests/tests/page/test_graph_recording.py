"""What a graph's page holds: its data, its training, whole numbers, and what it refuses."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import numpy as np
import pytest

import ref_numpy
import torch_impl
from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.cli.commands import main
from parity_tests.kinds.random_problem import random_inputs, random_problem
from parity_tests.page.datasets import choose_examples, default_examples
from parity_tests.page.html import contents, page
from parity_tests.page.page_request import PageRequest
from parity_tests.page.reference_training import train_reference
from parity_tests.page.training_recording import record
from parity_tests.tests.support.graphs import graph_networks
from parity_tests.tests.support.page_networks import GRAPHS, PLANTED, each_graph, written
from parity_tests.tests.support.paths import PROGRAMS
from ref_numpy import Add, Dense, Flatten, Graph, InputError, NetworkSpec, Tanh, initialise


def decoded(text: str, dtype: str = "<f8") -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype)


@each_graph
def test_the_page_of_a_graph_holds_torchs_trace(spec: NetworkSpec, tmp_path: Path) -> None:
    """Its random inputs are those of a check; one position is no example: T ≠ m."""
    recording = record(PageRequest(network=written(spec, tmp_path), iterations=2), program_here())
    assert recording.report.passed
    assert recording.spec == spec
    params = random_problem(spec, 1, 0)[0]
    _, X, Y = random_problem(spec, 20, 0)
    theirs = torch_impl.run(spec, params, X, Y, device="cpu")
    held = contents(recording)
    for name, tensor in theirs.items():
        if name not in held["whole"]:
            own = decoded(held["moments"][0]["tensors"][name]["own"])
            np.testing.assert_array_equal(own, tensor.ravel())
    if "tokens" in spec.inputs:
        assert held["shapes"]["tokens"] == (20, 5)
        np.testing.assert_array_equal(decoded(held["whole"]["tokens"]), X.ravel())
        assert held["shapes"]["e"] == (6, 20, 5)
        assert held["steps"][0]["name"] == "e"
        assert "dtokens" not in held["shapes"]
    assert not held["chain"]
    assert held["network"] == ""  # a student's program of a chain
    text = page(recording)
    text = text.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(src|href)\s*=|@import|url\((?!#)|https?:", text)
    (shown,) = re.findall(r'id="recording">(.*?)</script>', text, re.DOTALL)
    assert json.loads(shown)["passed"]
    for step in spec.steps:
        assert f'data-box="{step.output}"' in text


@pytest.mark.slow
def test_a_graph_of_several_inputs_and_results_has_a_page(tmp_path: Path) -> None:
    """Kinds of one's own, names with dots, a result without a gradient, one token an example."""
    with graph_networks.known():
        spec = graph_networks.everything(0.3)
        request = PageRequest(network=written(spec, tmp_path), iterations=2)
        recording = record(request, program_here())
        held = contents(recording)
    assert recording.report.passed
    assert held["shapes"]["t"] == (20,)
    assert held["shapes"]["s"] == (4, 20, 2)
    assert held["headline"].startswith("Everything that was compared is right")


def test_m_is_no_size_of_the_graph() -> None:
    graph = Graph({"x": (20, 21)})
    graph.add("h", Tanh(), "x")
    graph.add("y", Flatten(), "h")
    spec = NetworkSpec.from_graph(graph)
    assert default_examples(spec, 20) == 22
    assert default_examples(GRAPHS["residual"], 20) == 20
    assert default_examples(NetworkSpec.dense([20, 21]), 20) == 20


@pytest.mark.slow
def test_rows_of_numbers_may_be_those_of_a_data_set() -> None:
    graph = Graph({"pixels": (64,)})
    graph.add("h", Dense(64, 64), "pixels")
    graph.add("r", Add(), "h", "pixels")
    graph.add("z", Dense(64, 10), "r")
    graph.add("y", ref_numpy.Softmax(), "z")
    said, X, Y = choose_examples(NetworkSpec.from_graph(graph), None, 7, 0)
    assert said == "7 examples of digits"
    assert (np.shape(X), Y.shape) == ((64, 7), (10, 7))
    with pytest.raises(InputError) as refused:
        choose_examples(GRAPHS["texts"], "digits", 7, 0)
    assert refused.value.code == "page.rows"


@pytest.mark.slow
def test_a_weights_file_and_a_run_give_their_parameters(tmp_path: Path) -> None:
    spec = GRAPHS["residual"]
    params = initialise(spec, seed=5)
    ref_numpy.save(tmp_path / "weights.safetensors", spec, params)
    for network in (tmp_path / "weights.safetensors", tmp_path):
        recording = record(PageRequest(network=str(network), iterations=1), program_here())
        for name, theta in params.items():
            np.testing.assert_array_equal(recording.snapshots[0].params[name], theta)


@pytest.mark.slow
def test_a_chain_may_come_from_a_file_too(tmp_path: Path) -> None:
    spec = NetworkSpec.dense([3, 4, 2], "tanh", "sigmoid")
    request = PageRequest(network=written(spec, tmp_path), iterations=2)
    held = contents(record(request, program_here()))
    by_sizes = PageRequest(network="3-4-2", hidden="tanh", output="sigmoid", iterations=2)
    assert held == contents(record(by_sizes, program_here()))


def test_an_option_must_not_describe_the_network_again(tmp_path: Path) -> None:
    network = written(GRAPHS["residual"], tmp_path)
    with pytest.raises(InputError, match="leave --hidden --lambd out") as refused:
        PageRequest(network=network, hidden="relu", lambd=0.1).spec()
    assert refused.value.code == "network-file.option"


@pytest.mark.slow
def test_functions_of_the_course_compute_no_graph(tmp_path: Path, capsys) -> None:
    network = written(GRAPHS["residual"], tmp_path)
    out = tmp_path / "page.html"
    given = ["page", str(PROGRAMS / "week3.py"), "--network", network, "--out", str(out)]
    assert main(given) == 2
    assert "whose layers follow one another, and the network is a graph" in capsys.readouterr().err
    assert main(["page", "--network", str(tmp_path / "none.json"), "--out", str(out)]) == 2
    assert "is neither a file nor a folder" in capsys.readouterr().err
    assert not out.exists()


def test_a_graph_is_trained_with_a_rate_that_lowers_its_cost() -> None:
    """Of J = ½ (1000 w)² for x = 1000: an α above 2/1000² diverges, and the last rate does."""
    graph = Graph({"x": (1,)})
    graph.add("y", Dense(1, 1, bias=False), "x")
    spec = NetworkSpec.from_graph(graph)
    params, Y = {"y.W": np.ones((1, 1))}, np.zeros((1, 2))
    small = train_reference(spec, params, np.array([[1.0, 1.0]]), Y, None, None)
    assert small.optimiser.learning_rate == 0.3
    assert len(small.costs) == 200
    assert small.costs[-1] < small.costs[0]
    steep = train_reference(spec, params, np.array([[10.0, 10.0]]), Y, None, 3)
    assert steep.optimiser.learning_rate == 0.003
    never = train_reference(spec, params, np.array([[1e3, 1e3]]), Y, None, None)
    assert never.costs == [500_000]
    given = train_reference(spec, params, np.array([[1e3, 1e3]]), Y, 0.1, 2)
    assert given.costs[1] > given.costs[0]  # as it was asked for


@pytest.mark.slow
def test_whole_numbers_stay_whole_in_every_precision(tmp_path: Path) -> None:
    spec = GRAPHS["texts"]
    request = PageRequest(network=written(spec, tmp_path), iterations=1, precision="bfloat16")
    recording = record(request, program_here())
    given = random_inputs(spec, 20, np.random.default_rng(0), np.float64)
    assert np.asarray(recording.X).dtype.kind == "i"
    assert np.asarray(recording.X).shape == given.shape
    assert recording.report.passed


@pytest.mark.slow
def test_a_planted_wrong_number_is_found_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PLANTED, encoding="utf-8")
    network = written(GRAPHS["texts"], tmp_path)
    request = PageRequest(f"{tmp_path / 'mine.py'}:one_number", network=network, iterations=2)
    recording = record(request, program_here())
    held = contents(recording)
    assert held["headline"].startswith("drop is wrong")  # a name, whose first letter stays small
    assert not recording.report.passed
    element = recording.snapshots[0].elements["drop"]
    assert element.bound is not None
    assert element.candidate is not None
    wrong = np.argwhere(np.abs(element.candidate - element.reference) > element.bound)
    assert wrong.tolist() == [[2, 3, 1]]
    assert not recording.twin
    assert not recording.batch_first
