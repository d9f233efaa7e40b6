"""An object with `forward(x)` and `backward(d)`, given a loss of the file, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from parity_tests.adapters.interfaces.argument_roles import parameters_of, role
from parity_tests.adapters.interfaces.assembled.chain_losses import (
    LOSS,
    Loss,
    called_with,
    losses_with_gradients,
    pairs_of_functions,
    with_both,
)
from parity_tests.adapters.interfaces.assembled.layer_passes import (
    backward_of,
    forward_of,
    has_passes,
)
from parity_tests.adapters.interfaces.parameter_holders import Holder, attempted


@dataclass
class ObjectWithLoss:
    """The passes of an object that holds a whole network, and a loss.

    Attributes:
        loss: of the network.
        holder: of the object, which may be made again.
    """

    loss: Loss
    holder: Holder | None = None

    @property
    def held(self) -> Any:
        """The object."""
        return self.holder and self.holder.held

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Return the functions of a run."""
        cost = {} if self.loss.cost is None else {"compute_cost": self.compute_cost}
        return {"forward": self.forward, "backward": self.backward, **cost}

    def forward(self, X: Any) -> Any:
        """Return the network's output."""
        return forward_of(self.held)(X)

    def compute_cost(self, output: Any, Y: Any) -> Any:
        """Return J."""
        J = with_both(self.loss.cost, output, Y)
        return J[0] if self.loss.both else J

    def backward(self, output: Any, Y: Any, rate: float) -> Any:
        """Return what the object's backward pass returns, given the gradient of J."""
        return called_with(backward_of(self.held), self.loss.gradient(output, Y))


def with_losses(holder: Holder, own: Mapping[str, Any]) -> Iterator[Holder]:
    """Yield the holder's object with each loss of the file, where its passes take none.

    Args:
        holder: of an object of a class.
        own: the candidate's functions and classes, by name.
    """
    if not (isinstance(own.get(holder.name), type) and has_passes(type(holder.held))):
        return
    needed = [q for q in parameters_of(backward_of(holder.held)) or () if q.default is q.empty]
    if len([q for q in needed if role(q.name) != "rate"]) != 1 or role(needed[0].name) in TAKEN:
        return
    objects = {
        n: Loss.of_object(attempted(c))
        for n, c in own.items()
        if isinstance(c, type) and LOSS.fullmatch(n) and has_passes(c)
    }
    every = [*objects.items(), *pairs_of_functions(own), *losses_with_gradients(own), ("", Loss())]
    for name, loss in every:
        if loss is not None:
            made = ObjectWithLoss(loss)
            used = (holder.name, *name.split())
            made.holder = replace(
                holder, name=", ".join(used), functions=made.functions(), used=used
            )
            yield made.holder


TAKEN = ("X", "Y", "output", "params", "cache")  # of a backward pass that is given the labels
