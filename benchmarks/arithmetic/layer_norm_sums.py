"""How far torch's dγ and dβ of a layer norm are off at bfloat16, on a CPU.

dγ = Σ dz ∗ Â and dβ = Σ dz are sums over the rows. The right values are the reference's, at
float64, from the same numbers of bfloat16; an error is the largest of all features ÷ the root mean
square of the right values, the mean of several draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import mean

import numpy as np
import torch
from torch import Tensor

from ref_numpy import Array, Cache, Context, LayerNorm

ROWS = (128, 1024, 8192)
N, DRAWS = 256, 5


@dataclass(frozen=True)
class Error:
    """The error of one gradient, as largest error ÷ root mean square.

    Attributes:
        gradient: dgamma or dbeta.
        rows: how many are added.
        torch: of torch's own.
        float32: of a sum at float32, stored once.
        in_turn: of one row added after the other, each partial sum stored in bfloat16.
    """

    gradient: str
    rows: int
    torch: float
    float32: float
    in_turn: float


def measure(quick: bool = False) -> list[Error]:
    """Measure both gradients of each number of rows."""
    rows, draws = (ROWS[:1], 1) if quick else (ROWS, DRAWS)
    found = []
    for m in rows:
        each = [errors(m, seed) for seed in range(draws)]
        for name in ("dgamma", "dbeta"):
            torchs, float32s, in_turns = zip(*(e[name] for e in each), strict=True)
            found.append(Error(name, m, mean(torchs), mean(float32s), mean(in_turns)))
    return found


def errors(rows: int, seed: int) -> dict[str, tuple[float, ...]]:
    """Return torch's error, that of a sum at float32, and that of one row after the other."""
    draw = torch.Generator().manual_seed(seed)
    x, dz = (torch.randn(rows, N, generator=draw).bfloat16() for _ in range(2))
    x.requires_grad_()
    layer = torch.nn.LayerNorm(N, dtype=torch.bfloat16)
    layer(x).backward(dz)
    gamma, beta = layer.weight.grad, layer.bias.grad
    assert gamma is not None
    assert beta is not None
    right, A_hat = reference(x.detach(), dz)
    d = dz.float()
    terms = {"dgamma": d * torch.from_numpy(A_hat.T).float(), "dbeta": d}
    own = {"dgamma": gamma, "dbeta": beta}
    return {
        name: tuple(
            off_by(x, right[name])
            for x in (own[name], terms[name].sum(0).bfloat16(), in_turn(terms[name]))
        )
        for name in right
    }


def reference(x: Tensor, dz: Tensor) -> tuple[dict[str, Array], Array]:
    """Return the right dγ and dβ, (n,), and Â, (n, m)."""
    layer = LayerNorm(N, epsilon=1e-5)
    params = {"gamma": np.ones((N, 1)), "beta": np.zeros((N, 1))}
    A, d = x.double().numpy().T, dz.double().numpy().T
    Z, kept = layer.forward(params, Context(), A)
    _, gradients = layer.backward(params, Cache((A,), (Z,), kept, Context()), d)
    return {f"d{name}": g[:, 0] for name, g in gradients.items()}, kept[0]


def in_turn(terms: Tensor) -> Tensor:
    """Add one row after the other, each product and each partial sum stored in bfloat16."""
    total = torch.zeros(terms.shape[1], dtype=torch.bfloat16)
    for row in terms.bfloat16():
        total += row
    return total


def off_by(x: Tensor, right: Array) -> float:
    """Return the largest error ÷ the root mean square of the right values."""
    error = np.abs(x.double().numpy() - right).max()
    return float(error / np.sqrt(np.mean(right**2)))
