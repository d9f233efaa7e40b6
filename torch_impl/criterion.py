"""A loss in torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # so that a loss is registered before torch is imported
    from torch import Tensor


class Criterion(NamedTuple):
    """torch's function of (outputs, targets), whose mean is J but for a factor.

    Attributes:
        function: of outputs (m, n_y) and targets, with `reduction`, as in `torch.nn.functional`.
        factor: makes J of the mean, by n_y, where the mean is of m n_y numbers; None where the
            mean is J.
        constants: the loss's fields that the function takes by name.
        text: the mean as a program has it, of {outputs} and y, where torch has no such function.
    """

    function: Callable[..., Tensor]
    factor: Callable[[int], float] | None = None
    constants: tuple[str, ...] = ()
    text: str = ""

    def options(self, loss: Any) -> dict[str, Any]:
        """Return the constants of a loss, by name."""
        return {name: getattr(loss, name) for name in self.constants}
