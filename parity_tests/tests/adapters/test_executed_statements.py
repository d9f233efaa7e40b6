"""What of a notebook, or of a program that trains on import, is executed: each row of the rule."""

from __future__ import annotations

import ast
import textwrap
from types import ModuleType
from typing import Any

import pytest

from parity_tests.adapters.executed_statements import Makers, executed_part
from parity_tests.adapters.source_files import LEFT_OUT, NOTES, execute

START = """
import functools, math, os
import numpy as np
from functools import partial
def own(x): return x
def trace(x): did.append(x); return x
def made(k): return lambda x: k * x
def train(): trace('training')
class Net: ...
"""
FIELD = "from dataclasses import dataclass, field\n"


def executed(source: str) -> tuple[dict[str, Any], list[Any], list[str]]:
    """The namespace, what was traced, and what was left out of a program."""
    tree = ast.parse(START + textwrap.dedent(source))
    module = ModuleType("mine")
    did: list[Any] = []
    vars(module).update({LEFT_OUT: [], NOTES: [], "did": did})
    execute(module, tree, "mine.py", Makers.of(tree.body), "")
    return vars(module), did, vars(module)[LEFT_OUT]


@pytest.mark.parametrize(
    "source",
    [
        # An import, and what a missing one leaves undefined.
        "import numpy.linalg as la\nx = la.norm",
        "import nowhere\nx = 1",
        # A definition, with its decorators and default values.
        "@functools.lru_cache(maxsize=None)\ndef x(n): return n",
        "def deco(f): trace('deco'); return f\n@deco\ndef x(): ...",
        "def x(n=trace(3), *, rng=np.random.default_rng(0)): ...",
        "async def x(): ...",
        # A class: its assignments are executed, whatever they call.
        "class x:\n  y = trace(1)\n  z: int = own(2)\n  def f(self): ...",
        f"{FIELD}@dataclass\nclass x:\n  y: list = field(default_factory=list)",
        # Values.
        "x = 1e-8",
        "x = {'tanh': np.tanh, 'own': [own]}",
        "x = lambda: trace(own(1))",
        "x = np.zeros((3, 2)).reshape(2, 3)",
        "x = partial(own, 3)",
        "x = np.vectorize(own)",
        "x = 'a b'.split()",
        "x = [float(k) for k in range(3)]",
        "x = Net()",
        "x = made(3)",
        "x: float = math.sqrt(2)",
        "x = os.environ.get('HOME')",
        "x, y = np.float32, len('ab')",
        "T = {}\nT['own'] = own\nx = T['own']",
        # Conditions.
        "if math.sqrt(2) > 1:\n  x = 1\nelse:\n  y = 1",
        "if hasattr(np, 'nothing'):\n  y = 1\nelif True:\n  x = 1",
        "with np.errstate(all='ignore'):\n  x = np.float64(1)",
        "try:\n  import nowhere\nexcept ImportError:\n  trace('handler')\n  x = 1",
        "try:\n  x = np.sqrt(4)\nfinally:\n  print(3)",
        "pass\n'''a text'''\nown\nx = 3",
    ],
)  # fmt: skip
def test_a_definition_is_executed(source: str) -> None:
    namespace, did, left_out = executed(source)
    assert "x" in namespace
    assert left_out == []
    assert "handler" not in did  # of which the import within is executed, and the call is not


@pytest.mark.parametrize(
    "source",
    [
        "trace(1)",
        "x = own(1)",
        "x = train()",
        "x = open('data.txt')",
        "x = np.load('data.npy')",
        "x = np.loadtxt('data.txt').astype(float)",
        "x = input('how many?')",
        "x = unknown.zeros(3)",  # of no module that is imported
        "y = np.zeros(3)\nx = y.reshape(1, 3)",  # of a model it may be training
        "x = 1 if own(1) else 2",
        "x = [own(k) for k in range(3)]",
        "x = np.array([own(k) for k in range(3)])",
        "x = (lambda: trace(1))()",
        "x = 0\nx += trace(1)",
        "for x in range(3): trace(x)",
        "while True: trace(1)",
        "if trace(1):\n  x = 1",
        "if __name__ == '__main__':\n  trace(1)",
        "with open('data.txt') as f:\n  x = 1",
        "del own",
        "assert trace(1)",
        "raise SystemExit('training')",
        "class C:\n  trace(1)\n  for k in range(3): trace(k)",
        "try:\n  trace(1)\nexcept ValueError:\n  trace(2)\nelse:\n  trace(3)",
        "if True:\n  trace(1)",
    ],
)
def test_nothing_else_is_executed(source: str) -> None:
    namespace, did, left_out = executed(source)
    assert (did, left_out) == ([], [])
    assert "own" in namespace
    assert namespace.get("x", 0) == 0


def test_a_value_of_what_is_missing_is_left_out() -> None:
    """As the shape of data that were not read; it is no finding."""
    namespace, _, left_out = executed("data = own(3)\nm = data.shape\nk = 1 / 0\nplt.size = 3")
    assert left_out == []
    assert not {"data", "m", "k"} & namespace.keys()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("def f(n=rng): ...", "line 10 raised NameError: name 'rng' is not defined"),
        ("@nowhere\nclass C: ...", "line 11 raised NameError: name 'nowhere' is not defined"),
        ("from math import nothing", "line 10 raised ImportError: cannot import name 'nothing'"),
        ("if own(1):\n  def f(): ...", "line 10, which defines f"),
        ("for k in range(3):\n  def f(): ...\n  class C: ...", "line 10, which defines f, C"),
    ],
)
def test_a_definition_that_is_not_executed_is_listed(source: str, text: str) -> None:
    _, _, (left_out,) = executed(source)
    assert left_out.startswith(text)


def test_future_statements_hold_for_the_whole_file() -> None:
    source = "from __future__ import annotations\n" + START + "def f(x: nothing): ..."
    module = ModuleType("mine")
    vars(module).update({LEFT_OUT: [], "did": []})
    tree = ast.parse(source)
    execute(module, tree, "mine.py", Makers.of(tree.body), "")
    assert vars(module)["f"].__annotations__ == {"x": "nothing"}
    assert executed("def f(x: nothing): ...")[2] == [
        "line 10 raised NameError: name 'nothing' is not defined"
    ]


def test_a_statement_is_not_changed() -> None:
    """The tree is read again, for the lines that it names."""
    (statement,) = ast.parse("try:\n  f()\nexcept E:\n  g()\nelse:\n  x = 1").body
    before = ast.dump(statement)
    part, left_out = executed_part(statement, Makers.of([]))
    assert ast.dump(statement) == before
    assert part is not None
    assert [left.lineno for left in left_out] == [2, 4]
