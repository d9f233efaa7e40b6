"""The second level: lower precision that is sold as float32 is suspicious, and float32 is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import ref_numpy
from parity_tests import check
from parity_tests.adapters import trace_files
from parity_tests.adapters.torch_twin import twin
from parity_tests.checking.second_level import SPLITS
from parity_tests.cli.commands import main
from parity_tests.error_model.precisions import PRECISIONS
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Array, NetworkSpec
from ref_numpy.trace import Trace

FLOAT32 = PRECISIONS["float32"].with_union_bound(10**6)
SPEC = NetworkSpec.dense([784, 8, 3], "tanh")


def sold_as_float32(split: str) -> Callable[..., Trace]:
    """A candidate whose Z1 is the sum of rounded factors' products."""

    def run(spec: NetworkSpec, params: dict[str, Array], X: Array, Y: Array) -> Trace:
        parts, most = SPLITS[split]
        W_parts, X_parts = parts(params["W1"].astype(np.float64)), parts(X.astype(np.float64))
        products = [
            w @ x for i, w in enumerate(W_parts) for j, x in enumerate(X_parts) if i + j <= most
        ]
        Z1 = (sum(products) + params["b1"]).astype(np.float32)
        A1, rest = np.tanh(Z1), NetworkSpec.dense([8, 3], "tanh")
        of_rest = ref_numpy.run(rest, {"W1": params["W2"], "b1": params["b2"]}, A1, Y)
        of_rest = {n.replace("1", "2"): a for n, a in of_rest.items() if n not in ("A0", "dA0")}
        return Trace({"Z1": Z1, "A1": A1, **of_rest})

    return run


@pytest.mark.slow
@pytest.mark.parametrize(
    ("split", "K"),
    [
        ("TF32", 6000), ("TF32, cut off", 20000), ("float16", 6000),
        ("bfloat16×2, three products", 784), ("bfloat16×2, four products", 784),
    ],
)  # fmt: skip
def test_lower_precision_that_each_element_allows_is_suspicious(split: str, K: int) -> None:
    spec = NetworkSpec.dense([K, 8, 3], "tanh")
    report = check(sold_as_float32(split), spec, *random_problem(spec, 40, seed=1), "float32")
    assert report.passed, str(report)
    (suspicion,) = report.suspicions
    assert suspicion.code == "Z.suspicious"
    assert split in suspicion.facts["precision"].split(" or ")
    assert "Z1 is suspicious" in str(report)


def test_a_suspicion_is_a_finding_where_the_check_is_strict() -> None:
    candidate = sold_as_float32("bfloat16×2, four products")
    problem = random_problem(SPEC, 40, seed=1)
    report = check(candidate, SPEC, *problem, "float32", strict=True)
    assert (report.verdict, report.suspicions) == ("failed", ())
    assert [f.code for f in report.findings] == ["Z.suspicious"]


def test_the_command_fails_where_it_is_strict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    params, X, Y = random_problem(SPEC, 40, seed=1)
    given = {n: FLOAT32.round(a) for n, a in params.items()}, FLOAT32.round(X), FLOAT32.round(Y)
    trace = sold_as_float32("bfloat16×2, four products")(SPEC, *given)
    file = str(tmp_path / "trace.npz")
    trace_files.write(file, SPEC, FLOAT32, {"X": given[1], "Y": given[2], **given[0], **trace})
    assert main(["check", file]) == 0
    assert "Z1 is suspicious" in capsys.readouterr().out
    assert main(["check", file, "--strict"]) == 1


@pytest.mark.parametrize("m", [40, 64])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_autograd_passes(precision: str, m: int) -> None:
    """Its gradients are multiplied by m, which rounds unless m is a power of 2; L2 is added."""
    spec = NetworkSpec.dense([50, 20, 3], "relu", lambd=0.7)
    problem = random_problem(spec, m, seed=2)
    report = check(twin(precision), spec, *problem, precision, strict=True)
    assert [s.tensor for s in report.sums] == ["Z1", "dW1", "db1", "dA0", "Z2", "dW2", "db2", "dA1"]
    assert report.passed, str(report)


def test_what_the_data_hide_is_said() -> None:
    """The first term is so large that TF32's error is less than the rounding of that sum."""
    spec = NetworkSpec.dense([9, 4, 3], "tanh")
    params, X, Y = random_problem(spec, 20, seed=0)
    params["W1"][:, 0], X[0] = 2.0**14, 2.0
    report = check(twin("float32"), spec, params, X, Y, "float32")
    hidden = [s.tensor for s in report.sums if not s.sees_tf32]
    assert "Z1" in hidden
    assert f"would not be suspicious in: {' '.join(hidden)}" in str(report)
    assert "would not be suspicious" not in str(check(twin(), spec, params, X, Y))


def test_a_tensor_that_is_wrong_is_not_suspicious_as_well() -> None:
    problem = random_problem(SPEC, 40, seed=1)
    trace = twin("float32")(SPEC, *[
        {n: FLOAT32.round(a) for n, a in x.items()} if isinstance(x, dict) else FLOAT32.round(x)
        for x in problem
    ])  # fmt: skip
    report = check(trace | {"Z1": trace["Z1"] * np.float32(1.01)}, SPEC, *problem, "float32")
    assert "Z1" in {f.tensor for f in report.findings}
    assert "Z1" not in {s.tensor for s in report.sums}


def test_half_precisions_are_not_judged() -> None:
    problem = random_problem(SPEC, 16, seed=0)
    assert check(twin("bfloat16"), SPEC, *problem, "bfloat16").sums == ()
