"""The record of mutants is that of the present sources, and the tool does what it says."""

from __future__ import annotations

import ast
import io
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from parity_tests.campaigns.mutation import record as mutation_record
from parity_tests.campaigns.mutation import run as mutation_run
from parity_tests.campaigns.mutation import sample as mutation_sample
from parity_tests.campaigns.mutation.line_coverage import key
from parity_tests.campaigns.mutation.mutants import Mutant, mutants, units
from parity_tests.campaigns.mutation.record import Judged, Survivor, read
from parity_tests.campaigns.mutation.run import read_sources, show, stale
from parity_tests.campaigns.mutation.scope import TRIED, is_in
from parity_tests.campaigns.mutation.worker import ROOT

pytestmark = pytest.mark.subprocess

AGAIN = "run: python -m parity_tests mutation"
RECORD = read()


@pytest.mark.slow
def test_the_record_is_that_of_the_sources() -> None:
    found = read_sources()
    assert [key(unit) for unit in stale(RECORD, found)] == [], AGAIN
    now = {key(unit): of for source in found.values() for unit, of in source.mutants.items()}
    assert set(RECORD) == set(now), AGAIN
    for name, judged in RECORD.items():
        assert judged.mutants == len(now[name]), f"{name}: {AGAIN} --all --only '{name}'"
        alive = {Survivor.of(mutant) for mutant in now[name]}
        assert set(judged.survivors) <= alive, f"{name}: {AGAIN} --all --only '{name}'"


@pytest.mark.parametrize("package", TRIED)
def test_every_mutant_is_killed_or_explained(package: str) -> None:
    of = {name: one for name, one in RECORD.items() if is_in(name, package)}
    assert sum(one.mutants for one in of.values()) > 0
    assert {name: one.unexplained for name, one in of.items() if one.unexplained} == {}
    whys = [survivor.why for one in of.values() for survivor in one.survivors]
    assert [why for why in whys if not why.endswith(".")] == []


SMALL = '''
"""A module."""
from __future__ import annotations
import numpy as np
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    x = 1
__all__ = ["f"]
Pair = tuple[int, int]

class C(Base, kind="c"):
    """A class."""

    half: float = 0.5
    name: str

    @staticmethod
    def f(x: int, n=1) -> None:
        """A function."""
        if not x > 0 and n:
            raise ValueError(f"x is {x + 1}")
        return np.abs(x.T).sum(axis=n) - 2
'''
HEAD, IF = "@staticmethod def f(x: int, n=1) -> None:", "if not x > 0 and n:"
RETURN = "return np.abs(x.T).sum(axis=n) - 2"
EXPECTED = {
    "C": [
        ("half: float = 0.5", "pass"),
        ("half: float = 0.5", "half: float = 1.5"),
        ("class C(Base, kind='c'):", "class C(Base, kind='cX'):"),
    ],
    "C.f": [
        (HEAD, "@staticmethod def f(x: int, n=0) -> None:"),
        (HEAD, "@staticmethod def f(x: int, n=2) -> None:"),
        (IF, "if True:"),
        (IF, "if False:"),
        (IF, "if n:"),
        (IF, "if not x > 0:"),
        (IF, "if not x > 0 or n:"),
        (IF, "if x > 0 and n:"),
        (IF, "if not x >= 0 and n:"),
        (IF, "if not x <= 0 and n:"),
        (IF, "if not x > 1 and n:"),
        ("raise ValueError(f'x is {x + 1}')", "pass"),
        (RETURN, "return None"),
        (RETURN, "return np.abs(x.T).sum() - 2"),
        (RETURN, "return np.abs(x.T).mean(axis=n) - 2"),
        (RETURN, "return np.abs(x.T) - 2"),
        (RETURN, "return x.T.sum(axis=n) - 2"),
        (RETURN, "return np.abs(x).sum(axis=n) - 2"),
        (RETURN, "return np.abs(x.T).sum(axis=n) + 2"),
        (RETURN, "return np.abs(x.T).sum(axis=n) - 3"),
    ],
}


def of_source(source: str, module: str = "m") -> dict[str, list[Mutant]]:
    return {unit.name: mutants(unit) for unit in units(module, ast.parse(source))}


