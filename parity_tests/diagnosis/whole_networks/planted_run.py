"""The reference's run with a mistake in one line, at one layer or at all that have the line."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.diagnosis.explanations import Explanation
from parity_tests.diagnosis.tensor_context import context_of
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds.equivalent_formulas import Formulas, labels_of
from ref_numpy import Array

READ_ANEW = ("tensors", "tensors_for_gradients", "names_by_layer")  # of the tensors known so far


class PlantedRun(LayerwiseReference):
    """A run of a chain in which some tensors are computed by a wrong formula.

    All that follows is computed from them, by each formula that is equal on paper and with its
    derived bound, as in any run of the reference.

    Attributes:
        mistake: the formula.
        at: the names of the tensors that it gives.
        is_planted: whether it gave each of them so far.
    """

    mistake: Explanation | None = None
    at: Collection[str] = ()
    is_planted = True

    def fix_value(self, name: str, formulas: Formulas) -> ErrorArray:
        """Set `name` to the mistake's value ± error, or as in any run."""
        if name in self.at and self.mistake is not None:
            for cached in READ_ANEW:
                self.__dict__.pop(cached, None)
            context = context_of(self, name, formulas, self.labels)
            wrong = next(self.mistake.assigned_values(context), None)
            if wrong is None or wrong.shape != formulas[0].shape:
                self.is_planted = False
            else:
                formulas = Formulas([wrong])
        return super().fix_value(name, formulas)


def planted(
    right: LayerwiseReference, X: Any, Y: Array, mistake: Explanation, at: Collection[str]
) -> Iterator[tuple[str, Formulas]]:
    """Yield every tensor of the same run with a mistake, in dataflow order.

    Nothing is yielded any more where the mistake's formula does not fit.

    Args:
        right: the run without it, of the same trace.
        X: the inputs.
        Y: the labels.
        mistake: the formula.
        at: the tensors that it gives.
    """
    run = PlantedRun(
        right.spec, right.params, right.trace, right.p, right.before, right.m, right.w,
        right.not_finite, right.context,
    )  # fmt: skip
    run.mistake, run.at = mistake, at
    run.labels = labels_of(run.spec.loss, Y, run.inside)
    for name, formulas in run.expected_tensors(X, Y):
        if not run.is_planted:
            return
        yield name, formulas
