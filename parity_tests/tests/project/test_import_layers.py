"""Who may import whom: ref_numpy ← torch_impl ← parity_tests ← train.py, and rooms within them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import pytest

import ref_numpy
from parity_tests.tests.support.paths import ROOT

PACKAGES = ("ref_numpy", "torch_impl", "parity_tests", "train")

# Each room of parity_tests imports only from the rooms before it.
ROOMS = (
    "error_model", "kinds", "checking", "diagnosis", "adapters", "training", "page", "grading",
    "campaigns", "pytest_plugin", "cli",
)  # fmt: skip
MOST_FILES = 25
# Modules that every room may have.
SHARED_NAMES = {"__init__", "__main__", "conftest"}

Imports = dict[str, set[str]]  # of each module, the modules that it imports


def imported(path: Path) -> set[str]:
    """The top-level names of every import in a file, also of those inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def modules_in(root: Path, *packages: str) -> dict[str, Path]:
    """{"parity_tests.checking.check_run": its file, …}, the packages themselves too."""
    found: dict[str, Path] = {}
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = path
    return found


def imports_of(modules: Mapping[str, Path]) -> Imports:
    """The modules among these that each imports: at the top, in functions, under TYPE_CHECKING."""
    return {name: {*imported_modules(path, modules)} for name, path in modules.items()}


def imported_modules(path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield from (full,) if full in modules else {node.module} & modules.keys()
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)


def room_of(module: str) -> str:
    return [*module.split("."), ""][1]


def wrong_directions(imports: Imports) -> list[str]:
    """ "checking.check imports diagnosis.diagnose": a module, and one of a later room."""
    return [
        f"{module} imports {other}"
        for module, others in imports.items()
        for other in sorted(others)
        if {room_of(module), room_of(other)} <= {*ROOMS}
        and ROOMS.index(room_of(other)) > ROOMS.index(room_of(module))
    ]


def cycle_in(imports: Imports) -> list[str]:
    """The modules of a cycle of imports, each imported by the one before it; none where empty."""
    done: set[str] = set()

    def visit(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        cycles = (visit(other, [*path, module]) for other in sorted(imports.get(module, ())))
        found = next(filter(None, cycles), [])
        done.add(module)
        return found

    return next(filter(None, (visit(module, []) for module in imports)), [])


def full_folders(modules: Mapping[str, Path]) -> list[str]:
    counts = Counter(path.parent for path in modules.values())
    return [f"{folder} has {n} files" for folder, n in counts.items() if n > MOST_FILES]


def names_in_two_rooms(modules: Mapping[str, Path]) -> set[str]:
    rooms: dict[str, set[str]] = {}
    for module, path in modules.items():
        if room_of(module) in ROOMS and path.stem not in SHARED_NAMES:
            rooms.setdefault(path.stem, set()).add(room_of(module))
    return {name for name, own in rooms.items() if len(own) > 1}


def imports_between_tests(imports: Imports) -> list[str]:
    def is_test(module: str) -> bool:
        return module.rpartition(".")[2].startswith("test_")

    return [
        f"{module} imports {other}"
        for module, others in imports.items()
        for other in sorted(others)
        if is_test(module) and is_test(other)
    ]


MODULES = modules_in(ROOT, *PACKAGES[:-1])


@pytest.fixture(scope="module")
def imports() -> Imports:
    """Of all modules; not read where the tests are only collected."""
    return imports_of(MODULES)


@pytest.mark.parametrize("package", PACKAGES[:-1])
def test_imports_go_one_way(package: str) -> None:
    later = set(PACKAGES[PACKAGES.index(package) + 1 :])
    # The suite also tests train.py, so that only its engine is bound not to import it.
    files = [f for f in (ROOT / package).rglob("*.py") if not f.name.startswith("test_")]
    assert files
    for path in files:
        assert not imported(path) & later, path


def test_rooms_import_from_earlier_rooms_alone(imports: Imports) -> None:
    assert {room_of(module) for module in MODULES} >= {*ROOMS}
    assert wrong_directions(imports) == []


def test_no_modules_import_each_other(imports: Imports) -> None:
    assert len(imports) > 200
    assert cycle_in(imports) == []


def test_no_folder_holds_more_files_than_a_room() -> None:
    assert full_folders(MODULES) == []


def test_no_two_modules_of_different_rooms_share_a_name() -> None:
    assert names_in_two_rooms(MODULES) == set()


def test_no_test_module_imports_another(imports: Imports) -> None:
    assert imports_between_tests(imports) == []


PLANTED: dict[str, dict[str, str]] = {
    "upwards": {"checking/check": "from parity_tests.diagnosis import diagnose"},
    "upwards in a function": {
        "checking/check": "def f():\n    from parity_tests.cli.options import request"
    },
    "upwards for types": {
        "kinds/cases": "if TYPE_CHECKING:\n    import parity_tests.checking.report"
    },
    "cycle": {
        "kinds/one": "from parity_tests.kinds import two",
        "kinds/two": "from parity_tests.kinds.three import x",
        "kinds/three": "if TYPE_CHECKING:\n    from parity_tests.kinds.one import y",
    },
    "two names": {"kinds/report": "", "checking/report": ""},
    "full": {f"checking/file{i}": "" for i in range(MOST_FILES + 1)},
    "test": {
        "tests/kinds/test_a": "from parity_tests.tests.kinds.test_b import x",
        "tests/kinds/test_b": "",
    },
}


@pytest.mark.parametrize("violation", PLANTED)
def test_a_planted_violation_is_found(violation: str, tmp_path: Path) -> None:
    files = {"diagnosis/diagnose": "", "cli/options": "", "checking/report": ""}
    for name, text in {**files, **PLANTED[violation]}.items():
        path = tmp_path / "parity_tests" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    modules = modules_in(tmp_path, "parity_tests")
    imports = imports_of(modules)
    found = {
        "upwards": wrong_directions(imports),
        "cycle": cycle_in(imports),
        "two names": names_in_two_rooms(modules),
        "full": full_folders(modules),
        "test": imports_between_tests(imports),
    }
    kind = violation.partition(" in ")[0].partition(" for ")[0]
    assert [name for name, problems in found.items() if problems] == [kind]


def test_the_reference_needs_numpy_and_safetensors_alone() -> None:
    allowed = {*sys.stdlib_module_names, "numpy", "safetensors", "ref_numpy"}
    for path in (ROOT / "ref_numpy").rglob("*.py"):
        assert imported(path) <= allowed, path


@pytest.mark.parametrize(
    "module",
    [
        "ref_numpy",
        "parity_tests",
        "parity_tests.checking.check_run",
        "parity_tests.diagnosis.explained_check",
        "torch_impl.results.weights_file_check",
    ],
)
def test_importing_loads_no_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_checking_needs_no_diagnosis() -> None:
    """Its explainer is a parameter; and importing parity_tests imports neither."""
    code = (
        "import sys, parity_tests; a = 'parity_tests.checking' in sys.modules;"
        "import parity_tests.checking.check_run; b = any('diagnosis' in n for n in sys.modules);"
        "sys.exit(a or b)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_version_is_three_numbers() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", ref_numpy.__version__)


def test_saving_and_loading_weights_loads_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys, ref_numpy as r; s = r.NetworkSpec.dense([2, 1], output='sigmoid');"
        f"p = {str(tmp_path / 'w.safetensors')!r}; r.save(p, s, r.initialise(s)); r.load(p);"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_version_is_that_of_the_installed_distribution() -> None:
    """Reports and files state it."""
    assert version("backprop-with-proof") == ref_numpy.__version__
