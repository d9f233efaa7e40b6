"""A data set of one's own, `--data mine.py:Mine`: trained, and used later from another folder."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from parity_tests.tests.support.paths import ROOT
from ref_numpy import InputError
from torch_impl.data.own_programs import class_path_of, refusal, with_files, with_modules

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = pytest.mark.filterwarnings("ignore")

QUICK = (
    "--trainer.max_epochs", "1", "--model.hidden_units", "[3]", "--trainer.accelerator", "cpu",
    "--trainer.enable_progress_bar", "false",
)  # fmt: skip


def readme_program() -> str:
    """The ten lines of torch_impl/README.md."""
    text = (ROOT / "torch_impl" / "README.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- block: own-data -->\n```python\n(.*?)^```$", text, re.M | re.S)
    assert found is not None
    return found[1]


@pytest.mark.slow
@pytest.mark.subprocess
@pytest.mark.skipif(not (ROOT / "README.md").is_file(), reason="the READMEs are in a checkout")
def test_the_readme_s_program_is_trained_and_predicted_from_another_folder(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a folder").mkdir()
    file = tmp_path / "a folder" / "mine.py"
    file.write_text(readme_program(), encoding="utf-8")
    printed = run("fit", "--data", "a folder/mine.py:Mine", "--data.m", "300", *QUICK)
    assert "Mine: 216 to train, 24 to validate, 60 to test" in printed
    folder = tmp_path / "lightning_logs" / "version_0"
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    assert config["data"]["class_path"] == f"{file}:Mine"
    assert config["data"]["init_args"]["m"] == 300
    monkeypatch.chdir(tmp_path / "a folder")
    known = ("--config", str(folder / "config.yaml"), "--ckpt_path")
    best, last = (str(folder / f"checkpoints/{name}.ckpt") for name in ("best", "last"))
    run("predict", *known, best, "--out", "p.csv")
    assert len(Path("p.csv").read_text(encoding="utf-8").splitlines()) == 61
    resumed = run("fit", *known, last, "--trainer.max_epochs", "2")
    assert re.search(r"chosen epoch +\d of 2", resumed)


def test_a_class_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert class_path_of("NpzFile") is None
    assert class_path_of("torch_impl.data.NpzFile") is None
    (tmp_path / "beside.py").write_text("NUMBER = 3\n")
    (tmp_path / "one-file.py").write_text(
        "from beside import NUMBER\nfrom torch_impl.data import ArrayData\n"
        "class Mine(ArrayData):\n    number = NUMBER\n"
    )
    monkeypatch.chdir(tmp_path)
    path = class_path_of("one-file.py:Mine")
    assert path is not None
    assert path.endswith(".Mine")
    assert class_path_of(f"{tmp_path}/one-file.py:Mine") == path
    given = f"data:\n  class_path: {path}\n  init_args:\n    a: 1\n"
    text = with_files(given)
    assert yaml.safe_load(text)["data"]["class_path"] == f"{tmp_path}/one-file.py:Mine"
    assert with_modules(text) == given
    for spelt in ("one-file.py:Mine", "'one-file.py:Mine'", json.dumps("one-file.py:Mine")):
        assert with_modules(f"data: {spelt}\n") == f"data: {path}\n"
    assert with_modules('data: "no end\n') == 'data: "no end\n'
    for given, code in (
        ("none.py:Mine", "own-data.no-file"), ("one-file.py:NUMBER", "own-data.no-class"),
        ("one-file.py:ArrayData", "own-data.no-class"),
    ):  # fmt: skip
        with pytest.raises(InputError) as refused:
            class_path_of(given)
        assert refused.value.code == code


def test_only_the_errors_of_a_person_s_file_are_its_own() -> None:
    assert refusal(KeyError("a")) is None
    error = InputError("a sentence", "a.code")
    assert refusal(error) is error
