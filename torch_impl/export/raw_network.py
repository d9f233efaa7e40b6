"""A network with its preprocessing: raw examples in, probabilities or values out, in one graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.data.image_layout import image_layout
from ref_numpy.data.preprocessing import Standardiser
from ref_numpy.layer import Array
from ref_numpy.loss import Loss
from ref_numpy.network import NetworkSpec
from torch_impl import conventions
from torch_impl.export.wide_activations import wide
from torch_impl.twin import Network


class Affine(nn.Module):
    """(x − μ) / σ, or its inverse x σ + μ, at float64 as the reference computes it.

    Args:
        statistics: μ and σ (n, 1); None leaves x as it is.
    """

    mu: Tensor
    sigma: Tensor

    def __init__(self, statistics: Standardiser | None) -> None:
        super().__init__()
        self.known = statistics is not None
        if statistics is not None:
            for name in ("mu", "sigma"):
                array: Array = getattr(statistics, name).ravel()
                self.register_buffer(name, torch.from_numpy(array.astype(np.float64)))

    def forward(self, x: Tensor) -> Tensor:
        """Return (x − μ) / σ."""
        return (x - self.mu) / self.sigma if self.known else x

    def invert(self, x: Tensor) -> Tensor:
        """Return x σ + μ."""
        return x * self.sigma + self.mu if self.known else x


class RawNetwork(nn.Module):
    """X = (x − μ) / σ,   A[L] of the network,   ŷ = A[L] σ_y + μ_y.

    Inputs are float64: near 1e9 a float32 number is known to within 32, and digits that are lost
    before μ is subtracted cannot be recovered. The network has the dtype of its parameters.

    Args:
        spec: the network's description.
        params: its parameters.
        data: the meaning of inputs and outputs.
    """

    def __init__(self, spec: NetworkSpec, params: Any, data: DataSpec) -> None:
        super().__init__()
        self.dtype = torch.from_numpy(next(iter(params.values()))).dtype
        self.network = Network(spec).to(self.dtype)
        conventions.load_params(self.network, params)
        if self.dtype == torch.float64:
            for name, layer in self.network.layers.items():
                self.network.layers[name] = wide(layer)
        self.inputs, self.targets = Affine(data.inputs), Affine(data.targets)
        self.layout = image_layout(data.shape, spec.inputs[spec.input])
        self.task, self.boundary = data.task, spec.loss.boundary
        self.requires_grad_(False)
        self.eval()

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Compute predictions.

        Args:
            x: (m, …) float64, raw; or whole numbers, int64.

        Returns:
            The values (m, n_y) float64 of a regression; the probabilities (m, n_y) of several
            labels; of classes the probabilities (m, n), a column for each name, and the position
            (m,) of the most probable one, or (m, T, n) and (m, T) where an example has T labels.
            Of a hinge loss scores, −a and a of two classes.
        """
        given = self.inputs(x.flatten(1)).to(self.dtype) if x.is_floating_point() else x
        A = self.network.predict(conventions.to_images(given, self.layout))
        if self.task == "regression":
            return (self.targets.invert(A.double()),)
        if self.task == "multilabel":
            return (A,)
        A = torch.cat([2 * self.boundary - A, A], dim=1) if self.task == "binary" else A
        return A, A.argmax(dim=-1)


def names_of_outputs(data: DataSpec, loss: Loss) -> tuple[str, ...]:
    """Return the names of `RawNetwork`'s outputs."""
    if data.task == "regression":
        return ("values",)
    numbers = "scores" if loss.of_scores else "probabilities"
    return (numbers,) if data.task == "multilabel" else (numbers, "prediction")


def sequential(spec: NetworkSpec) -> list[nn.Module]:
    """Return the layers of the plain nn.Sequential that computes A[L] from X."""
    network = Network(spec)
    layers = [*network.layers.values()]
    return layers if isinstance(network.output, nn.Identity) else [*layers, network.output]


def sequential_state(spec: NetworkSpec, params: Any) -> dict[str, Tensor]:
    """Return the parameters under the names 0.weight, 0.bias, … of a plain nn.Sequential."""
    network = Network(spec).to(torch.from_numpy(next(iter(params.values()))).dtype)
    conventions.load_params(network, params)
    return nn.Sequential(*network.layers.values()).state_dict()
