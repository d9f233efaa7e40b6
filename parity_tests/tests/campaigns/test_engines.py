"""Each engine computes what the reference does, in a process of its own: some start threads."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from parity_tests.campaigns.engines.engine_table import (
    ENGINES,
    NO_TF32,
    Engine,
    engines_named,
    rows_of,
)
from parity_tests.campaigns.engines.numpy_engine import add_in_order, add_pairwise, add_reversed
from parity_tests.error_model.precisions import PRECISIONS
from parity_tests.tests.support.paths import ROOT
from ref_numpy import InputError

ONE = """
import json, sys
import numpy as np
from parity_tests import check
from parity_tests.campaigns.engines.engine_table import ENGINES
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import NetworkSpec

from ref_numpy import Elu

# onnxruntime's Erf takes no float64, and tinygrad's is right to seven digits.
with_erf = "silu" if sys.argv[1] in ("onnxruntime", "tinygrad") else "gelu"
of_each = [
    NetworkSpec.dense([5, 4, 6, 7, 8, 2], ["tanh", "relu", "leaky_relu", "sigmoid"], lambd=0.7),
    NetworkSpec.dense([5, 4, 6, 7, 8, 9, 2], [Elu(0.7), with_erf, "gelu_tanh", "silu", "softplus"]),
]
for spec in of_each:
    problem = spec, *random_problem(spec, 11, 3)
    report = check(ENGINES[sys.argv[1]].run(*problem, precision="float64"), *problem)
    print(json.dumps([[f.tensor for f in report.findings], report.not_checked]))
"""


@pytest.mark.subprocess
@pytest.mark.slow
@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_computes_the_whole_trace(name: str) -> None:
    if missing := ENGINES[name].missing:
        pytest.skip(f"{missing} is not installed")
    done = subprocess.run(
        [sys.executable, "-c", ONE, name], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for line in done.stdout.splitlines()[-2:]:
        findings, not_checked = json.loads(line)
        assert findings == []
        forward_only = name == "onnxruntime"
        assert all(tensor.startswith("d") for tensor in not_checked)
        assert bool(not_checked) == forward_only


def test_every_precision_is_had_or_its_lack_explained() -> None:
    for engine in ENGINES.values():
        assert {*engine.precisions, *engine.lacks} == {*PRECISIONS}, engine.name
        assert not {*engine.precisions} & {*engine.lacks}


def test_tf32_is_checked_on_cuda_alone() -> None:
    (torch,) = engines_named(["torch"])
    assert rows_of([torch], ["tf32", "float32"], "cuda")[0] == [(torch, "tf32"), (torch, "float32")]
    rows, notes = rows_of([torch], ["tf32", "float32"], "cpu")
    assert rows == [(torch, "float32")]
    assert notes == ["torch is not checked at tf32: only CUDA multiplies in TF32."]


def test_of_an_engine_that_fuses_kernels_that_is_declared() -> None:
    compiled = Engine("compiled", "compiled:run", ("float32", "bf16-mixed"), NO_TF32, fuses=True)
    lacks = dict.fromkeys(("float64", "bfloat16", "float16", "fp16-mixed"), "no reason")
    compiled = replace(compiled, lacks={**compiled.lacks, **lacks})
    (numpy,) = engines_named(["numpy"])
    rows, notes = rows_of([compiled, numpy], [], "cpu")
    assert [precision for engine, precision in rows if engine is compiled] == [
        "float32-fused", "bf16-mixed-fused",
    ]  # fmt: skip
    assert [p for engine, p in rows if engine is numpy] == ["float64", "float32", "float16"]
    assert any("tf32-fused" in note for note in notes)
    assert rows_of([compiled], ["float32"], "cpu")[0] == [(compiled, "float32")]
    assert [name for name, engine in ENGINES.items() if engine.fuses] == ["inductor", "tinygrad"]


def test_an_engine_that_is_not_installed_is_left_out() -> None:
    absent = Engine("absent", "absent:run", ("float64",), {}, modules=("no_such_module",))
    (numpy,) = engines_named(["numpy"])
    rows, (note,) = rows_of([absent, numpy], ["float64"], "cpu")
    assert rows == [(numpy, "float64")]
    assert "no_such_module" in note
    assert "[engines]" in note
    with pytest.raises(InputError) as refused:
        rows_of([absent], ["float64"], "cpu")
    assert refused.value.code == "engine.none"


def test_all_names_every_engine() -> None:
    assert engines_named(["all"]) == list(ENGINES.values())
    with pytest.raises(InputError) as refused:
        engines_named(["numpy", "jacks"])
    assert refused.value.code == "engine.unknown"


@pytest.mark.parametrize("K", [1, 2, 7])
def test_the_orders_of_summation(K: int) -> None:
    """Of 1 and numbers of which each is lost when it is added to 1 alone, at float32."""
    x = np.array([[1.0] + [2.0**-24] * (K - 1)], np.float32)
    for total in (add_in_order, add_reversed, add_pairwise):
        assert total(x, 1).shape == (1, 1)
        assert total(x, 1).dtype == np.float32
        exact = np.arange(1, 3 * K + 1).reshape(K, 3)
        np.testing.assert_array_equal(total(exact, 0), exact.sum(axis=0, keepdims=True))
    assert add_in_order(x, 1) == 1
    if K == 7:
        assert add_reversed(x, 1) == 1 + 6 * 2.0**-24
        assert add_pairwise(x, 1) == 1 + 2 * 2.0**-24 + 2 * 2.0**-24
