"""Line coverage by test, of the modules that have mutants: one recorded run of their tests."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage

from parity_tests.campaigns.mutation.mutants import Unit, units
from parity_tests.campaigns.mutation.scope import (
    SAMPLED,
    TRIED,
    is_named,
    is_of,
    sources,
    test_files,
)
from parity_tests.campaigns.mutation.worker import ROOT, Test, forked, pytest_here
from parity_tests.check_messages import input_error

FIRST = 24  # tests that run before those of changed files do
KEPT = ROOT / ".pytest_cache" / "reach.json"  # in a folder that git ignores


@dataclass(frozen=True)
class Reach:
    """A recorded run of the suite.

    Attributes:
        tests: all that were run, in the order that kills most mutants soonest.
        files: the tests' files, and a hash of each.
        lines: of each unit its fingerprint and, by line from its first, the tests that execute the
            line, as the bits of a number.
    """

    tests: tuple[Test, ...]
    files: dict[str, str]
    lines: dict[str, tuple[str, dict[int, int]]]

    def of(self, unit: Unit, lines: tuple[int, int]) -> list[Test]:
        """Return the tests that execute one of these lines.

        Of a unit that changed since the recording, they are the tests that execute any of its
        lines; changed files of tests are run whole. Code of a class or module that runs when it is
        imported concerns every test: first those that execute the lines when they are called, as
        in a table of functions, then those of the module's own room, then those that execute other
        lines of the unit. So does a line that no test executes, such as one of a function that only
        runs at the import. Before all others come some of a file that has the module's name: not
        all, since they might take all the time that there is.
        """
        first = unit.lines[0]
        fingerprint, known = self.lines.get(key(unit), ("", {}))
        here = {line - first for line in range(lines[0], lines[1] + 1)}
        if fingerprint != unit.fingerprint or 0 in here:  # 0: default values, decorators
            here = set(known)
        masks = [union(tests for line, tests in known.items() if line in here)]
        every = isinstance(unit.node, ast.ClassDef | ast.Module) or not masks[0]
        masks += [union(known.values()), (1 << len(self.tests)) - 1] if every else []
        now = test_files()
        changed = [file for file, hashed in now.items() if self.files.get(file) != hashed]
        tests: list[tuple[tuple[bool, bool, int], Test]] = []
        for tier, (wanted, before) in enumerate(zip(masks, [0, *masks], strict=False)):
            for i, test in enumerate(self.tests):
                if (wanted & ~before) >> i & 1 and now.get(test.file) == self.files[test.file]:
                    foreign = not is_of(test.file, unit.module)
                    tests.append(((tier > 0, foreign, tier), test))
        chosen = [test for _, test in sorted(tests, key=lambda pair: pair[0])]
        named = [test for test in chosen if is_named(test.file, unit.module)][:FIRST]
        chosen = [*named, *(test for test in chosen if test not in named)]
        changed.sort(key=lambda f: (not is_named(f, unit.module), not is_of(f, unit.module)))
        return [*chosen[:FIRST], *(Test(file, 1.0) for file in changed), *chosen[FIRST:]]


def within(tests: list[Test], seconds: float) -> list[Test]:
    """Return the first tests, until they have taken so many seconds."""
    begun = accumulate((test.seconds for test in tests), initial=0.0)
    return [test for test, when in zip(tests, begun, strict=False) if when < seconds]


def key(unit: Unit) -> str:
    """Return the unit's key in the record."""
    return f"{unit.module}:{unit.name}"


def union(sets: Iterable[int]) -> int:
    """Return the union of sets that are the bits of numbers."""
    every = 0
    for one in sets:
        every |= one
    return every


