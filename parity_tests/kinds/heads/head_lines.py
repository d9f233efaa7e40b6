"""What the lines of attention may name: products of each example and head, masks, the softmax.

They are written with transposes and repeated keys, where the reference has stacks of groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_tests.kinds.formula_text import Edit, edit
from ref_numpy.arrays.masked_softmax import masked_softmax

SCALE = " / np.sqrt(d)"
CAUSAL = ", keys <= queries"


def by_head(A: Any, h: int) -> Any:
    """Return (d, m, h, T) as (m, h, d, T), where each of fewer heads is repeated."""
    A = A.transpose(1, 2, 0, 3)
    return A if A.shape[1] == h else A.repeat(h // A.shape[1], axis=1)


def products(K: Any, Q: Any) -> Any:
    """Return K^T Q of each example and head, (T_K, m, h, T)."""
    h = max(K.shape[2], Q.shape[2])
    return (by_head(K, h).swapaxes(2, 3) @ by_head(Q, h)).transpose(2, 0, 1, 3)


def weighted(V: Any, P: Any) -> Any:
    """Return V P of each example and head, (d, m, h, T)."""
    h = max(V.shape[2], P.shape[2])
    return (by_head(V, h) @ by_head(P, h)).transpose(2, 0, 1, 3)


def logsumexp(S: Any, counts: Any = True) -> Any:
    """Return log Σ e^s over the keys that count, (1, m, h, T)."""
    return masked_softmax(S, np.broadcast_to(counts, S.shape))[1]


def softmax(S: Any, counts: Any = True, axis: int = 0) -> Any:
    """Return the softmax over the keys that count, or along another axis."""
    counts = np.broadcast_to(counts, S.shape)
    if axis == 0:
        return masked_softmax(S, counts)[0]
    moved, _ = masked_softmax(S.swapaxes(0, axis), counts.swapaxes(0, axis))
    return moved.swapaxes(0, axis)


def places(T_K: int, T: int) -> dict[str, Any]:
    """Return the numbers of keys and queries, which broadcast to (T_K, m, h, T)."""
    return {"keys": np.arange(T_K)[:, None, None, None], "queries": np.arange(T)}


def with_heads(h_K: int) -> dict[str, Any]:
    """Return the functions of products; h_K heads of keys and values serve those of queries."""

    def each(Q: Any, dS: Any) -> Any:
        h = max(Q.shape[2], dS.shape[2])
        shares = by_head(Q, h) @ by_head(dS, h).swapaxes(2, 3)  # (m, h, d, T_K)
        m, _, d, T_K = shares.shape
        return shares.reshape(m, h_K, h // h_K, d, T_K)

    def summed(Q: Any, dS: Any) -> Any:
        return each(Q, dS).sum(axis=2).transpose(2, 0, 1, 3)

    def of_first_head(Q: Any, dS: Any) -> Any:
        return each(Q, dS)[:, :, 0].transpose(2, 0, 1, 3)

    return {
        "products": products, "weighted": weighted, "summed": summed,
        "of_first_head": of_first_head, "softmax": softmax, "logsumexp": logsumexp, "h_K": h_K,
    }  # fmt: skip


def of_queries_and_keys(layer: Any, Q: Any, K: Any, *_: Any) -> Mapping[str, Any]:
    """Return the names of lines with queries and keys."""
    d, _, h, T = Q.shape
    return {"d": d, "h": h, **with_heads(K.shape[2]), **places(K.shape[3], T)}


def by_log_sums(S: Any, counts: Any) -> Any:
    """Return P = e^{S − L}, 0 where a key does not count, as JAX and HIPS autograd have it."""
    _, L = masked_softmax(S, counts)
    return np.exp(np.where(counts, S, -np.inf) - L)


# The mistakes in what is divided by √d.
OF_SCALE = (
    edit("scale-d", "it is divided by d, not by √d", "np.sqrt(d)", "d"),
    edit("missing-scale", "it is not divided by √d", SCALE, ""),
    edit("scale-of-all-heads", "it is divided by √(h d), with the features of all heads",
         "np.sqrt(d)", "np.sqrt(h * d)"),
    edit("times-root-d", "it is multiplied by √d, not divided", SCALE, " * np.sqrt(d)"),
)  # fmt: skip

# In the mask of what a query may see.
OF_MASK = (
    edit("mask-without-diagonal", "a query does not see its own position: the mask is j < t",
         "keys <= queries", "keys < queries"),
    edit("mask-off-by-one", "a query sees the position after its own, too: the mask is j ≤ t + 1",
         "keys <= queries", "keys <= queries + 1"),
    edit("mask-transposed", "the mask is transposed: a query sees the positions from its own on",
         "keys <= queries", "keys >= queries"),
    edit("missing-mask", "the mask is missing: a query sees later positions", CAUSAL, ""),
)  # fmt: skip


def other_heads(own: str) -> tuple[Edit, ...]:
    """Return the mistakes in which queries a head of keys or values serves.

    Args:
        own: the name of what has fewer heads, K or V, followed by a comma.
    """
    name, mod = own[0], f"head i of the queries has head i mod h_K of {own[0]}"
    return (
        edit(f"heads-of-{name}-tiled", f"{mod}, not the one of its group",
             own, f"{name}[:, :, np.arange(h) % h_K],"),
        edit(f"first-head-of-{name}-for-all",
             f"all heads of the queries have the first one of {name}",
             own, f"{name}[:, :, :1],"),
    )  # fmt: skip


# In the gradient of keys and values.
OF_GROUP = (
    edit("share-of-first-head", "the share of the first head of each group is taken alone, not "
         "the sum over the group", "summed(", "of_first_head("),
    edit("mean-over-group", "the mean over the heads of a group is taken, not the sum",
         "summed(", "h_K / h * summed("),
)  # fmt: skip

SOFTMAX_GRADIENT = "P * (dP - (dP * P).sum(axis=0, keepdims=True))"
OF_SOFTMAX_GRADIENT = (
    edit("missing-sum", "Σ_k dp_k p_k is missing", " - (dP * P).sum(axis=0, keepdims=True)", ""),
    edit("sum-over-queries", "the sum runs over the queries, the last axis", "axis=0", "axis=3"),
    edit("elementwise-derivative", "the softmax's derivative is taken elementwise",
         "P * (dP - (dP * P).sum(axis=0, keepdims=True))", "dP * P * (1 - P)"),
    edit("missing-P", "P is missing before the bracket", "P * (dP", "(dP"),
    edit("sum-of-P", "dP ∗ P was expected in the sum, P is used", "(dP * P)", "P"),
    edit("mean-for-sum", "the mean over the keys is taken, not the sum", ".sum(", ".mean("),
    edit("missing-derivative", "dP is passed on as it is",
         "P * (dP - (dP * P).sum(axis=0, keepdims=True))", "dP"),
)  # fmt: skip
