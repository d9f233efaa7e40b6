"""A trace file states its precision: the check may be sharper than that, and never more lenient."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from parity_tests.adapters import trace_files
from parity_tests.adapters.torch_twin import twin
from parity_tests.error_model.precisions import FLOAT32, Precision, precision_named
from parity_tests.tests.support.exported_problems import examined, exported
from ref_numpy import InputError


def stated(path: Path, precision: str | None, p: str = "float32") -> Path:
    """A right trace, which states this precision, with numbers of p."""
    spec, params, X, Y = exported(path, p)
    trace = twin(p)(spec, params, X, Y)
    tensors = {"X": X, "Y": Y, **params, **trace}
    texts = {"network": np.array(spec.to_json())}
    texts |= {} if precision is None else {"precision": np.array(precision)}
    np.savez(path, **tensors, **texts)
    return path


@pytest.mark.slow
def test_the_first_line_names_the_precision_and_who_granted_it(tmp_path: Path) -> None:
    path = stated(tmp_path / "trace.npz", "float32")
    for asked, by in ((None, "by the file"), ("float32", "by --precision")):
        report = examined(path, precision=asked)
        report.raise_findings()
        assert str(report).startswith(f"{path}, float32 {by}: passed; ")
        assert report.granted_by == json.loads(report.to_json())["granted_by"]
    path = stated(tmp_path / "silent.npz", None)
    assert examined(path).heading == f"{path}, float32 by the dtype of X"
    bfloat16 = examined(path, precision="bfloat16")
    assert bfloat16.heading == f"{path}, bfloat16 by --precision"


@pytest.mark.parametrize(
    ("states", "asked"),
    [
        ("float64", "float32"), ("float32", "bfloat16"), ("float32", "tf32"),
        ("float32", "bf16-mixed"), ("bfloat16", "float16"), ("float16", "bfloat16"),
        ("tf32", "bfloat16"), ("bfloat16", "bf16-mixed"), ("float16", "fp16-mixed"),
    ],
)  # fmt: skip
def test_an_option_grants_no_error_that_the_file_does_not(tmp_path, states: str, asked) -> None:
    """float16 and bfloat16 each allow what the other does not: underflow, and rounding."""
    path = stated(tmp_path / "trace.npz", states)
    with pytest.raises(InputError) as refused:
        examined(path, precision=asked)
    assert refused.value.code == "trace-file.precision"
    assert (refused.value.facts["stated"], refused.value.facts["given"]) == (states, asked)


@pytest.mark.parametrize(
    "states",
    [
        "bfloat16",
        "bf16-mixed",
        *(pytest.param(p, marks=pytest.mark.slow) for p in ("tf32", "fp16-mixed")),
    ],
)
def test_a_file_is_checked_in_a_sharper_precision_than_it_states(tmp_path, states: str) -> None:
    path = stated(tmp_path / "trace.npz", states)  # of float32, as it can be
    report = examined(path, precision="float32")
    report.raise_findings()
    assert (report.precision, report.granted_by) == ("float32", "option")
    assert f"the file states {states}; float32 allows smaller errors" in report.notes
    wrong = stated(tmp_path / "rounded.npz", "bfloat16", "bfloat16")
    examined(wrong).raise_findings()
    assert examined(wrong, precision="float32").verdict == "failed"


@pytest.mark.parametrize(
    "field",
    [f.name for f in fields(Precision) if f.name not in ("name", "lam", "once", "stores")],
)
def test_every_field_of_a_precision_is_compared(field: str) -> None:
    looser = {
        "dtype": np.float16, "bits": 23, "largest": 1e30, "to_nearest": False, "parts": 2,
    }.get(field, 0.5)  # fmt: skip
    other = replace(FLOAT32, **{field: looser})
    assert trace_files.is_sharper(FLOAT32, FLOAT32)
    assert trace_files.is_sharper(FLOAT32, other)
    assert not trace_files.is_sharper(other, FLOAT32)


def test_results_that_are_stored_once_are_sharper_than_each_operation() -> None:
    """And float32 is sharper than both."""
    once, each = precision_named("bfloat16-once"), precision_named("bfloat16")
    every = (FLOAT32, once, each)
    for i, p in enumerate(every):
        assert [trace_files.is_sharper(p, q) for q in every] == [i <= k for k in range(3)]
