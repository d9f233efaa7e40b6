"""Every formula that is equal on paper, beside the textbook's in many digits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import mpmath
import numpy as np
import pytest

from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import FLOAT32, U64
from parity_tests.kinds.equivalent_formulas import (
    EPSILON,
    labels_of,
    log_sigmoid,
    logsumexp,
    results,
    softplus,
)
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.layer_kind import with_constants
from parity_tests.kinds.softmax_bounds import log_softmax
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

BCE, CE, TOKENS = BinaryCrossEntropy, CrossEntropy, TokenCrossEntropy
N_Y, M = 3, 11
DELTA = 0.7
IGNORED, SMOOTHING = 1, 0.1
OF_VALUES = (SquaredError, AbsoluteError, Huber, Hinge, MulticlassHinge)
ONE_HOT = (CE, MulticlassHinge)
OUTPUTS = {BCE: Sigmoid, CE: Softmax, TOKENS: Softmax, **dict.fromkeys(OF_VALUES, Identity)}
TABLES = {"L": LOSSES, "first gradient": GRADIENTS, "dA[L]": OUTPUT_GRADIENTS}
BY_LOSS = [
    (what, kind, i)
    for what, table in TABLES.items()
    for kind, formulas in table.items()
    for i in range(len(formulas))
]


def by_layer(table: dict[Any, Any]) -> list[tuple[Any, int]]:
    return [(kind, i) for kind, formulas in table.items() for i in range(len(formulas))]


def log_sum_exp(z: Iterable[Any]) -> Any:
    return mpmath.log(sum(map(mpmath.exp, z)))


def gelu_tanh(x: Any) -> Any:
    cubic = x + mpmath.mpf("0.044715") * x**3
    return x * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * cubic)) / 2


FUNCTIONS = {
    Sigmoid: lambda x: 1 / (1 + mpmath.exp(-x)),
    Tanh: mpmath.tanh,
    Identity: lambda x: x,
    Silu: lambda x: x / (1 + mpmath.exp(-x)),
    Softplus: lambda x: mpmath.log1p(mpmath.exp(x)),
    Elu: lambda x: x if x > 0 else mpmath.expm1(x),
    Gelu: lambda x: x * mpmath.ncdf(x),
    GeluTanh: gelu_tanh,
}
SMOOTH = (Silu, Softplus, Elu, Gelu, GeluTanh)


def activation(kind: Any, z: list[Any]) -> list[Any]:
    if kind is Softmax:
        return [mpmath.exp(x - log_sum_exp(z)) for x in z]
    return list(map(FUNCTIONS[kind], z))


def of_tokens(what: str, a: list[Any], y: int) -> list[Any]:
    """L, dZ or dA[L] of one label: 0 where it is ignored."""
    s = mpmath.mpf(SMOOTHING)
    q = [(1 - s) * (k == y) + s / N_Y for k in range(N_Y)]
    if y == IGNORED:
        return [0] if what == "L" else [0] * N_Y
    if what == "L":
        return [-sum(t * mpmath.log(p) for p, t in zip(a, q, strict=True))]
    return [p - t if what == "first gradient" else -t / p for p, t in zip(a, q, strict=True)]


def loss_of(kind: Any, a: list[Any], y: list[Any]) -> list[Any]:
    pairs = list(zip(a, y, strict=True))
    if kind is BCE:
        return [-sum(t * mpmath.log(p) + (1 - t) * mpmath.log(1 - p) for p, t in pairs)]
    if kind is CE:
        return [-sum(t * mpmath.log(p) for p, t in pairs)]
    if kind is SquaredError:
        return [sum((p - t) ** 2 for p, t in pairs) / 2]
    if kind is AbsoluteError:
        return [sum(abs(p - t) for p, t in pairs)]
    if kind is Huber:
        far = [DELTA * (abs(p - t) - DELTA / 2) for p, t in pairs]
        near = [(p - t) ** 2 / 2 for p, t in pairs]
        return [
            sum(
                f if abs(p - t) > DELTA else n
                for f, n, (p, t) in zip(far, near, pairs, strict=True)
            )
        ]
    if kind is MulticlassHinge:
        a_c = max(p for p, t in pairs if t)
        return [sum(max(0, 1 + p - a_c) for p, t in pairs if not t)]
    return [sum(max(0, 1 - (2 * t - 1) * p) for p, t in pairs)]


def derivative(what: str, kind: Any, a: list[Any], y: list[Any]) -> list[Any]:
    pairs = list(zip(a, y, strict=True))
    if what == "first gradient":
        if kind is AbsoluteError:
            return [mpmath.sign(p - t) for p, t in pairs]
        if kind is Huber:
            return [min(max(p - t, -DELTA), DELTA) for p, t in pairs]
        if kind is Hinge:
            return [1 - 2 * t if (2 * t - 1) * p < 1 else 0 for p, t in pairs]
        if kind is MulticlassHinge:
            a_c = max(p for p, t in pairs if t)
            above = [1 + p > a_c and not t for p, t in pairs]
            return [-sum(above) if t else int(k) for k, (_, t) in zip(above, pairs, strict=True)]
        return [p - t for p, t in pairs]
    other = [(1 - t) / (1 - p) if kind is BCE else 0 for p, t in pairs]
    return [-t / p + o for (p, t), o in zip(pairs, other, strict=True)]


def columns(*arrays: Array) -> Iterable[list[list[Any]]]:
    """Yield the columns of all arrays, example by example, in many digits."""
    for column in zip(*(x.T for x in arrays), strict=True):
        yield [[mpmath.mpf(float(x)) for x in one] for one in column]


def holds(bound: ErrorArray, exact: Iterable[list[Any]], width: Any) -> bool:
    """Whether each number is within its bound, which is at most `width` of the number and 1."""
    true = [x for row in zip(*exact, strict=True) for x in row]
    assert bound.value.size == len(true)
    return all(
        abs(mpmath.mpf(float(value)) - x) <= float(error) <= width * (1 + abs(x))
        for value, error, x in zip(bound.value.ravel(), bound.error.ravel(), true, strict=True)
    )


def problem(kind: Any) -> tuple[Array, Array, Array]:
    """(Z, A, Y), where A is the float32 number next to the activation of Z."""
    rng = np.random.default_rng(0)
    Z = 2 * rng.standard_normal((N_Y, M)).astype(np.float32)
    with mpmath.workdps(40):
        A = np.array([activation(OUTPUTS[kind], z) for (z,) in columns(Z)], dtype=np.float32).T
    if kind is TOKENS:
        return Z, A, rng.integers(N_Y, size=M)
    labels = (
        np.eye(N_Y)[:, rng.integers(N_Y, size=M)]
        if kind in ONE_HOT
        else rng.integers(2, size=Z.shape)
    )
    return Z, A, labels.astype(np.float32)


@pytest.mark.parametrize(("what", "kind", "i"), BY_LOSS)
def test_a_formula_of_the_loss_is_the_textbooks(what: str, kind: Any, i: int) -> None:
    Z, A, Y = problem(kind)
    constants = {Huber: (DELTA,), TOKENS: (IGNORED, SMOOTHING)}
    loss = kind(*constants.get(kind, ()))
    given = ErrorArray(Z, p=FLOAT32), ErrorArray(A, p=FLOAT32, relative=FLOAT32.u)
    (bound,) = results([TABLES[what][kind][i]], loss, *given, labels_of(loss, Y, FLOAT32))
    with mpmath.workdps(40):
        if kind is TOKENS:
            exact = [of_tokens(what, a, y) for (a,), y in zip(columns(A), Y, strict=True)]
        else:
            exact = [
                loss_of(kind, a, y) if what == "L" else derivative(what, kind, a, y)
                for a, y in columns(A, Y)
            ]
        assert holds(bound, exact, 2**12 * FLOAT32.u)


@pytest.mark.parametrize(("kind", "i"), by_layer(ACTIVATIONS))
def test_a_formula_of_an_activation_is_the_textbooks(kind: Any, i: int) -> None:
    Z = np.random.default_rng(0).standard_normal((N_Y, M))
    (bound,) = results([ACTIVATIONS[kind][i]], ErrorArray(Z))
    with mpmath.workdps(40):
        assert holds(bound, (activation(kind, z) for (z,) in columns(Z)), 2**10 * U64)


@pytest.mark.parametrize(("kind", "i"), by_layer(DERIVATIVES))
def test_a_formula_of_a_derivative_is_the_textbooks(kind: Any, i: int) -> None:
    rng = np.random.default_rng(0)
    Z, dA = rng.standard_normal((2, N_Y, M))
    with mpmath.workdps(40):
        A = np.array([activation(kind, z) for (z,) in columns(Z)], dtype=np.float64).T
        given = ErrorArray(Z), ErrorArray(A, relative=U64), ErrorArray(dA)
        (bound,) = results([DERIVATIVES[kind][i]], *given)
        exact = (
            [d * mpmath.diff(FUNCTIONS[kind], x) for x, d in zip(z, d_a, strict=True)]
            for z, d_a in columns(Z, dA)
        )
        assert holds(bound, exact, 2**10 * U64)


@pytest.mark.parametrize("kind", SMOOTH)
def test_an_activation_is_the_textbooks(kind: Any) -> None:
    """The layer's own formulas, whose bounds are what rounding may do at float64 and no more."""
    rng = np.random.default_rng(0)
    Z, dA = 2 * rng.standard_normal((N_Y, M)), rng.standard_normal((N_Y, M))
    A, _ = kind().forward({}, Context(), ErrorArray(Z))
    dZ, _ = kind().backward({}, Cache((ErrorArray(Z),), (A,)), ErrorArray(dA))
    with mpmath.workdps(40):
        assert holds(A, (activation(kind, z) for (z,) in columns(Z)), 2**8 * U64)
        exact = (
            [d * mpmath.diff(FUNCTIONS[kind], x) for x, d in zip(z, d_a, strict=True)]
            for z, d_a in columns(Z, dA)
        )
        assert holds(dZ, exact, 2**9 * U64)


