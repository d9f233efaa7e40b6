"""A program of any number of layers that is right with one layer alone does not pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.checking.report import Report
from parity_tests.checking.verdict import FAILED, NOT_JUDGED
from parity_tests.tests.support.written_programs.edited_programs import examined_source

PROGRAM = """
import numpy as np

def init_network(sizes):
    net = {}
    for i in range(1, len(sizes)):
        net["W%d" % i] = np.random.randn(sizes[i], sizes[i - 1])
        net["b%d" % i] = np.zeros((sizes[i], 1))
    return net

def forward_pass(X, net):
    L = len(net) // 2
    acts = {"A0": X}
    for i in range(1, L):
        acts["Z%d" % i] = net["W%d" % i] @ acts["A%d" % (i - 1)] + net["b%d" % i]
        acts["A%d" % i] = np.maximum(0, acts["Z%d" % i])
    z = net["W%d" % L] @ acts["A%d" % (L - 1)] + net["b%d" % L]
    e = np.exp(z - z.max(axis=0))
    acts["A%d" % L] = e / e.sum(axis=0)
    return acts["A%d" % L], acts

def cross_entropy(Yhat, Y):
    return -np.mean(np.sum(Y * np.log(Yhat), axis=0))

def backward_pass(net, acts, Y):
    L, m, grads = len(net) // 2, Y.shape[1], {}
    dZ = acts["A%d" % L] - Y
    for i in range(L, 0, -1):
        grads["dW%d" % i] = dZ @ acts["A%d" % (i - 1)].T / m
        grads["db%d" % i] = dZ.sum(axis=1, keepdims=True) / m
        if i > 1:
            dZ = (net["W%d" % i].T @ dZ) * (acts["Z%d" % (i - 1)] > 0)
    return grads
"""


def examined(tmp_path: Path, *edits: tuple[str, str]) -> Report:
    return examined_source(tmp_path, PROGRAM, edits, examples=11)


def test_the_right_program_is_read_with_several_layers(tmp_path: Path) -> None:
    report = examined(tmp_path)
    assert report.passed, str(report)
    assert {"dW3", "db1"} <= report.judged


def test_shapes_that_are_right_with_one_layer_alone_do_not_pass(tmp_path: Path) -> None:
    report = examined(tmp_path, ("if i > 1:", "if i > 2:"))
    assert (report.verdict, report.findings) == (NOT_JUDGED, ())
    assert any("judged with one layer" in note for note in report.notes)


@pytest.mark.slow
def test_numbers_that_are_right_with_one_layer_alone_are_found(tmp_path: Path) -> None:
    assert examined(tmp_path, (' * (acts["Z%d" % (i - 1)] > 0)', "")).verdict == FAILED
