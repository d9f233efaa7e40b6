"""The files that come with the course's notebooks, where a candidate imports them and lacks them.

The helper functions in them are the reference's. Those that give data and test cases are nowhere:
they refuse to run.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from parity_tests.adapters.course.reference_functions import supplied
from parity_tests.adapters.second_course.supplied_helpers import HELPERS as SECOND_COURSE
from parity_tests.check_messages import input_error

# dnn_utils_v2, planar_utils, testCases_v4a, …
BESIDE = re.compile(
    r"(dnn(_app)?|planar|lr|opt|reg|init|gc)_utils\w*|test[_]?[cC]ases\w*|public_tests\w*|test_utils"
)
HELPERS = ("sigmoid", "relu", "sigmoid_backward", "relu_backward", *SECOND_COURSE)
WEEKS = {"dnn": 4, "planar": 3, "lr": 2, "init": 5, "reg": 5, "gc": 5, "opt": 5}  # by file


class CourseFiles(MetaPathFinder, Loader):
    """An importer of such modules."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Find a module of such a name."""
        return ModuleSpec(fullname, self) if BESIDE.fullmatch(fullname) else None

    def exec_module(self, module: ModuleType) -> None:
        """Define the helper functions of the module's week, and functions that refuse to run."""
        week = WEEKS.get(module.__name__.partition("_")[0])
        helpers = {n: f for n, f in supplied(week).items() if n in HELPERS} if week else {}
        vars(module).update(helpers, __all__=list(helpers), __getattr__=absent(module.__name__))


def absent(module: str) -> Any:
    """Return a module's __getattr__, whose functions refuse to run."""

    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def function(*arguments: Any, **options: Any) -> Any:
            raise input_error("course-file.missing", function=name, module=module)

        return function

    return __getattr__


@contextmanager
def course_files() -> Iterator[None]:
    """Import such modules for missing files, within the context."""
    finder = CourseFiles()
    sys.meta_path.append(finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