@pytest.mark.parametrize("alpha", [0.25, 1.5])
def test_every_formula_of_elu_has_its_constant(alpha: float) -> None:
    """α (e^z − 1) and α e^z where z ≤ 0."""
    elu = Elu(alpha)
    Z, dA = np.array([[-0.5, -3.0, 2.0]]), np.array([[2.0, -3.0, 5.0]])
    A = elu.g(Z)
    below, slope = alpha * np.expm1(Z[0, :2]), alpha * np.exp(Z[0, :2])
    for found in (A, *(f(Z) for f in with_constants(kind_of(elu).formulas, elu))):
        assert (np.abs(found[0, :2] - below) < 2**4 * U64).all()
        assert found[0, 2] == 2
    own, _ = elu.backward({}, Cache((Z,), (A,)), dA)
    for found in (own, *(f(Z, A, dA) for f in with_constants(kind_of(elu).derivatives, elu))):
        assert (np.abs(found[0, :2] - dA[0, :2] * slope) < 2**6 * U64).all()
        assert found[0, 2] == 5


def test_logarithms_of_what_overflows() -> None:
    """At ±1000, where e^z is infinite or zero."""
    Z = np.array([[1000.0, -1000, 0.5], [999, -998, -3]])
    with mpmath.workdps(500):
        each = [
            (softplus, lambda z: [mpmath.log1p(mpmath.exp(x)) for x in z]),
            (log_sigmoid, lambda z: [-mpmath.log1p(mpmath.exp(-x)) for x in z]),
            (logsumexp, lambda z: [log_sum_exp(z)]),
            (log_softmax, lambda z: [x - log_sum_exp(z) for x in z]),
        ]
        for formula, exact in each:
            assert holds(formula(ErrorArray(Z)), (exact(z) for (z,) in columns(Z)), 2**12 * U64)


def test_the_tiny_number_is_scikit_learns() -> None:
    assert EPSILON == 1e-15
