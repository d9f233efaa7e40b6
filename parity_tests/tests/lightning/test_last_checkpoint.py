"""Where last.ckpt lies, and when it is written, one decision at a time."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lightning as L
import pytest
from lightning.pytorch.callbacks import EarlyStopping
from lightning.pytorch.callbacks.early_stopping import EarlyStoppingReason

from torch_impl.data import TwoMoons
from torch_impl.lightning.checkpoint_files import WholeCheckpointIO, read
from torch_impl.lightning.checkpoints import BestCheckpoint, LastCheckpoint, validates_after
from torch_impl.lightning.module import NetworkModule

pytestmark = pytest.mark.filterwarnings("ignore")


class Noted(LastCheckpoint):
    """After which updates one is written."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.written: list[int] = []

    def save(self, trainer: L.Trainer) -> None:
        self.written.append(trainer.global_step)
        super().save(trainer)


class Ticks(L.Callback):
    """Each update takes so many seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.now, self.seconds = 1e6, seconds
        monkeypatch.setattr("torch_impl.lightning.checkpoints.time.monotonic", lambda: self.now)

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx) -> None:
        self.now += self.seconds


def fit(
    folder: Path, *callbacks: L.Callback, go_on: Path | None = None, **options: Any
) -> L.Trainer:
    """Epochs of 5 updates."""
    L.seed_everything(3, verbose=False)
    trainer = L.Trainer(
        default_root_dir=folder, accelerator="cpu", logger=False, enable_progress_bar=False,
        enable_model_summary=False, callbacks=[*callbacks], **{"max_epochs": 2, **options},
    )  # fmt: skip
    module = NetworkModule(2, 1, "sigmoid", [4])
    trainer.strategy.checkpoint_io = WholeCheckpointIO()
    trainer.fit(module, TwoMoons(m=100, batch_size=16), ckpt_path=go_on)
    return trainer


def test_an_epoch_is_quick_below_5_seconds(tmp_path: Path, monkeypatch) -> None:
    for seconds, written in ((1.0, [0, 5, 10, 10]), (0.99, [0, 10, 10])):
        fit(tmp_path, Ticks(monkeypatch, seconds), noted := Noted())
        assert noted.written == written


@pytest.mark.slow
def test_checkpoints_by_updates_and_by_minutes(tmp_path: Path, monkeypatch) -> None:
    """Every second update, or after 100 s, whichever is sooner."""
    options = {"every_n_steps": 2, "every_n_minutes": 100 / 60}
    for seconds, written in ((40, [2, 4, 5, 7, 9, 10, 10]), (120, [*range(1, 11), 10])):
        fit(tmp_path, Ticks(monkeypatch, seconds), noted := Noted(**options))
        assert noted.written == [0, *written]


@pytest.mark.slow
def test_resume_counts_from_the_checkpoint(tmp_path: Path, monkeypatch) -> None:
    """And begins with a copy of it."""
    fit(tmp_path / "a", Ticks(monkeypatch, 1), Noted(epoch_seconds=0), max_epochs=1)
    last = tmp_path / "a/checkpoints/last.ckpt"
    assert read(last)["global_step"] == 5
    for options, written in (
        ({"every_n_steps": 3}, [8, 10, 13, 15, 15]),
        ({"every_n_minutes": 3}, [8, 10, 13, 15, 15]),
    ):
        noted = Noted(**options)
        fit(tmp_path / "b", Ticks(monkeypatch, 60), noted, go_on=last, max_epochs=3)
        assert noted.written == written


def test_no_checkpoint_is_written_while_gradients_accumulate() -> None:
    """It would not hold them."""
    for batch, written in ((2, []), (3, [2]), (4, []), (5, [2])):
        noted = Noted(every_n_minutes=1.0)
        noted.steps, noted.seconds = 0, -1e9
        trainer: Any = SimpleNamespace(
            is_last_batch=False, global_step=2, max_steps=-1, received_sigterm=True, world_size=1,
            accumulate_grad_batches=2, val_check_batch=None, check_val_every_n_epoch=1,
            fast_dev_run=True, strategy=SimpleNamespace(broadcast=bool),
        )  # fmt: skip
        noted.on_train_batch_end(trainer, None, None, None, batch)  # pyright: ignore[reportArgumentType]
        assert noted.written == written, batch


@pytest.mark.parametrize(("processes", "written"), [(1, [3]), (2, [])])
def test_a_cluster_that_ends_a_run_is_heard_where_it_is_of_one_process(
    processes: int, written: list[int]
) -> None:
    """The others would wait for what one of them saves."""
    noted = Noted()
    trainer: Any = SimpleNamespace(
        is_last_batch=False, global_step=3, max_steps=-1, received_sigterm=True,
        accumulate_grad_batches=1, world_size=processes, val_check_batch=None,
        check_val_every_n_epoch=1, fast_dev_run=True,
    )  # fmt: skip
    noted.on_train_batch_end(trainer, None, None, None, 2)  # pyright: ignore[reportArgumentType]
    assert noted.written == written


def test_last_checkpoint_is_beside_the_log_or_in_dirpath(tmp_path: Path) -> None:
    root = {"default_root_dir": "root"}
    for dirpath, log_dir, where in (
        (None, "log", "log/checkpoints/last.ckpt"),
        (None, None, "root/checkpoints/last.ckpt"),
        ("mine", "log", "mine/last.ckpt"),
    ):
        trainer: Any = SimpleNamespace(log_dir=log_dir, **root)
        assert LastCheckpoint(dirpath=dirpath).path(trainer) == Path(where)


@pytest.mark.parametrize("reason", EarlyStoppingReason)
def test_resume_after_early_stopping_stops(reason: EarlyStoppingReason) -> None:
    decided = EarlyStopping("val_cost")
    decided.stopping_reason = reason
    for callbacks in ([decided], [EarlyStopping("val_cost"), L.Callback(), decided]):
        trainer: Any = SimpleNamespace(
            global_step=5, callbacks=callbacks, should_stop=False, ckpt_path=None,
            fast_dev_run=True, strategy=SimpleNamespace(checkpoint_io=None),
        )  # fmt: skip
        Noted().on_train_start(trainer, None)  # pyright: ignore[reportArgumentType]
        assert trainer.should_stop == (reason is not EarlyStoppingReason.NOT_STOPPED)


def test_more_epochs_than_early_stopping_chose_count_anew() -> None:
    decided = EarlyStopping("val_cost")
    decided.stopping_reason, decided.wait_count = EarlyStoppingReason.PATIENCE_EXHAUSTED, 3
    trainer: Any = SimpleNamespace(
        global_step=5, callbacks=[decided], should_stop=False, ckpt_path=None,
        fast_dev_run=True, strategy=SimpleNamespace(checkpoint_io=None),
    )  # fmt: skip
    noted = Noted()
    noted.forgets_stopping = True
    noted.on_train_start(trainer, None)  # pyright: ignore[reportArgumentType]
    assert (trainer.should_stop, decided.wait_count) == (False, 0)


def test_also_in_the_first_epoch(tmp_path: Path) -> None:
    """Whose number is 0."""

    def stopping() -> EarlyStopping:
        return EarlyStopping("val_cost", stopping_threshold=99.0)

    assert fit(tmp_path, stopping(), Noted()).global_step == 5
    last = tmp_path / "checkpoints/last.ckpt"
    assert fit(tmp_path / "b", stopping(), Noted(), go_on=last).global_step == 5


@pytest.mark.parametrize(
    ("options", "follows"),
    [
        ({"val_check_batch": None}, []),
        ({"val_check_batch": 3}, [2, 5]),
        ({"val_check_batch": 3, "check_val_every_n_epoch": None}, [1, 4]),
    ],
)
def test_after_which_batches_a_validation_follows(options: dict, follows: list[int]) -> None:
    """Counted from the epoch's first batch, or from the run's, of which 10 are over then."""
    found = []
    for k in range(7):
        loop = SimpleNamespace(total_batch_idx=10 + k)
        trainer: Any = SimpleNamespace(
            fit_loop=loop, **{"check_val_every_n_epoch": 1, **options}
        )  # fmt: skip
        if validates_after(trainer, k):
            found.append(k)
    assert found == follows


def test_the_best_lies_where_the_folder_is_now(tmp_path: Path) -> None:
    """By its name; what there is not, such as a last one, has none."""
    best = BestCheckpoint(tmp_path / "new", "best", "val_cost")
    was = {
        "monitor": "val_cost", "best_model_score": 0.5, "dirpath": "old",
        "best_model_path": "old/best.ckpt", "kth_best_model_path": "old/best.ckpt",
        "last_model_path": "", "best_k_models": {"old/best.ckpt": 0.5}, "kth_value": 0.5,
    }  # fmt: skip
    best.load_state_dict(was)
    here = str(tmp_path / "new/best.ckpt")
    assert (best.best_model_path, best.kth_best_model_path) == (here, here)
    assert best.last_model_path == ""
    assert best.best_k_models == {here: 0.5}
