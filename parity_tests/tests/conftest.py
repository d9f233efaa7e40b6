"""The suite's options and hooks are in plugin.py, which `--pyargs parity_tests` loads by itself."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

PLUGIN = "parity_tests.pytest_plugin.plugin"

# A property holds or not, however long a slow machine takes to try it.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    if not pluginmanager.has_plugin(PLUGIN):
        pluginmanager.import_plugin(PLUGIN)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """run(*args): what `train.py` prints."""
    monkeypatch.chdir(tmp_path)

    def output(*args: str) -> str:
        importlib.import_module("train").main([*args])
        return capsys.readouterr().out

    return output


@pytest.fixture
def own_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kinds of layers, losses and optimisers that a test adds are gone after it."""
    import ref_numpy

    for base in (ref_numpy.Layer, ref_numpy.Loss, ref_numpy.Optimiser):
        monkeypatch.setattr(base, "kinds", dict(base.kinds))
    for module in ("torch_impl.own_twins", "parity_tests.kinds.known_kinds"):
        for table in ("LAYERS", "LOSSES"):
            monkeypatch.setattr(f"{module}.{table}", {})
    monkeypatch.setattr("torch_impl.own_twins.TRANSPOSED", {})


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from parity_tests.tests.support.browser import chromium

    yield from chromium()
