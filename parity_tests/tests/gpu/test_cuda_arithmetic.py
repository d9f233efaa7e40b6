"""Torch's settings of CUDA's products: set for a while, whatever a program has set before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
import torch

from parity_tests.adapters.torch_twin import arithmetic, twin
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import NetworkSpec
from torch_impl.cuda_arithmetic import ACCUMULATION, REDUCTIONS, is_tf32, setting, use_tf32, without

CUDA = torch.backends.cuda.matmul
newer = pytest.mark.skipif(
    not hasattr(CUDA, "fp32_precision"), reason="torch has it from version 2.9 on"
)
PROBLEM = (spec := NetworkSpec.dense([5, 7, 3], "tanh")), *random_problem(spec, 11)


@pytest.fixture(autouse=True)
def settings() -> Iterator[None]:
    """Those of the process, as they were before."""
    kept = {name: setting(name) for name in REDUCTIONS}
    before = torch.get_float32_matmul_precision()
    yield
    torch.set_float32_matmul_precision(before)
    for name, value in kept.items():
        setattr(CUDA, name, value)
    if hasattr(CUDA, ACCUMULATION):
        setattr(CUDA, ACCUMULATION, False)


@pytest.mark.parametrize("before", ["highest", "high", "medium"])
@pytest.mark.parametrize("tf32", [True, False])
def test_float32_is_multiplied_as_asked_and_afterwards_as_before(before: str, tf32: bool) -> None:
    torch.set_float32_matmul_precision(before)
    was = is_tf32()
    with arithmetic(tf32):
        assert is_tf32() == tf32
        assert torch.get_float32_matmul_precision() == ("high" if tf32 else "highest")
    assert torch.get_float32_matmul_precision() == before
    assert is_tf32() == was


@newer
@pytest.mark.parametrize("where", ["cuda", "mkldnn", "all"])
@pytest.mark.parametrize("value", ["tf32", "ieee"])
def test_a_program_that_sets_the_newer_option_is_computed(where: str, value: str) -> None:
    """Before, torch refused to read the older one: "mix of the legacy and new APIs"."""
    owners: dict[str, Any] = {
        "cuda": CUDA,
        "mkldnn": torch.backends.mkldnn.matmul,
        "all": torch.backends,
    }
    owner = owners[where]
    kept = owner.fp32_precision
    owner.fp32_precision = value
    try:
        seen = [each.fp32_precision for each in owners.values()]
        trace = twin("float32")(*PROBLEM)
        for tf32 in (True, False):
            with arithmetic(tf32):
                assert is_tf32() == tf32
        assert [each.fp32_precision for each in owners.values()] == seen
    finally:
        owner.fp32_precision = kept
    for name, value in twin("float32")(*PROBLEM).items():
        np.testing.assert_array_equal(value, trace[name])


@pytest.mark.parametrize("allowed", [True, False])
def test_halves_are_summed_in_float32_and_afterwards_as_before(allowed: bool) -> None:
    options = [name for name in (*REDUCTIONS, ACCUMULATION) if hasattr(CUDA, name)]
    for name in options:
        setattr(CUDA, name, allowed)
    with arithmetic(tf32=False):
        assert not any(getattr(CUDA, name) for name in options)
    with suppress(ZeroDivisionError), arithmetic(tf32=False):
        raise ZeroDivisionError
    assert all(getattr(CUDA, name) == allowed for name in options)


def test_whether_a_sum_may_be_split_stays() -> None:
    name = REDUCTIONS[0]
    if not hasattr(CUDA, f"{name}_split_k"):
        pytest.skip("this torch has no such option")
    setattr(CUDA, name, (False, False))
    with without(name):
        assert setting(name) == (False, False)
    assert setting(name) == (False, False)


def test_inductor_recommends_nothing_to_whom_float32_was_promised(monkeypatch) -> None:
    """The warning that every GPU with tensor cores gives, and warnings are errors here."""
    compile_fx = pytest.importorskip("torch._inductor.compile_fx")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (8, 0))
    warn = compile_fx._warn_tf32_disabled.__wrapped__  # without its memory of having warned
    use_tf32(False)
    with pytest.warns(UserWarning, match="TensorFloat32 tensor cores"):
        warn()
    with arithmetic(tf32=False):
        warn()
