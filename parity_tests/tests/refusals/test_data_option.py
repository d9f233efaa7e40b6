"""What is answered to a file after --data: the options of each data set that reads it."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import torch_impl.data
from ref_numpy import InputError
from torch_impl.lightning.options.data_option import known_data, with_known_data

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

KINDS = [getattr(torch_impl.data, name) for name in torch_impl.data.__all__]
ENDINGS = [(kind, ending) for kind in KINDS for ending in kind.endings if ending not in ("", "/")]


def instead_of(given: str) -> str:
    with pytest.raises(InputError) as refused:
        known_data(given)
    assert refused.value.code == "option.data-file"
    return str(refused.value.facts["instead"])


@pytest.mark.parametrize(("kind", "ending"), ENDINGS)
@pytest.mark.parametrize("packed", ["", ".gz"])
def test_each_ending_names_its_data_set(kind: type, ending: str, packed: str) -> None:
    path = f"some/File{ending.upper()}{packed}"
    ways = [way.split() for way in instead_of(path).split(", or ")]
    (own,) = [way for way in ways if way[1] == kind.__name__]
    assert (own[0], own[3]) == ("--data", path)
    for option in (word for word in own if word.startswith("--data.")):
        assert option.removeprefix("--data.") in inspect.signature(kind.__init__).parameters


def test_names_without_an_ending(tmp_path: Path) -> None:
    """A file's are answered with IDX files; what is no file is a misspelt class."""
    path = tmp_path / "train-images-idx3-ubyte"
    path.touch()
    assert f"--data IdxFiles --data.images {path} --data.labels" in instead_of(str(path))
    with pytest.raises(InputError) as refused:
        known_data("Digit")
    assert refused.value.code == "option.data-unknown"
    assert str(refused.value.facts["known"]).startswith("Digits, ")


def test_one_array_and_folders(tmp_path: Path) -> None:
    assert "np.savez" in instead_of("x.npy")
    assert f"--data ImageFolder --data.path {tmp_path}" in instead_of(str(tmp_path))
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "x_000.npy").touch()
    assert instead_of(str(tmp_path)) == f"--data NpyShards --data.folder {tmp_path}"
    (tmp_path / "t10k-images.idx3-ubyte.gz").touch()
    assert instead_of(str(tmp_path)) == f"--data IdxFiles --data.folder {tmp_path}"


def test_other_words_are_left_alone() -> None:
    words = ["fit", "--data=Digits", "--data.path", "x.csv", "--data"]
    assert with_known_data(words) == words
