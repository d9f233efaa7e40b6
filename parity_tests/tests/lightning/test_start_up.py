"""The beginning of `train.py`: its first line, its help, its header, and what it does not load."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import train
from parity_tests.tests.support.new_process import python
from parity_tests.tests.support.train_args import SMALL
from ref_numpy.version import __version__
from torch_impl.data import Digits, TwoMoons
from torch_impl.data.datamodule import Data
from torch_impl.lightning import start_up
from torch_impl.lightning.command_line import OneSentenceParser, named_data
from torch_impl.lightning.options.configs import shipped_names
from torch_impl.lightning.stopped import TrainingStopped
from torch_impl.lightning.train_cli import TrainCLI
from torch_impl.lightning.trainer import Trainer

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = pytest.mark.filterwarnings("ignore")

# The command line itself is left out, so that only what comes before it is loaded.
STUB = """
import types
stub = types.ModuleType("torch_impl.lightning.runs.subcommand")
stub.run_subcommand = lambda words, trainer_for: print(words, "torch" in sys.modules)
sys.modules[stub.__name__] = stub
import train
"""


def test_the_first_line_comes_before_torch() -> None:
    lines = python(f"{STUB}train.main(['--data', 'TwoMoons'])").splitlines()
    assert lines == ["loading          torch and Lightning", "['fit', '--data', 'TwoMoons'] False"]


def test_only_the_first_process_prints_it(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for rank, printed in (("0", True), ("1", False)):
        monkeypatch.setenv("LOCAL_RANK", rank)
        start_up.announce_loading(["fit"])
        assert (capsys.readouterr().out != "") == printed


def test_help_is_one_page_without_torch() -> None:
    printed = python("import train; train.main(['--help']); print('torch' in sys.modules)")
    page, loaded = printed.rstrip().rsplit("\n", 1)
    assert loaded == "False"
    assert page == start_up.help_page().rstrip()
    assert len(page.splitlines()) <= 45
    assert max(map(len, page.splitlines())) <= 100
    for name in [*start_up.SUBCOMMANDS, *shipped_names(), "fit --help"]:
        assert name in page
    assert len(re.findall(r"^  --\w", page, re.MULTILINE)) == len(start_up.OPTIONS) == 11


def test_the_version_is_one_line_without_torch() -> None:
    printed = python("import train; train.main(['--version']); print('torch' in sys.modules)")
    assert printed.splitlines() == [f"train.py {__version__}", "False"]


@pytest.fixture
def parser(monkeypatch: pytest.MonkeyPatch) -> OneSentenceParser:
    """That of `fit`, as the command line makes it."""
    kept: list[Any] = []

    def stop(self: TrainCLI, parser: Any, args: Any) -> None:
        kept.append(self._subcommand_parsers["fit"])
        raise TrainingStopped

    monkeypatch.setattr(TrainCLI, "parse_arguments", stop)
    with pytest.raises(TrainingStopped):
        TrainCLI(["fit"], Trainer)
    return kept[0]


def test_the_options_of_the_page_have_these_defaults(parser: OneSentenceParser) -> None:
    defaults = parser.get_defaults()
    for name, (_, _, default) in start_up.OPTIONS.items():
        if name == "data":
            assert defaults["data"]["class_path"] in (default, f"torch_impl.data.{default}")
        elif name == "data.batch_size":
            assert Digits().batch_size == default
        else:
            assert defaults.get("trainer.max_epochs" if name == "epochs" else name) == default, name


def test_the_data_sets_of_the_page_are_those_there_are() -> None:
    import torch_impl.data

    page = start_up.help_page()
    listed = page[page.index("Data sets: ") :].split(".")[0].removeprefix("Data sets: ")
    assert listed.replace(",", " ").split() == sorted(torch_impl.data.__all__)


@pytest.mark.slow
def test_the_whole_list_has_the_options_of_the_data(run: Any, capsys: Any) -> None:
    for args, own, other in (
        (("fit", "--help"), "--data.split_seed", "--data.noise"),
        (("fit", "--data", "TwoMoons", "--help"), "--data.noise", "--data.folder"),
        (("fit", "--data=NpyShards", "--help"), "--data.folder", "--data.noise"),
    ):
        with pytest.raises(SystemExit) as ended:
            run(*args)
        assert ended.value.code == 0
        printed = capsys.readouterr().out
        assert re.search(rf"^  {re.escape(own)} ", printed, re.MULTILINE)
        assert other not in printed
        for option in ("--trainer.max_epochs", "--model.hidden_units", "--data.batch_size"):
            assert option in printed
        assert "python train.py fit --data NpzFile --help" in printed


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["fit"], Digits),
        (["fit", "--data", "TwoMoons"], TwoMoons),
        (["fit", "--data=torch_impl.datamodule.Data"], Data),
        (["fit", "--data", "Digits", "--data.class_path", "TwoMoons"], TwoMoons),
        (["fit", "--data", "Never"], None),
        (["fit", "--data", "no_package.Never"], None),
    ],
)
def test_the_data_set_of_the_help(words: list[str], found: type | None) -> None:
    assert named_data(words) is found


def test_a_printed_config_is_all_that_standard_output_has(run: Any, capsys: Any) -> None:
    with pytest.raises(SystemExit):
        run("fit", "--data", "TwoMoons", "--print_config")
    printed = capsys.readouterr()
    assert yaml.safe_load(printed.out)["data"]["class_path"] == "torch_impl.data.TwoMoons"
    assert printed.err.startswith("loading ")


@pytest.mark.slow
def test_the_header_is_above_the_results(run: Any, capsys: Any, tmp_path: Path) -> None:
    lines = run("fit", *SMALL[:-2], "--trainer.max_epochs", "1").splitlines()
    names = [line.split()[0] for line in lines if line.strip()]
    assert names[:6] == ["loading", "data", "task", "network", "parameters", "device"]
    values = {line.split()[0]: line[17:] for line in lines if line.strip()}
    assert values["data"] == "TwoMoons: 72 to train, 8 to validate, 20 to test"
    assert values["task"].startswith("2 classes")
    assert values["network"].startswith("2-4-1 (relu, sigmoid), binary_cross_entropy")
    assert int(values["parameters"]) == 4 * 2 + 4 + 1 * 4 + 1
    assert values["device"] == "cpu, 32-true"
    assert names.index("device") < names.index("chosen")


@pytest.mark.slow
def test_the_header_of_a_resumed_run_names_the_checkpoint(run: Any) -> None:
    """72 examples in batches of 16: 5 updates in an epoch."""
    run("fit", *SMALL, "--trainer.max_epochs", "2")
    output = run("fit", *SMALL, "--trainer.max_epochs", "3", "--ckpt_path", "last")
    path = "lightning_logs/version_0/checkpoints/last.ckpt"
    assert f"\nresumed from     {path} (epoch 3, after 10 updates)\n" in output


@pytest.mark.slow
def test_lightnings_summary_and_notes_are_not_printed(tmp_path: Path) -> None:
    args = [*SMALL[:-2], "--trainer.max_epochs", "1"]
    done = subprocess.run(
        [sys.executable, train.__file__, *args],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for text in (
        "weights_only", "Total params", "Trainable params", "litlogger", "Seed set", "U available",
        "Restor", "Loaded model weights",
    ):  # fmt: skip
        assert text not in done.stdout + done.stderr


@pytest.mark.slow
def test_a_new_config_has_the_public_class_path(run: Any, tmp_path: Path) -> None:
    run("fit", *SMALL, "--trainer.max_epochs", "1")
    saved = yaml.safe_load((tmp_path / "lightning_logs/version_0/config.yaml").read_text())
    assert saved["data"]["class_path"] == "torch_impl.data.TwoMoons"
