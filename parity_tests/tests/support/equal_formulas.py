"""The formulas of every kind that are equal on paper, by the class of the layer or loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds.equivalent_formulas import storing_each
from parity_tests.kinds.known_kinds import built_in_layers, built_in_losses
from parity_tests.kinds.layer_kind import with_constants
from ref_numpy import Layer, Loss

OF_LAYER = {Layer.kinds[kind]: of for kind, of in built_in_layers().items()}
OF_LOSS = {Loss.kinds[kind]: of for kind, of in built_in_losses().items()}

Formulas = dict[Any, tuple[Callable[..., Any], ...]]


def own_loss(loss: Loss, Z: Any, A: Any, Y: Any) -> Any:
    return loss.forward(Z if loss.reads == "Z" else A, Y)


def own_gradient(loss: Loss, Z: Any, A: Any, Y: Any) -> Any:
    return loss.backward(A, Y)


def storing(formula: Callable[..., Any]) -> Callable[..., Any]:
    """Store the losses of error arrays; other arrays are stored anyway."""

    def stored(*given: Any) -> Any:
        is_bound = isinstance(given[1], ErrorArray)
        return (storing_each(formula) if is_bound else formula)(*given)

    return stored


# Of A and dZ, besides the layer's own; with the constants that a layer has by default.
ACTIVATIONS: Formulas = {
    cls: (*with_constants(of.formulas, cls()),)
    for cls, of in OF_LAYER.items()
    if of.formulas and cls.symbol == "A"
}
DERIVATIVES: Formulas = {
    cls: (*with_constants(of.derivatives, cls()),) for cls, of in OF_LAYER.items() if of.derivatives
}
# Of L, the first gradient and dA[L].
LOSSES: Formulas = {
    cls: tuple(storing(f) if of.stores_each else f for f in (own_loss, *of.formulas))
    for cls, of in OF_LOSS.items()
}
GRADIENTS: Formulas = {cls: (own_gradient, *of.gradients) for cls, of in OF_LOSS.items()}
OUTPUT_GRADIENTS: Formulas = {
    cls: of.output_gradients for cls, of in OF_LOSS.items() if of.output_gradients
}
