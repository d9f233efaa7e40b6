"""Formulas that are equal on paper: each is needed, and together they hold every program."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, Precision
from parity_tests.kinds.equivalent_formulas import (
    logsumexp,
    softplus,
    total,
)
from parity_tests.kinds.losses.token_cross_entropy import smoothed, where_counted
from parity_tests.kinds.softmax_bounds import log_softmax
from parity_tests.tests.support.arithmetic.stored_arithmetic import computed, is_float
from parity_tests.tests.support.equal_formulas import (
    ACTIVATIONS,
    DERIVATIVES,
    GRADIENTS,
    LOSSES,
    OUTPUT_GRADIENTS,
)
from ref_numpy import (
    AbsoluteError,
    Array,
    BinaryCrossEntropy,
    Cache,
    Context,
    CrossEntropy,
    Elu,
    Gelu,
    GeluTanh,
    Hinge,
    Huber,
    Identity,
    MulticlassHinge,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    SquaredError,
    Tanh,
    TokenCrossEntropy,
)
from ref_numpy.error_function import erf
from ref_numpy.layers.gelu_tanh import C, tanh_of_cubic

BCE, CE, TOKENS = BinaryCrossEntropy, CrossEntropy, TokenCrossEntropy
OF_VALUES = (SquaredError, AbsoluteError, Huber, Hinge, MulticlassHinge)
OUTPUT = {BCE: Sigmoid, CE: Softmax, TOKENS: Softmax, **dict.fromkeys(OF_VALUES, Identity)}


def forward(kind: Any) -> Callable[[Any], Any]:
    return lambda Z: kind().forward({}, Context(), Z)[0]


def backward(kind: Any) -> Callable[[Any, Any, Any], Any]:
    return lambda Z, A, dA: kind().backward({}, Cache((Z,), (A,)), dA)[0]


# What the checker tries, the layer's own formula first.
LISTS: dict[tuple[str, Any], tuple[Any, ...]] = {
    **{("A", kind): (forward(kind), *others) for kind, others in ACTIVATIONS.items()},
    **{("dZ", kind): (backward(kind), *others) for kind, others in DERIVATIVES.items()},
    ("dZ", Softmax): (backward(Softmax),),
    ("A", Gelu): (forward(Gelu),),
    ("dZ", Gelu): (backward(Gelu),),
    **{("first gradient", loss): formulas for loss, formulas in GRADIENTS.items()},
    **{("dA[L]", loss): formulas for loss, formulas in OUTPUT_GRADIENTS.items()},
    **{("J", loss): formulas for loss, formulas in LOSSES.items()},
}


def by_minimum(r: Any, delta: float) -> Any:
    """c (|r| − ½ c), c = min(|r|, δ)"""
    c = np.minimum(r, delta)
    return c * (r - c / 2)


def square_and_rest(r: Any, delta: float) -> Any:
    """½ c² + δ (|r| − c), c = min(|r|, δ): as Optax and TensorFlow have it."""
    c = np.minimum(r, delta)
    return c**2 / 2 + delta * (r - c)


def others_above(A: Any, Y: Any) -> Any:
    """Return 1 for each class above the margin, but the right one."""
    return (1 - Y) * (A - total(Y * A) + 1 > 0)


# Programs that need no entry of their own: an entry's bound holds them.
PROGRAMS: dict[tuple[str, Any], tuple[Any, ...]] = {
    ("A", Sigmoid): (lambda Z: 1 / (1 + np.exp(-Z)),),
    ("dZ", Sigmoid): (
        lambda Z, A, dA: dA * (1 - A) * A,
        lambda Z, A, dA: dA * (A * Sigmoid().g(-Z)),
        lambda Z, A, dA: dA * np.exp(-Z) / (1 + np.exp(-Z)) ** 2,
        lambda Z, A, dA: dA / (2 * np.cosh(Z / 2)) ** 2,
    ),
    ("dZ", Tanh): (
        lambda Z, A, dA: dA * ((1 - A) * (1 + A)),
        lambda Z, A, dA: dA / np.cosh(Z) ** 2,
    ),
    ("A", Silu): (lambda Z: Z / (1 + np.exp(-Z)),),
    ("dZ", Silu): (
        lambda Z, A, dA: dA * (Sigmoid().g(Z) + A * (1 - Sigmoid().g(Z))),
        lambda Z, A, dA: dA * (A + Sigmoid().g(Z) * (1 - A)),
        lambda Z, A, dA: dA * (Sigmoid().g(Z) * (1 + Z - A)),
        lambda Z, A, dA: (  # JAX
            dA * Sigmoid().g(Z) + dA * Z * Sigmoid().g(Z) * (1 - Sigmoid().g(Z))
        ),
    ),
    ("A", Softplus): (lambda Z: np.log1p(np.exp(Z)), lambda Z: np.logaddexp(0.0, Z)),
    ("dZ", Softplus): (
        lambda Z, A, dA: dA / (1 + np.exp(-Z)),
        lambda Z, A, dA: dA * (1 + np.tanh(Z / 2)) / 2,
        lambda Z, A, dA: np.where(Z > 20, dA, dA * np.exp(Z) / (1 + np.exp(Z))),
    ),
    ("A", Elu): (
        lambda Z: np.maximum(Z, 0) - np.maximum(1 - np.exp(Z), 0),  # tinygrad
        lambda Z: np.maximum(Z, 0) + np.minimum(np.expm1(Z), 0),
    ),
    ("dZ", Elu): (
        lambda Z, A, dA: np.where(Z > 0, dA, dA * (A + 1)),
        lambda Z, A, dA: dA * np.where(Z > 0, 1.0, np.exp(Z)),
    ),
    ("A", Gelu): (
        lambda Z: 0.5 * Z * (1 + erf(Z / math.sqrt(2))),
        lambda Z: Z * (0.5 * (1 + erf(Z * math.sqrt(0.5)))),
        lambda Z: Z * (1 - erf(-Z * math.sqrt(0.5))) / 2,
    ),
    ("dZ", Gelu): (
        lambda Z, A, dA: (
            dA
            * (
                0.5 * (1 + erf(Z * math.sqrt(0.5)))
                + Z * np.exp(-0.5 * Z * Z) * (1 / math.sqrt(2 * math.pi))
            )
        ),
        lambda Z, A, dA: (
            dA * (1 + erf(Z / math.sqrt(2))) / 2
            + dA * Z / math.sqrt(2 * math.pi) * np.exp(-(Z**2) / 2)
        ),
    ),
    ("A", GeluTanh): (
        lambda Z: 0.5 * Z * (1 + np.tanh(C * (Z + 0.044715 * Z**3))),
        lambda Z: 0.5 * Z * (1 + np.tanh(C * Z * (1 + 0.044715 * Z * Z))),
    ),
    ("dZ", GeluTanh): (
        lambda Z, A, dA: (
            dA
            * (
                0.5 * (1 + tanh_of_cubic(Z))
                + 0.5 * Z * (1 - tanh_of_cubic(Z) ** 2) * C * (1 + 3 * 0.044715 * Z**2)
            )
        ),
        lambda Z, A, dA: (
            dA
            * (
                0.5 * (1 + tanh_of_cubic(Z))
                + 0.5 * Z * C * (1 + 0.134145 * Z * Z) / np.cosh(C * (Z + 0.044715 * Z**3)) ** 2
            )
        ),
    ),
    ("dZ", Softmax): (lambda Z, A, dA: dA * A - A * (dA * A).sum(axis=0, keepdims=True),),
    ("first gradient", BCE): (
        lambda loss, Z, A, Y: Sigmoid().g(Z) - Y,
        lambda loss, Z, A, Y: Y * -Sigmoid().g(-Z) + (1 - Y) * Sigmoid().g(Z),
    ),
    ("first gradient", CE): (
        lambda loss, Z, A, Y: Softmax().forward({}, Context(), Z)[0] - Y,
        lambda loss, Z, A, Y: np.exp(Z - logsumexp(Z)) - Y,
    ),
    ("first gradient", TOKENS): (
        lambda loss, Z, A, Y: where_counted(
            loss, Y, Softmax().forward({}, Context(), Z)[0] - smoothed(loss, Z, Y)
        ),
        lambda loss, Z, A, Y: where_counted(
            loss, Y, np.exp(Z - logsumexp(Z)) - smoothed(loss, Z, Y)
        ),
        lambda loss, Z, A, Y: where_counted(loss, Y, np.exp(log_softmax(Z)) - smoothed(loss, Z, Y)),
    ),
    ("dA[L]", BCE): (lambda loss, Z, A, Y: (A - Y) / (A * (1 - A)),),
    ("J", BCE): (lambda loss, Z, A, Y: total(Y * softplus(-Z) + (1 - Y) * softplus(Z)),),
    ("first gradient", AbsoluteError): (
        lambda loss, Z, A, Y: np.sign(A - Y),
        lambda loss, Z, A, Y: (A > Y) * 1.0 - (A < Y) * 1.0,
    ),
    ("first gradient", Huber): (
        lambda loss, Z, A, Y: np.where(
            np.abs(A - Y) <= loss.delta, A - Y, np.where(A > Y, loss.delta, -loss.delta)
        ),
        lambda loss, Z, A, Y: (
            np.sign(A - Y) * (loss.delta + (np.minimum(np.abs(A - Y), loss.delta) - loss.delta))
        ),
    ),
    ("first gradient", Hinge): (
        lambda loss, Z, A, Y: -(2 * Y - 1) * ((2 * Y - 1) * A < 1),
        lambda loss, Z, A, Y: (1 - 2 * Y) * (1 - (2 * Y - 1) * A > 0),
    ),
    ("J", AbsoluteError): (lambda loss, Z, A, Y: total(np.maximum(A - Y, Y - A)),),
    ("J", Huber): (
        lambda loss, Z, A, Y: total(by_minimum(np.abs(A - Y), loss.delta)),
        lambda loss, Z, A, Y: total(square_and_rest(np.abs(A - Y), loss.delta)),
    ),
    ("J", Hinge): (
        lambda loss, Z, A, Y: total(np.maximum(0, 1 - (2 * Y - 1) * A)),
        lambda loss, Z, A, Y: total(np.maximum(0, 1 - A) * Y + np.maximum(0, 1 + A) * (1 - Y)),
    ),
    ("first gradient", MulticlassHinge): (  # cs231n's
        lambda loss, Z, A, Y: others_above(A, Y) - Y * total(others_above(A, Y)),
    ),
    ("J", MulticlassHinge): (
        lambda loss, Z, A, Y: total((1 - Y) * np.maximum(0, A - total(Y * A) + 1)),
        lambda loss, Z, A, Y: total((1 - Y) * np.maximum(0, A - (total(Y * A) - 1))),
        lambda loss, Z, A, Y: total((1 - Y) * np.maximum(0, A + 1 - total(Y * A))),
    ),
    ("J", TOKENS): (
        lambda loss, Z, A, Y: where_counted(
            loss, Y, logsumexp(Z) - total(smoothed(loss, Z, Y) * Z)
        ),
        lambda loss, Z, A, Y: where_counted(
            loss, Y, -total(smoothed(loss, Z, Y) * (Z - logsumexp(Z)))
        ),
        lambda loss, Z, A, Y: where_counted(loss, Y, -total(smoothed(loss, Z, Y) * log_softmax(Z))),
    ),
    ("J", CE): (
        lambda loss, Z, A, Y: -total(Y * (Z - logsumexp(Z))),
        lambda loss, Z, A, Y: logsumexp(Z) - total(Y * Z),
    ),
}
ENTRIES = [(key, i) for key, formulas in LISTS.items() for i in range(1, len(formulas))]

PRECISIONS = (FLOAT32, FLOAT64, FLOAT16, BFLOAT16)
SCALES = (1.0, 3.0, 10.0, 30.0, 100.0, 600.0, 0.01)  # of the logits


def name_of(key: tuple[str, Any]) -> str:
    return f"{key[0]} of {key[1].__name__}"


def loss_of(kind: Any) -> Any:
    """The loss; a δ or smoothing that no precision has, where there is one."""
    return {Huber: Huber(0.7), TOKENS: TokenCrossEntropy(1, 0.1)}.get(kind) or kind()


def problem(key: tuple[str, Any], p: Precision, scale: float) -> tuple[Any, ...]:
    """Logits of both signs, half of the examples with a common offset; A some units off."""
    what, kind = key
    rng = np.random.default_rng(0)
    Z = scale * (rng.uniform(-1, 1, (3, 2000)) + (rng.random(2000) < 0.5))
    Z = p.round(Z).astype(np.float64)
    A = OUTPUT.get(kind, kind)().forward({}, Context(), Z)[0]
    if what == "A":
        return (Z,)
    if what == "dZ":
        return Z, p.round(A).astype(np.float64), p.round(rng.standard_normal(A.shape))
    off = 4 * A * rng.uniform(-1, 1, A.shape) + 2 * rng.uniform(-1, 1, A.shape)
    A = p.round(A + p.u * off * (kind not in OF_VALUES)).astype(np.float64)
    A = A if kind in OF_VALUES else A.clip(0, 1)
    classes = rng.integers(3, size=2000)
    return loss_of(kind), Z, A, classes if kind is TOKENS else np.eye(3)[:, classes]


def within(formula: Any, given: tuple[Any, ...], candidate: Array, p: Precision) -> Array:
    """Return where the candidate is within the bound of a formula."""
    p = p.with_union_bound(10**6)
    arrays = [ErrorArray(x, p=p) if is_float(x) else x for x in given]
    with np.errstate(all="ignore"):
        result = formula(*arrays)
        return np.abs(candidate - result.value) <= np.where(np.isnan(result.error), 0, result.error)


def programs(key: tuple[str, Any]) -> Iterator[Any]:
    yield from (*LISTS[key], *PROGRAMS.get(key, ()))


@pytest.mark.parametrize("key", LISTS, ids=name_of)
@pytest.mark.parametrize("p", PRECISIONS, ids=lambda p: p.name)
def test_what_programs_compute_is_within_the_bounds(key: tuple[str, Any], p: Precision) -> None:
    for scale in (1.0, 3.0) if p.bits > 11 else (1.0,):  # where A of halves is not 1
        given = problem(key, p, scale)
        for program in programs(key):
            candidate = computed(program, given, p)
            inside = [within(formula, given, candidate, p) for formula in LISTS[key]]
            assert np.logical_or.reduce(inside)[np.isfinite(candidate)].all()


@pytest.mark.parametrize(
    ("key", "i"), ENTRIES, ids=lambda x: x if isinstance(x, int) else name_of(x)
)
def test_each_formula_is_needed(key: tuple[str, Any], i: int) -> None:
    """Without the entry some program is refused that is within the entry's bound."""
    others = [formula for j, formula in enumerate(LISTS[key]) if j != i]

    def needs(program: Any, p: Precision, scale: float) -> bool:
        given = problem(key, p, scale)
        candidate = computed(program, given, p)
        alone = within(LISTS[key][i], given, candidate, p) & np.isfinite(candidate)
        for formula in others:
            if not alone.any():
                break
            alone &= ~within(formula, given, candidate, p)
        return bool(alone.any())

    tried = ((f, p, s) for s in SCALES for p in PRECISIONS for f in (LISTS[key][i], *programs(key)))
    assert any(needs(*each) for each in tried)
