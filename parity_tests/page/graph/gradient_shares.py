"""The shares in each gradient of a graph: one from each use of a tensor or a parameter."""

from __future__ import annotations

from typing import NamedTuple

from ref_numpy import NetworkSpec
from ref_numpy.graphs.step import Step


class Share(NamedTuple):
    """What one use of a tensor adds to its gradient.

    Attributes:
        step: that uses it; None is the loss.
        input: the number of the step's input that it is; None for a parameter.
        own: the step's own name of the parameter; "" for an input.
    """

    step: Step | None
    input: int | None = None
    own: str = ""

    @property
    def by(self) -> str:
        """The step's name, or J."""
        return self.step.output if self.step else "J"


def gradient_shares(spec: NetworkSpec) -> dict[str, list[Share]]:
    """Return the shares of each tensor and parameter, ordered by when the last of them is known."""
    shares = {spec.loss_reads: [Share(None)]}

    def add(name: str, share: Share) -> None:
        shares[name] = [*shares.pop(name, []), share]

    for step in spec.backward_steps:
        for own, full in step.parameters.items():
            add(full, Share(step, own=own))
        for k, name in enumerate(step.inputs):
            if name in spec.differentiated:
                add(name, Share(step, k))
    return shares
