"""Error codes: each that the code raises is in its package's table, with the facts it needs."""

from __future__ import annotations

import ast
import inspect
import re
import string
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from parity_tests.tests.support.paths import ROOT
from ref_numpy.errors import InputError, Message, make_input_error

TABLES = {
    "ref_numpy": "ref_numpy.input_messages",
    "torch_impl": "torch_impl.training_messages",
    "parity_tests": "parity_tests.check_messages",
}
PACKAGES = [package for package, table in TABLES.items() if find_spec(table)]


def messages(package: str) -> Mapping[str, Message]:
    return import_module(TABLES[package]).MESSAGES


def calls(package: str) -> Iterator[tuple[str, re.Pattern[str], set[str], bool]]:
    """Of each call of `input_error`: its place, its code, its facts, and whether it has `**facts`.

    A code may be an f-string, such as f"{what}.kind": a pattern.
    """
    for path in sorted((ROOT / package).rglob("*.py")):
        if "tests" in path.relative_to(ROOT).parts or path.name.endswith("_messages.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "input_error":
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                facts = {keyword.arg for keyword in node.keywords}
                named = {fact for fact in facts if fact is not None}
                yield place, code_pattern(node.args[0]), named, None in facts


def code_pattern(code: ast.expr) -> re.Pattern[str]:
    if isinstance(code, ast.Constant):
        return re.compile(re.escape(str(code.value)))
    assert isinstance(code, ast.JoinedStr), ast.unparse(code)
    parts = (re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in code.values)
    return re.compile("".join(parts))


def needed(message: Message) -> tuple[set[str], set[str]]:
    """The facts that a sentence needs, and all that it may have."""
    if callable(message):
        parameters = inspect.signature(message).parameters.values()
        return {q.name for q in parameters if q.default is q.empty}, {q.name for q in parameters}
    fields = [name for _, name, _, _ in string.Formatter().parse(message) if name]
    every = {re.split(r"[.\[]", name)[0] for name in fields}
    return every, every


@pytest.mark.parametrize("package", PACKAGES)
def test_every_raised_code_is_in_the_table_with_its_facts(package: str) -> None:
    table = messages(package)
    found = 0
    for place, code, facts, more in calls(package):
        known = [message for name, message in table.items() if code.fullmatch(name)]
        assert known, f"{place}: {code.pattern}"
        fits = [more or required <= facts <= possible for required, possible in map(needed, known)]
        # A pattern such as f"{what}.type" is also that of other codes, such as array.type.
        assert any(fits) if ".+" in code.pattern else all(fits), f"{place}: {code.pattern}"
        found += 1
    assert found > 10


@pytest.mark.parametrize("package", PACKAGES)
def test_every_code_of_the_table_is_raised(package: str) -> None:
    patterns = [code for _, code, _, _ in calls(package)]
    unused = [name for name in messages(package) if not any(p.fullmatch(name) for p in patterns)]
    assert not unused


@pytest.mark.parametrize("package", PACKAGES)
def test_codes_are_lower_case_subject_and_kind(package: str) -> None:
    for code in messages(package):
        assert re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", code), code


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_module_composes_the_sentence_of_an_input_error(package: str) -> None:
    """`InputError(…)` is called with a variable or a joined error, never with a sentence."""
    for path in sorted((ROOT / package).rglob("*.py")):
        if "tests" in path.relative_to(ROOT).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "InputError":
                text = "".join(literals(node.args[0]))
                assert " " not in text.strip(": "), f"{Path(path).name}:{node.lineno}: {text}"


def literals(node: ast.expr) -> Iterator[str]:
    yield from (
        str(n.value) for n in ast.walk(node) if isinstance(n, ast.Constant) and n.value is not None
    )


def test_an_error_has_its_code_and_its_facts() -> None:
    table: dict[str, Message] = {
        "a.text": "{x} is bad.",
        "a.function": lambda x, y="": f"{x}{y} is bad.",
    }
    for code, facts, text in (
        ("a.text", {"x": 3}, "3 is bad."),
        ("a.function", {"x": 3}, "3 is bad."),
        ("a.function", {"x": 3, "y": "!"}, "3! is bad."),
    ):
        error = make_input_error(table, code, facts)
        assert (type(error), str(error), error.code, error.facts) == (InputError, text, code, facts)
    assert (InputError("text").code, InputError("text").facts) == ("input", {})
