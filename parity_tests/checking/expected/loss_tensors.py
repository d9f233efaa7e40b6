"""What is computed from the outputs and the labels: L(i), J and the first gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from parity_tests.checking.expected.step_gradients import StepGradients
from parity_tests.checking.expected.stored_results import stored
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds.equivalent_formulas import (
    Formulas,
    by_autograd,
    gradients_of,
    losses_of,
    mean,
    results,
)
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.loss_kind import Formula
from ref_numpy.loss import Counts
from ref_numpy.propagation import mean_cost, weighted


class LossTensors(StepGradients):
    """The equations of the cost and of the first gradient, by each formula equal on paper.

    Attributes:
        counts: N and m; None where each example has one label, which counts.
        labels: those of the run.
    """

    counts: Counts | None = None
    labels: Any = None

    def by_formulas(self, formulas: tuple[Formula, ...], Y: Any) -> Iterator[Any]:
        """Yield w times each formula's result, from the candidate's own Z[L] and A[L]."""
        yield from (weighted(L, self.w) for L in results(formulas, *self.of_loss(Y)))

    def first_gradients(self, Y: Any) -> Iterator[Any]:
        """Yield the first gradient by each formula."""
        yield from self.by_formulas(gradients_of(self.spec.loss), Y)
        if self.w is not None:
            more = kind_of(self.spec.loss).weighted_gradients
            yield from results(more, *self.of_loss(Y), self.w)

    def of_loss(self, Y: Any) -> tuple[Any, ...]:
        """Return (loss, Z[L], A[L], Y)."""
        last = self.spec.steps[-1]
        return self.spec.loss, self.known[last.input], self.known[last.output], Y

    def cost(self, Y: Any) -> Iterator[tuple[str, Formulas]]:
        """Yield J."""
        losses = self.by_formulas(losses_of(self.spec.loss), Y)
        yield "J", Formulas(map(self.mean_cost, map(self.as_input, map(stored, losses))))

    def mean_cost(self, L: Any) -> Any:
        """Return J, or the mean of the J of each part of the batch."""
        if self.p.parts == 1:
            return stored(mean_cost(self.spec, self.params, L, self.counts))
        return mean([self.cost_of_part(L.examples(part)) for part in self.parts])

    def cost_of_part(self, L: Any) -> Any:
        """Return the J of a part of the batch, of whose J, dW and db the mean is taken."""
        counts = self.counts_of_part(L.shape[1])
        return stored(mean_cost(self.spec_of_part, self.params, L, counts))

    def counts_of_part(self, m: int) -> Counts | None:
        """Return by what the sums of a part of m examples are divided: J is the parts' mean."""
        return self.counts and Counts(self.counts.N / self.p.parts, m)

    def by_autograd(self, name: str, d: ErrorArray) -> ErrorArray:
        """Return scale · ∂J/∂z from the gradient of each L(i), as autograd computes it.

        What is stored once is the gradient without the scale.
        """
        N = self.counts and self.counts.N
        if not self.p.once:
            return by_autograd(d, self.context.scale, N)
        p = replace(self.inside, stores=self.p_gradients.stores)
        d = stored(by_autograd(d.working_in(p), self.context.scale, N))
        return d.rounded(self.rounding_by_m(name))

    def output_gradient(self, Y: Any) -> Formulas | None:
        """Return dA[L] of a loss that is computed from Z[L], for a program that computes it.

        None for a user-defined loss, whose formula is not known.
        """
        formulas = kind_of(self.spec.loss).output_gradients
        output = f"d{self.spec.output}"
        ways = (self.by_autograd(output, d) for d in self.by_formulas(formulas, Y))
        return Formulas(ways) if formulas else None
