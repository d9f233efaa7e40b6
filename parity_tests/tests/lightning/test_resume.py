"""A run that resumes from any of its checkpoints ends as if it had not been interrupted."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import lightning as L
import pytest
from lightning.pytorch.callbacks import EarlyStopping
from lightning.pytorch.cli import ReduceLROnPlateau
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch.optim.lr_scheduler import ExponentialLR, StepLR

from parity_tests.campaigns.crash_recovery import exact
from ref_numpy import InputError
from torch_impl.data import TwoMoons
from torch_impl.lightning.checkpoint_files import WholeCheckpointIO, read
from torch_impl.lightning.checkpoints import BestCheckpoint, LastCheckpoint
from torch_impl.lightning.module import NetworkModule

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]


class EveryCheckpoint(LastCheckpoint):
    """Keeps each checkpoint that would have been overwritten."""

    def path(self, trainer: L.Trainer) -> Path:
        folder = super().path(trainer).parent
        return folder / f"{len(list(folder.glob('[0-9]*.ckpt'))):03d}.ckpt"


SCHEDULES = {
    "none": lambda o: o,
    "step": lambda o: {
        "optimizer": o,
        "lr_scheduler": {"scheduler": ExponentialLR(o, 0.97), "interval": "step"},
    },
    "epoch": lambda o: ([o], [StepLR(o, 1, 0.8)]),
    "plateau": lambda o: {
        "optimizer": o,
        "lr_scheduler": {
            "scheduler": ReduceLROnPlateau(o, "val_cost", factor=0.5, patience=0, threshold=0.2),
            "monitor": "val_cost",
        },
    },
}


def trained(
    folder: Path, schedule: str, *, seed: int = 3, go_on: Path | None = None, **options: Any
) -> tuple[L.Trainer, NetworkModule]:
    class Scheduled(NetworkModule):
        def configure_optimizers(self) -> Any:
            return SCHEDULES[schedule](super().configure_optimizers())

    L.seed_everything(seed, verbose=False)
    per_step = options.pop("batches_per_step", 1)
    module = Scheduled(
        2, 1, "sigmoid", [4], "tanh", optimiser="momentum", batches_per_step=per_step
    )
    data = TwoMoons(m=100, batch_size=16, batches_per_step=per_step)  # 72 to train with: 5 steps
    callbacks = [
        BestCheckpoint(folder, "best", "val_cost", enable_version_counter=False),
        EveryCheckpoint(every_n_steps=1, epoch_seconds=0, dirpath=str(folder)),
    ]
    if "patience" in options:
        callbacks.append(EarlyStopping("val_cost", patience=options.pop("patience")))
    trainer = L.Trainer(
        default_root_dir=folder, accelerator="cpu", logger=False, enable_progress_bar=False,
        enable_model_summary=False, callbacks=callbacks, **{"max_epochs": 3, **options},
    )  # fmt: skip
    trainer.strategy.checkpoint_io = WholeCheckpointIO()
    trainer.fit(module, data, ckpt_path=go_on)
    return trainer, module


CASES = [
    ("step", {"precision": "64-true"}),
    ("none", {}),
    ("step", {}),
    ("epoch", {"val_check_interval": 0.5}),
    ("epoch", {"check_val_every_n_epoch": 2}),
    ("plateau", {"accumulate_grad_batches": 2, "gradient_clip_val": 0.1}),
    ("plateau", {"batches_per_step": 2}),
    ("step", {"batches_per_step": 2}),
    ("epoch", {"batches_per_step": 2, "max_steps": 13}),
]


@pytest.mark.parametrize(("schedule", "options"), CASES, ids=str)
@pytest.mark.slow
def test_resume_from_every_checkpoint_ends_the_same(
    tmp_path: Path, schedule: str, options: dict
) -> None:
    """Weights, momentum, learning rate, costs and the best epoch, bit for bit; with another seed,
    since a checkpoint brings its own."""
    trainer, whole = trained(tmp_path, schedule, **options)
    checkpoints = sorted(tmp_path.glob("[0-9]*.ckpt"))
    assert len(checkpoints) > 3
    end = read(checkpoints[-1])
    for path in checkpoints[:-1]:
        folder = tmp_path / path.stem
        resumed, module = trained(folder, schedule, seed=99, go_on=path, **options)
        resumed.save_checkpoint(folder / "end.ckpt")
        last = read(folder / "end.ckpt")
        for part in ("state_dict", "optimizer_states", "lr_schedulers", "costs", "latest"):
            assert exact(last[part]) == exact(end[part]), (path.name, part)
        assert last["global_step"] == end["global_step"] == trainer.global_step
        assert str(module.costs) == str(whole.costs)
        assert len(whole.costs["train"]) == trainer.current_epoch
        best, its = (t.checkpoint_callback for t in (trainer, resumed))
        assert its.best_model_score == best.best_model_score
        assert its.best_model_path == str(folder / "best.ckpt")  # also where it lay elsewhere
        assert its.best_k_models == {its.best_model_path: best.best_model_score}


@pytest.mark.slow
def test_resume_after_early_stopping_trains_no_more(tmp_path: Path) -> None:
    trainer, _ = trained(tmp_path, "epoch", patience=1, max_epochs=60)
    assert trainer.current_epoch < 60
    last = max(tmp_path.glob("[0-9]*.ckpt"))
    before = max(path for path in tmp_path.glob("[0-9]*.ckpt") if path != last)
    assert read(last)["global_step"] == read(before)["global_step"]
    for path in (last, before):
        resumed, _ = trained(tmp_path / path.stem, "epoch", patience=1, max_epochs=60, go_on=path)
        assert resumed.global_step == trainer.global_step


def test_a_schedule_without_its_metric_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="looks at 'val_cost', which is not logged; expected one"):
        trained(tmp_path, "plateau", limit_val_batches=0)


@pytest.mark.parametrize(
    "options", [{"every_n_steps": -1}, {"every_n_minutes": -0.5}, {"epoch_seconds": -1.0}]
)
def test_times_between_checkpoints_are_not_negative(options: dict) -> None:
    with pytest.raises(InputError, match="expected numbers from 0 up"):
        LastCheckpoint(**options)


def saved_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> list[int]:
    """After which updates a checkpoint is written, of 2 epochs of 5, where a batch takes 40 s."""
    clock, steps = [0.0], []
    monkeypatch.setattr("torch_impl.lightning.checkpoints.time.monotonic", lambda: clock[0])
    signal = options.pop("signal", None)

    class Ticks(L.Callback):
        def on_train_batch_start(self, trainer, pl_module, batch, batch_idx) -> None:
            clock[0] += 40
            if trainer.global_step == signal:
                trainer._signal_connector.received_sigterm = True

    class Noted(LastCheckpoint):
        def save(self, trainer: L.Trainer) -> None:
            steps.append(trainer.global_step)
            super().save(trainer)

    trainer_options = {"max_epochs": 2, **options.pop("trainer", {})}
    trainer = L.Trainer(
        default_root_dir=tmp_path, accelerator="cpu", logger=False, enable_progress_bar=False,
        enable_model_summary=False, callbacks=[Ticks(), Noted(**options)], **trainer_options,
    )  # fmt: skip
    module = NetworkModule(2, 1, "sigmoid", [4])
    with nullcontext() if signal is None else pytest.raises(SIGTERMException):
        trainer.fit(module, TwoMoons(m=100, batch_size=16))
    return steps


@pytest.mark.parametrize(
    ("options", "steps"),
    [
        ({}, [5, 10, 10]),
        ({"epoch_seconds": 200}, [5, 10, 10]),
        ({"epoch_seconds": 201}, [10, 10]),
        ({"every_n_steps": 2}, [2, 4, 5, 7, 9, 10, 10]),
        ({"every_n_steps": 4}, [4, 5, 9, 10, 10]),
        ({"every_n_minutes": 2}, [3, 5, 8, 10, 10]),
        ({"every_n_steps": 1, "trainer": {"val_check_interval": 2}}, [1, 3, 5, 6, 8, 10, 10]),
        (
            {
                "every_n_steps": 1,
                "trainer": {"val_check_interval": 3, "check_val_every_n_epoch": None},
            },
            [1, 2, 4, 5, 7, 8, 10, 10],
        ),
        ({"trainer": {"max_steps": 7, "max_epochs": -1}}, [6, 7]),
        ({"signal": 1}, [2]),
        ({"trainer": {"fast_dev_run": 2}}, [2]),
    ],
    ids=str,
)  # fmt: skip
def test_when_a_checkpoint_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict, steps: list[int]
) -> None:
    found = saved_at(tmp_path, monkeypatch, **options)
    assert found == [0, *steps]  # one at the start
    assert (tmp_path / "checkpoints" / "last.ckpt").is_file() == (
        "fast_dev_run" not in str(options)
    )
