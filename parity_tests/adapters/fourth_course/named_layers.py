"""Which layers the names of course 4 and of cs231n mean, with the sizes that are tried."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from parity_tests.adapters.fourth_course.layout_of_images import COURSE, CS231N, CS231N_GROUPS
from parity_tests.adapters.fourth_course.sandwiches import Sandwich
from parity_tests.adapters.interfaces.layout import Layout
from parity_tests.adapters.layer_functions.one_step import OneStep
from ref_numpy import AveragePool, BatchNorm, Conv2d, Dense, Layer, MaxPool, ReLU
from ref_numpy.layers.convolutional.group_norm import GroupNorm

FORWARD, BACKWARD = {"forward", "fwd", "fprop"}, {"backward", "backprop", "bwd", "bprop"}
# Words in a name that say how a layer is computed.
WAYS = {
    "naive", "fast", "slow", "vectorized", "vectorised", "vec", "loop", "loops", "im2col", "col2im",
    "strides", "strided", "reshape", "cython", "numpy", "np", "layer", "simple", "scratch", "alt",
    "einsum", "windows",
}  # fmt: skip


@dataclass(frozen=True)
class NamedCase:
    """A layer that a name means.

    Attributes:
        steps: it with each of its sizes, the first ones first; all dimensions of an array of the
            first step differ, so that they show the layout.
        layouts: those that the function may have.
        mode: what an argument `mode` is; "" where there is no such argument.
    """

    steps: tuple[OneStep, ...]
    layouts: tuple[Layout, ...]
    mode: str = ""


@dataclass(frozen=True)
class NamedPair:
    """Functions of one layer that a check knows by their names.

    Attributes:
        forward: the name of the function of the result.
        backward: that of the function of the gradients; None where there is none.
        cases: what the name means.
    """

    forward: str
    backward: str | None
    cases: tuple[NamedCase, ...]


IMAGES = COURSE, CS231N
ROWS = (Layout(rows=True, in_out=True, biases="flat"),)
# A stride and a padding at which windows overlap; none; and some at which windows leave a rest.
CONVOLUTIONS = (
    (Conv2d(2, 4, 3, stride=2, padding=1), (2, 11, 9)),
    (Conv2d(3, 4, 2), (3, 9, 6)),
    (Conv2d(2, 5, 3, stride=3, padding=2), (2, 10, 7)),
)
POOLINGS = (((3, 2), (6, 11, 9)), ((2, 2), (6, 10, 8)), ((2, 3), (5, 13, 10)))


def image_steps(*every: tuple[Layer, tuple[int, ...]]) -> tuple[OneStep, ...]:
    """Return layers as single steps, each with the shape of an example of its input."""
    return tuple(OneStep(layer, {"A_prev": shape}) for layer, shape in every)


def pooling_steps(cls: Any) -> tuple[OneStep, ...]:
    """Return a pooling with each of its sizes."""
    return image_steps(*((cls(f, stride=s), shape) for (f, s), shape in POOLINGS))


def sandwich(
    shape: tuple[int, ...], layer: Layer, *after: Layer, layouts: Any = IMAGES
) -> tuple[NamedCase, ...]:
    """Return the case of several layers in one function."""
    return (NamedCase((Sandwich(layer, {"A_prev": shape}, after),), layouts),)


MAX = NamedCase(pooling_steps(MaxPool), IMAGES)
AVERAGE = NamedCase(pooling_steps(AveragePool), IMAGES)
BOTH = (
    NamedCase(MAX.steps, IMAGES, mode="max"),
    NamedCase(AVERAGE.steps, IMAGES, mode="average"),
)
CONV, POOL = Conv2d(2, 4, 3, padding=1), MaxPool(2, stride=2)
NORM, POOLING = r"(batch_?norm|bn|norm)", r"pool(ing)?(_?2d)?"
CONVOLUTION = r"conv(olution|olve|olutional)?(_?2d)?"
# The layers of a name without its direction, and without the words of `WAYS`.
MEANINGS: Mapping[str, tuple[NamedCase, ...]] = {
    CONVOLUTION: (NamedCase(image_steps(*CONVOLUTIONS), IMAGES),),
    POOLING: BOTH,
    rf"max_?{POOLING}": (MAX,),
    rf"(average|avg|mean)_?{POOLING}": (AVERAGE,),
    r"(spatial_?batch_?norm|batch_?norm_?2d|spatial_?bn|bn_?2d)": (
        NamedCase(image_steps((BatchNorm(5), (5, 4, 3))), (CS231N, COURSE)),
    ),
    r"(spatial_?)?(quick_?)?group_?norm": (
        NamedCase(
            image_steps((GroupNorm(6, groups=3), (6, 4, 5))), (CS231N_GROUPS, CS231N, COURSE)
        ),
    ),
    "conv_?relu": sandwich((2, 6, 5), CONV, ReLU()),
    rf"conv_?{NORM}_?relu": sandwich((2, 6, 5), CONV, BatchNorm(4), ReLU()),
    "conv_?relu_?pool": sandwich((2, 10, 6), CONV, ReLU(), POOL),
    rf"conv_?{NORM}_?relu_?pool": sandwich((2, 10, 6), CONV, BatchNorm(4), ReLU(), POOL),
    "affine_?relu": sandwich((5,), Dense(5, 4), ReLU(), layouts=ROWS),
    rf"affine_?{NORM}_?relu": sandwich((5,), Dense(5, 4), BatchNorm(4), ReLU(), layouts=ROWS),
}


def named_pairs(functions: Mapping[str, Any]) -> Iterator[NamedPair]:
    """Yield the functions of layers that a check knows by their names.

    A function of gradients belongs to that of the result which is computed in the same way, as
    conv_backward_im2col to conv_forward_im2col; or else to any of that layer.
    """
    plain = [n for n, f in functions.items() if not isinstance(f, type)]
    forward = {n: apart for n in plain if (apart := parts_of(n, FORWARD))}
    left = {n: apart for n in plain if (apart := parts_of(n, BACKWARD))}
    for name, (layer, ways) in forward.items():
        cases = cases_of(layer)
        same = [n for n, apart in left.items() if apart == (layer, ways)]
        if cases:
            yield NamedPair(name, same[0] if same else None, cases)
            for n in same:
                left.pop(n)
    for name, (layer, _) in left.items():
        first = next((n for n, apart in forward.items() if apart[0] == layer), None)
        if first is not None and cases_of(layer):
            yield NamedPair(first, name, cases_of(layer))


def cases_of(layer: str) -> tuple[NamedCase, ...]:
    """Return what the name of a layer means; nothing for an unknown one."""
    return next((cases for name, cases in MEANINGS.items() if re.fullmatch(name, layer)), ())


def parts_of(name: str, direction: set[str]) -> tuple[str, frozenset[str]] | None:
    """Return the layer, "max_pool", and the ways, {"naive"}, of max_pool_forward_naive.

    Args:
        name: of a function.
        direction: the words of which the name has one.
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_").split("_")
    if not direction.intersection(words):
        return None
    layer = "_".join(w for w in words if w not in WAYS | direction)
    return layer, frozenset(WAYS.intersection(words))
