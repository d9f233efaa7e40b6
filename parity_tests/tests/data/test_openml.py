"""Data sets of OpenML, from a cache as scikit-learn keeps it; nothing is downloaded."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest

from ref_numpy import InputError
from torch_impl.data import OpenML, sources


@pytest.fixture
def cache(tmp_path: Path) -> str:
    """What scikit-learn leaves after downloading data set 7, `tiny`, version 1, from OpenML."""
    write_openml(tmp_path, "nominal", "{a,b}", "ab")
    return str(tmp_path)


def write_openml(cache: Path, kind: str, domain: str, labels: str | list[str]) -> None:
    root = cache / "openml" / "openml.org"
    rows = "\n".join(f"{i},{i * i % 7},{labels[i % 2]}" for i in range(24))
    arff = (
        "@relation tiny\n@attribute p real\n@attribute q real\n@attribute c "
        + domain
        + "\n@data\n"
        + rows
    )
    features = [
        {"index": str(i), "name": name, "data_type": kind, "is_target": str(name == "c").lower(),
         "is_ignore": "false", "is_row_identifier": "false", "number_of_missing_values": "0"}
        for i, (name, kind) in enumerate([("p", "numeric"), ("q", "numeric"), ("c", kind)])
    ]  # fmt: skip
    description = {"id": "7", "name": "tiny", "version": "1", "format": "ARFF", "status": "active",
                   "file_id": "9", "description": "", "default_target_attribute": "c",
                   "md5_checksum": hashlib.md5(arff.encode()).hexdigest(),
                   "url": "https://openml.org/data/v1/download/9/tiny.arff"}  # fmt: skip
    quality = [{"name": "NumberOfInstances", "value": "24"}]
    listed = {"data": {"dataset": [{"did": 7, "name": "tiny", "version": 1, "status": "active"}]}}
    api = "api/v1/json/data"
    files = {
        f"{api}/list/data_name/tiny/limit/2/data_version/1": json.dumps(listed),
        f"{api}/7": json.dumps({"data_set_description": description}),
        f"{api}/features/7": json.dumps({"data_features": {"feature": features}}),
        f"{api}/qualities/7": json.dumps({"data_qualities": {"quality": quality}}),
        "data/v1/download/9/tiny.arff": arff,
    }
    for name, text in files.items():
        path = root / f"{name}.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()))


def test_openml_from_a_small_file_of_its_format(cache: str) -> None:
    data = OpenML("tiny", last_as_test=4, cache=cache, standardise="none")
    data.prepare_data()
    assert (data.n_x, data.n_y, data.output) == (2, 1, "sigmoid")
    assert data.described.names == ("a", "b")
    data.setup("fit")
    x, y = data.parts["test"][:]
    np.testing.assert_array_equal(x, [[i, i * i % 7] for i in range(20, 24)])
    np.testing.assert_array_equal(y[:, 0], [0, 1, 0, 1])


def test_words_and_numbers_stay(tmp_path: Path, cache: str) -> None:
    every = sources.openml("tiny", cache=cache)
    np.testing.assert_array_equal(every.x, [[i, i * i % 7] for i in range(24)])
    assert every.y is not None
    assert every.y.tolist() == ["a", "b"] * 12
    (tmp_path / "other").mkdir()
    write_openml(tmp_path / "other", "numeric", "real", ["2.5", "-1"])
    real = sources.openml("tiny", 1, str(tmp_path / "other"))
    np.testing.assert_array_equal(real.y, [2.5, -1] * 12)


def test_last_as_test_splits_the_last_examples_off(cache: str) -> None:
    every, none = OpenML("tiny", cache=cache).load()
    assert (len(every.x), none) == (24, None)
    for last in (1, 4, 23):
        train, test = OpenML("tiny", last_as_test=last, cache=cache).load()
        assert test is not None
        assert (len(train.x), len(test.x)) == (24 - last, last)
        np.testing.assert_array_equal(np.concatenate([train.x, test.x]), every.x)
        np.testing.assert_array_equal(np.concatenate([train.y, test.y]), every.y)
    for last in (0, 24, 25, -1):
        with pytest.raises(InputError, match=f"last_as_test is {last} of 24 examples; expected"):
            OpenML("tiny", last_as_test=last, cache=cache).load()


def test_it_is_downloaded_before_the_processes_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lightning calls prepare_data in one process alone."""
    asked = []
    monkeypatch.setattr(sources, "openml", lambda *source: asked.append(source))
    OpenML("tiny", 3, cache="folder", batch_size=7).prepare_data()
    OpenML("tiny").prepare_data()
    assert asked == [("tiny", 3, "folder"), ("tiny", 1, None)]


@pytest.mark.filterwarnings("ignore:A network error occurred")
def test_openml_that_cannot_be_reached_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*args: object, **kwargs: object) -> None:
        raise URLError("no connection")

    monkeypatch.setattr("sklearn.datasets._openml.urlopen", unreachable)
    monkeypatch.setattr("sklearn.datasets._openml.time.sleep", lambda seconds: None)
    with pytest.raises(
        InputError, match=r"'nowhere', version 1, could not be loaded \(.*no connection"
    ):
        sources.openml("nowhere", cache=str(tmp_path))
