"""The transposed convolution of images: Dumoulin and Visin, arXiv:1603.07285."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.arrays.axes import Shape
from ref_numpy.arrays.convolutions import products_with_windows, weigh_back, weigh_windows
from ref_numpy.arrays.shape_checks import check_features
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array
from ref_numpy.layers.convolutional.convolution import Convolution
from ref_numpy.layers.convolutional.shapes import check_axes


@dataclass(frozen=True)
class TransposedConv2d(Convolution, kind="transposed_conv2d"):
    """z_k(s y + d i − p, s x + d j − p) = Σ a_c(y, x) W_ckij + b_k        of all that meet there.

    W: (n_C_prev, n_C/groups, f, f)   b: (n_C, 1)   A: (n_C_prev, m, H, W)   Z: (n_C, m, H', W')

    Each number of A is multiplied by a kernel, and the products are added up in Z: the map back of
    the convolution with the same W, from its results to its input, so that this layer's backward
    pass is that convolution. H' = s (H − 1) + d (f − 1) + 1 − 2 p, and `output_padding` more.
    """

    output_padding: int = 0

    axes: ClassVar[int] = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        given = self.output_padding
        if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given < self.stride:
            raise input_error(
                "convolution.output-padding", output_padding=given, stride=self.stride
            )

    def parameter_shapes(self) -> dict[str, Shape]:
        """Return {"W": (n_C_prev, n_C/groups, f, f), "b": (n_C, 1)}; without a bias W alone."""
        b = {"b": (self.n, 1)} if self.bias else {}
        return {"W": (self.n_prev, self.n // self.groups, *self.windows.f), **b}

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (n_C, H', W').

        Raises:
            InputError: an example is not (n_C_prev, H, W), or the padding leaves nothing of Z.
        """
        name = type(self).__name__
        given = check_axes(name, check_features(name, self.n_prev, shapes[0]), (self.axes,))
        positions = self.positions(given)
        if min(positions) < 1:
            raise input_error("convolution.no-positions", layer=name, shape=shapes[0])
        return (self.n, *positions)

    def positions(self, positions: Shape) -> Shape:
        """Return (H', W') of (H, W)."""
        w = self.windows
        return tuple(
            w.stride * (T - 1) + reach - 2 * w.padding + self.output_padding
            for T, reach in zip(positions, w.reach, strict=True)
        )

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, None]:
        """Compute v = W^T A, and Z = Σ v + b: windows that overlap are added up where they do."""
        Z = weigh_back(params["W"], A, self.windows, self.groups, self.positions(A.shape[2:]))
        return self.plus_b(params, Z), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array | None, dict[str, Array]]:
        """Compute dA = W v and dW = A v^T, of the windows v of dZ, and db = Σ dZ of all columns."""
        (A,), w, dA, gradients = cache.inputs, self.windows, None, {}
        if cache.to_parameters:
            gradients["W"] = products_with_windows(A, dZ, w, self.groups) / cache.context.scale
            gradients |= self.of_b(cache, dZ)
        if cache.to_inputs:
            dA = weigh_windows(params["W"], dZ, w, self.groups)
        return dA, gradients
