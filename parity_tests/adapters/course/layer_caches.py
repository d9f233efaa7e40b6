"""The cache that a layer's forward function returns: what it holds, in the names of the course."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.course.cache_forms import form_of, text_of
from parity_tests.checking.comparison import gives
from parity_tests.checking.findings import Finding
from parity_tests.checking.trace_structure import as_array
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array


def cache_finding(
    function: str, cache: Any, expected: str, arguments: Mapping[str, Any], own: Mapping[str, Any],
    p: Precision,
) -> tuple[Finding, Any] | None:  # fmt: skip
    """Return the finding that a cache is not the course's, and its form; None where it is.

    Args:
        function: its name.
        cache: that it returned.
        expected: the course's, such as "((A_prev, W, b), Z)".
        arguments: of the function.
        own: its results.
        p: its arithmetic.
    """
    arrays = {n: x for n, x in arguments.items() if hasattr(x, "dtype")}
    has_both = "Z" in own and "A_prev" in arrays
    Z = {"Z": own["Z"]} if has_both and is_sum(own["Z"], arrays, p) else {}
    form = form_of(cache, {**Z, **arrays, **own})
    given = text_of(form)
    if given == expected:
        return None
    facts = {"function": function, "given": given, "expected": expected}
    text = sentence("result.cache", **facts)
    return Finding(function, "result", text, code="result.cache", facts=facts), form


def is_sum(Z: Any, arguments: Mapping[str, Array], p: Precision) -> bool:
    """Return whether Z = W A_prev + b, which A may equal as well: that of the identity."""
    W, A_prev, b = (ErrorArray(arguments[n], p=p) for n in ("W", "A_prev", "b"))
    return gives(W @ A_prev + b, as_array(Z), p)
