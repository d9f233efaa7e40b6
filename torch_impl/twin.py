"""The twin of a network's description, its PyTorch counterpart: ordinary, batch-first torch."""

from __future__ import annotations

import math
from collections import OrderedDict
from importlib import import_module

from torch import Tensor, nn

from ref_numpy.layer import Layer
from ref_numpy.network import NetworkSpec
from torch_impl import own_twins
from torch_impl.training_messages import input_error


def twin(layer: Layer) -> nn.Module:
    """Return the layer's twin; its parameters are those of the layer, in its order.

    Raises:
        InputError: a user's own layer without a twin, or with one that has other parameters.
    """
    name = type(layer).__name__
    if layer.built_in:
        module = import_module(f"torch_impl.layers.{layer.kind}").twin(layer)
    elif layer.kind in own_twins.LAYERS:
        module = own_twins.LAYERS[layer.kind](layer)
    else:
        raise input_error("layer.no-twin", name=name)
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
