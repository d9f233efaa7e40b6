"""Mistaken calls: the check gave a function other arguments than it expects: no finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.checking.verdict import EXIT_CODES, FAILED, MISTAKEN_CALL
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.learners_files import (
    adapter_for,
    examined,
    source_of,
    written,
)


@pytest.mark.slow
def test_another_network_is_a_mistaken_call_and_no_finding(tmp_path: Path) -> None:
    """Course 2's pair has three layers, and the request names a network of two."""
    path = PROGRAMS / "three_layers.py"
    report = examined(path, hidden="relu")
    assert (report.verdict, report.findings) == (MISTAKEN_CALL, ())
    assert EXIT_CODES[report.verdict] == 2
    assert [(f.tensor, f.code) for f in report.mistaken] == [
        ("forward_propagation", "mistaken-call.missing-key"),
    ]
    assert report.mistaken[0].message.startswith(
        "forward_propagation looks up 'W3' in parameters, which has W1 b1 W2 b2"
    )
    report = adapter_for(path, tmp_path, hidden="relu")
    assert report.passed
    assert {"A3", "J", "dW1", "dW2", "dW3", "db1", "dA1", "dZ1"} <= report.judged
    wrong = source_of("three_layers.py").replace("dW2 = 1./m*", "dW2 = ")
    report = examined(written(tmp_path, wrong), hidden="relu")
    assert [f.tensor for f in report.findings] == ["backward_propagation.dW2"]


@pytest.mark.slow
def test_arguments_in_another_order_are_given_by_their_names(tmp_path: Path) -> None:
    source = source_of("week3.py").replace(
        "def backward_propagation(parameters, cache, X, Y)",
        "def backward_propagation(cache, X, Y, parameters)",
    )
    assert source != source_of("week3.py")
    assert examined(written(tmp_path, source)).passed


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        # A key of the candidate's own cache, a name that is nowhere, an index: its own mistakes.
        ('A1 = cache["A1"]', 'A1 = cache["A3"]', "error"),
        ("dZ2 = A2 - Y", "dZ2 = A3 - Y", "error"),
        ('W1 = parameters["W1"]', 'W1 = parameters["W3"]', "mistaken-call"),
    ],
)
def test_a_missing_key_of_an_argument_may_be_our_mistake(tmp_path, old, new, kind) -> None:
    source = source_of("renamed_drivers.py")
    source = source.replace("forward_prop", "forward_propagation")
    source = source.replace("backward_prop", "backward_propagation")
    assert old in source
    report = examined(written(tmp_path, source.replace(old, new)))
    every = {f.tensor: f.kind for f in (*report.findings, *report.mistaken)}
    assert every["backward_propagation"] == kind
    assert report.verdict == (FAILED if kind == "error" else MISTAKEN_CALL)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def forward_propagation(X, parameters)", "def forward_propagation(params, x)"),
        ("def compute_cost(A2, Y, parameters)", "def compute_cost(weights, labels, A2)"),
    ],
)
def test_usual_names_of_arguments_tell_their_order(tmp_path: Path, old: str, new: str) -> None:
    source = source_of("week3.py")
    assert old in source
    more = "X, parameters = x, params" if "params" in new else "Y = labels"
    source = source.replace(f"{old}:\n", f"{new}:\n    {more}\n")
    report = examined(written(tmp_path, source))
    report.raise_findings()


@pytest.mark.parametrize("lookup", ['parameters.get("w1")', "look(parameters)"])
def test_a_missing_key_in_any_lookup_may_be_our_mistake(tmp_path, lookup: str) -> None:
    source = source_of("week3.py")
    source = source.replace(
        "def forward_propagation(X, parameters):\n",
        f"def forward_propagation(X, parameters):\n    {lookup} @ X\n",
    )
    source += (
        "def look(parameters):\n"
        "    try:\n        return parameters['W3']\n"
        "    except KeyError as error:\n        raise ValueError('no W3') from error\n"
    )
    report = examined(written(tmp_path, source))
    assert report.verdict == MISTAKEN_CALL
    assert report.mistaken[0].code == "mistaken-call.missing-key"
