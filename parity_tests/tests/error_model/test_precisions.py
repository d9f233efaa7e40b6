"""The arithmetics, beside the published formulas in many digits and torch's own types."""

from __future__ import annotations

import math
import platform
from dataclasses import FrozenInstanceError, replace
from typing import Any

import mpmath
import numpy as np
import pytest
import torch

from parity_tests.error_model import precisions
from parity_tests.error_model.precisions import (
    BF16_MIXED,
    BFLOAT16,
    DECLARED,
    EVERY_NAME,
    FALSE_POSITIVE_RATE,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    FP16_MIXED,
    PRECISIONS,
    STORED_ONCE,
    TF32,
    U64,
    Precision,
    precision_named,
)
from ref_numpy import InputError

# A float64 formula of at most 16 operations, none of which cancels, is off by no more.
FEW = 1 + 32 * mpmath.mpf(U64)
LENGTHS = [1, 2, 3, 100, 9999, 10**6, 2**24 - 1, 2**24, 2**24 + 1]


def worst_case(K: int, u: float) -> Any:
    """Higham 2002, §3.1."""
    K, u = mpmath.mpf(K), mpmath.mpf(u)
    return K * u / (1 - K * u) if K * u < 1 else mpmath.inf


def probabilistic(K: int, u: float, lam: float) -> Any:
    """Higham and Mary 2019, 2.4; not used where its exponent comes to 1."""
    K, u = mpmath.mpf(K), mpmath.mpf(u)
    exponent = lam * mpmath.sqrt(K) * u + K * u**2 / (1 - u)
    return mpmath.expm1(exponent) if exponent < 1 else mpmath.inf


def is_nearly(computed: float, exact: Any) -> bool:
    if mpmath.isinf(exact):
        return math.isinf(computed)
    return exact / FEW <= computed <= exact * FEW


@pytest.mark.parametrize("u", [2.0**-53, 2.0**-24, 2.0**-8])
@pytest.mark.parametrize("K", LENGTHS)
def test_gamma_is_the_smaller_of_the_two_published_bounds(K: int, u: float) -> None:
    with mpmath.workdps(50):
        for lam in (0.5, 3.0, 8.5):
            p = replace(FLOAT32, lam=lam)
            both = worst_case(K, u), probabilistic(K, u, lam)
            assert is_nearly(p.gamma(K, u), min(both))
            assert is_nearly(replace(p, to_nearest=False).gamma(K, u), worst_case(K, u))
        assert is_nearly(FLOAT32.gamma(K, u), worst_case(K, u))


@pytest.mark.parametrize("K", [3, 2.5, 10**9])
def test_the_worst_case_makes_float32_magnitudes_float64(K: float) -> None:
    """A plain float would be rounded to the float32 of an array that it multiplies."""
    magnitudes = np.ones(2, np.float32)
    assert (precisions.worst_case(K, 2.0**-24) * magnitudes).dtype == np.float64


@pytest.mark.parametrize("alike", [1, 40.0, 9999])
def test_roundings_of_the_same_sign_take_the_worst_case(alike: float) -> None:
    """γ' of all, and of those alike the worst case on top: (1 + γ')(1 + γ_alike) − 1."""
    K, u, lam = 10_000, 2.0**-20, 8.0
    p = replace(FLOAT32, lam=lam)
    with mpmath.workdps(50):
        both = (1 + probabilistic(K, u, lam)) * (1 + worst_case(alike, u)) - 1
        wanted = min(worst_case(K, u), both)
        assert is_nearly(float(p.gamma(K, u, alike)), wanted)
        several = p.gamma(K, u, np.array([alike, 0.0]))
        assert is_nearly(several[0], wanted)
        assert several[1] == p.gamma(K, u) == p.gamma_cancelling(K, u)
    for q in (FLOAT32, replace(p, to_nearest=False)):
        assert q.gamma_cancelling(K, u) == math.inf
        assert q.gamma(K, u, alike) == q.gamma(K, u)


