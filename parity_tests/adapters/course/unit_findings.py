"""Findings of a function that was called alone, under the function's own names."""

from __future__ import annotations

from dataclasses import replace

from parity_tests.adapters.call_wording import sentence
from parity_tests.checking.causes import Cause
from parity_tests.checking.findings import Finding


def in_unit_check(finding: Finding, function: str, name: str, message: str) -> Finding:
    """Return a finding of a function that was called alone: that of "linear_backward.dW".

    Args:
        finding: of the tensor.
        function: its name.
        name: of the tensor, as the function calls it.
        message: the finding's sentence, with that name.
    """
    others = {
        n: x for n, x in finding.facts.items() if n == "others"
    }  # it is of these tensors, too
    facts = {"function": function, "message": message, **others}
    text = sentence("unit-check", **facts)
    return replace(finding, tensor=f"{function}.{name}", message=text, facts=facts)


def without_layer(cause: Cause) -> Cause:
    """Return the cause in the names of a function of one layer: dA for dA1, A_prev for A0."""
    names = {"l": "", "p": "_prev"}
    facts = {n: names.get(n, x) for n, x in cause.facts.items()}
    return replace(cause, facts=facts)
