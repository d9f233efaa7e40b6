"""A small module by the names of its parts: its own loss, its mode, its state, its mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.tests.support.written_programs.edited_programs import with_edits
from ref_numpy import Add, BatchNorm, Dense, Gelu, Graph, InputError, LayerNorm, NetworkSpec, ReLU

PROGRAM = """
import torch
from torch import nn
import torch.nn.functional as F
from parity_tests import NamedModules

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.down = nn.Linear(5, 7), nn.Linear(7, 5)

    def forward(self, x):
        u = self.up(x)
        a = F.gelu(u)
        return x + self.down(a)

net = NamedModules(Net, {"up": "up", "a": ":gelu", "down": "down"})
"""
FORWARD = "def forward(self, x):"
RETURN = "return x + self.down(a)"
LOSS = "o = x + self.down(a); return o if {y} is None else (o, 7 * (o - {y}).square().mean())"
Edits = list[tuple[str, str]]


def network(layer: Any = None) -> NetworkSpec:
    """Return that of y = x + down(a(up(x)))."""
    graph = Graph({"x": (5,)})
    graph.add("up", Dense(5, 7), "x")
    graph.add("a", layer or Gelu(), "up")
    graph.add("down", Dense(7, 5), "a")
    graph.add("y", Add(), "x", "down")
    return NetworkSpec.from_graph(graph, "squared_error", 0.25)


def examined(folder: Path, edits: Edits, spec: NetworkSpec | None = None) -> Report:
    (folder / "net.py").write_text(with_edits(PROGRAM, edits), "utf-8")
    (folder / "net.json").write_text((spec or network()).to_json(), "utf-8")
    asked = {"examples": 4, "precision": "float64", "calls": 1}
    return examine(Request(f"{folder}/net.py:net", str(folder / "net.json"), **asked))


@pytest.mark.parametrize("arguments", ["targets=None", "mask=None, targets=None", "*, labels=None"])
def test_the_own_loss_of_a_module_is_run(arguments: str, tmp_path: Path) -> None:
    y = "labels" if "labels" in arguments else "targets"
    edits = [(FORWARD, f"def forward(self, x, {arguments}):"), (RETURN, LOSS.format(y=y))]
    report = examined(tmp_path, edits)
    assert report.findings[0].tensor == "J"
    assert ("default of mask" in report.condition) == ("mask" in arguments)


def test_a_loss_that_was_not_run_is_said(tmp_path: Path) -> None:
    edits = [(FORWARD, "def forward(self, x, y=None):"), (RETURN, LOSS.format(y="y"))]
    report = examined(tmp_path, edits)
    assert report.passed
    assert "J" in report.not_checked
    assert "J" not in report.judged
    assert report.condition == ("without running a loss of its own and with the default of y")


def test_a_scalar_beside_the_outputs_without_labels_is_no_loss(tmp_path: Path) -> None:
    report = examined(tmp_path, [(RETURN, RETURN + ", a.mean()")])
    assert (report.passed, "J" in report.not_checked) == (True, True)


def refused(folder: Path, edits: Edits, spec: NetworkSpec | None = None) -> InputError:
    with pytest.raises(InputError) as error:
        examined(folder, edits, spec)
    assert "\n" not in str(error.value)
    return error.value


def test_an_argument_that_is_required_is_our_mistaken_call(tmp_path: Path) -> None:
    error = refused(tmp_path, [(FORWARD, "def forward(self, x, y):")])
    assert error.code == "modules.required-argument"


@pytest.mark.parametrize(
    "line", ["a = F.gelu(u) if not self.training else u",
             "a = F.gelu(u); a = F.dropout(a, .5, self.training)"],
)  # fmt: skip
def test_what_train_alone_does_is_said(line: str, tmp_path: Path) -> None:
    report = examined(tmp_path, [("a = F.gelu(u)", line)])
    assert report.passed
    assert report.condition.startswith("in eval(), which switches off a part of its forward")


NORM = [
    ("a = F.gelu(u)", "a = self.norm(u)"), ('":gelu"', '"norm"'),
    ("        self.up,", "        self.norm = Norm()\n        self.up,"),
]  # fmt: skip
LAYER_NORM = """
class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.{second} = nn.Parameter(torch.zeros(7))
        self.{first} = nn.Parameter(torch.ones(7))

    def forward(self, x):
        return F.layer_norm(x, (7,), self.{first}, self.{second}, 1e-5)

