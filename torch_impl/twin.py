"""The twin of a network's description, its PyTorch counterpart: ordinary, batch-first torch."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from ref_numpy import Dense, Identity, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from ref_numpy.layer import Layer
from ref_numpy.network import NetworkSpec
from torch_impl.training_messages import input_error

# The torch.nn twin of each kind of layer; its parameters are those of the layer, in its order.
TWINS: dict[type[Layer], Callable[[Any], nn.Module]] = {
    Dense: lambda layer: nn.Linear(layer.n_prev, layer.n),
    Identity: lambda layer: nn.Identity(),
    Sigmoid: lambda layer: nn.Sigmoid(),
    Tanh: lambda layer: nn.Tanh(),
    ReLU: lambda layer: nn.ReLU(),
    LeakyReLU: lambda layer: nn.LeakyReLU(layer.slope),
    Softmax: lambda layer: nn.Softmax(dim=1),
}


def twin(layer: Layer) -> nn.Module:
    """Return the layer's twin.

    Raises:
        InputError: a user's own layer without a twin, or with one that has other parameters.
    """
    name = type(layer).__name__
    if type(layer) not in TWINS:
        raise input_error("layer.no-twin", name=name)
    module = TWINS[type(layer)](layer)
    sizes, shapes = [p.numel() for p in module.parameters()], layer.parameter_shapes()
    if sizes != [math.prod(shape) for shape in shapes.values()]:
        kind = type(module).__name__
        raise input_error("layer.other-twin", name=name, module=kind, sizes=sizes, shapes=shapes)
    return module


class Network(nn.Module):
    """(m, n_x) in; out the logits (m, n_y), or A[L] under squared error: the input of the loss.

    Each sub-module of `layers` has the canonical name of its result: Z1, A1, Z2, …

    Args:
        spec: the network's description.

    Raises:
        InputError: a user's own layer without a twin.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        layers = OrderedDict((step.output, twin(step.layer)) for step in spec.steps)
        from_logits = spec.loss_reads != spec.output
        self.output = layers.pop(spec.output) if from_logits else nn.Identity()
        self.layers = nn.ModuleDict(layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (m, n_y), or A[L] under squared error."""
        for layer in self.layers.values():
            x = layer(x)
        return x

    def predict(self, x: Tensor) -> Tensor:
        """Return A[L], (m, n_y): the probabilities, or the values under squared error."""
        return self.output(self(x))
