"""Programs in public styles, their planted mistakes, and what a check says of each of them.

The programs are in `sample_programs/public`, a folder for each family; their mistakes are beside
this file, a file for each family. A notebook is a text of cells, each below a line `# %%`.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.interfaces.network_program import without_biases
from parity_tests.adapters.request import Request
from parity_tests.checking.findings import VALUES
from parity_tests.checking.report import Report
from parity_tests.tests.support.paths import PROGRAMS
from ref_numpy import NetworkSpec

FOLDER = PROGRAMS / "public"
MISTAKES = Path(__file__).parent
FAMILIES = {
    "cs231n": "cs231n, assignments 1 and 2",
    "images": "images: course 4, cs231n",
    "nielsen": "Nielsen's network",
    "from_scratch": "classes from scratch",
    "oreilly": "O'Reilly's layers",
    "engines": "engines, as micrograd",
    "course": "notebooks of courses 1, 2",
}
CELL = "# %%\n"  # the start of a notebook's cell


@dataclass(frozen=True)
class Mistake:
    """One line that is wrong.

    Attributes:
        old: the right line.
        new: the line instead; "" for none.
        tensor: where the mistake is found; "" where it is not.
        cause: the code of the cause that is named; "" where none is.
    """

    old: str
    new: str
    tensor: str
    cause: str


@dataclass(frozen=True)
class PublicProgram:
    """A program in a public style.

    Attributes:
        family: its folder.
        stem: the name of its file.
        mistakes: that are planted in it.
        options: of its check.
        verdict: on the right program.
        biases: whether its network has any.
    """

    family: str
    stem: str
    mistakes: tuple[Mistake, ...]
    options: Mapping[str, Any]
    verdict: str = "passed"
    biases: bool = True

    @property
    def name(self) -> str:
        """family/stem."""
        return f"{self.family}/{self.stem}"

    @property
    def source(self) -> str:
        """The right program."""
        return text_of(FOLDER / f"{self.name}{'.cells' if self.is_notebook else '.py'}")

    @property
    def is_notebook(self) -> bool:
        """Whether its cells are written as a notebook."""
        return (FOLDER / f"{self.name}.cells").exists()

    @property
    def adapter(self) -> str:
        """The adapter with which it is checked; "" where its path is enough."""
        path = FOLDER / f"{self.name}_adapter.py"
        return text_of(path) if path.exists() else ""

    @property
    def adapter_lines(self) -> int:
        """The number of lines of the adapter's function."""
        _, _, body = self.adapter.partition("def run(spec, params, X, Y):\n")
        return len(body.splitlines())

    def with_mistake(self, mistake: Mistake) -> str:
        """Return the program with another line.

        Raises:
            ValueError: it has not exactly one such line.
        """
        lines = self.source.splitlines(keepends=True)
        places = [k for k, line in enumerate(lines) if line.strip() == mistake.old]
        if len(places) != 1:
            raise ValueError(f"{self.name} has {len(places)} lines {mistake.old!r}; expected one")
        (k,) = places
        lines[k] = lines[k].replace(mistake.old, mistake.new or "pass")
        return "".join(lines)

    def check(self, source: str, folder: Path) -> Report:
        """Check a version of the program.

        Args:
            source: of that version.
            folder: where it is written.
        """
        if self.is_notebook:
            path = written(folder / f"{self.stem}.ipynb", notebook_of(source))
        else:
            path = written(folder / f"{self.stem}.py", source)
        candidate, options = str(path), dict(self.options)
        if self.adapter:
            sys.modules.pop(self.stem, None)  # of an earlier version
            candidate = f"{written(folder / 'adapter.py', self.adapter)}:run"
        if not self.biases:
            dims = [int(n) for n in options.pop("network").split("-")]
            each = [options.pop(n) for n in ("hidden", "output", "loss")]
            spec = without_biases(NetworkSpec.dense(dims, *each))
            options["network"] = str(written(folder / "network.json", spec.to_json()))
        return examine(Request(candidate, **{"examples": 11, **options}))


def public_programs() -> list[PublicProgram]:
    """Return every program, with its mistakes."""
    return [
        PublicProgram(family, stem, mistakes, own, **stated)
        for family in FAMILIES
        for stem, own in tomllib.loads(text_of(MISTAKES / f"{family}.toml")).items()
        for mistakes in [tuple(Mistake(**one) for one in own.pop("mistakes", ()))]
        for stated in [{n: own.pop(n) for n in ("verdict", "biases") if n in own}]
    ]


@cache
def text_of(path: Path) -> str:
    """Return the text of a file."""
    return path.read_text(encoding="utf-8")


def written(path: Path, text: str) -> Path:
    """Write a file, and return where it is."""
    path.write_text(text, encoding="utf-8")
    return path


def notebook_of(source: str) -> str:
    """Return the text of a notebook with the cells of a source."""
    cells = [
        {"cell_type": "code", "source": cell.strip(), "metadata": {}, "outputs": [],
         "execution_count": None}
        for cell in source.split(CELL)[1:]
    ]  # fmt: skip
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def named(report: Report, tensor: str) -> tuple[str, ...]:
    """Return the codes that the findings on a tensor name: of causes, or of what is no wrong value.

    Args:
        report: on a program.
        tensor: that a mistake makes wrong.
    """
    own = [finding for finding in report.findings if finding.tensor == tensor]
    codes = [cause.code for finding in own for cause in finding.causes]
    return tuple(codes + [finding.code for finding in own if finding.kind not in VALUES])


def table_of_programs() -> str:
    """Return the table of the README: by family, how many are checked, and what is found."""
    every = public_programs()
    rows = [(title, [p for p in every if p.family == family]) for family, title in FAMILIES.items()]
    head = ("programs", "by path", "adapter", "pass", "mistakes", "found", "named")
    lines = ["".join([f"{'':29}", *(f"{title:>9}" for title in head)])]
    for title, programs in [*rows, ("together", every)]:
        mistakes = [mistake for p in programs for mistake in p.mistakes]
        judged = [p for p in programs if p.verdict == "passed"]
        counts = (
            len(programs), sum(not p.adapter for p in judged), sum(bool(p.adapter) for p in judged),
            len(judged), len(mistakes), sum(bool(one.tensor) for one in mistakes),
            sum(bool(one.cause) for one in mistakes),
        )  # fmt: skip
        lines.append("".join([f"{title:29}", *(f"{n:9}" for n in counts)]))
    return "\n".join(lines)
