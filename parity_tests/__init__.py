"""The proof: the checker of a candidate, and the suite.

`__all__` lists the public names; a test holds READMEs and lessons to it. `check` is
`checking.check_run.check` with the explainer of `diagnosis`, so that findings have causes. Nothing
is imported before it is used: pytest imports this package in every session.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from parity_tests import old_names

if TYPE_CHECKING:
    from parity_tests.adapters.check_functions import check_functions
    from parity_tests.adapters.course.reference_functions import (
        linear_activation_backward,
        linear_activation_forward,
    )
    from parity_tests.adapters.graph_modules.named_modules import NamedModules
    from parity_tests.adapters.layer_functions.check_op import check_op
    from parity_tests.adapters.loops.loop import Loop
    from parity_tests.adapters.operations.bounds import assert_within, bound
    from parity_tests.adapters.optimisers.check_optimiser import check_optimiser
    from parity_tests.checking.findings import Finding
    from parity_tests.checking.report import Report
    from parity_tests.checking.report_views.hint_levels import with_hints
    from parity_tests.diagnosis.explained_check import check
    from parity_tests.kinds.known_kinds import register
    from parity_tests.kinds.random_problem import random_problem

sys.meta_path.append(old_names)  # pyright: ignore[reportArgumentType]

__all__ = [
    "Finding",
    "Loop",
    "NamedModules",
    "Report",
    "assert_within",
    "bound",
    "check",
    "check_functions",
    "check_op",
    "check_optimiser",
    "linear_activation_backward",
    "linear_activation_forward",
    "random_problem",
    "register",
    "with_hints",
]

# The module of each.
PUBLIC = {
    "assert_within": "parity_tests.adapters.operations.bounds",
    "bound": "parity_tests.adapters.operations.bounds",
    "check": "parity_tests.diagnosis.explained_check",
    "check_functions": "parity_tests.adapters.check_functions",
    "check_optimiser": "parity_tests.adapters.optimisers.check_optimiser",
    "check_op": "parity_tests.adapters.layer_functions.check_op",
    "Finding": "parity_tests.checking.findings",
    "Loop": "parity_tests.adapters.loops.loop",
    "NamedModules": "parity_tests.adapters.graph_modules.named_modules",
    "linear_activation_backward": "parity_tests.adapters.course.reference_functions",
    "linear_activation_forward": "parity_tests.adapters.course.reference_functions",
    "random_problem": "parity_tests.kinds.random_problem",
    "register": "parity_tests.kinds.known_kinds",
    "Report": "parity_tests.checking.report",
    "with_hints": "parity_tests.checking.report_views.hint_levels",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name in PUBLIC:
        return getattr(import_module(PUBLIC[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names too, for Tab in a notebook."""
    return sorted({*globals(), *__all__})