@pytest.mark.parametrize("kind", ["LayerKind", "LossKind"])
def test_of_a_kind_its_formulas_are_tried(kind: str) -> None:
    """Not the order of kinds, lines with their mistakes, and mistakes that lines share."""
    source = f"""
PLUS = edit("plus", "1 + Z is used", "-", "+")
HALF = choice("half", "1/2 is used", "1", "1 / 2")
KIND = {kind}(
    place=3,
    line=FormulaText("A", "1 - Z", (PLUS, HALF, edit("twice", "2 - Z is used", "1", "2"))),
    formulas=(lambda Z: 1 - Z,),
)
"""
    texts = [(mutant.before, mutant.after) for mutant in of_source(source)[""]]
    plus, half, whole = (ast.unparse(node).replace('"', "'") for node in ast.parse(source).body)
    assert sorted(texts) == sorted([
        (plus, "pass"), (half, "pass"), (whole, "pass"),
        (whole, whole.replace(", formulas=(lambda Z: 1 - Z,)", "")),
        ("(lambda Z: 1 - Z,)", "(lambda Z: 1 + Z,)"), ("(lambda Z: 1 - Z,)", "(lambda Z: 2 - Z,)"),
        ("(lambda Z: 1 - Z,)", "(lambda Z: 0 - Z,)"),
    ])  # fmt: skip


def test_the_mutants_of_a_small_class() -> None:
    tree = ast.parse(SMALL)
    found = {unit.name: mutants(unit) for unit in units("m", tree)}
    texts = {name: [(m.before, m.after) for m in of] for name, of in found.items() if of}
    assert {name: sorted(of) for name, of in texts.items()} == {
        name: sorted(of) for name, of in EXPECTED.items()
    }
    assert ast.unparse(tree) == ast.unparse(ast.parse(SMALL))
    assert {m.lines for m in found["C.f"]} == {(17, 18), (20, 20), (21, 21), (22, 22)}


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("x = a[1:n:2]", ["a[:n:2]", "a[1::2]", "a[1:n]", "a[0:n:2]", "a[2:n:2]", "a[1:n:3]"]),
        ("x = f(a, b)", ["f(b, a)", "a"]),
        ("x = f(a, a, k=b)", ["f(a, a)", "a"]),
        ("x = a.copy()", ["a"]),
        ("x = max(a, b)", ["max(b, a)", "min(a, b)", "a"]),
        ("x = a if b else c", ["a", "c"]),
        ("x = -a @ b // c", ["a @ b // c", "-a * b // c", "-a @ b / c"]),
        ("x = a is None", ["a is not None"]),
        ("x = {'k': True}", ["{'kX': True}", "{'k': False}"]),
        ("x = f'd{n}'", ["f'dX{n}'"]),
    ],
)
def test_the_mutants_of_an_expression(source: str, after: list[str]) -> None:
    found = of_source(f"def f():\n    {source}\n")["f"]
    assert sorted(m.after for m in found) == sorted(["pass", *(f"x = {text}" for text in after)])


@pytest.mark.parametrize(
    ("expression", "deleted"),
    [
        ("a * b + c", ["a * b", "c", "a + c", "b + c"]),
        ("a / b - c**d", ["a / b", "a - c ** d", "a / b - c"]),
        ("max(a, b)", ["b"]),  # a is one of its mutants everywhere
        ("np.where(a, b, c)", ["b", "c"]),
        ("np.dot(a, b)", []),
        (
            "{k: (a, b), c: (d,)}",
            ["{k: (b,), c: (d,)}", "{k: (a,), c: (d,)}", "{k: (a, b), c: ()}"],
        ),
    ],
)
@pytest.mark.parametrize("module", ["parity_tests.error_model.m", "parity_tests.kinds.m"])
def test_terms_are_deleted_from_the_model_and_the_equal_formulas_alone(
    module: str, expression: str, deleted: list[str]
) -> None:
    source = f"def f():\n    x = {expression}\n"
    elsewhere = [m.after for m in of_source(source)["f"]]
    here = [m.after for m in of_source(source, module)["f"]]
    assert sorted(here) == sorted([*elsewhere, *(f"x = {text}" for text in deleted)])


def test_the_mutants_of_other_statements() -> None:
    source = "def f():\n    for x in y:\n        with g():\n            f(x)\n        break\n"
    texts = [(m.before, m.after) for m in of_source(source)["f"]]
    assert texts == [
        ("with g():", "if True:"), ("f(x)", "pass"), ("break", "continue"),
    ]  # fmt: skip
    twice = of_source("def f(x):\n    x = x + 1\n    x = x + 1\n")["f"]
    assert [m.ordinal for m in twice] == [0] * 4 + [1] * 4
    assert len(set(twice)) == 8


def test_a_fingerprint_is_that_of_the_code_alone() -> None:
    def fingerprints(source: str) -> dict[str, str]:
        return {unit.name: unit.fingerprint for unit in units("m", ast.parse(source))}

    before = fingerprints(SMALL)
    commented = SMALL.replace("A function", "Another text").replace("- 2", "- 2  # two")
    assert fingerprints(commented) == before
    changed = fingerprints(SMALL.replace("- 2", "- 3"))
    assert {name for name in before if before[name] != changed[name]} == {"C.f"}


