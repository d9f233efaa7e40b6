"""Thirty mistakes with options and files: what is printed for each, exit code 2, nothing written.

The commands run in this process; each sentence is the whole of it, as a person reads it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")
h5py = pytest.importorskip("h5py")

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

HELP = "; `python train.py fit --help` lists the options."
KNOWN = "--data.x and --data.y."
X, Y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 1, 0, 1])
NAN = np.array([0, 1, np.nan, 1, 0, 1])

OWN = {
    "raises.py": "from torch_impl.data import ArrayData\nclass Mine(ArrayData):\n"
    "    def load(self):\n        return 1 / 0\n",
    "pair.py": "from torch_impl.data import ArrayData\nclass Mine(ArrayData):\n"
    "    def load(self):\n        return [[1]], [2]\n",
    "syntax.py": "x = (\n",
    "objects.py": "import numpy as np\nfrom torch_impl.data import ArrayData, Examples\n"
    "class Mine(ArrayData):\n    def load(self):\n"
    "        return Examples(np.full((6, 2), None), np.arange(6) % 2)\n",
}

MISUSES = {
    # options
    "--batch_size 32": f"the option --batch_size is unknown; use --data.batch_size{HELP}",
    "--epoch 3": f"the option --epoch is unknown; use --trainer.max_epochs{HELP}",
    "--lr 0.1": f"the option --lr is unknown; use --model.learning_rate{HELP}",
    "--model.learning_rat 1": (
        f"the option --model.learning_rat is unknown; use --model.learning_rate{HELP}"
    ),
    "--data NpzFile --data.pth x": f"the option --data.pth is unknown; use --data.path{HELP}",
    "--trainer.max_epoch 3": (
        f"the option --trainer.max_epoch is unknown; use --trainer.max_epochs{HELP}"
    ),
    "--trainer.device 2": f"the option --trainer.device is unknown; use --trainer.devices{HELP}",
    "--epochs 0": (
        "--epochs or --trainer.max_steps is 0, so that there is nothing to train; give one or more."
    ),
    "--data.val_fraction 1": "val_fraction is 1.0; expected 0 or more and less than 1.",
    "--data.test_fraction 0": "test_fraction is 0.0; expected more than 0 and less than 1.",
    "--zzz 3": f"the option --zzz is unknown{HELP}",
    "trian": f"trian is no option; options begin with two hyphens, as --data{HELP}",
    "--trainer.logger WandbLogger": (
        "WandbLogger needs the package wandb, which is not installed; pip install wandb."
    ),
    "--data.batch_size abc": (
        f"--data.batch_size was given abc, which it cannot take; expected a whole number{HELP}"
    ),
    "--data NpzFile": f"--data.path is not given; add it{HELP}",
    "--optimizer Adm": f"--optimizer was given Adm, which it cannot take; expected Adam{HELP}",
    "--trainer.callbacks+=EarlyStoping": (
        f"--trainer.callbacks was given EarlyStoping, which it cannot take; expected EarlyStopping"
        f"{HELP}"
    ),
    "--data.task clases": (
        "--data.task was given clases, which it cannot take; expected classes, or another of auto, "
        f"binary, classes, multilabel, regression{HELP}"
    ),
    "--model.compile inducter": (
        "backend 'inducter' is unknown to torch.compile; expected inductor."
    ),
    # --data
    "--data x.csv": (
        "--data names a data set, and x.csv is a file; use --data Table --data.path x.csv "
        "--data.target COLUMN, the COLUMN to predict."
    ),
    "--data good.npz": (
        "--data names a data set, and good.npz is a file; use --data NpzFile --data.path good.npz."
    ),
    "--data x.mat": (
        "--data names a data set, and x.mat is a file; use --data MatFile --data.path x.mat."
    ),
    "--data x.h5": (
        "--data names a data set, and x.h5 is a file; use --data CourseHDF5 --data.train x.h5 for "
        "files like the course's, or --data HDF5File --data.path x.h5."
    ),
    "--data photos": (
        "--data names a data set, and photos is a folder; use --data ImageFolder --data.path "
        "photos, where it has a folder of images for each class."
    ),
    "--data no.py:Mine": "--data names no.py, which is not a file; check the path.",
    "--data pair.py": (
        "--data was given pair.py without a class; expected pair.py:NAME, the NAME of a class in "
        "it that extends ArrayData: Mine."
    ),
    "--data pair.py:Main": (
        "pair.py has no data set 'Main'; expected a class that extends ArrayData, one of Mine."
    ),
    "--data pair.py:Mine": (
        "load of Mine returned list and list; expected Examples(x, y), or two of them, to train "
        "and to test."
    ),
    "--data raises.py:Mine": (
        "{folder}/raises.py, line 4: ZeroDivisionError: division by zero; correct the program."
    ),
    "--data syntax.py:Mine": (
        "{folder}/syntax.py, line 1: SyntaxError: '(' was never closed; correct the program."
    ),
    "--data objects.py:Mine": (
        "x has dtype object; expected numbers: encode the other columns first."
    ),
    # files of examples
    "--data NpzFile --data.path no.npz": "no.npz is not a file; check the path.",
    "--data NpzFile --data.path names.npz": (
        f"names.npz holds ['a', 'b']; expected x and y, or x_train and y_train: name the arrays "
        f"with {KNOWN}"
    ),
    "--data NpzFile --data.path columns.npz": (
        "columns.npz has X of shape (2, 6) and Y of shape (1, 6), which are examples in columns; "
        "add --data.columns true."
    ),
    "--data NpzFile --data.path scalar.npz": (
        "x has shape (6, 2) and y (); expected (m, …) with two or more dimensions and (m,), one y "
        "for each x."
    ),
    "--data NpzFile --data.path empty.npz": (
        "x has shape (0, 2) and y (0,); expected (m, …) with two or more dimensions and (m,), one "
        "y for each x."
    ),
    "--data NpzFile --data.path nan.npz": None,
    "--data NpzFile --data.path one.npz": "y has one value, 1, in all 1 examples; expected labels "
    "that differ.",
    "--data NpzFile --data.path same.npz": "y has one value, 1, in all 6 examples; expected labels "
    "that differ.",
    # configs
    "--config latin.yaml": (
        "the config latin.yaml is not text in UTF-8 (byte 8); save it as UTF-8."
    ),
    "--config list.yaml": (
        "the config list.yaml holds a list; expected options, such as `model: {learning_rate: "
        "0.01}`."
    ),
    "--config empty.yaml": (
        "the config empty.yaml holds nothing; expected options, such as `model: {learning_rate: "
        "0.01}`."
    ),
    "--config broken.yaml": None,
    "--config no.yaml": None,
}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for name, text in OWN.items():
        (tmp_path / name).write_text(text)
    for name, x, y in (
        ("good", X, Y), ("scalar", X, np.array(3)), ("empty", X[:0], Y[:0]), ("nan", X, NAN),
        ("one", X[:1], np.array([1])), ("same", X, np.ones(6, int)),
    ):  # fmt: skip
        np.savez(tmp_path / f"{name}.npz", x=x, y=y)
    np.savez(tmp_path / "names.npz", a=X, b=Y)
    np.savez(tmp_path / "columns.npz", X=X.T, Y=Y[None])
    (tmp_path / "latin.yaml").write_bytes("model: #é\n".encode("latin-1"))
    (tmp_path / "list.yaml").write_text("- 1\n")
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    (tmp_path / "broken.yaml").write_text("model: {a: 1\ntrainer: [\n")
    return tmp_path


@pytest.mark.parametrize("words", MISUSES)
def test_a_misuse_is_one_sentence_and_leaves_nothing(
    files: Path, run: Any, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    before = sorted(files.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        run("fit", *words.split())
    assert ended.value.code == 2
    printed = capsys.readouterr().err
    assert printed.startswith("train.py: error: ")
    assert len(printed.splitlines()) == 1
    said = MISUSES[words]
    if said is not None:
        assert printed == f"train.py: error: {said.replace('{folder}', str(files))}\n"
    left = [path for path in files.rglob("*") if "__pycache__" not in path.parts]
    assert sorted(left) == before


def test_there_are_thirty() -> None:
    assert len(MISUSES) >= 30
