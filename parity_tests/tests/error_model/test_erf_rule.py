"""The rule of erf beside torch's vectors, whose error at float32 is not relative to the result."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from parity_tests.error_model import ulp_tables
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import BFLOAT16, FLOAT16, FLOAT32, FLOAT64
from parity_tests.error_model.ulp_tables import absolute_error
from ref_numpy import Array, Cache, Context, Gelu
from ref_numpy.error_function import erf

X = np.concatenate([np.linspace(-5, 5, 20_001), 2.0 ** np.linspace(-20, 2, 5_001)])
X = X.astype(np.float32)


def by_abramowitz_and_stegun(x: Array) -> Array:
    """7.1.26, every step rounded to float32: as in torch's aten/src/ATen/cpu/vec."""
    one = x.dtype.type
    p = [one(c) for c in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)]
    t = one(1) / (one(1) + one(0.3275911) * np.abs(x))
    series = np.zeros_like(t)
    for c in p:
        series = series * t + c
    return np.copysign(one(1) - series * t * np.exp(-x * x), x)


def test_an_absolute_error_is_within_the_rule() -> None:
    bound = erf(ErrorArray(X, p=FLOAT32))
    candidate = by_abramowitz_and_stegun(X)
    assert candidate.dtype == np.float32
    off = np.abs(candidate - bound.value)
    assert (off <= bound.error).all()
    # Of these candidates some are off by most of it, and the relative part alone refuses them.
    assert absolute_error(erf, FLOAT32) / 2 < off.max() <= absolute_error(erf, FLOAT32)


@pytest.mark.parametrize("p", [FLOAT32, FLOAT16, BFLOAT16])
def test_the_rule_has_it_at_float32_and_halves(p, monkeypatch) -> None:
    x = ErrorArray(2.0**-10, p=p)
    whole = float(erf(x).error)
    monkeypatch.setattr(ulp_tables, "ABSOLUTE", {})
    assert absolute_error(erf, p) == 0
    relative = float(erf(x).error)
    assert 11 * FLOAT32.u <= whole - relative <= 11 * FLOAT32.u * (1 + 2 * p.u + 16 * FLOAT32.u)


def test_the_rule_has_none_at_float64_or_of_another_function() -> None:
    assert absolute_error(erf, FLOAT64) == absolute_error(np.exp, FLOAT32) == 0
    assert 0 < float(erf(ErrorArray(2.0**-40)).error) < FLOAT64.u


def test_torchs_gelu_is_within_the_bound_that_follows() -> None:
    z = torch.tensor(X, requires_grad=True)
    a = torch.nn.functional.gelu(z)
    a.sum().backward()
    assert z.grad is not None
    Z = ErrorArray(X, p=FLOAT32)
    A, _ = Gelu().forward({}, Context(), Z)
    dZ, _ = Gelu().backward({}, Cache((Z,), (A,)), ErrorArray(np.ones_like(X), p=FLOAT32))
    for bound, found in ((A, a.detach()), (dZ, z.grad)):
        assert (np.abs(found.numpy() - bound.value) <= bound.error).all()
