"""What convolutions of one axis of positions, of images, and transposed ones have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ref_numpy.arrays.axes import Shape, per_feature, sum_over_columns
from ref_numpy.arrays.convolutions import products_with_windows, weigh_back, weigh_windows
from ref_numpy.arrays.shape_checks import check_features, check_sizes
from ref_numpy.arrays.windows import Windows
from ref_numpy.context import Cache, Context
from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array, Layer
from ref_numpy.layers.convolutional.shapes import check_axes, check_padding, check_windows


@dataclass(frozen=True)
class Convolution(Layer):
    """Windows of A, weighted by kernels: what the convolutions have in common.

    Without a `bias` there is no b. With `groups` the features are divided into so many parts, and
    the results of each part see the features of that part alone; with as many groups as features,
    each feature for itself ("depthwise").
    """

    n_prev: int
    n: int
    f: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1
    bias: bool = True

    axes: ClassVar[int]  # of positions
    symbol: ClassVar[str] = "Z"
    weights: ClassVar[tuple[str, ...]] = ("W",)

    def __post_init__(self) -> None:
        name = type(self).__name__
        check_sizes(self.n_prev, self.n, self.f, self.stride, self.dilation, self.groups)
        check_padding(name, self.padding)
        if self.n_prev % self.groups or self.n % self.groups:
            raise input_error(
                "convolution.groups", layer=name, groups=self.groups, n_prev=self.n_prev, n=self.n
            )

    @property
    def windows(self) -> Windows:
        """The windows that the kernels see, f elements along each axis."""
        return Windows((self.f,) * self.axes, self.stride, self.padding, self.dilation)

    def parameter_shapes(self) -> dict[str, Shape]:
        """Return {"W": (n_C, n_C_prev/groups, f, f), "b": (n_C, 1)}; without a bias W alone."""
        b = {"b": (self.n, 1)} if self.bias else {}
        return {"W": (self.n, self.n_prev // self.groups, *self.windows.f), **b}

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return (n_C, H', W').

        Raises:
            InputError: an example is not (n_C_prev, H, W), or smaller than a kernel.
        """
        name = type(self).__name__
        check_axes(name, check_features(name, self.n_prev, shapes[0]), (self.axes,))
        return (self.n, *check_windows(name, shapes[0], self.windows))

    def forward(
        self, params: Mapping[str, Array], context: Context, A: Array
    ) -> tuple[Array, None]:
        """Compute Z = W v + b, of the windows v of A."""
        Z = weigh_windows(params["W"], A, self.windows, self.groups)
        return self.plus_b(params, Z), None

    def backward(
        self, params: Mapping[str, Array], cache: Cache, dZ: Array
    ) -> tuple[Array | None, dict[str, Array]]:
        """Compute dW = dZ v^T,   db = Σ dZ of all columns,   dv = W^T dZ, and dA = Σ dv.

        The dv of windows that overlap are added up where they do.
        """
        (A,), w, dA, gradients = cache.inputs, self.windows, None, {}
        if cache.to_parameters:
            gradients["W"] = products_with_windows(dZ, A, w, self.groups) / cache.context.scale
            gradients |= self.of_b(cache, dZ)
        if cache.to_inputs:
            dA = weigh_back(params["W"], dZ, w, self.groups, A.shape[2:])
        return dA, gradients

    def plus_b(self, params: Mapping[str, Array], Z: Array) -> Array:
        """Return Z + b, or Z where there is no b."""
        return Z + per_feature(params["b"], Z) if self.bias else Z

    def of_b(self, cache: Cache, dZ: Array) -> dict[str, Array]:
        """Return {"b": Σ dZ of all columns}; nothing where there is no b."""
        return {"b": sum_over_columns(dZ) / cache.context.scale} if self.bias else {}
