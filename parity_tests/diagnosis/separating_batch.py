"""Which other examples would tell several causes apart: they are computed on others."""

from __future__ import annotations

from functools import cached_property
from itertools import combinations
from typing import Any

from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.checking.findings import Remark
from parity_tests.diagnosis.cause_wording import make_remark
from parity_tests.diagnosis.explanations import Explanation, are_different
from parity_tests.diagnosis.formula_eval import without_error
from parity_tests.diagnosis.tensor_context import TensorContext, context_of
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.equivalent_formulas import Formulas, labels_of
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import NetworkSpec
from ref_numpy.loss import labelled_examples


class OtherBatch:
    """A right run of the network with random parameters and more examples, made when needed.

    Args:
        spec: the network.
        Y: the labels of the candidate's examples.
    """

    def __init__(self, spec: NetworkSpec, Y: Any) -> None:
        self.spec, self.given = spec, Y
        self.m = labelled_examples(spec.loss, Y) + 3

    @cached_property
    def run(self) -> tuple[LayerwiseReference, dict[str, Formulas], Any]:
        """Its reference, its tensors and its labels."""
        params, X, Y = random_problem(
            self.spec, self.m, self.m - 3, labels=without_error(self.given)
        )
        reference = LayerwiseReference.from_trace(self.spec, params, X, {}, FLOAT64)
        labels = labels_of(self.spec.loss, Y, reference.inside)
        return reference, reference.every_tensor(X, Y), labels

    def context(self, name: str) -> TensorContext:
        """Return the context in which the tensor `name` is computed."""
        reference, right, Y = self.run
        return context_of(reference, name, right[name], Y)


def separating_batch(
    found: list[Explanation], context: TensorContext, other: OtherBatch
) -> Remark | None:
    """Return which other examples would separate the causes: they are computed on others.

    Args:
        found: the causes.
        context: of the tensor.
        other: such examples.
    """
    if not all(one.text or one.factor for one in found):
        return None
    if len(found) < 2:
        confirms = found[0].cause.scale and context.m > 1
        return make_remark("note.other-batch-confirms") if confirms else None
    there = other.context(context.name)
    each = [next(one.values_at(there), None) for one in found]
    if all(are_different(x, y) for x, y in combinations(each, 2)):
        return make_remark("note.other-batch-separates", m=other.m)
    return make_remark("note.other-network-separates")
