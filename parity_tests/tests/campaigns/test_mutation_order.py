"""Which tests are run on a mutant, and which of them come first."""

from __future__ import annotations

import ast

import pytest

from parity_tests.campaigns.mutation.line_coverage import FIRST, Reach, key, ordered, within
from parity_tests.campaigns.mutation.mutants import Unit, units
from parity_tests.campaigns.mutation.scope import test_files as files_of_tests
from parity_tests.campaigns.mutation.worker import Test

pytestmark = pytest.mark.subprocess

CODE = """
x = 1

class C:
    half = 0.5

    def f(self):
        if self.x:
            return 1
        return 2
"""


def test_which_tests_run_on_a_mutant() -> None:
    (file, _), (new, _) = list(files_of_tests().items())[:2]
    (module, class_, function) = units("m", ast.parse(CODE))
    one, two, three = (Test(f"{file}::{name}", 0.1) for name in ("one", "two", "three"))
    files = {name: hash_ for name, hash_ in files_of_tests().items() if name != new}
    lines = {"m:C.f": (function.fingerprint, {1: 0b11, 3: 0b10})}
    reach, whole = Reach((one, two, three), files, lines), Test(new, 1.0)
    assert reach.of(function, (8, 8)) == [one, two, whole]
    assert reach.of(function, (10, 10)) == [two, whole]
    assert reach.of(function, (7, 7)) == [one, two, whole]
    assert reach.of(class_, (5, 5)) == reach.of(module, (2, 2)) == [one, two, three, whole]
    # No test executes line 9, or it is executed at the import alone: each may notice a change.
    assert reach.of(function, (9, 9)) == [one, two, three, whole]
    other = Unit("m", "C.f", ast.parse("def f(): 1").body[0], (7, 10))
    assert reach.of(other, (10, 10)) == [one, two, whole]


def test_code_of_a_module_concerns_every_test() -> None:
    """Those that execute its lines come first, then those that execute the module's others."""
    (file, _), module = next(iter(files_of_tests().items())), units("m", ast.parse(CODE))[0]
    one, two, three = tests = tuple(Test(f"{file}::{n}", 0.1) for n in range(3))
    known = {"m:": (module.fingerprint, {10: 0b100, 20: 0b110})}
    assert Reach(tests, files_of_tests(), known).of(module, (11, 11)) == [three, two, one]


def test_the_tests_of_the_modules_own_room_come_first() -> None:
    files = files_of_tests()
    reference, kinds = (
        next(file for file in files if f"/{x}/" in file) for x in ("reference", "kinds")
    )
    others = tuple(Test(f"{file}::one", 0.1) for file in (kinds, reference))
    for module, first in (
        ("ref_numpy.layers.dense", reference),
        ("parity_tests.kinds.equivalent_formulas", kinds),
    ):
        unit = units(module, ast.parse("x = 1"))[0]
        known = {key(unit): (unit.fingerprint, {0: 0b11})}
        assert Reach(others, files, known).of(unit, (1, 1))[0].file == first


def test_the_tests_in_a_file_with_the_modules_name_come_before_them() -> None:
    files = files_of_tests()
    named, other = (
        next(file for file in files if f"error_model/test_{name}" in file)
        for name in ("precisions", "array_parts")
    )
    (module,) = units("parity_tests.error_model.precisions", ast.parse("x = 1"))
    tests = tuple(Test(f"{file}::one", 0.1) for file in (other, named))
    known = {key(module): (module.fingerprint, {1: 0b01})}
    assert [test.file for test in Reach(tests, files, known).of(module, (1, 1))] == [named, other]


def test_many_tests_in_a_file_with_the_modules_name_leave_time_for_others() -> None:
    """Of 30 some come first; then those that execute the line, whose file has another name."""
    files = files_of_tests()
    named, other = (
        next(file for file in files if f"error_model/test_{name}" in file)
        for name in ("precisions", "array_parts")
    )
    (unit,) = units("parity_tests.error_model.precisions", ast.parse("x = 1"))
    tests = (*(Test(f"{named}::{n}", 0.1) for n in range(30)), Test(f"{other}::one", 0.1))
    known = {key(unit): (unit.fingerprint, {0: 1 << 30})}
    found = [test.file for test in Reach(tests, files, known).of(unit, (1, 1))]
    assert found == [named] * FIRST + [other] + [named] * (30 - FIRST)


def test_patience_ends_with_the_test_in_which_it_is_lost() -> None:
    tests = [Test(f"f::{n}", 1.0) for n in range(4)]
    assert [len(within(tests, s)) for s in (0.5, 1.0, 1.5, 3.5, 9.0)] == [1, 1, 2, 4, 4]


def test_every_test_function_has_its_share_of_the_time() -> None:
    seconds = {"a[1]": 1.0, "a[2]": 1.0, "a[3]": 1.0, "b": 2.5, "c": 0.5}
    names = [test.id.partition("[")[0] for test in ordered(seconds)]
    assert names == ["c", "a", "a", "b", "a"]