class Recorder:
    """The pytest plugin that records, for each test, its processor time and executed lines.

    Lines that run when a file of tests is imported count for all of its tests.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self.coverage = Coverage(data_file=None, config_file=False, include=map(str, files))
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []

    def pytest_sessionstart(self) -> None:
        """Begin."""
        self.coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Any:
        """Record the import of a file of tests."""
        self.coverage.switch_context(collector.nodeid.partition("::")[0])
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """Record a test, and its time."""
        began = time.process_time()
        self.coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.process_time() - began

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that failed."""
        if report.failed:
            self.failed.append(report.nodeid)

    def result(self) -> dict[str, Any]:
        """Return the recording, for JSON: of each line, its tests and files of tests."""
        self.coverage.stop()
        data = self.coverage.get_data()
        lines = {file: data.contexts_by_lineno(file) for file in data.measured_files()}
        return {"seconds": self.seconds, "lines": lines, "failed": self.failed}


def record(jobs: int) -> Reach:
    """Run the tests with a recorder, and save the result for `kept`.

    A test that fails would kill every mutant, and is left out.

    Raises:
        InputError: no test passes, or a process ends before all are run.
    """
    files, modules = test_files(), sources((*TRIED, *SAMPLED))
    with tempfile.TemporaryDirectory() as folder:

        def part(n: int) -> Any:
            def work(own: str) -> int:
                recorder = Recorder(modules.values())
                part = list(files)[n::jobs]
                code = pytest_here(part, recorder, own, "--continue-on-collection-errors")
                Path(folder, f"{n}.json").write_text(json.dumps(recorder.result()))
                return code

            return work

        processes = [forked(part(n)) for n in range(jobs)]
        codes = {os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes}
        results = [json.loads(path.read_text()) for path in sorted(Path(folder).iterdir())]
    failed = {name for result in results for name in result["failed"]}
    seconds = {name: s for result in results for name, s in result["seconds"].items()}
    tests = ordered({name: s for name, s in seconds.items() if name not in failed})
    if not codes <= {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED} or not tests:
        raise input_error("mutation.suite-fails", tests=sorted(failed))
    bits: dict[str, int] = defaultdict(int)
    for i, test in enumerate(tests):
        bits[test.id] = 1 << i
        bits[test.file] |= 1 << i
    masks: dict[tuple[str, int], int] = defaultdict(int)
    for result in results:
        for file, lines in result["lines"].items():
            for line, names in lines.items():
                masks[file, int(line)] |= union(bits[name] for name in names)
    by_unit = {}
    for module, path in modules.items():
        for unit in units(module, ast.parse(path.read_text(encoding="utf-8"))):
            first, last = unit.lines
            of = {n - first: masks[str(path), n] for n in range(first, last + 1)}
            by_unit[key(unit)] = unit.fingerprint, {n: mask for n, mask in of.items() if mask}
    reach = Reach(tests, files, by_unit)
    KEPT.parent.mkdir(exist_ok=True)
    kept = {"tests": [(t.id, t.seconds) for t in tests], "files": files, "lines": by_unit}
    KEPT.write_text(json.dumps(kept))
    return reach


def kept() -> Reach | None:
    """Return the result of the last `record` here, if there was one."""
    if not KEPT.is_file():
        return None
    data = json.loads(KEPT.read_text())
    lines = {
        name: (fingerprint, {int(n): mask for n, mask in of.items()})
        for name, (fingerprint, of) in data["lines"].items()
    }
    return Reach(tuple(Test(*test) for test in data["tests"]), data["files"], lines)


def ordered(seconds: dict[str, float]) -> tuple[Test, ...]:
    """Return the tests in an order that gives every test function the same share of the time.

    The order of one function's cases is arbitrary, since neighbouring cases are similar.
    """
    spent: dict[str, float] = defaultdict(float)
    due: dict[Test, float] = {}
    for name in sorted(seconds, key=lambda name: hashlib.sha256(name.encode()).digest()):
        function = name.partition("[")[0]
        spent[function] += seconds[name]
        due[Test(name, seconds[name])] = spent[function]
    return tuple(sorted(due, key=lambda test: due[test]))
