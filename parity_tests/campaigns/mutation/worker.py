"""Try one mutant: a forked process imports it instead of its module, and runs tests on it.

Libraries that take seconds to import (torch, Lightning, pytest, …) are imported once, before the
forks; the three packages are imported in each. Programs that a test starts in a new interpreter run
the unchanged code, so that tests of such programs alone are marked `subprocess` and left out. So
are slow tests.
"""

from __future__ import annotations

import ast
import gc
import importlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("ref_numpy", "torch_impl", "parity_tests", "train")
# Markers: tests that start interpreters, or test modules without mutants; and slow tests.
LEFT_OUT = ("subprocess", "slow")
SLOW_TO_IMPORT = (
    "h5py", "hypothesis", "lightning", "lightning.pytorch.callbacks", "matplotlib.figure",
    "matplotlib.backends.backend_agg", "mpmath", "numpy", "PIL.Image", "rich.table",
    "safetensors.numpy", "scipy.stats", "sklearn.datasets", "sklearn.model_selection", "torch",
)  # fmt: skip

# A test hangs that takes more processor time than this many times its usual one, and these seconds;
# or that waits, by the clock, for WAITS times as long, since other processes may be running.
TIMES, SECONDS = 20, 5
UNKNOWN = 100  # s: of one whose usual time is not known
WAITS = 20
TO_IMPORT = 200  # s, by the clock


@dataclass(frozen=True)
class Test:
    """A test, or all tests of a file.

    Attributes:
        id: pytest's id, "parity_tests/tests/…/test_losses.py::test_…", or a file.
        seconds: the processor time of a test.
    """

    id: str
    seconds: float

    __test__ = False

    @property
    def file(self) -> str:
        """The path before the first "::" of its id."""
        return self.id.partition("::")[0]


class Mutated(SourceFileLoader, MetaPathFinder):
    """Imports one module from a syntax tree instead of its file."""

    def __init__(self, module: str, path: Path, tree: ast.Module) -> None:
        super().__init__(module, str(path))
        self.tree = ast.fix_missing_locations(tree)

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Find the module."""
        if fullname != self.name:
            return None
        return spec_from_file_location(fullname, self.path, loader=self)

    def get_code(self, fullname: str) -> Any:
        """Compile the syntax tree."""
        return compile(self.tree, self.path, "exec")


class Chosen:
    """The pytest plugin that runs these tests alone, in order; one that hangs ends the process."""

    def __init__(self, tests: Sequence[Test]) -> None:
        self.tests = {plain(test.id): (i, test) for i, test in enumerate(tests)}
        self.failed: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out all other tests."""
        places = {item: self.found(item.nodeid) for item in items}
        chosen = [item for item, found in places.items() if found]
        items[:] = sorted(chosen, key=lambda item: places[item][0])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Set the alarms for a test."""
        test = self.found(nodeid)[1]
        one = "::" in test.id  # of a whole file, the time of each test is unknown
        limit = SECONDS + TIMES * test.seconds if one else UNKNOWN
        signal.setitimer(signal.ITIMER_PROF, limit)
        signal.alarm(int(WAITS * limit))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that failed."""
        if report.failed:
            self.failed.add(report.nodeid)

    def found(self, nodeid: str) -> Any:
        """Return (place, test) of a test that was chosen, by itself or with its file, or None."""
        file = nodeid.partition("::")[0]
        return self.tests.get(plain(nodeid), self.tests.get(file))


def plain(nodeid: str) -> str:
    """Return an id without backslashes: pytest escapes it again when it collects a file again."""
    return nodeid.replace("\\", "")


def warm_up() -> None:
    """Import the tests' libraries, so that forked processes need not."""
    os.environ["OMP_NUM_THREADS"] = "1"
    for name in SLOW_TO_IMPORT:
        with suppress(ImportError):
            importlib.import_module(name)
    importlib.import_module("torch").set_num_threads(1)
    gc.collect()
    gc.freeze()  # or each fork's first collection writes to, and so copies, every page


def package_of(finder: object) -> str:
    """Return the package that defines the class of an import system's finder."""
    kind = finder if isinstance(finder, type) else type(finder)
    return kind.__module__.partition(".")[0]


def forked(work: Callable[[str], int]) -> int:
    """Fork a process in which nothing of this project is imported yet, and return its id.

    The process ends with the exit code work(folder); the folder is its own, and removed.
    """
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        quiet = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(quiet, descriptor)
        for alarm in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(alarm, signal.SIG_DFL)
        for name in list(sys.modules):
            if name.partition(".")[0] in PACKAGES:
                del sys.modules[name]
        sys.meta_path[:] = [f for f in sys.meta_path if package_of(f) not in PACKAGES]
        sys.modules["__main__"] = ModuleType("__main__")  # not to be run again by a spawned process
        sys.path.insert(0, str(ROOT))
        os.chdir(ROOT)
        with tempfile.TemporaryDirectory() as folder:
            os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = folder
            code = work(folder)
    finally:
        os._exit(code)


def pytest_here(files: Sequence[str], plugin: object, folder: str, *options: str) -> int:
    """Run pytest on these files, but for tests that are LEFT_OUT.

    Pytest does not look for installed plugins, which takes a second.

    Returns:
        The exit code.
    """

    class Alone:
        def pytest_configure(self) -> None:
            del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]  # a test may run pytest itself

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    always = ["-q", "--assert=plain", "--rootdir", str(ROOT), "--basetemp", f"{folder}/t"]
    always += ["-m", " and ".join(f"not {marker}" for marker in LEFT_OUT)]
    plugins = ["-pno:cacheprovider", "-pno:faulthandler", "-pparity_tests.pytest_plugin.entry"]
    return int(pytest.main([*always, *plugins, *options, *files], [plugin, Alone()]))


def try_on(tests: Sequence[Test], finder: Mutated) -> int:
    """Start a process that runs tests on a mutant, and return its id.

    It ends with 0 where every test passes, and with another exit code, or by a signal, where one
    hangs, or fails twice: a clock may have let it fail once.
    """

    def run(some: Sequence[Test], folder: str) -> tuple[bool, set[str]]:
        chosen, files = Chosen(some), sorted({test.file for test in some})
        signal.alarm(TO_IMPORT)
        code = pytest_here(files, chosen, folder, "-x")
        passed = code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        return passed, chosen.failed

    def work(folder: str) -> int:
        sys.meta_path.insert(0, finder)
        for some in stages(tests):
            passed, failed = run(some, folder)
            again = [Test(name, 1.0) for name in failed]
            if not passed and not (again and run(again, folder)[0] and run(some, folder)[0]):
                return 1
        return 0

    return forked(work)


def stages(tests: Sequence[Test]) -> Iterator[Sequence[Test]]:
    """Yield few tests at first: most mutants are killed at once, and collecting takes a second."""
    for first, last in ((0, 4), (4, 24), (24, 600), (600, len(tests))):
        if tests[first:last]:
            yield tests[first:last]
