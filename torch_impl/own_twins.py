"""The twins that users give to layers and losses of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ref_numpy import Layer, Loss
from ref_numpy.descriptions import check_part, check_users_kind
from torch_impl.criterion import Criterion

# By kind.
LAYERS: dict[str, Callable[[Any], Any]] = {}
LOSSES: dict[str, Criterion] = {}
TRANSPOSED: dict[str, tuple[str, ...]] = {}  # parameters that a layer's twin holds transposed


def register(
    kind: type[Layer] | type[Loss],
    twin: Callable[..., Any],
    factor: Callable[[int], float] | None = None,
    transposed: Sequence[str] = (),
) -> None:
    """Give a layer or loss of your own its twin in torch.

        register(Softsign, lambda layer: nn.Softsign())
        register(SmoothL1, nn.functional.smooth_l1_loss, factor=lambda n_y: n_y)

    Registering a kind again replaces its twin.

    Args:
        kind: the class.
        twin: of a layer, a function that makes its module, whose parameters are those of the layer
            in that order; it takes and returns batches, (m, n) or (m, T, n), and of several inputs
            or results as many. Of a loss, a function of outputs (m, n_y), targets (m, n_y) and
            `reduction`, "mean" or "none".
        factor: of a loss whose twin's mean is of m n_y numbers, what makes it J, by n_y.
        transposed: of a layer, those of its parameters that the module holds transposed: ("E",) of
            an embedding, whose E is (n, V) here and (V, n) in torch.

    Raises:
        InputError: the kind is not a user's, or a part is no function.
    """
    check_users_kind(kind)
    example = "lambda layer: nn.Softsign()" if issubclass(kind, Layer) else "nn.functional.l1_loss"
    expected = f"a function, such as {example}"
    check_part(kind, "twin", twin, is_function(twin), expected)
    check_part(kind, "factor", factor, factor is None or is_function(factor), "a function of n_y")
    if issubclass(kind, Layer):
        LAYERS[kind.kind] = twin
        TRANSPOSED[kind.kind] = tuple(transposed)
    else:
        LOSSES[kind.kind] = Criterion(twin, factor)


def is_function(given: object) -> bool:
    """Return whether this is a function, and neither a module of torch nor the class of one."""
    return callable(given) and not isinstance(given, type) and not hasattr(given, "forward")
