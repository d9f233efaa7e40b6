"""The causes that a finding names, or that a tensor of a graph has."""

from __future__ import annotations

from parity_tests.checking.causes import Cause
from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.checking.findings import Finding
from parity_tests.diagnosis.graph_contexts import context_in_graph
from parity_tests.diagnosis.known_causes import known_causes
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.equivalent_formulas import Formulas
from ref_numpy import Array


def codes(finding: Finding) -> list[str]:
    return [cause.code for cause in finding.causes]


def causes_in_graph(
    reference: LayerwiseReference, name: str, right: Formulas, candidate: Array, p: Precision
) -> list[Cause]:
    """The mistakes that give a tensor of a graph, all of whose tensors are fixed."""
    context = context_in_graph(reference, name, right, candidate)
    return [one.cause for one in known_causes(context, candidate, p)]
