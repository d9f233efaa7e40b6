"""The operators of an engine, each alone: also those that no network of the check uses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.interfaces.assembled.engine_checks import findings_on
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.checking.verdict import PASSED
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.edited_programs import with_edits

MORE = """
    def __pow__(self, n):
        out = Value(self.data**n, (self,))

        def _backward():
            self.grad += n * self.data ** (n - 1) * out.grad

        out._backward = _backward
        return out

    def exp(self):
        out = Value(math.exp(self.data), (self,))

        def _backward():
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    def log(self):
        out = Value(math.log(self.data), (self,))

        def _backward():
            self.grad += out.grad / self.data

        out._backward = _backward
        return out

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * other**-1 if isinstance(other, Value) else self * (1 / other)

    def cube_root(self):
        return self ** (1 / 3)

    def backward(self):"""


def examined(tmp_path: Path, program: str, *edits: tuple[str, str]) -> Report:
    source = (PROGRAMS / "interfaces" / f"{program}.py").read_text(encoding="utf-8")
    source = source.replace("\n    def backward(self):", MORE) if program[0] == "s" else source
    source = with_edits(source, edits)
    path = tmp_path / "engine.py"
    path.write_text(source, encoding="utf-8")
    return examine(Request(str(path), examples=5))


def test_right_operators_are_listed_and_others_not_looked_at(tmp_path: Path) -> None:
    report = examined(tmp_path, "scalar_engine")
    assert (report.verdict, report.findings) == (PASSED, ())
    (note,) = (n for n in report.notes if n.startswith("the operators of Value, each alone,"))
    right = {n.strip() for n in note.partition("right:")[2].split(";")}
    assert {"a * b", "3 - a", "b ** -1", "a / b", "exp(a)", "log(a)", "tanh(a)"} <= right
    assert report.not_seen == ("Value.cube_root()",)


@pytest.mark.parametrize(
    ("operator", "code", "edit"),
    [
        ("a ** 2", "gradient", ("n * self.data ** (n - 1)", "n * self.data**n")),
        pytest.param("exp(a)", "gradient", ("out.data * out.grad", "self.data * out.grad"),
                     marks=pytest.mark.slow),
        pytest.param("log(a)", "gradient", ("out.grad / self.data", "1 / self.data"),
                     marks=pytest.mark.slow),
        pytest.param("3 - a", "value", ("return -self + other", "return self - other"),
                     marks=pytest.mark.slow),
        pytest.param("a + b", "added", ("self.grad += out.grad", "self.grad = out.grad"),
                     marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_wrong_operator_is_found_though_no_network_uses_it_so(
    tmp_path: Path, operator: str, code: str, edit: tuple[str, str]
) -> None:
    report = examined(tmp_path, "scalar_engine", edit)
    assert [(f.tensor, f.code) for f in report.findings] == [
        (f"Value: {operator}", f"operator.{code}")
    ]


@pytest.mark.slow
def test_the_operators_of_an_engine_of_arrays_are_judged(tmp_path: Path) -> None:
    assert examined(tmp_path, "array_engine").verdict == PASSED
    once = "other.grad += unbroadcast(out.grad", "other.grad = unbroadcast(out.grad"
    report = examined(tmp_path, "array_engine", once)
    assert [(f.tensor, f.facts["part"]) for f in report.findings] == [("Tensor: a + b", "b")]


def test_the_element_that_is_most_out_of_its_bound_is_shown_with_the_digits_it_needs() -> None:
    """2^−40 off at 1 · 1 is out of its bound; one unit off at 2^60 / 30 is more, and within it."""
    a, w = np.array([[1.0, 0.1, 2.0], [3.0, 4.0, 5.0]]), np.full((2, 3), 0.5)
    b = np.array([[1.0, 2.0**60 / 3, 2.0], [3.0, 4.0, 5.0]])
    value = a * b
    value[0, 0] += 2.0**-40
    value[0, 1] = np.nextafter(value[0, 1], np.inf)
    one = {"name": "a * b", "a": a, "b": b, "w": w, "value": value, "da": w * b, "db": w * a,
           "da_again": w, "db_again": w}  # fmt: skip
    (finding,) = findings_on(one, "Value", FLOAT64)
    assert finding.facts == {
        "engine": "Value", "operator": "a * b", "a": 1.0, "b": 1.0, "given": 1 + 2.0**-40,
        "expected": 1.0, "digits": 13,
    }  # fmt: skip
    assert finding.message.endswith("it is 1.000000000001; expected 1")
