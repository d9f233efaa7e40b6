"""Programs of random operations: no result of a correct one is outside its bound."""

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

IDS = np.array([2, 0, 2, 1, 2])


def scattered(x: Any) -> Any:
    sums = np.zeros_like(x, shape=(*x.shape[:-1], 3))
    np.add.at(sums, (..., IDS[: x.shape[-1]]), x[..., :5])
    return sums


def added_back(x: Any) -> Any:
    length = x.shape[-1]
    sums = np.zeros_like(x, shape=(*x.shape[:-1], length + 2))
    for k in range(3):
        sums[..., k : k + length] += x
    return sums


def softmax(x: Any) -> Any:
    t = np.exp(x - x.max(axis=0, keepdims=True))
    return t / t.sum(axis=0, keepdims=True)


def layer_norm(x: Any) -> Any:
    r = 1 / np.sqrt(x.var(axis=0, keepdims=True) + 1e-5)
    return (x - x.mean(axis=0, keepdims=True)) * r


def masked(x: Any) -> Any:
    return softmax(np.where(np.arange(x.shape[0])[:, np.newaxis, np.newaxis] < 2, x, -np.inf))


def largest_alone(x: Any) -> Any:
    return np.where(x == x.max(axis=-1, keepdims=True), x, 0 * x)


# Of one array of three axes, or of two of one shape; the result has three axes.
ONE: dict[str, Any] = {
    "moveaxis": lambda x: np.moveaxis(x, 0, -1),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "reshape": lambda x: x.reshape(x.shape[1], -1, 1),
    "slice": lambda x: x[:, ::-1, -3:],
    "gather": lambda x: x[:, :, IDS % x.shape[2]],
    "pad": lambda x: np.pad(x, ((0, 0), (1, 0), (0, 1))),
    "repeat": lambda x: np.repeat(x, 2, axis=2)[:, :, :4],
    "flip": lambda x: np.flip(x, axis=0),
    "twice": lambda x: np.concatenate([x, x * x], axis=1)[:, -4:],
    "joined sums": lambda x: np.concatenate([x + 1, x.sum(axis=1, keepdims=True)], axis=1)[:, -4:],
    "stack": lambda x: np.stack([x, -x], axis=1).reshape(x.shape[0], -1, x.shape[2])[:, -4:],
    "scatter": scattered,
    "windows": added_back,
    "abs": abs,
    "stored": lambda x: +x,
    "scale": lambda x: 0.3 * x,
    "half": lambda x: x / 2,
    "shift": lambda x: x - 0.7,
    "square": lambda x: x * x,
    "cube": lambda x: x**3,
    "rsqrt": lambda x: (x * x + 1) ** -0.5,
    "inverse": lambda x: 1 / np.sqrt(x * x + 1),
    "tanh": np.tanh,
    "exp": lambda x: np.exp(-abs(x)),
    "log": lambda x: np.log(1 + x * x),
    "relu": lambda x: np.maximum(x, 0),
    "leaky": lambda x: np.where(x > 0, x, 0.1 * x),
    "mask": lambda x: x * (x > 0),
    "sum": lambda x: x.sum(axis=0, keepdims=True) + x,
    "sums": lambda x: x.sum(axis=(0, 2), keepdims=True),
    "mean": lambda x: x - x.mean(axis=0, keepdims=True),
    "means": lambda x: x.sum(axis=-1, keepdims=True) / x.shape[-1],
    "var": lambda x: x.var(axis=0, keepdims=True),
    "norm": layer_norm,
    "max": lambda x: x - x.max(axis=1, keepdims=True),
    "min": lambda x: x.min(axis=(0, 1), keepdims=True) + x,
    "largest": largest_alone,
    "softmax": softmax,
    "masked": masked,
    "products": lambda x: x.swapaxes(1, 2) @ x,
    "matrix": lambda x: (x.reshape(x.shape[0], -1).T @ x[:, :, 0])[:, :, np.newaxis][:5],
}  # fmt: skip
TWO: dict[str, Any] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / (y * y + 1),
    "residual": lambda x, y: x + 0.5 * y + x * y,
    "bias": lambda x, y: x.swapaxes(1, 2) @ y + y[:, :1],
    "choose": lambda x, y: np.where(x > y, x, y),
    "smaller": lambda x, y: np.minimum(x, y),
}


def run(seed: int, p: Precision, length: int = 5) -> list[tuple[str, float, float]]:
    """Return each operation of a random program with the largest error ÷ bound, of both programs.

    The candidate stores every step; the exact one has 40 digits. Where a bound says nothing, since
    it is larger than the numbers, the program ends.
    """
    rng = np.random.default_rng(seed)
    start = [p.round(rng.standard_normal((3, 4, 5))).astype(np.float64) for _ in range(2)]
    bounds: list[Any] = [ErrorArray(x, p=p) for x in start]
    candidates: list[Any] = [InTurn(x, p, rng) for x in start]
    exact: list[Any] = [exactly(x) for x in start]
    found = []
    for _ in range(length):
        i, j = int(rng.integers(len(bounds))), len(bounds) - 1
        pair = bounds[i].shape == bounds[j].shape and i != j and rng.random() < 0.5
        name = str(rng.choice([*(TWO if pair else ONE)]))
        formula, which = (TWO[name], (i, j)) if pair else (ONE[name], (j,))
        bound, candidate, truth = (
            formula(*(of[k] for k in which)) for of in (bounds, candidates, exact)
        )
        value, error = bound.value, bound.error
        if not (np.abs(value).max() < 100 and error.max() < 0.5 and value.size):
            break
        assert candidate.shape == truth.shape == value.shape
        off = np.abs(candidate.value - value)
        off_exact = np.abs(np.asarray(truth) - value).astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = [float(np.nan_to_num(x / error).max()) for x in (off, off_exact)]
        found.append((name, *ratios))
        for of, x in zip((bounds, candidates, exact), (bound, candidate, truth), strict=True):
            of.append(x)
    return found


EVERY = (FLOAT64, FLOAT32, BFLOAT16, FLOAT16)
EVERY = (*EVERY, FLOAT32.with_union_bound(10**6), FLOAT64.with_union_bound(10**6))


def outside(seeds: range) -> tuple[list[Any], int, set[str]]:
    """Return what is outside its bound, the number of operations, and their names."""
    wrong, total, names = [], 0, set()
    with mpmath.workdps(40), np.errstate(all="ignore"):
        for seed in seeds:
            results = run(seed, EVERY[seed % len(EVERY)])
            total += len(results)
            names |= {name for name, *_ in results}
            wrong += [(seed, *result) for result in results if max(result[1:]) > 1]
    return wrong, total, names


def test_no_result_of_some_operations_is_outside_its_bound() -> None:
    wrong, total, _ = outside(range(40))
    assert wrong == []
    assert total > 100


@pytest.mark.slow
def test_no_result_of_thousands_of_operations_is_outside_its_bound() -> None:
    wrong, total, names = outside(range(40, 1500))
    assert wrong == []
    assert total > 4000
    assert names == {*ONE, *TWO}
