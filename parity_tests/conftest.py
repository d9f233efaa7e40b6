"""The suite's options and hooks are in plugin.py, which `--pyargs parity_tests` loads by itself."""

import pytest

PLUGIN = "parity_tests.plugin"


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    if not pluginmanager.has_plugin(PLUGIN):
        pluginmanager.import_plugin(PLUGIN)