TRIALS = """
import ast, os, torch
from parity_tests.campaigns.mutation import worker
from parity_tests.campaigns.mutation.run import read_sources

source = read_sources()["ref_numpy.data.preprocessing"]
code = source.path.read_text()
for old, new in (
    ("- self.mu", "- self.mu"), ("- self.mu", "+ self.mu"),
    ("if images.ndim < 2:", "while True:\\n        continue\\n    if images.ndim < 2:"),
):
    assert code.count(old) == 1
    tree = ast.parse(code.replace(old, new))
    name = "parity_tests/tests/reference/test_preprocessing.py"
    if "while" in new:
        name += "::test_an_image_becomes_a_column"
    tests = [worker.Test(name, -0.2)]  # a test may take 5 s + 20 × this, and a file longer
    finder = worker.Mutated("ref_numpy.data.preprocessing", source.path, tree)
    status = os.waitpid(worker.try_on(tests, finder), 0)[1]
    print(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.slow
def test_a_mutant_is_killed_where_a_test_fails_or_hangs() -> None:
    """No change survives; another sign fails; a loop without an end is ended by SIGPROF."""
    done = subprocess.run(
        [sys.executable, "-c", TRIALS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", "1", str(-signal.SIGPROF)]


@pytest.mark.slow
def test_changed_units_wait_and_moved_ones_keep_their_entries(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The record is then that of the sources, and all mutants of what waits are to be tried."""
    found = {"ref_numpy.layers.relu": read_sources()["ref_numpy.layers.relu"]}
    of = found["ref_numpy.layers.relu"].mutants
    same, moved, changed = [*of][:3]
    entries = {unit: Judged(unit.fingerprint, len(of[unit])) for unit in of}
    before = {key(same): entries[same], "elsewhere:f": entries[moved]}
    before |= {key(changed): Judged("another", 1)}
    monkeypatch.setattr(mutation_record, "RECORD", tmp_path / "mutants.json")
    monkeypatch.setattr(mutation_run, "read_sources", lambda: found)
    mutation_record.write(before)
    assert mutation_run.defer(Console(file=io.StringIO())) == 0
    after = mutation_record.read()
    assert after.keys() == {key(unit) for unit in of}
    assert (after[key(same)], after[key(moved)]) == (entries[same], entries[moved])
    assert after[key(changed)].waiting
    assert stale(after, found) == []
    chosen = mutation_run.to_try(after, found, every=False, only="")
    assert {mutant.unit for mutant in chosen} == {u for u in of if after[key(u)].waiting}
    for unit, every in ((changed, False), (same, True)):
        assert mutation_run.to_try(after, found, every, only=key(unit)) == of[unit]
    assert mutation_run.to_try(after, found, every=False, only=key(same)) == []


def test_the_table_and_the_survivors() -> None:
    judged = {
        "ref_numpy.layers.dense:Dense": Judged(
            "0", 4, (Survivor("a < b", "a <= b", "They never meet."),)
        ),
        "torch_impl.data:f": Judged("1", 4, (Survivor("x + 1", "x - 1"),)),
        "torch_impl.data:g": Judged("2", 7, (Survivor("y", "-y", "It waits."),), waiting=True),
    }
    console = Console(file=io.StringIO(), width=100)
    show(judged, console)
    printed = console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]
    rows = [line.split() for line in printed.splitlines()]
    assert ["ref_numpy", "4", "3", "1", "0", "100.0%"] in rows
    assert ["torch_impl", "11", "3", "0", "1", "7", "75.0%"] in rows
    assert "torch_impl.data:f\n- x + 1\n+ x - 1\n" in printed


def test_a_sample_has_each_mutant_with_the_same_probability() -> None:
    every = [mutant for of in of_source(SMALL).values() for mutant in of]
    seen = [mutation_sample.draw(every, 5, seed) for seed in range(400)]
    assert {len(set(map(id, of))) for of in seen} == {5}
    assert {id(mutant) for of in seen for mutant in of} == {*map(id, every)}
    assert mutation_sample.draw(every, 99, seed=1) == every


def test_the_score_of_a_sample_has_its_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clopper and Pearson's of 8 in 10 is 0.444 to 0.975; one that has a reason counts as none."""
    of = [mutant for found in of_source(SMALL).values() for mutant in found][:11]
    reason = Survivor(of[0].before, of[0].after, "They are equal.", of[0].ordinal)
    record = {key(of[0].unit): Judged("0", 3, (reason,))}
    monkeypatch.setattr(mutation_sample, "read", lambda: record)
    alive = {mutant: i < 3 for i, mutant in enumerate(of)}
    console = Console(file=io.StringIO(), width=100)
    mutation_sample.show_sample({"m": 23}, {"m": of}, alive, console)
    printed = console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]
    row = ["m", "23", "11", "8", "1", "2", "80.0%", "44.4%", "to", "97.5%"]
    assert row in [line.split() for line in printed.splitlines()]
    assert printed.count("\n- ") == 2
    assert f"- {of[1].before}\n+ {of[1].after}\n" in printed
