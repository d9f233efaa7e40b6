"""What a check judged: the tensors that were compared, and the calls."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

CONFIDENCE = 0.95  # of what a report says about random faults; nothing is judged by it


@dataclass(frozen=True)
class Tensor:
    """One tensor that was compared.

    Attributes:
        apart: the largest |candidate − reference|, the reference computed from the candidate's own
            inputs.
        ratio: the largest error ÷ bound of an element.
        unbounded: how many elements have no bound, so that nothing was compared.
        digits: of agreement end to end, −log₁₀(max |Δ| / max |reference|), infinite where both are
            equal; None where there is no such comparison.
        ratio_end_to_end: the largest error ÷ bound, both from the inputs alone.
        bound: the root mean square of the elements' bounds.
        expected: the root mean square of their expected values.
        zero: whether it is zero everywhere on paper, computed from the inputs alone.
        less_accurate: the formulas that it is within the bounds of, where it is outside those of
            the accurate ones, at any call; else "".
        function: of a function that was called alone, its name, "linear_backward"; the tensor's is
            then "linear_backward.dW". Of a whole run "".
    """

    name: str
    shape: tuple[int, ...]
    apart: float
    ratio: float
    unbounded: int = 0
    digits: float | None = None
    ratio_end_to_end: float | None = None
    bound: float = 0.0
    expected: float = 0.0
    zero: bool = False
    less_accurate: str = ""
    function: str = ""

    @property
    def judged(self) -> bool:
        """Whether its bound means anything.

        It is smaller than the expected values, or those are zero on paper.
        """
        return math.isfinite(self.bound) and (self.bound < self.expected or self.zero)

    def of_function(self, function: str, own: str) -> Tensor:
        """Return it as the result of a function that was called alone, by the function's name."""
        return replace(self, name=f"{function}.{own}", function=function)


@dataclass(frozen=True)
class Calls:
    """The calls of a candidate that were judged.

    Attributes:
        same: how many were made with the same numbers.
        others: the number of examples of each call with other numbers.
    """

    same: int
    others: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """How many calls there were."""
        return self.same + len(self.others)

    @property
    def rate(self) -> float:
        """The smallest rate r of a random fault that is found with a probability of CONFIDENCE.

        N calls find it with probability 1 − (1 − r)^N, so that r = 1 − (1 − CONFIDENCE)^(1/N).
        """
        return 1 - (1 - CONFIDENCE) ** (1 / self.total)

    def to_json(self) -> dict[str, Any]:
        """Return the calls, their number, and the rate of a random fault that they find."""
        return {**asdict(self), "total": self.total, "rate": self.rate}
