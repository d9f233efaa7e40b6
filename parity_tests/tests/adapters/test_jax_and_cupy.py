"""The examples of other libraries as candidates, where these are installed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from parity_tests.adapters.apart import examine_apart
from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.tests.support.paths import ROOT

EXAMPLES = ROOT / "lessons" / "examples"
if not EXAMPLES.is_dir():
    pytest.skip("the lessons are only in a checkout", allow_module_level=True)


def request(name: str, **options: Any) -> Request:
    return Request(f"{EXAMPLES / name}:run", network="6-5-4-3", examples=11, **options)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*_run.py")), ids=lambda path: path.name)
def test_an_adapter_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 30


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")
@pytest.mark.parametrize("hidden", ["relu", "tanh,sigmoid"])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_jax_passes(hidden: str, precision: str) -> None:
    """In a process of its own: the threads that JAX starts forbid this one to fork later."""
    report = examine_apart(request("jax_run.py", hidden=hidden, precision=precision))
    report.raise_findings()
    assert report.not_checked == ("A3",)


def test_cupy_is_given_its_own_arrays_and_gives_numpys(monkeypatch) -> None:
    """By a substitute where there is no CuPy: another type of array that NumPy's functions take."""

    class Device(np.ndarray):
        pass

    cupy: Any = ModuleType("cupy")
    cupy.asarray = lambda x: np.asarray(x).view(Device)

    def asnumpy(x: Any) -> Any:
        assert isinstance(x, Device | np.generic), type(x)
        return np.asarray(x)

    cupy.asnumpy = asnumpy
    if importlib.util.find_spec("cupy") is None:
        monkeypatch.setitem(sys.modules, "cupy", cupy)
    report = examine(request("cupy_run.py"))
    report.raise_findings()
    assert report.not_checked == ()
