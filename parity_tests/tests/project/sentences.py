"""Every sentence that this project prints about input, findings and causes, in one list.

`python -m parity_tests.tests.project.sentences` rewrites sentences.txt; a test compares the two,
so that a change of the English is seen as a change of that file.
"""

from __future__ import annotations

import inspect
import string
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from parity_tests.adapters import call_wording
from parity_tests.adapters.course.update_functions import UPDATES
from parity_tests.adapters.fourth_course import helper_lines
from parity_tests.adapters.layer_functions import running_statistics
from parity_tests.adapters.second_course import gradient_checks, made_findings, mask_lines
from parity_tests.checking import report_wording
from parity_tests.diagnosis import cause_wording
from parity_tests.kinds import backward_lines, forward_lines, named_constants, update_lines
from parity_tests.kinds.formula_text import NOT_M, Edit, FormulaText, apply_edits, mean_edits
from parity_tests.kinds.known_kinds import built_in_layers
from parity_tests.tests.project import sentence_facts
from parity_tests.tests.project.sentence_facts import facts
from parity_tests.tests.support.catalogue_lines import lines_of_kinds

FILE = Path(__file__).with_name("sentences.txt")
COMMAND = "python -m parity_tests.tests.project.sentences"

# The sentences with which each package refuses input, by code.
INPUT_TABLES = ("ref_numpy.input_messages", "torch_impl.training_messages",
                "parity_tests.check_messages")  # fmt: skip

Section = Iterator[tuple[str, str]]  # code, sentence


def sections() -> Iterator[tuple[str, Section]]:
    for module in INPUT_TABLES:
        yield f"input errors of {module.partition('.')[0]}", input_errors(module)
    yield "findings and reports", of_reports()
    yield "findings of calls", of_calls()
    yield "causes that any tensor may have", of_templates(cause_wording.CAUSES)
    for name in ("REMARKS", "SHAPES", "PATTERNS"):
        yield (
            f"{name.lower()} on errors without a cause",
            of_templates(getattr(cause_wording, name)),
        )
    yield "mistakes in course 2's functions", of_templates(made_findings.CAUSES)
    for formula in (*formulas(), *of_second_course()):
        if formula.edits:
            yield f"mistakes in {formula.left} = {formula.right}", of_edits(formula)
    for kind, edits in named_constants.FITTED.items():
        yield f"fitted mistakes in {kind}", ((e.code, rendered(e.sentence)) for e in edits)
    for kind, slope in named_constants.SLOPES.items():
        yield f"fitted slope of {kind}", iter([(slope.code, rendered(slope.sentence))])
    decays = (update_lines.DECAY_OF_C, update_lines.DECOUPLED, update_lines.DECOUPLED_OF_C)
    yield "mistakes in the weight decay", ((e.code, rendered(e.sentence)) for e in decays)


def input_errors(module: str) -> Section:
    """Each template with its facts in braces; each function with and without optional facts."""
    for code, message in import_module(module).MESSAGES.items():
        if callable(message):
            every = sentence_facts.INPUT.get(code) or example_facts(message)
            texts = dict.fromkeys(message(**one) for one in every)
            yield from ((code, text) for text in texts)
        else:
            yield code, message


def example_facts(message: Callable[..., str]) -> Iterator[Mapping[str, Any]]:
    """The required facts of a sentence, and all of them, by name."""
    parameters = inspect.signature(message).parameters.values()
    yield facts(*(q.name for q in parameters if q.default is q.empty))
    yield facts(*(q.name for q in parameters))


def of_reports() -> Section:
    for code, message in report_wording.SENTENCES.items():
        for one in sentence_facts.REPORT.get(code, ({},)):
            yield code, message(**one) if callable(message) else message.format(**one)


def of_calls() -> Section:
    for code, one in sentence_facts.CALLS.items():
        yield code, call_wording.sentence(code, **one)


def of_templates(table: Mapping[str, str]) -> Section:
    return (
        (code, rendered(text, sentence_facts.OF_CAUSE.get(code))) for code, text in table.items()
    )


def rendered(text: str, more: Mapping[str, Any] | None = None) -> str:
    return text.format(**{**sentence_facts.CAUSES, **(more or {})})


def of_second_course() -> Iterator[FormulaText]:
    """The lines that only functions of courses 2 and 4, and of cs231n, have."""
    for module in (mask_lines, gradient_checks, helper_lines, running_statistics):
        yield from (x for x in vars(module).values() if isinstance(x, FormulaText))


def formulas() -> Iterator[FormulaText]:
    """The right formulas of the catalogue."""
    yield from lines_of_kinds()
    for kind in built_in_layers().values():
        if kind.for_layer and kind.graph:  # of other constants other lines
            of = kind.for_layer(kind.graph().steps[0].layer)
            yield from filter(None, (of.line, of.derivative_line))
    yield from (x for x in vars(update_lines).values() if isinstance(x, FormulaText))
    means = {
        formula.left: formula
        for update in UPDATES.values()
        for formula in update.formulas.values()
        if formula.left in "vs"
    }
    yield from means.values()
    for name in ("L2_OF_J", "L2_OF_DW"):
        term, edits = getattr(forward_lines if name == "L2_OF_J" else backward_lines, name)
        yield FormulaText("…", f"…{term}", edits)
    for whole in (True, False):
        end = "" if whole else " + …"
        yield FormulaText("…", f"… / m{end}", mean_edits("…", NOT_M, whole))
    last = (edit for kind in built_in_layers().values() for edit in kind.last_mistakes)
    lone = (forward_lines.TWICE, *forward_lines.OF_THE_LOGITS, *last)
    yield FormulaText("…", "np.log(A)", lone)


def of_edits(formula: FormulaText) -> Section:
    """Each code once, with the wrong formula."""
    codes: dict[tuple[str, str], Edit] = {}
    for edit in formula.edits:
        codes.setdefault((edit.code, edit.sentence), edit)
    for edit in codes.values():
        wrong = f"    {formula.left} = {apply_edits(formula, edit)}"
        yield edit.code, rendered(edit.sentence, dict(edit.facts)) + wrong


def text() -> str:
    lines = [f"Written by {COMMAND}"]
    for title, section in sections():
        lines += ["", f"# {title}"]
        lines += [f"{code}: {sentence}".replace("\n", "\\n") for code, sentence in section]
    return "\n".join(lines) + "\n"


def facts_of(sentence: str) -> set[str]:
    """The names of the facts in a template."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    print(f"wrote {FILE.name}")
