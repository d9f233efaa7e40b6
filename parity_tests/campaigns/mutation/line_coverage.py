"""Line coverage by test, of the reference and the twin: one recorded run of the suite."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from parity_tests.campaigns.mutation.mutants import Unit, units
from parity_tests.campaigns.mutation.worker import ROOT, Test, forked, pytest_here
from parity_tests.check_messages import input_error

# Packages and modules that are not tried: Lightning's training, its data and files, the output of
# commands, old names and the sentences of errors have no mathematics of the network.
NOT_TRIED = (
    "ref_numpy.terminal", "ref_numpy.input_messages", "ref_numpy.old_names",
    "torch_impl.training_messages", "torch_impl.old_names",
    "torch_impl.lightning", "torch_impl.data.batches",
    "torch_impl.data.datamodule", "torch_impl.data.images", "torch_impl.data.rows",
    "torch_impl.data.running_statistics", "torch_impl.data.shards", "torch_impl.data.source_data",
    "torch_impl.data.trained_on", "torch_impl.results.classification",
    "torch_impl.results.prediction_file", "torch_impl.results.summary",
    "torch_impl.results.weights_file_check", "torch_impl.torch_private",
)  # fmt: skip
FIRST = 24  # tests that run before those of changed files do
KEPT = ROOT / ".pytest_cache" / "reach.json"  # in a folder that git ignores


def sources() -> dict[str, Path]:
    """Return the file of each module of the reference and the twin, but for NOT_TRIED."""
    files = [p for package in ("ref_numpy", "torch_impl") for p in (ROOT / package).rglob("*.py")]
    found = {module_of(path): path for path in sorted(files)}
    return {name: path for name, path in found.items() if not is_left_out(name)}


def module_of(path: Path) -> str:
    """Return the name of a module, as it is imported.

    It is "torch_impl.data.tasks" for torch_impl/data/tasks.py, "torch_impl" for its __init__.py.
    """
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def is_left_out(module: str) -> bool:
    """Return whether a module is in NOT_TRIED."""
    return any(module == name or module.startswith(f"{name}.") for name in NOT_TRIED)


def test_files() -> dict[str, str]:
    """Each file of tests, and a hash of it."""
    files = sorted((ROOT / "parity_tests" / "tests").rglob("test_*.py"))
    return {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in files
    }


test_files.__test__ = False  # pyright: ignore[reportFunctionMemberAccess]


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
        imported concerns every test.
        """
        first = unit.lines[0]
        fingerprint, known = self.lines.get(key(unit), ("", {}))
        here = {line - first for line in range(lines[0], lines[1] + 1)}
        if fingerprint != unit.fingerprint or 0 in here:  # 0: default values, decorators
            here = set(known)
        every = isinstance(unit.node, ast.ClassDef | ast.Module) or not known
        mask = union(tests for line, tests in known.items() if line in here)
        now = test_files()
        changed = [file for file, hashed in now.items() if self.files.get(file) != hashed]
        tests = [
            test
            for i, test in enumerate(self.tests)
            if (every or mask >> i & 1) and now.get(test.file) == self.files[test.file]
        ]
        return [*tests[:FIRST], *(Test(file, 1.0) for file in changed), *tests[FIRST:]]


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
    """The pytest plugin that records, for each test, its seconds and the lines that it executes.

    Lines that run when a file of tests is imported count for all of its tests.
    """

    def __init__(self, files: Iterable[Path]) -> None:
        self.files = {str(path) for path in files}
        self.lines: dict[str, set[tuple[str, int]]] = defaultdict(set)
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Note the lines of our files; see `sys.settrace`."""
        file = frame.f_code.co_filename
        if file not in self.files:
            return None
        here = self.here

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "line":
                here.add((file, frame.f_lineno))
            return line

        return line

    def recording(self, name: str) -> None:
        """Record lines under this name from now on."""
        self.here = self.lines[name]
        sys.settrace(self.trace)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Any:
        """Record the import of a file of tests."""
        self.recording(collector.nodeid.partition("::")[0])
        try:
            return (yield)
        finally:
            sys.settrace(None)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """Record a test, and its time."""
        began = time.perf_counter()
        self.recording(item.nodeid)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self.seconds[item.nodeid] = time.perf_counter() - began

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that failed."""
        if report.failed:
            self.failed.append(report.nodeid)

    def result(self) -> dict[str, Any]:
        """Return the recording, for JSON."""
        for name in self.seconds:
            self.lines[name] |= self.lines[name.partition("::")[0]]
        lines = {name: sorted(self.lines[name]) for name in self.seconds}
        return {"seconds": self.seconds, "lines": lines, "failed": self.failed}


def record(jobs: int) -> Reach:
    """Run the suite with a recorder, and save the result for `kept`.

    Raises:
        InputError: a test fails, which would kill every mutant.
    """
    files, modules = test_files(), sources()
    with tempfile.TemporaryDirectory() as folder:

        def part(n: int) -> Any:
            def work(own: str) -> int:
                recorder = Recorder(modules.values())
                code = pytest_here(list(files)[n::jobs], recorder, own)
                Path(folder, f"{n}.json").write_text(json.dumps(recorder.result()))
                return code

            return work

        processes = [forked(part(n)) for n in range(jobs)]
        codes = {os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes}
        results = [json.loads(path.read_text()) for path in sorted(Path(folder).iterdir())]
    failed = [name for result in results for name in result["failed"]]
    if codes != {0}:
        raise input_error("mutation.suite-fails", tests=failed)
    tests = ordered({name: s for result in results for name, s in result["seconds"].items()})
    masks: dict[tuple[str, int], int] = defaultdict(int)
    executed = {name: lines for result in results for name, lines in result["lines"].items()}
    for i, test in enumerate(tests):
        for file, line in executed[test.id]:
            masks[file, line] |= 1 << i
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
