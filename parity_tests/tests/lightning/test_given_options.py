"""An option that cannot take effect is refused, and no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parity_tests.tests.support.train_args import SMALL
from torch_impl.lightning.checkpoint_files import read

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = pytest.mark.filterwarnings("ignore")

ADAM = ("--optimizer", "torch.optim.Adam")
DECAY = ("--lr_scheduler", "torch.optim.lr_scheduler.ExponentialLR", "--lr_scheduler.gamma", "0.9")
REFUSED = {
    "learning rate": ([*ADAM, "--model.learning_rate", "0.5"], "--model.learning_rate 0.5 has no"),
    "its default": ([*ADAM, "--model.learning_rate=0.001"], "--model.learning_rate 0.001 has no"),
    "weight decay": ([*ADAM, "--model.weight_decay", "0.1"], "--model.weight_decay 0.1 has no eff"),
    "optimiser": ([*ADAM, "--model.optimiser", "momentum"], "--model.optimiser momentum has no ef"),
    "in a config": (
        [*ADAM, "--config", "mine.yaml"],
        "--model.learning_rate 0.25 has no effect be",
    ),
    "schedule": ([*DECAY], "--lr_scheduler has no effect without --optimizer, which it schedules"),
    "test fraction": (
        ["--data", "NpzFile", "--data.path", "own.npz", "--data.test_fraction", "0.3"],
        "--data.test_fraction 0.3 has no effect on data with a set of their own to test; leave it",
    ),
}


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """mine.yaml and own.npz."""
    (tmp_path / "mine.yaml").write_text("model: {learning_rate: 0.25}\n")
    x = np.random.default_rng(0).standard_normal((40, 2))
    np.savez(tmp_path / "own.npz", x_train=x, y_train=x[:, 0] > 0, x_test=x, y_test=x[:, 0] > 0)
    return tmp_path


@pytest.mark.parametrize("name", REFUSED)
def test_options_without_effect_are_refused(run: Any, capsys: Any, there: Path, name: str) -> None:
    args, said = REFUSED[name]
    with pytest.raises(SystemExit) as ended:
        run("fit", *SMALL, *args)
    assert ended.value.code == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith(f"train.py: error: {said}")
    assert not list(there.rglob("*.ckpt"))


@pytest.mark.slow
def test_a_runs_own_config_says_nothing_twice(run: Any, there: Path) -> None:
    """It has every option with its value, also those of the optimiser that was not used; and where
    there is no --optimizer, a config may have a learning rate."""
    quick = ("--trainer.max_epochs", "1")
    run("fit", *SMALL, *quick, *ADAM, "--optimizer.lr", "0.25", *DECAY)
    folder = there / "lightning_logs/version_0"
    text = (folder / "config.yaml").read_text()
    assert "learning_rate: 0.001" in text
    run("fit", "--config", str(folder / "config.yaml"), *quick)
    again = read(there / "lightning_logs/version_1/checkpoints/last.ckpt")
    assert again["optimizer_states"][0]["param_groups"][0]["initial_lr"] == 0.25
    run("fit", *SMALL, *quick, "--config", "mine.yaml")
    last = read(there / "lightning_logs/version_2/checkpoints/last.ckpt")
    assert last["optimizer_states"][0]["param_groups"][0]["lr"] == 0.25