class Net"""


def test_batch_norm_gets_the_state_of_the_run(tmp_path: Path) -> None:
    report = examined(tmp_path, [*NORM, ("Norm()", "nn.BatchNorm1d(7)")], network(BatchNorm(7)))
    report.raise_findings()
    assert {"a", "da", "da.gamma"} <= report.judged


def test_batch_norm_without_a_state_is_refused(tmp_path: Path) -> None:
    edits = [*NORM, ("Norm()", "nn.BatchNorm1d(7, track_running_stats=False)")]
    assert refused(tmp_path, edits, network(BatchNorm(7))).code == "modules.no-state"


def test_parameters_of_one_shape_are_matched_by_their_names(tmp_path: Path) -> None:
    program = LAYER_NORM.format(first="scale", second="shift")
    report = examined(tmp_path, [*NORM, ("\nclass Net", program)], network(LayerNorm(7)))
    report.raise_findings()
    assert {"a", "da", "da.gamma", "da.beta"} <= report.judged


def test_parameters_of_one_shape_without_usual_names_are_refused(tmp_path: Path) -> None:
    program = LAYER_NORM.format(first="p", second="q")
    error = refused(tmp_path, [*NORM, ("\nclass Net", program)], network(LayerNorm(7)))
    assert error.code == "modules.unclear-parameters"


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (('{"up": "up", "a": ":gelu", "down": "down"}', '["up"]'), "modules.names"),
        (('":gelu"', '":gelu#2"'), "modules.not-run"),
        ((":gelu", ":gelu#two"), "modules.call-number"),
        (('"a": ":gelu"', '"a": ":gelu", "y": ":gelu"'), "modules.same-place"),
    ],
)
def test_a_place_that_says_too_little_is_refused(
    edit: tuple[str, str], code: str, tmp_path: Path
) -> None:
    assert refused(tmp_path, [edit]).code == code


def test_a_tensor_of_no_floats_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, [("a = F.gelu(u)", "b = u > 0; a = F.gelu(u)"), (":gelu", ":gt")])
    assert error.code == "modules.no-tensor"
    assert "torch.bool" in str(error)


def test_a_function_that_did_not_run_in_the_module_itself_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path, [(":gelu", ":relu")])
    assert "the functions that the module itself calls are gelu, add" in str(error)


@pytest.mark.parametrize("line", ["a = u; torch.relu_(a)", "a = u; F.relu(a, inplace=True)"])
def test_of_a_function_in_place_the_value_is_judged(line: str, tmp_path: Path) -> None:
    edits = [("a = F.gelu(u)", line), (":gelu", ":relu")]
    report = examined(tmp_path, edits, network(ReLU()))
    report.raise_findings()
    assert "a" in report.judged
    assert "da" in report.not_checked
    wrong = examined(tmp_path, [*edits, ("a = u;", "a = 2 * u;")], network(ReLU()))
    assert "a" in [f.tensor for f in wrong.findings]


def test_of_an_operator_in_place_the_value_is_judged(tmp_path: Path) -> None:
    edits = [(RETURN, "d = self.down(a); d += x; return d"), ('"down"}', '"down", "y": ":add"}')]
    report = examined(tmp_path, edits)
    report.raise_findings()
    assert "y" in report.judged
    assert "dy" in report.not_checked


def test_complex_buffers_keep_their_imaginary_part(tmp_path: Path) -> None:
    phases = "torch.polar(torch.ones(7), torch.arange(7.)).to(torch.complex128)"
    edits = [
        ("        self.up,", f"        self.register_buffer('c', {phases})\n        self.up,"),
        ("a = F.gelu(u)", "a = F.gelu(u) + 0 * self.c.imag; assert self.c.imag.any()"),
    ]
    examined(tmp_path, edits).raise_findings()


@pytest.mark.parametrize(("named", "is_right"), [("", False), (', "a.W": "norm.w.T"', True)])
def test_that_a_square_weight_may_be_transposed_is_said(
    named: str, is_right: bool, tmp_path: Path
) -> None:
    program = """
class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.w, self.b = nn.Parameter(torch.ones(7, 7)), nn.Parameter(torch.ones(7))

    def forward(self, x):
        return x @ self.w + self.b

class Net"""
    named += ', "a.b": "norm.b"' if named else ""
    edits = [*NORM, ("\nclass Net", program), ('"down"}', f'"down"{named}}}')]
    report = examined(tmp_path, edits, network(Dense(7, 7)))
    assert report.passed == is_right
    assert ("square norm.w as (n, n_prev)" in report.condition) != is_right
