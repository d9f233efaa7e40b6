"""Who may import whom: ref_numpy ← torch_impl ← parity_tests ← train.py."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import ref_numpy
from parity_tests.tests.support.paths import ROOT

PACKAGES = ("ref_numpy", "torch_impl", "parity_tests", "train")


def imported(path: Path) -> set[str]:
    """The top-level names of every import in a file, also of those inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", PACKAGES[:-1])
def test_imports_go_one_way(package: str) -> None:
    later = set(PACKAGES[PACKAGES.index(package) + 1 :])
    # The suite also tests train.py, so that only its engine is bound not to import it.
    files = [f for f in (ROOT / package).rglob("*.py") if not f.name.startswith("test_")]
    assert files
    for path in files:
        assert not imported(path) & later, path


def test_the_reference_needs_numpy_and_safetensors_alone() -> None:
    allowed = {*sys.stdlib_module_names, "numpy", "safetensors", "ref_numpy"}
    for path in (ROOT / "ref_numpy").rglob("*.py"):
        assert imported(path) <= allowed, path


@pytest.mark.parametrize(
    "module",
    [
        "ref_numpy",
        "parity_tests",
        "parity_tests.checking.check",
        "torch_impl.results.weights_file_check",
    ],
)
def test_importing_loads_no_torch(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
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
