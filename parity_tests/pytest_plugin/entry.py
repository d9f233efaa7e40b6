"""What an installed pytest loads always: the suite's options, where it is asked for by its name.

pytest reads options before it knows where `--pyargs parity_tests` is, and so not its conftest.py.
"""

from typing import Any


def pytest_load_initial_conftests(early_config: Any, args: list[str]) -> None:
    if any(argument.partition("::")[0].partition(".")[0] == "parity_tests" for argument in args):
        early_config.pluginmanager.import_plugin("parity_tests.pytest_plugin.plugin")
