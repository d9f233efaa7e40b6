"""Nobody tunes a tolerance: the repository's Python is searched for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from parity_tests.tests.support.paths import ROOT

ARGUMENTS = {"atol", "rtol", "decimal", "rel_tol", "abs_tol", "significant", "nulp", "maxulp"}
CALLS = {
    "allclose", "isclose", "assert_allclose", "assert_close", "approx", "gradcheck",
    "assert_almost_equal", "assert_array_almost_equal", "assertAlmostEqual",
    "assert_array_almost_equal_nulp", "assert_array_max_ulp",
}  # fmt: skip

ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)

# These quote the tolerances of others, to measure them.
QUOTING = {
    "parity_tests/campaigns/fixed_tolerances.py",
    "parity_tests/campaigns/sensitivity.py",
    "parity_tests/tests/campaigns/test_sensitivity.py",
}


def tolerances(source: str) -> Iterator[tuple[int, str]]:
    """(line, what is there): names and arguments of tolerances, functions that have them built in,
    and comparisons with a small number."""
    for node in ast.walk(ast.parse(source)):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.keyword | ast.arg) and node.arg in ARGUMENTS:
            yield line, f"argument {node.arg}"
        if isinstance(node, ast.Name) and node.id in ARGUMENTS | CALLS:
            yield line, node.id
        if isinstance(node, ast.Attribute) and node.attr in ARGUMENTS | CALLS:
            yield line, node.attr
        if isinstance(node, ast.alias) and node.name in CALLS:
            yield line, f"import {node.name}"
        if isinstance(node, ast.Compare) and any(isinstance(op, ORDER) for op in node.ops):
            for side in (node.left, *node.comparators):
                yield from ((line, f"comparison with {x}") for x in small_numbers(side))


def small_numbers(side: ast.expr) -> Iterator[float]:
    """Numbers that multiply, or are added to, one side of a comparison."""
    if isinstance(side, ast.Constant) and isinstance(side.value, float):
        if 0 < abs(side.value) < 0.02:
            yield side.value
    elif isinstance(side, ast.BinOp):
        yield from small_numbers(side.left)
        yield from small_numbers(side.right)
    elif isinstance(side, ast.UnaryOp):
        yield from small_numbers(side.operand)


def python_files() -> list[str]:
    """This project's, also where it is installed beside others."""
    folders = ("ref_numpy", "torch_impl", "parity_tests", "benchmarks", "lessons")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(str(path.relative_to(ROOT)) for path in [*paths, ROOT / "train.py"])


def test_there_is_no_tolerance() -> None:
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in python_files()}
    assert len(texts) > 500
    found = {path: [*tolerances(text)] for path, text in texts.items() if path not in QUOTING}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "line",
    [
        "np.testing.assert_allclose(a, b)",
        "np.allclose(a, b, 1e-5)",
        "check(a, b, atol=1)",
        "def check(a, rtol): ...",
        "assert a == pytest.approx(b)",
        "from math import isclose",
        "assert abs(a - b) < 1e-7",
        "assert 1e-9 >= error",
        "assert abs(a - b) <= 1e-6 * abs(b)",
        "assert error < -(-1e-3 + scale)",
        "decimal = 3",
    ],
)
def test_a_tolerance_is_seen(line: str) -> None:
    assert list(tolerances(line))


@pytest.mark.parametrize(
    "line",
    ["fit(learning_rate=1e-3)", "assert used <= 1", "assert x == 1e-3 * y + 2", "accuracy >= 0.8"],
)
def test_other_numbers_are_not(line: str) -> None:
    assert list(tolerances(line)) == []
