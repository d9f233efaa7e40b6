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
        counted: of (targets) and the constants, which labels count, by whose number the function's
            sum is divided; None where all count, and the function's mean is.
    """

    function: Callable[..., Tensor]
    factor: Callable[[int], float] | None = None
    constants: tuple[str, ...] = ()
    text: str = ""
    counted: Callable[..., Tensor] | None = None

    def total(
        self, outputs: Tensor, targets: Tensor, w: Tensor | None, options: dict[str, Any]
    ) -> Tensor:
        """Return Σ w(i) L of all labels.

        Args:
            outputs: (m, n_y) or (m, T, n_y).
            targets: (m,) or (m, T).
            w: the weights of the examples, (m,); None counts each once.
            options: the constants of the loss.
        """
        if w is None:
            return self.function(outputs, targets, reduction="sum", **options)
        each = self.function(outputs, targets, reduction="none", **options)
        return (w.reshape(-1, *(1,) * (each.ndim - 1)) * each).sum()

    def options(self, loss: Any) -> dict[str, Any]:
        """Return the constants of a loss, by name."""
        return {name: getattr(loss, name) for name in self.constants}
