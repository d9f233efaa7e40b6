"""The list of all sentences: up to date, in plain English, with stable codes."""

from __future__ import annotations

import re

import pytest

from parity_tests.adapters import call_wording
from parity_tests.checking import report_wording
from parity_tests.diagnosis import cause_wording
from parity_tests.tests.project import sentence_facts, sentences


def test_the_list_of_sentences_is_that_of_the_sources() -> None:
    written = sentences.FILE.read_text(encoding="utf-8")
    assert written == sentences.text(), f"sentences have changed: run {sentences.COMMAND}"


def test_every_sentence_is_listed() -> None:
    """A function of facts needs examples, and so does a template."""
    for code, message in report_wording.SENTENCES.items():
        needs_facts = callable(message) or sentences.facts_of(message)
        assert (code in sentence_facts.REPORT) == bool(needs_facts), code
    assert sentence_facts.REPORT.keys() <= report_wording.SENTENCES.keys()
    assert sentence_facts.CALLS.keys() == call_wording.SENTENCES.keys()


def test_a_cause_has_one_sentence() -> None:
    tables = (cause_wording.CAUSES, cause_wording.REMARKS, cause_wording.PATTERNS)
    for table in tables:
        assert len(set(table.values())) == len(table)


# Words that a reader should not have to learn here, with the field's own instead of them.
DIALECT = (
    r"stands? for", r"used fraction", r"in the place of", r"had back", r"may be anything",
    r"\bsaid\b", r"\bsays?\b", r"\btold\b", r"\basked\b", r"go(es|ing|ne)? on\b",
    r"\bwhat (it|was|the)\b",
)  # fmt: skip


@pytest.mark.parametrize("words", DIALECT)
def test_the_english_is_that_of_the_field(words: str) -> None:
    found = [line for line in sentences.text().split("\n") if re.search(words, line)]
    assert found == []


def test_codes_are_names_without_spaces() -> None:
    for _, section in sentences.sections():
        for code, _ in section:
            assert re.fullmatch(r"[A-Za-z0-9_./+-]+", code), code
