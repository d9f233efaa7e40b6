"""The reference's run with a mistake in one line, at one layer or at all that have the line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.diagnosis.explanations import Explanation
from parity_tests.diagnosis.graph_contexts import context_in_graph
from parity_tests.diagnosis.tensor_context import context_of
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds.equivalent_formulas import Formulas, labels_of
from parity_tests.kinds.own_kinds import with_error
from ref_numpy import Array

READ_ANEW = ("tensors", "tensors_for_gradients", "names_by_layer")  # of the tensors known so far


class PlantedRun(LayerwiseReference):
    """A run in which some tensors are computed by a wrong formula.

    All that follows is computed from them, by each formula that is equal on paper and with its
    derived bound, as in any run of the reference.

    Attributes:
        mistakes: the formula of each tensor that one gives.
        is_planted: whether it gave each of them so far.
    """

    mistakes: Mapping[str, Explanation] = {}
    is_planted = True

    def fix_value(self, name: str, formulas: Formulas) -> ErrorArray:
        """Set `name` to the mistake's value ± error, or as in any run."""
        if name in self.mistakes:
            for cached in READ_ANEW:
                self.__dict__.pop(cached, None)
            wrong = next(self.mistaken_values(name, formulas), None)
            if wrong is None or wrong.shape != formulas[0].shape:
                self.is_planted = False
            else:
                formulas = Formulas([wrong])
        return super().fix_value(name, formulas)

    def mistaken_values(self, name: str, formulas: Formulas) -> Iterator[ErrorArray]:
        """Yield the values ± error of a tensor with its mistake."""
        mistake = self.mistakes[name]
        if self.spec.is_chain:
            yield from mistake.assigned_values(context_of(self, name, formulas, self.labels))
        else:
            step = next((each for each in self.spec.steps if name in each.outputs), None)
            if step is not None:  # the lines of a step may name all of its results
                results = zip(step.outputs, self.caches[step.output].outputs, strict=True)
                self.known |= {n: with_error(x, self.inside) for n, x in results}
            right = np.asarray(formulas[0].value)
            yield from mistake.fitting_values(context_in_graph(self, name, formulas, right))


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
    yield from planted_each(right, X, Y, dict.fromkeys(at, mistake))


def planted_each(
    right: LayerwiseReference, X: Any, Y: Array, mistakes: Mapping[str, Explanation]
) -> Iterator[tuple[str, Formulas]]:
    """Yield the same with a mistake of its own in each of several tensors.

    Args:
        right: the run without them, of the same trace.
        X: the inputs.
        Y: the labels.
        mistakes: the formula that gives each of these tensors.
    """
    run = PlantedRun(
        right.spec, right.params, right.trace, right.p, right.before, right.m, right.w,
        right.not_finite, right.context,
    )  # fmt: skip
    run.mistakes = mistakes
    run.labels = labels_of(run.spec.loss, Y, run.inside)
    for name, formulas in run.expected_tensors(X, Y):
        if not run.is_planted:
            return
        yield name, formulas
