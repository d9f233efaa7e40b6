"""The twin of a network's description: ordinary, batch-first torch."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from ref_numpy.activations import Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from ref_numpy.dense import Dense
from ref_numpy.layer import Layer
from ref_numpy.network import NetworkSpec

# The torch.nn twin of each kind of layer.
TWINS: dict[type[Layer], Callable[[Any], nn.Module]] = {
    Dense: lambda layer: nn.Linear(layer.n_prev, layer.n),
    Identity: lambda layer: nn.Identity(),
    Sigmoid: lambda layer: nn.Sigmoid(),
    Tanh: lambda layer: nn.Tanh(),
    ReLU: lambda layer: nn.ReLU(),
    LeakyReLU: lambda layer: nn.LeakyReLU(layer.slope),
    Softmax: lambda layer: nn.Softmax(dim=1),
}


class Network(nn.Module):
    """(m, n_x) in; out what the loss takes: the logits (m, n_y), or A[L] under squared error.

    Each sub-module of `layers` has the canonical name of its result: Z1, A1, Z2, …
    """

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        layers = OrderedDict(
            (step.output, TWINS[type(step.layer)](step.layer)) for step in spec.steps
        )
        from_logits = spec.loss_reads != spec.output
        self.output = layers.pop(spec.output) if from_logits else nn.Identity()
        self.layers = nn.ModuleDict(layers)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers.values():
            x = layer(x)
        return x

    def predict(self, x: Tensor) -> Tensor:
        """A[L]: the probabilities, or the values under squared error; (m, n_y)."""
        return self.output(self(x))
