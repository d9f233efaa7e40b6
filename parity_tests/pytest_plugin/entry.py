"""The entry point that pytest always loads: it adds the suite's options where the suite is named.

pytest reads options before it knows where `--pyargs parity_tests` is, and so not its conftest.py.
"""

from typing import Any


def pytest_load_initial_conftests(early_config: Any, args: list[str]) -> None:
    """Load the plugin if the command line names parity_tests."""
    if any(argument.partition("::")[0].partition(".")[0] == "parity_tests" for argument in args):
        early_config.pluginmanager.import_plugin("parity_tests.pytest_plugin.plugin")
