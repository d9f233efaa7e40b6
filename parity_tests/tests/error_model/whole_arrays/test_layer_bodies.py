"""The bodies of layers of any rank on error arrays, beside 40 digits and a stored arithmetic.

Arrays are (n, m, T): features, examples and positions.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    Precision,
)
from parity_tests.tests.error_model.whole_arrays.sums_in_turn import InTurn, exactly
from ref_numpy import Array

N, M, T, V = 6, 3, 4, 5
IDS = np.array([[0, 2, 2, 1], [2, 2, 4, 0], [1, 2, 0, 2]])  # (m, T)
ALLOWED = np.arange(T)[:, np.newaxis, np.newaxis] <= np.arange(T)  # key ≤ query
KEPT = np.arange(N * M * T).reshape(N, M, T) % 3 > 0


def inputs() -> dict[str, Array]:
    rng = np.random.default_rng(0)

    def of(*shape: int) -> Array:
        return rng.standard_normal(shape)

    return {
        "Z": of(N, M, T), "dY": of(N, M, T), "Q": of(N, M, T), "K": of(N, M, T), "W": of(7, N),
        "b": of(7, 1), "E": of(N, V), "gamma": of(N, 1), "dZ": of(7, M, T),
        "shift": 3 + of(N, M, T),
    }  # fmt: skip


def columns(A: Any) -> Any:
    return A.reshape(A.shape[0], -1)


def statistics(Z: Any) -> tuple[Any, Any]:
    mu = Z.mean(axis=0, keepdims=True)
    r = 1 / np.sqrt(Z.var(axis=0, keepdims=True) + 2.0**-10)
    return mu, r


def layer_norm(x: Any) -> Any:
    mu, r = statistics(x["Z"])
    return (x["Z"] - mu) * r


def layer_norm_of_a_large_mean(x: Any) -> Any:
    mu, r = statistics(x["shift"])
    return (x["shift"] - mu) * r


def layer_norm_backward(x: Any) -> Any:
    Z, dY = x["Z"], x["dY"]
    mu, r = statistics(Z)
    X_hat = +((Z - mu) * r)
    return r * (
        dY - dY.mean(axis=0, keepdims=True) - X_hat * (dY * X_hat).mean(axis=0, keepdims=True)
    )


def rms_norm(x: Any) -> Any:
    Z = x["Z"]
    return Z * ((Z * Z).mean(axis=0, keepdims=True) + 2.0**-10) ** -0.5


def variance_by_moments(x: Any) -> Any:
    Z = x["Z"]
    return (Z * Z).mean(axis=0, keepdims=True) - Z.mean(axis=0, keepdims=True) ** 2


def embedding(x: Any) -> Any:
    return x["E"][:, IDS]


def embedding_gradient(x: Any) -> Any:
    dE = np.zeros_like(x["dY"], shape=(N, V))
    np.add.at(dE, (slice(None), IDS), x["dY"])
    return dE / M


def scores(x: Any) -> Any:
    """S = Kᵀ Q / √d: (keys, m, queries)."""
    Q, K = (np.moveaxis(x[name], 1, 0) for name in "QK")
    return np.moveaxis(K.swapaxes(1, 2) @ Q / float(N) ** 0.5, 0, 1)


def probabilities(x: Any) -> Any:
    S = np.where(ALLOWED, scores(x), -np.inf)
    t = np.exp(S - S.max(axis=0, keepdims=True))
    return t / t.sum(axis=0, keepdims=True)


def attention(x: Any) -> Any:
    P = np.moveaxis(probabilities(x), 1, 0)  # (m, keys, queries)
    return np.moveaxis(np.moveaxis(x["Z"], 1, 0) @ P, 0, 1)


def attention_backward(x: Any) -> Any:
    P, dP = +probabilities(x), np.moveaxis(np.moveaxis(x["Z"], 1, 0).swapaxes(1, 2) @ np.moveaxis(
        x["dY"], 1, 0), 0, 1)  # fmt: skip
    return P * (dP - (dP * P).sum(axis=0, keepdims=True))


def dense(x: Any) -> Any:
    Z = x["W"] @ columns(x["Z"]) + x["b"]
    return Z.reshape(7, *x["Z"].shape[1:])


def dense_gradient(x: Any) -> Any:
    return columns(x["dZ"]) @ columns(x["Z"]).T / M


def bias_gradient(x: Any) -> Any:
    return x["dZ"].sum(axis=tuple(range(1, len(x["dZ"].shape)))) / M


def dropout(x: Any) -> Any:
    return x["Z"] * KEPT[tuple(slice(n) for n in x["Z"].shape)].astype(float) / 0.75


def residual(x: Any) -> Any:
    return x["Z"] + x["gamma"].reshape(N, 1, 1) * x["dY"] + x["Q"]


RANK_3 = (
    layer_norm, layer_norm_of_a_large_mean, layer_norm_backward, rms_norm, variance_by_moments,
    embedding, embedding_gradient, scores, probabilities, attention, attention_backward, dense,
    dense_gradient, bias_gradient, dropout, residual,
)  # fmt: skip
RANK_2 = (layer_norm, layer_norm_backward, rms_norm, dense, dense_gradient, bias_gradient)
CASES = [(body, 3) for body in RANK_3] + [(body, 2) for body in RANK_2]
NAMES = [f"{body.__name__}-{rank}" for body, rank in CASES]
EVERY = (FLOAT64, FLOAT32, BFLOAT16, FLOAT16)


def rank_of(x: Array, rank: int) -> Array:
    return x[..., 0] if x.ndim == 3 and rank == 2 else x


@pytest.mark.parametrize("p", EVERY, ids=lambda p: p.name)
@pytest.mark.parametrize(("body", "rank"), CASES, ids=NAMES)
def test_a_body_stays_within_its_bound(body: Any, rank: int, p: Precision) -> None:
    given = {n: p.round(rank_of(x, rank)).astype(np.float64) for n, x in inputs().items()}
    rng = np.random.default_rng(1)
    bound = body({n: ErrorArray(x, p=p) for n, x in given.items()})
    with np.errstate(divide="ignore", invalid="ignore"), mpmath.workdps(40):
        truth = np.asarray(body({n: exactly(x) for n, x in given.items()}))
        assert (np.abs(truth - bound.value) <= bound.error).all()
        for _ in range(5):
            candidate = body({n: InTurn(x, p, rng) for n, x in given.items()}).value
            assert candidate.shape == bound.shape
            assert (np.abs(candidate - bound.value) <= bound.error).all()


MOVES = (embedding,)  # nothing rounds


@pytest.mark.parametrize(("body", "rank"), CASES, ids=NAMES)
def test_a_bound_is_sharp_enough_to_mean_something(body: Any, rank: int) -> None:
    """Float32 sold as float64 is outside, and a bound is at most some hundred u."""
    given = {n: FLOAT32.round(rank_of(x, rank)).astype(np.float64) for n, x in inputs().items()}
    rng, u = np.random.default_rng(1), FLOAT32.u
    bound = body({n: ErrorArray(x) for n, x in given.items()})
    wide = body({n: ErrorArray(x, p=FLOAT32) for n, x in given.items()})
    single = body({n: InTurn(x, FLOAT32, rng) for n, x in given.items()}).value
    assert body in MOVES or (np.abs(single - bound.value) > bound.error).any()
    assert (wide.error <= 512 * u * np.abs(wide.value).max()).all()
