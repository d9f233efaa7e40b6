"""Numbers in files that no program writes: of thousands of digits, and infinite."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

import ref_numpy
from ref_numpy import DataSpec, InputError, NetworkSpec, initialise


def test_a_format_of_thousands_of_digits_is_of_a_newer_version(tmp_path: Path) -> None:
    spec = NetworkSpec.dense([3, 2], output="softmax")
    ref_numpy.save(path := tmp_path / "w.safetensors", spec, initialise(spec, "he", seed=0))
    metadata = {"network": spec.to_json(), "weights_format": "9" * 5000}
    save_file(load_file(path), path, metadata)
    with pytest.raises(InputError) as error:
        ref_numpy.load(path)
    assert error.value.code == "weights-file.format"


def test_an_infinite_shape_is_unreadable() -> None:
    text = '{"format": 1, "shape": [Infinity], "task": "values", "names": [], "statistics": []}'
    with pytest.raises(InputError) as error:
        DataSpec.from_json(text, {})
    assert error.value.code == "data-spec.unreadable"