def test_the_worst_case_of_many_lengths() -> None:
    lengths = np.array([0.0, 3, 2.0**24 - 1, 2.0**24, 2.0**25])
    for K, bound in zip(lengths, precisions.worst_case(lengths, FLOAT32.u), strict=True):
        assert is_nearly(float(bound), worst_case(K, FLOAT32.u))
        assert precisions.worst_case(K, FLOAT32.u) == bound


@pytest.mark.parametrize("to_nearest", [True, False])
def test_a_device_says_how_halves_are_added(to_nearest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In float32 to nearest on x86; elsewhere they are cut off, as by tensor cores."""
    monkeypatch.setattr(precisions, "ROUNDS_TO_NEAREST", to_nearest)
    for p in (TF32, BFLOAT16, FLOAT16, BF16_MIXED, FP16_MIXED):
        for device in ("cuda", "mps", None):
            assert p.on(device) is p
        on = replace(p, accumulate=2.0**-24, to_nearest=True) if to_nearest else p
        assert p.on("cpu") == on
    for p in (FLOAT32, FLOAT64):
        assert p.on("cpu") is p.on("cuda") is p


def test_nothing_is_rounded_nothing_is_lost() -> None:
    assert FLOAT32.gamma(0, FLOAT32.u) == replace(FLOAT32, lam=8.0).gamma(0, FLOAT32.u) == 0


def test_lambda_makes_a_false_alarm_as_rare_as_stated() -> None:
    """By the union bound n of them come to FALSE_POSITIVE_RATE: 2 n exp(−λ² (1 − u)² / 2)."""
    assert FALSE_POSITIVE_RATE == 1e-12
    with mpmath.workdps(50):
        for p in (FLOAT64, replace(FLOAT32, accumulate=2.0**-5)):
            for n in (1, 7, 10**9):
                exponent = (mpmath.mpf(p.with_union_bound(n).lam) * (1 - p.accumulate)) ** 2 / 2
                assert is_nearly(float(exponent), mpmath.log(2 * n / mpmath.mpf("1e-12")))
    assert FLOAT32.with_union_bound(0) == FLOAT32.with_union_bound(1)
    assert replace(FLOAT32.with_union_bound(9), lam=math.inf) == FLOAT32


@pytest.mark.parametrize("p", [FLOAT64, FLOAT32, BFLOAT16, FLOAT16], ids=lambda p: p.name)
def test_a_roundoff_is_half_the_spacing_of_torchs_type(p: Precision) -> None:
    facts = torch.finfo(getattr(torch, p.name))
    assert p.u == facts.eps / 2 == 2.0**-p.bits
    assert p.output_rounding == float(np.finfo(p.dtype).eps) / 2
    assert p.lam == math.inf
    assert (p.operand, p.parts) == (0, 1)


def test_what_is_added_in_float32_and_what_is_not() -> None:
    """float64 and float32 to nearest; tensor cores cut off, which loses up to 2u."""
    chopped = 2 * FLOAT32.u
    assert (FLOAT64.accumulate, FLOAT64.to_nearest) == (U64, True) == (2.0**-53, True)
    assert (FLOAT32.accumulate, FLOAT32.to_nearest) == (2.0**-24, True)
    for p in (TF32, BFLOAT16, FLOAT16, BF16_MIXED, FP16_MIXED):
        assert (p.accumulate, p.to_nearest) == (chopped, False)


def test_what_rounds_the_factors_of_a_product() -> None:
    """TF32 keeps ten bits after the point, and may cut off; autocast rounds to the half type."""
    assert (TF32.operand, TF32.bits, TF32.dtype) == (2.0**-10, 24, np.float32)
    assert (BF16_MIXED.operand, BF16_MIXED.bits, BF16_MIXED.dtype) == (BFLOAT16.u, 8, np.float32)
    assert (FP16_MIXED.operand, FP16_MIXED.bits, FP16_MIXED.dtype) == (FLOAT16.u, 11, np.float32)
    assert FP16_MIXED.output_rounding == FLOAT32.u


def test_what_may_become_zero_or_infinite() -> None:
    """Below the smallest normal number; float16 rounds to its subnormals, whose half is 2⁻²⁵."""
    single, double = torch.finfo(torch.float32), torch.finfo(torch.float64)
    for p in (FLOAT32, TF32, BFLOAT16, BF16_MIXED):
        assert (p.underflow, p.flush, p.largest) == (single.tiny, single.tiny, single.max)
    assert (FLOAT64.underflow, FLOAT64.flush, FLOAT64.largest) == (
        double.tiny, double.tiny, double.max,
    )  # fmt: skip
    for p in (FLOAT16, FP16_MIXED):
        assert (p.underflow, p.flush) == (
            torch.finfo(torch.float16).smallest_normal / 2**10,
            single.tiny,
        )
        assert p.largest == torch.finfo(torch.float16).max


@pytest.mark.parametrize(
    ("p", "torchs"),
    [(FLOAT16, torch.float16), (BFLOAT16, torch.bfloat16), (FLOAT32, torch.float32)],
    ids=lambda x: str(x) if isinstance(x, torch.dtype) else x.name,
)
def test_rounding_is_torchs_at_every_exponent(p: Precision, torchs: torch.dtype) -> None:
    """Ties to even, subnormal numbers, and above the largest."""
    rng = np.random.default_rng(0)
    x = np.ldexp(rng.integers(-(2**13), 2**13, 9000) / 2.0, rng.integers(-160, 130, 9000))
    theirs = torch.from_numpy(x).to(torchs).to(torch.float64).numpy()
    inside = np.abs(x) < p.largest / 2
    rounded = p.round(x[inside])
    assert rounded.dtype == p.dtype
    np.testing.assert_array_equal(rounded, theirs[inside])
    assert np.isinf(FLOAT16.round(np.array(1e5)))


def test_a_number_of_the_dtype_itself_is_not_copied() -> None:
    x = np.ones(3, np.float32)
    assert FLOAT32.round(x) is x


def test_numbers_of_any_dtype_are_rounded() -> None:
    x = [1.0 + 2**-7 + 2**-9, -3.0e4, 65504.0]
    wanted = [float(np.float32(y)) for y in (1.0 + 2**-7, -29952.0, 65536.0)]
    assert BFLOAT16.round(x).tolist() == wanted
    assert BFLOAT16.round(np.float16(x)).tolist() == wanted
    assert BFLOAT16.round(np.float32(x)).tolist() == wanted
    assert BFLOAT16.round(np.array([300, 257])).tolist() == [300.0, 256.0]


def test_an_arithmetic_holds_its_own_numbers() -> None:
    assert BFLOAT16.holds(np.array([1.0, 1.0 + 2**-7], np.float32))
    assert not BFLOAT16.holds(np.array([1.0, 1.0 + 2**-8], np.float32))
    assert FLOAT32.holds(np.array([1.0 + 2**-23]))
    assert not FLOAT32.holds(np.array([1.0 + 2**-24]))


def test_an_arithmetic_has_the_name_of_the_command_line() -> None:
    assert list(PRECISIONS) == [
        "float64", "float32", "tf32", "bfloat16", "float16", "bf16-mixed", "fp16-mixed",
    ]  # fmt: skip
    assert list(DECLARED) == [
        "float64-fused", "float32-fused", "tf32-fused", "bfloat16-fused", "float16-fused",
        "bf16-mixed-fused", "fp16-mixed-fused", "bfloat16-sums", "float16-sums",
    ]  # fmt: skip
    assert list(STORED_ONCE) == ["bfloat16-once", "float16-once"]
    assert (*PRECISIONS, *STORED_ONCE, *DECLARED) == EVERY_NAME
    for name, p in (PRECISIONS | STORED_ONCE | DECLARED).items():
        assert p.name == name
        assert precision_named(name) is precision_named(p) is p
    with pytest.raises(InputError) as refused:
        precision_named("float8")
    assert refused.value.code == "precision.unknown"
    assert {"name": "float8", "known": ", ".join(EVERY_NAME)}.items() <= refused.value.facts.items()


def test_a_trace_has_the_types_of_its_arithmetic() -> None:
    """Autocast to float16 returns it beside float32; NumPy has no bfloat16."""
    types = {name: p.dtypes for name, p in PRECISIONS.items()}
    of_float32 = dict.fromkeys(("float32", "tf32", "bfloat16", "bf16-mixed"), ("float32",))
    assert types == {
        **of_float32, "float64": ("float64",), "float16": ("float16",),
        "fp16-mixed": ("float32", "float16"),
    }  # fmt: skip


def test_what_may_be_declared_of_an_arithmetic() -> None:
    """A step takes what was not stored yet; sums are kept in the half that is stored."""
    for name, p in DECLARED.items():
        plain = PRECISIONS[p.format]
        sums = {
            "accumulate": plain.u, "to_nearest": True, "flush": plain.underflow,
        }  # fmt: skip
        inside = sums if name.endswith("-sums") else {}
        assert p == replace(plain, name=name, fused=True, **inside)
        assert name in (f"{plain.name}-fused", f"{plain.name}-sums")
        assert not plain.fused
        has_sums = name in ("bfloat16-fused", "float16-fused")
        assert [q.name for q in p.wider] == [f"{p.format}-sums"] * has_sums
        assert p.on("cpu").wider == p.wider


def test_inside_a_step_whose_results_are_stored_once_is_float32() -> None:
    """With the sums of the device, and all that is stored as in the format; which allows more."""
    for name, given in STORED_ONCE.items():
        plain = PRECISIONS[given.format]
        assert given == replace(plain, name=name, once=True)
        for p in (given, given.on("cpu"), replace(given, parts=3, lam=7.0)):
            inside = {"accumulate": p.accumulate, "to_nearest": p.to_nearest}
            inside |= {"parts": p.parts, "lam": p.lam, "stores": p}
            assert p.inside == replace(FLOAT32, name=name, **inside)
            assert p.inside.inside == p.inside
        wider = [q.name for q in given.wider]
        assert wider == [plain.name, f"{plain.name}-fused", f"{plain.name}-sums"]
        assert [q.parts for q in replace(given, parts=3).wider] == [3, 3, 3]
    assert all(p.inside is p for p in (*PRECISIONS.values(), *DECLARED.values()))


def test_of_halves_those_that_allow_more_are_proposed() -> None:
    for p in PRECISIONS.values():
        of_p = [q for q in DECLARED.values() if q.name.startswith(f"{p.name}-")]
        assert p.wider == tuple(of_p if p.u > FLOAT32.u else [])
        in_parts = replace(p, parts=3).wider
        assert in_parts == tuple(replace(q, parts=3) for q in p.wider)
    assert len(BFLOAT16.wider) == len(FLOAT16.wider) == 2


def test_a_declared_arithmetic_includes_narrower_ones() -> None:
    """A program whose sums are kept in halves may have other tensors that are not."""
    for name, p in DECLARED.items():
        plain, fused = PRECISIONS[p.format], DECLARED[f"{p.format}-fused"]
        within = (plain, fused) if name.endswith("-sums") else (plain,)
        assert p.narrower == within
        assert replace(p, parts=3).narrower == tuple(replace(q, parts=3) for q in within)
        assert replace(p, fused=False).narrower == (plain,)
    assert not any(p.narrower for p in (*PRECISIONS.values(), *STORED_ONCE.values()))
    each = {p.format: p.words for p in DECLARED.values() if p.name.endswith("-sums")}
    assert each == {f: f"sums kept in {f}" for f in ("bfloat16", "float16")}
    assert {p.words for p in DECLARED.values() if p.format not in each} == {"fused steps"}
    assert [p.words for p in PRECISIONS.values()] == [*PRECISIONS]


def test_an_arithmetic_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        FLOAT32.bits = 8  # pyright: ignore[reportAttributeAccessIssue]


def test_figures_are_pythons_numbers() -> None:
    """A NumPy float32 would take bounds down to float32."""
    for p in (PRECISIONS | DECLARED).values():
        figures = (p.accumulate, p.underflow, p.flush, p.largest, p.operand, p.lam, p.u)
        assert {type(x) for x in (*figures, p.output_rounding)} == {float}


def test_x86_processors_round_sums_to_nearest() -> None:
    is_x86 = platform.machine() in ("x86_64", "AMD64", "amd64")
    assert precisions.ROUNDS_TO_NEAREST is is_x86
