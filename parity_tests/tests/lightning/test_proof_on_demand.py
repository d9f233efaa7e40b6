"""`train.py` imports the proof for `numpy`, `compare` and the monitor, and for nothing else."""

from __future__ import annotations

import re
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from parity_tests.tests.support.new_process import python
from parity_tests.tests.support.train_args import SMALL
from torch_impl.lightning.options.configs import mention

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.slow
def test_a_plain_fit_needs_no_parity_tests(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, where each import of one of its modules fails."""
    for command, fails in (("fit", False), ("numpy", True)):
        with monkeypatch.context() as without:
            for name in [m for m in sys.modules if m.split(".")[0] == "parity_tests"]:
                without.setitem(sys.modules, name, None)
            with pytest.raises(ModuleNotFoundError) if fails else nullcontext():
                run(command, *SMALL, "--trainer.max_epochs", "1")


@pytest.mark.slow
def test_a_plain_fit_imports_no_parity_tests(tmp_path: Path) -> None:
    """The proof is imported by `numpy`, `compare` and the monitor, and by nothing else."""
    args = [*SMALL, "--trainer.max_epochs", "1"]
    check = "print(sorted(m for m in sys.modules if m.split('.')[0] == 'parity_tests'))"
    printed = python(f"import train; train.main({args!r}); {check}", tmp_path)
    assert printed.splitlines()[-1] == "[]"


CALLBACKS = [
    "ParityMonitor",
    pytest.param("parity_tests.monitor.ParityMonitor", marks=pytest.mark.slow),  # as in OLD_CONFIG
    "parity_tests.training.monitor.ParityMonitor",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("path", CALLBACKS)
def test_the_monitor_by_its_name_and_by_its_class_paths(run: Any, path: str) -> None:
    output = run("fit", *SMALL, "--trainer.max_epochs", "1", f"--trainer.callbacks+={path}")
    assert re.search(r"^parity +1 step checked, largest error ratio ", output, re.MULTILINE)


OLD_CONFIG = """
trainer:
  max_epochs: 1
  callbacks:
  - class_path: parity_tests.monitor.ParityMonitor
  - class_path: torch_impl.checkpoints.LastCheckpoint
    init_args: {dirpath: mine}
  - class_path: torch_impl.progress.EpochProgressBar
data:
  class_path: torch_impl.data.TwoMoons
  init_args: {m: 100}
model: {hidden_units: [4]}
"""


@pytest.mark.slow
def test_a_config_with_old_class_paths_runs(run: Any, tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(OLD_CONFIG)
    output = run("fit", "--config", "old.yaml", "--trainer.accelerator", "cpu")
    assert re.search(r"^parity +1 step checked", output, re.MULTILINE)
    assert (tmp_path / "mine/last.ckpt").is_file()
    assert (tmp_path / "lightning_logs/version_0/checkpoints/last.ckpt").is_file()


@pytest.mark.slow
def test_a_finding_that_stops_the_training_is_exit_code_1(
    run: Any, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torch_impl import torch_costs

    cost = torch_costs.mean_loss
    monkeypatch.setattr(torch_costs, "mean_loss", lambda *given: 2 * cost(*given))
    with pytest.raises(SystemExit) as ended:
        run(
            "fit", *SMALL, "--trainer.max_epochs", "1", "--trainer.callbacks+=ParityMonitor",
            "--trainer.callbacks.on_finding=stop",
        )  # fmt: skip
    assert ended.value.code == 1
    assert "train.py: update 0, float32: J is wrong" in capsys.readouterr().err


def test_mention_looks_into_configs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("with.yaml").write_text("trainer: {callbacks: [{class_path: ParityMonitor}]}")
    Path("without.yaml").write_text("trainer: {max_epochs: 1}")
    for words, found in (
        (["fit"], False),
        (["fit", "--trainer.callbacks+=ParityMonitor"], True),
        (["fit", "--config", "with.yaml"], True),
        (["fit", "--config=with.yaml"], True),
        (["fit", "-c", "with.yaml"], True),
        (["fit", "--config", "without.yaml"], False),
        (["fit", "--config", "missing.yaml"], False),
        (["fit", "--config", "."], False),
    ):
        assert mention(words, "ParityMonitor") is found
