"""The proof: the checker of a candidate, and the suite.

`parity_tests.check` is `checking.check_run.check` with the explainer of `diagnosis`, so that
findings have causes. Nothing is imported before it is used: pytest imports this package in every
session.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from parity_tests import old_names

if TYPE_CHECKING:
    from parity_tests.adapters.check_candidate import check_functions as check_functions
    from parity_tests.adapters.layer_functions.check_op import check_op as check_op
    from parity_tests.checking.findings import Finding as Finding
    from parity_tests.checking.report import Report as Report
    from parity_tests.diagnosis.explained_check import check as check
    from parity_tests.kinds.known_kinds import register as register

sys.meta_path.append(old_names)  # pyright: ignore[reportArgumentType]

PUBLIC = {
    "check": "parity_tests.diagnosis.explained_check",
    "check_functions": "parity_tests.adapters.check_candidate",
    "check_op": "parity_tests.adapters.layer_functions.check_op",
    "Finding": "parity_tests.checking.findings",
    "Report": "parity_tests.checking.report",
    "register": "parity_tests.kinds.known_kinds",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name in PUBLIC:
        return getattr(import_module(PUBLIC[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
