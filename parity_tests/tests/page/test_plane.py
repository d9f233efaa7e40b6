"""The plane of two inputs: what each unit computes at its points."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.kinds.random_problem import random_problem
from parity_tests.page.html import contents
from parity_tests.page.network_svg import picture
from parity_tests.page.page_request import PageRequest
from parity_tests.page.plane import MAP, MOST, extent, unit_maps
from parity_tests.page.training_recording import record
from ref_numpy import NetworkSpec


def test_a_hidden_units_map_is_its_activation_over_the_inputs() -> None:
    """tanh(w·x + b) at the four corners, divided by the largest of the map."""
    spec = NetworkSpec.dense([2, 3, 1], "tanh", "sigmoid")
    params, X, _ = random_problem(spec, 9)
    maps = unit_maps(spec, params, X)
    assert {name: map_.shape for name, map_ in maps.items()} == {
        "A0": (2, MAP, MAP), "A1": (3, MAP, MAP), "A2": (1, MAP, MAP),
    }  # fmt: skip
    (left, right), (bottom, top) = extent(X)
    corners = np.array([[left, right, left, right], [top, top, bottom, bottom]])
    A1 = np.tanh(params["W1"] @ corners + params["b1"])
    drawn = maps["A1"][:, [0, 0, -1, -1], [0, -1, 0, -1]]
    # A unit is monotone over the plane, so that its largest number is at a corner.
    np.testing.assert_array_equal(drawn, A1 / np.abs(A1).max(axis=1, keepdims=True))
    A2 = 1 / (1 + np.exp(-(params["W2"] @ A1 + params["b2"])))
    at_corners = maps["A2"][0][[0, 0, -1, -1], [0, -1, 0, -1]]
    assert (np.sign(at_corners) == np.sign(A2[0] - 1 / 2)).all()
    assert (np.sign(np.diff(at_corners)) == np.sign(np.diff(A2[0]))).all()


def test_a_dead_unit_is_0_everywhere() -> None:
    spec = NetworkSpec.dense([2, 3, 1], "relu", "sigmoid")
    params, X, _ = random_problem(spec, 9)
    params = params | {"W1": params["W1"] * [[1], [0], [1]], "b1": -np.ones((3, 1))}
    assert not unit_maps(spec, params, X)["A1"][1].any()


def test_only_two_inputs_have_maps_and_only_units_that_are_drawn() -> None:
    wide = NetworkSpec.dense([2, 9, 3], "relu", "softmax")
    params, X, _ = random_problem(wide, 5)
    assert len(unit_maps(wide, params, X)["A1"]) == MOST - 1
    assert picture(wide, 5).count('data-map="A1 ') == MOST - 1
    three = NetworkSpec.dense([3, 4, 1], "relu", "sigmoid")
    params, X, _ = random_problem(three, 5)
    assert unit_maps(three, params, X) == {}
    assert "data-map" not in picture(three, 5)


@pytest.mark.slow
def test_the_page_holds_each_snapshots_maps_in_a_byte_a_point() -> None:
    recording = record(PageRequest(iterations=30), program_here())
    held = contents(recording)["moments"]
    for snapshot, moment in zip(recording.snapshots, held, strict=True):
        numbers = np.frombuffer(base64.b64decode(moment["maps"]["A1"]), "i1").astype(float)
        expected = 127 * snapshot.maps["A1"].ravel()
        assert (np.abs(numbers - expected) <= 1 / 2).all()
    assert held[0]["maps"] != held[-1]["maps"]
