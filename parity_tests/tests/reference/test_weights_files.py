"""Weights files: load returns the saved network, or one sentence with the reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.paths import ROOT
from ref_numpy import (
    BatchNorm,
    BinaryCrossEntropy,
    DataSpec,
    Dense,
    InputError,
    NetworkSpec,
    ReLU,
    Sigmoid,
    Standardiser,
    initialise,
    load,
    load_data_spec,
    load_standardiser,
    predict,
    save,
)

SPEC = NetworkSpec.dense([5, 7, 3], ["tanh"], "softmax", lambd=0.5)
PARAMS, X, _ = random_problem(SPEC, 11)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_load_returns_what_save_wrote(tmp_path: Path, dtype: type) -> None:
    params = {name: p.astype(dtype) for name, p in PARAMS.items()}
    save(tmp_path / "w.safetensors", SPEC, params)
    spec, loaded = load(tmp_path / "w.safetensors")
    assert spec == SPEC
    assert list(loaded) == list(params)
    for name, value in params.items():
        np.testing.assert_array_equal(loaded[name], value, strict=True)
    assert [path.name for path in tmp_path.iterdir()] == ["w.safetensors"]


def test_the_file_is_plain_safetensors(tmp_path: Path) -> None:
    """Any safetensors reader in any language has the parameters by their canonical names."""
    save(tmp_path / "w.safetensors", SPEC, {**PARAMS, "W1": np.asfortranarray(PARAMS["W1"])})
    tensors = load_file(tmp_path / "w.safetensors")
    assert set(tensors) == {"W1", "b1", "W2", "b2"}
    np.testing.assert_array_equal(tensors["W1"], PARAMS["W1"])
    raw = (tmp_path / "w.safetensors").read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    assert json.loads(header["__metadata__"]["network"])["loss"] == {"kind": "cross_entropy"}


def test_the_standardiser_travels_with_the_weights(tmp_path: Path) -> None:
    standardiser = Standardiser.of(X)
    data = DataSpec((5,), "classes", ("a", "b", "c"), standardiser)
    save(tmp_path / "w.safetensors", SPEC, PARAMS, data)
    loaded = load_standardiser(tmp_path / "w.safetensors")
    assert loaded is not None
    np.testing.assert_array_equal(loaded.apply(X), standardiser.apply(X))
    assert list(load(tmp_path / "w.safetensors")[1]) == list(PARAMS)
    save(tmp_path / "w.safetensors", SPEC, PARAMS)
    assert load_standardiser(tmp_path / "w.safetensors") is None


SAVED = """
import sys, numpy as np
from ref_numpy import DataSpec, NetworkSpec, initialise, save
spec = NetworkSpec.dense([2, 1], output="sigmoid")
save(sys.argv[1], spec, initialise(spec), DataSpec((2,), "binary", ("no", "k\\u00e4tze")))
"""


@pytest.mark.slow
def test_the_same_network_is_the_same_bytes(tmp_path: Path) -> None:
    """In every process, whatever order its hashes have; and the numbers are aligned."""
    files = []
    for k in range(4):
        path = tmp_path / f"{k}.safetensors"
        subprocess.run([sys.executable, "-c", SAVED, str(path)], check=True, cwd=ROOT)
        files.append(path.read_bytes())
        assert load_data_spec(path).names == ("no", "kätze")
        assert load_file(path).keys() == {"W1", "b1"}
    assert len({*files}) == 1
    assert int.from_bytes(files[0][:8], "little") % 8 == 0


@pytest.mark.parametrize("described", [False, True])
def test_the_header_is_in_order_compact_and_a_multiple_of_8_bytes(tmp_path, described) -> None:
    spec = NetworkSpec.dense([2, 1], output="sigmoid")
    path = tmp_path / "w.safetensors"
    for n in range(1, 10):
        data = DataSpec((2,), "binary", ("a" * n, "b")) if described else None
        save(path, spec, initialise(spec), data)
        file = path.read_bytes()
        length = int.from_bytes(file[:8], "little")
        text = file[8 : 8 + length].decode()
        header = json.loads(text)
        keys = ["data", "network", "weights_format"]
        assert list(header["__metadata__"]) == (keys if described else keys[1:])
        assert text.rstrip(" ") == json.dumps(header, separators=(",", ":"))
        assert length % 8 == 0 <= len(text) - len(text.rstrip(" ")) < 8
        assert len(file) == 8 + length + 8 * 3  # W1 and b1


def test_half_a_standardiser_is_none_and_one_of_other_inputs_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    mu, sigma = np.zeros((5, 1)), np.ones((5, 1))
    for tensors in ({"mu": mu}, {"sigma": sigma}):
        write(path, {**PARAMS, **tensors}, SPEC.to_json())
        assert load_standardiser(path) is None
    for tensors in ({"mu": mu[:4], "sigma": sigma}, {"mu": mu, "sigma": sigma * np.nan}):
        write(path, {**PARAMS, **tensors}, SPEC.to_json())
        with pytest.raises(InputError, match=r"mu has shape|sigma has 5 value"):
            load_standardiser(path)


def test_a_file_has_another_name_until_it_is_whole(tmp_path: Path, monkeypatch) -> None:
    """Hidden, of its process, and gone where the last step fails."""
    names = []

    def full(self: Path, target: Path) -> None:
        names.append(self.name)
        assert load(self)[0] == SPEC
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError) as caught:
        save(str(tmp_path / "w.safetensors"), SPEC, PARAMS)
    assert str(caught.value) == (
        f"{tmp_path / 'w.safetensors'} cannot be written (No space left on device); name a file in "
        "a folder that exists."
    )
    assert names == [f".w.safetensors.{os.getpid()}.partial"]
    assert list(tmp_path.iterdir()) == []


def test_the_format_of_a_weights_file(tmp_path: Path) -> None:
    """A file of an older version, which has no format, is read; of a newer one it is refused."""
    path = tmp_path / "w.safetensors"
    save(path, SPEC, PARAMS)
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    assert metadata.pop("weights_format") == "1"
    save_file(PARAMS, path, metadata=metadata)
    spec, params = load(path)
    assert (spec, params.keys()) == (SPEC, PARAMS.keys())
    for newer in ("3", "newest"):
        save_file(PARAMS, path, metadata={"weights_format": newer, "graph": "[]"})
        for reader in (load, load_data_spec, load_standardiser):
            with pytest.raises(InputError) as refused:
                reader(path)
            assert refused.value.code == "weights-file.format"
            assert str(refused.value) == (
                f"{path} was written by a newer version, in format {newer}, and this version reads "
                f"formats up to 2; use the version that wrote it."
            )


def test_a_file_of_a_network_with_state(tmp_path: Path) -> None:
    """Its format is one that versions without state refuse; the state is among the parameters."""
    layers = Dense(3, 4), BatchNorm(4), ReLU(), Dense(4, 1), Sigmoid()
    spec = NetworkSpec.chain(layers, BinaryCrossEntropy())
    params, X, _ = random_problem(spec, 5)
    path = tmp_path / "w.safetensors"
    save(path, spec, params)
    with safe_open(path, framework="numpy") as file:
        assert file.metadata()["weights_format"] == "2"
    read, loaded = load(path)
    assert (read, [*loaded]) == (spec, [*params])
    assert [*loaded][-2:] == ["mean1", "variance1"]
    for name, theta in params.items():
        np.testing.assert_array_equal(loaded[name], theta, strict=True)
    del params["variance1"]
    with pytest.raises(InputError) as refused:
        predict(spec, params, X)
    assert (refused.value.code, refused.value.facts["missing"]) == (
        "parameters.names", ["variance1"],
    )  # fmt: skip


def write(path: Path, tensors: dict[str, np.ndarray], network: str | None) -> None:
    save_file(tensors, path, metadata=None if network is None else {"network": network})


BROKEN = {
    "missing": (lambda path: None, "is not a file; expected weights that ref_numpy.save wrote"),
    "empty": (lambda path: path.write_bytes(b""), "is not a readable safetensors file"),
    "text": (lambda path: path.write_text("W1 = 3"), "is not a readable safetensors file"),
    "truncated": (
        lambda path: (save(path, SPEC, PARAMS), path.write_bytes(path.read_bytes()[:-40])),
        "is not a readable safetensors file",
    ),
    "no description": (lambda path: write(path, PARAMS, None), "has no description of a network"),
    "other description": (lambda path: write(path, PARAMS, "?"), "description cannot be read"),
    "a tensor less": (
        lambda path: write(path, {"W1": PARAMS["W1"]}, SPEC.to_json()),
        r"does not fit its own description: .*missing \['W2', 'b1', 'b2'\]",
    ),
    "another shape": (
        lambda path: write(path, {**PARAMS, "b1": np.zeros((3, 1))}, SPEC.to_json()),
        r"b1 has shape \(3, 1\); expected \(7, 1\)",
    ),
    "NaN": (
        lambda path: write(path, {**PARAMS, "b1": np.full((7, 1), np.nan)}, SPEC.to_json()),
        r"b1 has 7 value\(s\) that are not finite",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_sentence(tmp_path: Path, name: str) -> None:
    prepare, message = BROKEN[name]
    prepare(tmp_path / "w.safetensors")
    with pytest.raises(InputError, match=message):
        load(tmp_path / "w.safetensors")


def test_a_refused_save_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "w.safetensors"
    save(target, SPEC, PARAMS)
    good = target.read_bytes()
    with pytest.raises(InputError, match="missing"):
        save(target, SPEC, {"W1": PARAMS["W1"]})
    with pytest.raises(InputError, match=r"missing \['W1', 'W2', 'b1', 'b2'\]"):
        save(target, SPEC, {})
    with pytest.raises(InputError, match="b2 is float32 but W1 is float64"):
        save(target, SPEC, {**PARAMS, "b2": PARAMS["b2"].astype(np.float32)})
    with pytest.raises(InputError, match="float128, which safetensors cannot hold: use float64"):
        save(target, SPEC, initialise(SPEC, dtype=np.longdouble))
    with pytest.raises(InputError, match="name a file in a folder that exists"):
        save(tmp_path / "nowhere" / "w.safetensors", SPEC, PARAMS)
    with pytest.raises(InputError, match="cannot be written"):
        save(tmp_path, SPEC, PARAMS)
    assert target.read_bytes() == good
    assert [path.name for path in tmp_path.iterdir()] == ["w.safetensors"]
