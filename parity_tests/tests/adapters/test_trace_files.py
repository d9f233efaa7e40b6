"""Trace files: exported problems, traces of a program in C, and files that are not readable."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import ref_numpy
from parity_tests.adapters import trace_files
from parity_tests.adapters.torch_twin import twin
from parity_tests.cli.commands import main
from parity_tests.error_model.precisions import PRECISIONS
from parity_tests.tests.support.exported_problems import SMALL, examined, exported
from parity_tests.tests.support.paths import PROGRAMS
from ref_numpy import InputError

SOURCE = PROGRAMS / "backprop.c"


@pytest.mark.parametrize(
    "precision", ["float64", "float32", "float16", "bfloat16", "bf16-mixed", "fp16-mixed"]
)
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_an_exported_problem_with_its_trace_passes(
    tmp_path: Path, suffix: str, precision: str
) -> None:
    path = tmp_path / f"problem{suffix}"
    spec, params, X, Y = exported(path, precision)
    p = PRECISIONS[precision]
    assert X.dtype == p.dtype
    trace = twin(precision)(spec, params, X, Y)
    trace_files.write(path, spec, p, {"X": X, "Y": Y, **params, **trace})
    report = examined(path)
    report.raise_findings()
    assert (report.precision, len(report.tensors)) == (precision, 20)
    trace_files.write(path, spec, p, {"X": X, "Y": Y, **params, **trace, "dW2": -trace["dW2"]})
    assert [finding.tensor for finding in examined(path).findings] == ["dW2"]


BUGS = [
    ("float sum = b->x[j];", "float sum = 0;", "Z1"),
    ("A[l][j] = Z[l][j] > 0 ? Z[l][j] : 0", "A[l][j] = tanhf(Z[l][j])", "A1"),
    ("expf(Z[L][k * m + i] - largest) / sum", "expf(Z[L][k * m + i]) / sum", "A3"),
    ("Z[L][k * m + i] - largest - logf(sum)", "Z[L][k * m + i] - logf(sum)", "J"),
    ("*J /= m;", "*J /= m * n_y;", "J"),
    ("A[L][k * m + i] - Y->x[k * m + i]", "Y->x[k * m + i] - A[L][k * m + i]", "dZ3"),
    ("= sum / m;", "= sum;", "dW3"),
    ("+= dZ[j * m + i] / m", "+= dZ[j * m + i] / n", "db3"),
    ("W->x[j * n_prev + k] * dZ", "W->x[(k * n + j) % (n * n_prev)] * dZ", "dA2"),
    ("Z[l - 1][j] > 0 ? dA[j] : 0", "dA[j]", "dZ2"),
]


@pytest.fixture(scope="module")
def compiler() -> str:
    found = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    return found or pytest.skip("this machine has no C compiler")


def in_C(compiler: str, tmp_path: Path, old: str = "", new: str = "") -> Path:
    """The trace that the C program writes, with `new` instead of `old`."""
    source = SOURCE.read_text()
    assert old in source
    (tmp_path / "backprop.c").write_text(source.replace(old, new) if old else source)
    command = [compiler, "-O1", "-Werror", "-o", "backprop", "backprop.c", "-lm"]
    subprocess.run(command, cwd=tmp_path, check=True)
    problem, trace = tmp_path / "problem.safetensors", tmp_path / "trace.safetensors"
    assert main(["export", str(problem), *SMALL]) == 0
    subprocess.run([tmp_path / "backprop", problem, trace], check=True)
    return trace


@pytest.mark.slow
def test_a_program_in_C_passes(compiler: str, tmp_path: Path) -> None:
    report = examined(in_C(compiler, tmp_path))
    report.raise_findings()
    assert report.not_checked == ("A0",)
    assert report.problem == "6-5-4-3 (relu, relu, softmax), cross_entropy, 11 examples"


@pytest.mark.parametrize(("old", "new", "tensor"), BUGS)
@pytest.mark.slow
def test_a_bug_in_C_is_found_at_its_tensor(compiler, tmp_path: Path, old, new, tensor) -> None:
    assert examined(in_C(compiler, tmp_path, old, new)).findings[0].tensor == tensor


def test_bfloat16_of_a_safetensors_file_is_read(tmp_path: Path) -> None:
    x = np.array([[1.5, -2.0, 3.140625]], np.float32)
    data = (x.view("<u4") >> 16).astype("<u2").tobytes()
    entry = {"X": {"dtype": "BF16", "shape": [1, 3], "data_offsets": [0, len(data)]}}
    header = json.dumps(entry).encode()
    (tmp_path / "x.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + data)
    assert (trace_files.read(tmp_path / "x.safetensors").tensors["X"] == x).all()


def test_a_file_without_a_description_is_of_the_network_that_is_named(tmp_path: Path) -> None:
    spec, params, X, Y = exported(tmp_path / "problem.npz", "float64")
    path = tmp_path / "trace.npz"
    np.savez(path, X=X, Y=Y, **params, **ref_numpy.run(spec, params, X, Y))
    report = examined(path, network="6-5-4-3")
    report.raise_findings()
    assert report.precision == "float64"
    with pytest.raises(InputError, match=r"the parameters do not fit|trace.npz has no|shape"):
        examined(path)


def test_rounded_inputs_are_a_note(tmp_path: Path) -> None:
    _, params, X, Y = exported(tmp_path / "problem.npz", "float64")
    path = tmp_path / "trace.npz"
    np.savez(path, X=X, Y=Y, **params, Z1=(params["W1"] @ X).astype(np.float32))
    report = examined(path, network="6-5-4-3", precision="float32")
    assert "X W1 b1 W2 b2 W3 b3 were rounded to float32 before the comparison" in report.notes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": None}, r"has no X; expected the inputs X, Y and the parameters W1 b1 W2 b2 W3 b3"),
        ({"W2": None, "b2": None}, "has no W2 b2; expected"),
        ({"X": np.ones((5, 11))}, r"X has shape \(5, 11\); expected \(6, m\)"),
        ({"network": np.array("{}")}, "the network's description cannot be read"),
        ({"precision": np.array("float8")}, "precision 'float8' is unknown"),
        ({"Z1": None}, "gave none of this network's tensors"),
        ({"Y": np.array(1.0)}, r"Y has shape \(\); expected \(3, 11\)"),
        ({"Y": np.ones(4)}, r"Y has shape \(4,\), a rank-1 array; expected \(3, 11\)"),
        (
            {"Y": np.ones((3, 11), complex)},
            "Y is an array of complex128; expected an array of real",
        ),
        ({"W1": np.zeros(1, "M8[D]")}, r"W1 is an array of datetime64\[D\]; expected an array"),
        ({"X": np.array([object()])}, r"is not a readable npz file \(ValueError: "),
    ],
)
def test_a_missing_tensor_of_a_file_is_one_sentence(
    tmp_path: Path, change: Any, message: str
) -> None:
    spec, params, X, Y = exported(tmp_path / "problem.npz")
    Z1 = params["W1"] @ X + params["b1"]
    given = {"X": X, "Y": Y, **params, "Z1": Z1, "network": np.array(spec.to_json())} | change
    path = tmp_path / "trace.npz"
    np.savez(path, **{name: array for name, array in given.items() if array is not None})
    with pytest.raises(InputError, match=message):
        examined(path)


def test_a_name_of_more_digits_than_a_number_may_have_is_unknown(tmp_path: Path) -> None:
    spec, params, X, Y = exported(tmp_path / "problem.npz")
    Z1, name = params["W1"] @ X + params["b1"], "Z" + "1" * 5000
    path = tmp_path / "trace.safetensors"
    trace_files.write(path, spec, PRECISIONS["float32"], {"X": X, "Y": Y, **params, name: Z1})
    with pytest.raises(InputError, match="gave none of this network's tensors"):
        examined(path)
    tensors = {"X": X, "Y": Y, **params, "Z1": Z1, name: Z1}
    trace_files.write(path, spec, PRECISIONS["float32"], tensors)
    (finding,) = examined(path).findings
    assert (finding.tensor, finding.code, finding.layer) == (name, "tensor.unknown-name", None)


@pytest.mark.parametrize("suffix", ["npz", "safetensors"])
def test_a_file_that_is_cut_off_is_one_sentence(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"problem.{suffix}"
    exported(path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(InputError, match=f"is not a readable {suffix} file"):
        examined(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match=f"is not a readable {suffix} file"):
        examined(path)


def test_a_file_that_names_its_network_takes_no_other(tmp_path: Path) -> None:
    exported(tmp_path / "problem.npz")
    with pytest.raises(InputError, match=r"itself names its network \(6-5-4-3 \(relu,"):
        examined(tmp_path / "problem.npz", network="6-5-3", hidden="tanh")


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_the_format_of_a_trace_file(tmp_path: Path, suffix: str) -> None:
    """A file of an older version, which has no format, is read; of a newer one it is refused."""
    present, older, newer = (tmp_path / f"{name}{suffix}" for name in ("present", "older", "newer"))
    spec, params, X, Y = exported(present)
    arrays = {"X": X, "Y": Y, **params}
    texts = {"network": spec.to_json(), "precision": "float32"}

    def stored(path: Path, texts: dict[str, str]) -> None:
        if suffix == ".npz":
            np.savez(path, **arrays, **{n: np.array(text) for n, text in texts.items()})  # pyright: ignore[reportArgumentType]
        else:
            save_file(arrays, path, metadata=texts)

    assert (b"trace_format" in present.read_bytes(), trace_files.FORMAT) == (True, 1)
    stored(older, texts)
    for path in (present, older):
        file = trace_files.read(path)
        assert (file.texts, file.tensors.keys()) == (texts, arrays.keys())
    stored(newer, {"trace_format": "2", "graph": "[]"})
    with pytest.raises(InputError) as refused:
        trace_files.read(newer)
    assert refused.value.code == "trace-file.format"
    assert str(refused.value) == (
        f"{newer} was written by a newer version, in format 2, and this version reads formats up "
        f"to 1; use the version that wrote it."
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("problem.txt", "problem.txt is neither .npz nor .safetensors; give it one of these"),
        ("none/problem.npz", "problem.npz cannot be written (No such file or directory); name a"),
    ],
)
def test_an_export_that_fails_is_one_sentence(tmp_path, capsys, name: str, message: str) -> None:
    assert main(["export", str(tmp_path / name), *SMALL]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", [np.zeros(3), np.array(["a", "b"]), np.array(1.0)])
def test_a_text_of_an_npz_file_is_one_text(tmp_path: Path, text: Any) -> None:
    """An array of numbers was taken for its own text."""
    _, params, X, Y = exported(tmp_path / "problem.npz", "float64")
    np.savez(tmp_path / "trace.npz", X=X, Y=Y, **params, precision=text)
    with pytest.raises(InputError) as refused:
        examined(tmp_path / "trace.npz")
    assert refused.value.code == "trace-file.text"
    assert refused.value.facts["name"] == "precision"


def test_the_same_trace_is_the_same_bytes(tmp_path: Path) -> None:
    """The library writes metadata in an order that changes."""
    paths = [tmp_path / f"{n}.safetensors" for n in range(8)]
    for path in paths:
        exported(path)
    assert len({path.read_bytes() for path in paths}) == 1
