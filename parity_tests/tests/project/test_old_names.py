"""Modules by their earlier names: imports, class paths and checkpoints of users have them."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module, reload
from importlib.util import find_spec

import pytest

import parity_tests.old_names
import ref_numpy.old_names
import torch_impl.old_names
from parity_tests.tests.support.paths import ROOT
from ref_numpy.old_names import OldNames, attributes_of

TABLES = {
    "ref_numpy": ref_numpy.old_names.RENAMED,
    "torch_impl": torch_impl.old_names.RENAMED,
    "parity_tests": parity_tests.old_names.RENAMED,
}
RENAMED = {old: new for table in TABLES.values() for old, new in table.items()}

# Paths of earlier READMEs, configs and checkpoints.
DOCUMENTED = [
    ("torch_impl.module", "NetworkModule"),
    ("torch_impl.datamodule", "Data"),
    ("torch_impl.datasets", "Examples"),
    ("torch_impl.checkpoints", "LastCheckpoint"),
    ("torch_impl.shard_files", "write_shards"),
    ("torch_impl.data", "Digits"),
    ("torch_impl.data", "NpyShards"),
    ("torch_impl.data", "ArrayData"),
    ("torch_impl.results", "draw_costs"),
    ("parity_tests.monitor", "ParityMonitor"),
    ("parity_tests.optimisers", "check_optimiser"),
    ("parity_tests.examples", "random_problem"),
    ("parity_tests.rounding", "ErrorArray"),
    ("parity_tests.checking", "check"),
    ("ref_numpy.kinds", "register"),
]


# In a process of its own: importing every module would leave traces in this one.
IMPORT_ALL = """
import json, sys
from importlib import import_module
from ref_numpy.old_names import OldNames
renamed = json.load(sys.stdin)
print(json.dumps({old: problem(old, new) for old, new in renamed.items()}))
"""
PROBLEM = """
def problem(old, new):
    try:
        module, by_old = import_module(new), import_module(old)
    except ImportError as error:
        return str(error)
    package, _, name = old.rpartition(".")
    if not (module is by_old is sys.modules[old] is getattr(import_module(package), name)):
        return "another module"
    if module.__name__ != new or module.__spec__.name != new:
        return f"named {module.__name__}, {module.__spec__.name}"
    if isinstance(module.__spec__.loader, OldNames):
        return "another loader"
"""


@pytest.fixture(scope="module")
def problems() -> dict[str, str | None]:
    """What is wrong with the module of each old name, or None."""
    code = IMPORT_ALL.replace("renamed =", f"{PROBLEM}\nrenamed =")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, input=json.dumps(RENAMED), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("old", RENAMED)
def test_an_old_name_is_the_same_module(problems: dict[str, str | None], old: str) -> None:
    """The same object, whose own name, spec and loader are unchanged."""
    assert problems[old] is None


@pytest.mark.parametrize(("module", "name"), DOCUMENTED)
def test_documented_names_are_found_where_they_were(module: str, name: str) -> None:
    assert hasattr(import_module(module), name)


def test_the_check_of_the_earlier_module_names_causes() -> None:
    from parity_tests import check
    from parity_tests.checking import check as earlier

    assert earlier is check


def test_every_old_name_is_of_its_own_package_and_hides_no_module() -> None:
    for package, table in TABLES.items():
        for old, new in table.items():
            assert old.startswith(f"{package}.")
            assert not (ROOT / f"{old.replace('.', '/')}.py").exists()
            assert not (ROOT / old.replace(".", "/")).is_dir()
            assert new not in RENAMED


@pytest.mark.slow
def test_old_names_load_nothing_by_themselves() -> None:
    """Neither a module of the tables nor torch, and no warning, which may be an error."""
    code = (
        "import sys, parity_tests, torch_impl, ref_numpy\n"
        "from parity_tests.old_names import RENAMED as P\n"
        "from torch_impl.old_names import RENAMED as T\n"
        "loaded = {*P, *P.values(), *T, *T.values(), 'torch'} & {*sys.modules}\n"
        "assert not loaded, loaded\n"
        "import torch_impl.datasets as old, torch_impl.data.sources as new\n"
        "assert old is new\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", code],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr


def test_parity_tests_answers_without_importing_numpy() -> None:
    """Since pytest imports it in every session."""
    code = "import sys, parity_tests; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_module_that_was_imported_by_an_old_name_can_be_reloaded() -> None:
    import_module("ref_numpy.returned")
    module = import_module("ref_numpy.method_results")
    assert reload(module) is module
    spec = find_spec("ref_numpy.returned")
    assert spec is not None
    assert spec.name == "ref_numpy.method_results"


def test_other_names_are_not_found() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"ref_numpy\.never"):
        import_module("ref_numpy.never")
    assert OldNames({"a.b": "a.c"}).find_spec("a.c") is None


def test_a_room_with_an_old_name_answers_with_the_modules_attributes() -> None:
    get = attributes_of("torch_impl.results", "torch_impl.results.cost_curve")
    assert get("draw_costs") is import_module("torch_impl.results.cost_curve").draw_costs
    for name in ("never", "__path_of_nothing__", "summary"):  # the last is a module of the room
        with pytest.raises(AttributeError, match=f"'torch_impl.results' has no attribute '{name}'"):
            get(name)
