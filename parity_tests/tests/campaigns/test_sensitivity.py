"""The basis of the sensitivity table; the table itself is `parity sensitivity`."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rich.console import Console

from parity_tests import check
from parity_tests.adapters.torch_twin import twin
from parity_tests.campaigns import sensitivity
from parity_tests.campaigns.ascending_sums import Ascending, ascending
from parity_tests.campaigns.fixed_tolerances import ASSERT_CLOSE
from parity_tests.error_model.precisions import PRECISIONS
from ref_numpy import NetworkSpec

SPEC = NetworkSpec.dense([64, 32, 16, 10], "tanh")


@pytest.mark.slow
@pytest.mark.parametrize("precision", ASSERT_CLOSE)
def test_a_change_of_the_promised_size_is_found_wherever_it_is(
    precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 2 places of each tensor; `parity sensitivity` takes more of them."""
    monkeypatch.setattr(sensitivity, "PLANTED", 2)
    p = PRECISIONS[precision]
    problem = sensitivity.problem_of(SPEC, p, seed=3, m=32)
    trace = twin(precision)(SPEC, *problem)
    found = {
        row.tensor: row.found[sensitivity.OURS]
        for row in sensitivity.tensor_sensitivities(SPEC, problem, trace, p)
    }
    assert list(found) == list(SPEC.trace_shapes(32))[1:]
    assert all(sensitivity.planted(SPEC, problem, trace, found, p))


@pytest.mark.parametrize("dtype", ASSERT_CLOSE)
def test_the_tolerances_are_those_of_assert_close(dtype: str) -> None:
    """|a − b| ≤ atol + rtol |b| at b = 1000, and just above."""
    rtol, atol = ASSERT_CLOSE[dtype]
    b = torch.tensor([1000.0], dtype=torch.float64)
    for factor, accepted in ((0.999, True), (1.001, False)):
        a = b + factor * (atol + rtol * b)
        if accepted:
            torch.testing.assert_close(a, b, rtol=rtol, atol=atol)
        else:
            with pytest.raises(AssertionError):
                torch.testing.assert_close(a, b, rtol=rtol, atol=atol)
    narrow = getattr(torch, dtype)
    with pytest.raises(AssertionError, match=f"up to {atol} allowed"):
        torch.testing.assert_close(torch.zeros(1, dtype=narrow), torch.ones(1, dtype=narrow))
    with pytest.raises(AssertionError, match=f"up to {rtol} allowed"):
        torch.testing.assert_close(torch.zeros(1, dtype=narrow), torch.ones(1, dtype=narrow))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ascending_sums_are_correct_and_unfavourable(dtype: str) -> None:
    p = PRECISIONS[dtype]
    problem = sensitivity.problem_of(SPEC, p, seed=0, m=32)
    check(ascending, SPEC, *problem, dtype).raise_findings()
    # −5 is the lowest: 2⁻⁴⁰ is added to it first, and float32 has no −5 + 2⁻⁴⁰.
    a = np.array([[3.0, -5.0, 2.0**-40, 4.0]], dtype)
    total = a.view(Ascending).sum(axis=1, keepdims=True)
    assert (total.shape, total.dtype) == ((1, 1), a.dtype)
    assert float(total[0, 0]) == 2.0 + (0.0 if dtype == "float32" else 2.0**-40)


def test_a_missed_change_fails_the_campaign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensitivity, "SEEDS", 1)
    monkeypatch.setattr(sensitivity, "PLANTED", 1)
    monkeypatch.setattr(sensitivity, "correct_candidates", lambda p, device: iter(()))
    monkeypatch.setattr(sensitivity, "planted", lambda *problem: iter([True, False]))
    monkeypatch.setattr(sensitivity, "print_sharpness", lambda *given: 0)
    monkeypatch.setattr(sensitivity, "print_lower_precisions", lambda *given: 0)
    console = Console(record=True, width=110)
    assert sensitivity.campaign("cpu", [32], 1, console) == 1
    assert "4 of 8 planted changes" in console.export_text()


@pytest.mark.filterwarnings("error")
def test_overflow_in_a_bound_is_no_warning() -> None:
    p = PRECISIONS["float16"]
    problem = sensitivity.problem_of(SPEC, p, seed=0, m=2, scale=16)
    sensitivity.tensor_sensitivities(SPEC, problem, twin("float16")(SPEC, *problem), p)
