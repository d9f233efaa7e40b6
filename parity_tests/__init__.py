"""The proof: the engine that checks a candidate, and the suite. Torch is imported only by need."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parity_tests.checking import check as check
    from parity_tests.examining import check_functions as check_functions
    from parity_tests.findings import Finding as Finding
    from parity_tests.report import Report as Report


def __getattr__(name: str) -> Any:
    """check, check_functions, Finding and Report when they are asked for: an installed pytest
    imports this package in every session."""
    if name == "check":
        from parity_tests.checking import check

        return check
    if name == "check_functions":
        from parity_tests.examining import check_functions

        return check_functions
    if name in ("Finding", "Report"):
        from parity_tests import report

        return getattr(report, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
