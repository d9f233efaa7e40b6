"""Torch's kernels of attention on a processor, and a loop of FlashAttention by hand, in bounds.

The math kernel divides Q and K by d^¼ each, and halves are computed in float32 within it; the flash
kernel has blocks of keys, and rounds P and dS of halves before they are multiplied.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention

from parity_tests.checking.comparison import Comparison
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.precisions import precision_named
from ref_numpy import Array, Flatten, Graph, NetworkSpec
from ref_numpy.layers.attention.attention import Attention

KERNELS = {"math": SDPBackend.MATH, "flash": SDPBackend.FLASH_ATTENTION}
DTYPES = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16,
          "float16": torch.float16}  # fmt: skip
M = 3


def network(causal: bool, d: int, h: int, h_K: int, T: int, T_K: int) -> NetworkSpec:
    graph = Graph({"q": (d, h, T), "k": (d, h_K, T_K), "v": (d, h_K, T_K)})
    graph.add(["z", "L"], Attention(causal), "q", "k", "v")
    graph.add("flat", Flatten(), "z")
    return NetworkSpec.from_graph(graph, "squared_error")


def problem(spec: NetworkSpec, precision: str, spread: float) -> dict[str, Array]:
    """Inputs, and the gradient of z: numbers of a precision, at float64."""
    p, rng = precision_named(precision), np.random.default_rng(0)
    shapes = {n: x for n, x in spec.trace_shapes(M).items() if n in (*spec.inputs, "z")}
    return {
        name: p.round((spread if name in "qk" else 1) * rng.standard_normal(shape)).astype(float)
        for name, shape in shapes.items()
    }


def heads_last(x: Array, dtype: torch.dtype) -> Tensor:
    """(d, m, h, T) → (m, h, T, d)."""
    return torch.from_numpy(np.ascontiguousarray(x.transpose(1, 2, 3, 0))).to(dtype)


def features_first(x: Tensor) -> Array:
    return x.detach().double().numpy().transpose(3, 0, 1, 2)


def of_torch(given: Mapping[str, Array], causal: bool, kernel: str, dtype: Any) -> dict[str, Array]:
    """z, and the gradients of q, k and v, by a kernel; L is not among them."""
    q, k, v = (heads_last(given[name], dtype).requires_grad_() for name in "qkv")
    with sdpa_kernel(KERNELS[kernel]):
        o = scaled_dot_product_attention(
            q, k, v, is_causal=causal, enable_gqa=q.shape[1] != k.shape[1]
        )
    o.backward(heads_last(given["z"], dtype))
    grads: Any = {"dq": q.grad, "dk": k.grad, "dv": v.grad}
    return {"z": features_first(o)} | {n: features_first(x) for n, x in grads.items()}


def judged(
    spec: NetworkSpec, given: Mapping[str, Array], own: Mapping[str, Array], precision: str
) -> dict[str, Comparison]:
    """Each tensor beside its bound, from the kernel's own z and the given dz."""
    X = {name: given[name] for name in spec.inputs}
    trace = {**own, "dz": given["z"]}
    Y = np.zeros((spec.output_shape[0], M))
    every = expectations(spec, {}, X, Y, trace, precision_named(precision))
    return {name: Comparison.of(own[name], each) for name, each in every if name in own}


# (d, h, h_K, T, T_K), causal, and the spread of Q and K: the softmax is flat, or nearly one key's.
CASES = [
    ((16, 4, 2, 24, 24), True, 4),
    pytest.param((8, 4, 4, 7, 7), True, 1, marks=pytest.mark.slow),
    pytest.param((4, 3, 1, 9, 70), False, 4, marks=pytest.mark.slow),
    pytest.param((4, 1, 1, 9, 1100), False, 1, marks=pytest.mark.slow),  # three blocks of keys
]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("shape", "causal", "spread"), CASES)
@pytest.mark.parametrize(
    "precision", ["float64", "float32", "bfloat16", "bfloat16-once", "float16", "float16-once"]
)
def test_torchs_kernels_are_within_the_bounds(
    kernel: str, shape: tuple[int, ...], causal: bool, spread: float, precision: str
) -> None:
    spec = network(causal, *shape)
    given = problem(spec, precision, spread)
    own = of_torch(given, causal, kernel, DTYPES[precision.removesuffix("-once")])
    for name, c in judged(spec, given, own, precision).items():
        assert c.ratio <= 1, (name, c.ratio)
        assert not c.unbounded, name
