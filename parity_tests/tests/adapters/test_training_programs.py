"""A program that trains, plots or asks on import is read by the rule; other files are executed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.adapters.training_programs import is_read_by_the_rule
from parity_tests.checking.guarded_calls import CandidateError
from parity_tests.checking.report import Report
from parity_tests.tests.support.paths import PROGRAMS

FUNCTIONS = """
import numpy as np
def forward(X): return X
def backprop(X): return X
def model(X):
    for k in range(10):
        backprop(forward(X))
    return X
class Net:
    def fit(self, X): return backprop(X)
net = Net()
"""


@pytest.mark.parametrize(
    "source",
    [
        "backprop(3)",
        "print(backprop(3))",
        "params = model(3)",  # which leads to a backward pass
        "for k in range(10): params = model(k)",
        "if True:\n  model(3)",
        "with np.errstate(all='ignore'):\n  model(3)",
        "try:\n  model(3)\nexcept ValueError: ...",
        "net.fit(3)",
        "net.train(3)",
        "for k in range(10):\n  dW = 3 * k\n  W = k - dW",  # a loop without functions
        "import matplotlib.pyplot as plt\nplt.plot([1])",
        "from matplotlib import pyplot\npyplot.figure()",
        "fig.show()",
        "n = int(input('how many?'))",
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "import argparse\nargs = argparse.ArgumentParser().parse_args()",
        "import sys\nsys.exit(0)",
    ],
)
def test_a_program_that_trains_plots_or_asks_is_read_by_the_rule(source: str) -> None:
    tree = ast.parse(FUNCTIONS + source)
    assert is_read_by_the_rule(tree)
    assert is_read_by_the_rule(tree, "forward")
    assert not is_read_by_the_rule(tree, "net")  # a value: the rule might leave it out


@pytest.mark.parametrize(
    "source",
    [
        "",
        "def register(): ...\nregister()",
        "half = np.vectorize(forward)",
        "for k in range(3): forward(k)",
        "print(forward(3))",
        "TABLE = np.load('table.npy')",
        "import matplotlib.pyplot as plt",
        "train = model",
        "net.train()",
        "later = lambda: model(3)",
        "class Trained:\n  net = model",
        "def main(): model(3)\nif __name__ == '__main__':\n  main()",
        "if __name__ == '__main__' and True:\n  model(3)",
    ],
)
def test_any_other_file_is_executed_as_python_does(source: str) -> None:
    assert not is_read_by_the_rule(ast.parse(FUNCTIONS + source))


WEEK_3 = (PROGRAMS / "week3.py").read_text(encoding="utf-8")
RANDOM = """
rng = np.random.default_rng(0)
X, Y = rng.standard_normal((5, 11)), rng.integers(0, 2, (1, 11))
parameters = {"W1": rng.standard_normal((4, 5)), "b1": np.zeros((4, 1)),
              "W2": rng.standard_normal((1, 4)), "b2": np.zeros((1, 1))}
"""
ENDLESS = """
while True:
    A2, cache = forward_propagation(X, parameters)
    grads = backward_propagation(parameters, cache, X, Y)
    parameters = update_parameters(parameters, grads)
"""


def examined(tmp_path: Path, more: str, before: str = "", name: str = "") -> Report:
    path = tmp_path / "mine.py"
    path.write_text(before + WEEK_3 + more, encoding="utf-8")
    return examine(Request(f"{path}{name}", network="5-4-1", examples=11))


def test_an_endless_training_loop_is_not_executed_and_its_lines_are_named(tmp_path: Path) -> None:
    report = examined(tmp_path, RANDOM + ENDLESS)
    report.raise_findings()
    data, loop = len(WEEK_3.splitlines()) + 3, len((WEEK_3 + RANDOM).splitlines()) + 2
    (note,) = report.notes
    assert note.startswith(f"not executed: lines {data}–{data + 2}, {loop}–{loop + 3}; ")


@pytest.mark.parametrize(
    "more",
    [
        "import h5py\ndata = h5py.File('datasets/train.h5', 'r')",
        "data = open('datasets/train.csv').read()",
        "from lr_utils import load_dataset\ntrain_x, train_y, _, _, _ = load_dataset()",
        "import nowhere_installed",
        "raise ValueError('to do')",
        "x = undefined / 3",
        "raise SystemExit",
    ],
)
def test_a_file_that_raises_is_read_by_the_rule_and_the_report_names_the_error(
    tmp_path: Path, more: str
) -> None:
    """Its functions are right, wherever its data are."""
    report = examined(tmp_path, "\n" + more)
    report.raise_findings()
    assert report.notes[0].startswith("importing mine.py raised ")
    line = len((WEEK_3 + "\n" + more).splitlines())
    assert f"(mine.py, line {line}" in report.notes[0]


def test_a_file_that_raises_and_defines_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    for source in ("raise ValueError('to do')", "x = = 3"):
        path.write_text(source)
        with pytest.raises(CandidateError, match=r"importing mine.py raised (Value|Syntax)Error"):
            examine(Request(str(path), network="5-4-1", examples=11))


def test_a_candidate_that_is_named_is_in_a_file_that_python_can_execute(tmp_path: Path) -> None:
    with pytest.raises(CandidateError, match=r"importing mine.py raised ValueError"):
        examined(tmp_path, "\nraise ValueError('to do')", name=":propagate")


def test_an_exported_notebook_is_read_as_the_notebook(tmp_path: Path) -> None:
    """With what IPython writes into it, and with its magic where somebody copied a cell."""
    before = "#!/usr/bin/env python\n# coding: utf-8\n# In[1]:\n"
    more = """
# In[2]:
get_ipython().run_line_magic('matplotlib', 'inline')
get_ipython().system('pip install h5py')
%load_ext autoreload
from planar_utils import plot_decision_boundary, load_planar_dataset
X, Y = load_planar_dataset()
plt.rcParams['figure.figsize'] = (5.0, 4.0)
shape_X = X.shape
# In[3]:
print(forward_propagation(X, {}))
"""
    report = examined(tmp_path, more, before)
    report.raise_findings()
    assert [note.partition(":")[0] for note in report.notes] == ["not executed"]


def test_helpers_that_a_module_calls_on_import_are_executed(tmp_path: Path) -> None:
    """The functions use what they make."""
    wrapped = WEEK_3.replace("np.tanh(", "TABLE['tanh'](") + (
        "\nTABLE = {}\n"
        "def register(name, f): TABLE[name] = f\n"
        "register('tanh', np.vectorize(np.tanh))\n"
    )
    path = tmp_path / "mine.py"
    path.write_text(wrapped, encoding="utf-8")
    report = examine(Request(str(path), network="5-4-1", examples=11))
    report.raise_findings()
    assert report.notes == ()


def test_a_module_of_a_program_that_trains_is_a_candidate(tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    path.write_text(
        "import torch\n"
        "net = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.ReLU(), torch.nn.Linear(4, 3))\n"
        "loss = net(torch.zeros(2, 5)).sum()\n"
        "loss.backward()\n"
    )
    examine(Request(f"{path}:net", network="5-4-3", examples=11)).raise_findings()
