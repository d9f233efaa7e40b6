"""Checkpoints that are written while the training continues are those that it would wait for.

A CPU does without: here the thread is used all the same.
"""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lightning as L
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, Logger

from parity_tests.campaigns.crash_recovery import exact
from parity_tests.tests.support.send_signal import LogElsewhere
from parity_tests.tests.support.tiny_training import batches, quiet_trainer
from torch_impl.lightning.checkpoint_files import WholeCheckpointIO, read
from torch_impl.lightning.checkpoints import BestCheckpoint
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.restoring import use_whole_checkpoints
from torch_impl.lightning.runs.background_writing import (
    BackgroundCheckpointIO,
    copy_to_cpu,
    wait_for_checkpoints,
    writes_in_background,
)

pytestmark = pytest.mark.filterwarnings("ignore")

FULL = OSError(28, "No space left on device", "disk")


def state(number: int) -> dict[str, Any]:
    return {"state_dict": {"W": torch.full((3, 4), float(number))}, "epoch": number}


class Held:
    """A disk that writes a checkpoint when it may; `fails` are those for which it has no room."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *fails: int) -> None:
        self.may, self.begun, self.done = (threading.Semaphore(0) for _ in range(3))
        self.written: list[int] = []
        write = WholeCheckpointIO.save_checkpoint

        def held(io: Any, checkpoint: dict[str, Any], *args: Any) -> None:
            self.begun.release()
            self.may.acquire()
            if checkpoint["epoch"] in fails:
                raise FULL
            write(io, checkpoint, *args)
            self.written.append(checkpoint["epoch"])
            self.done.release()

        monkeypatch.setattr(WholeCheckpointIO, "save_checkpoint", held)


def after(wait: Any, event: Any) -> Any:
    """Call a function that waits; then the event, without which it does not return; its result."""
    results: list[Any] = []
    waiting = threading.Thread(target=lambda: results.append(wait()))
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive()
    event()
    waiting.join()
    return results[0]


def test_a_checkpoint_holds_what_was_so_at_the_call(tmp_path: Path, monkeypatch) -> None:
    """Tensors, also those of a Parameter, and lists are changed while it is being written."""
    held, writer = Held(monkeypatch), BackgroundCheckpointIO()
    parameter = torch.nn.Parameter(torch.ones(3), requires_grad=False)
    checkpoint = {**state(1), "more": {"p": parameter, "curve": [0.5]}}
    before = exact(checkpoint)
    writer.save_checkpoint(checkpoint, path := tmp_path / "last.ckpt")
    held.begun.acquire()
    checkpoint["state_dict"]["W"] += 1
    checkpoint["more"]["curve"].append(0.25)
    parameter.data.zero_()
    checkpoint["epoch"] = 2
    held.may.release()
    writer.teardown()
    assert exact(read(path)) == before


def test_a_copy_is_what_would_be_written(tmp_path: Path) -> None:
    """Strides, dtypes, and what is no tensor."""
    values = {
        "state_dict": {
            "transposed": torch.arange(6.0).reshape(2, 3).T,
            "a column": torch.arange(6.0).reshape(2, 3)[:, 1],
            "half": torch.tensor([1.5], dtype=torch.float16),
            "empty": torch.empty(0, 5),
            "number": torch.tensor(7),
            "parameter": torch.nn.Parameter(torch.ones(2), requires_grad=False),
        },
        "epoch": 3, "names": ["a", ("b", None, True)], "scores": {"best": 0.1},
    }  # fmt: skip
    copied = copy_to_cpu(values)
    assert exact(copied) == exact(values)
    assert isinstance(copied["state_dict"]["parameter"], torch.nn.Parameter)
    assert copied["state_dict"]["transposed"].stride() == (1, 3)
    WholeCheckpointIO().save_checkpoint(copied, tmp_path / "copy.ckpt")
    assert exact(read(tmp_path / "copy.ckpt")) == exact(values)


def test_two_are_in_hand_and_the_third_waits(tmp_path: Path, monkeypatch) -> None:
    """As best.ckpt and last.ckpt at an epoch's end; they are written in their order."""
    held, writer = Held(monkeypatch), BackgroundCheckpointIO()
    path = tmp_path / "last.ckpt"
    writer.save_checkpoint(state(1), path)
    writer.save_checkpoint(state(2), tmp_path / "best.ckpt")
    after(lambda: writer.save_checkpoint(state(3), path), held.may.release)
    assert held.written == [1]
    held.may.release(2)
    writer.teardown()
    assert held.written == [1, 2, 3]
    assert [read(tmp_path / name)["epoch"] for name in ("best.ckpt", "last.ckpt")] == [2, 3]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["best.ckpt", "last.ckpt"]


@pytest.mark.slow
def test_who_reads_removes_or_ends_waits_for_the_file(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "best.ckpt"
    trainer: Any = SimpleNamespace(
        strategy=SimpleNamespace(
            barrier=lambda name: None, reduce_boolean_decision=lambda found, all: found
        ),
        is_global_zero=True,
    )
    best = BestCheckpoint(tmp_path, "best", "val_cost")
    for act, result in (
        (lambda io: io.load_checkpoint(path)["epoch"], 1),
        (lambda io: (io.remove_checkpoint(path), path.exists()), (None, False)),
        (lambda io: (io.teardown(), path.is_file()), (None, True)),
        (lambda io: (wait_for_checkpoints(trainer), path.is_file()), (None, True)),
        (lambda io: best.file_exists(path, trainer), True),
    ):
        with monkeypatch.context() as patch:
            held, writer = Held(patch), BackgroundCheckpointIO()
            trainer.strategy.checkpoint_io = writer
            path.unlink(missing_ok=True)
            writer.save_checkpoint(state(1), path)
            assert after(lambda act=act, io=writer: act(io), held.may.release) == result
            writer.teardown()


def test_an_error_is_raised_once_and_nothing_is_written_after_it(
    tmp_path: Path, monkeypatch
) -> None:
    held, writer = Held(monkeypatch, 1), BackgroundCheckpointIO()
    writer.save_checkpoint(state(1), tmp_path / "best.ckpt")
    writer.save_checkpoint(state(2), tmp_path / "last.ckpt")
    held.may.release(2)
    with pytest.raises(OSError, match="No space left") as raised:
        writer.save_checkpoint(state(3), tmp_path / "last.ckpt")
    assert raised.value is FULL
    writer.teardown()
    assert held.written == []
    writer.save_checkpoint(state(4), tmp_path / "last.ckpt")  # where somebody has made room
    writer.teardown()
    assert held.written == [4]


def test_an_error_of_the_last_is_raised_at_the_end(tmp_path: Path, monkeypatch) -> None:
    held, writer = Held(monkeypatch, 1), BackgroundCheckpointIO()
    writer.save_checkpoint(state(1), tmp_path / "last.ckpt")
    held.may.release()
    with pytest.raises(OSError, match="No space left"):
        writer.teardown()
    writer.teardown()
    assert not [*tmp_path.iterdir()]


class Written(L.Callback):
    """Lets a checkpoint be written two updates after the one that it is of; it is read then."""

    def __init__(self, held: Held, path: Path) -> None:
        self.held, self.path, self.found = held, path, {}

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *args: Any) -> None:
        if trainer.global_step == 3:  # asked for after the first
            self.held.may.release()
            self.held.done.acquire()
            self.found = read(self.path)


class SaveFirst(L.Callback):
    """Asks for a checkpoint after the first update."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *args: Any) -> None:
        if trainer.global_step == 1:
            trainer.save_checkpoint(self.path, weights_only=False)


@pytest.mark.parametrize("optimiser", ["adam", "momentum"])
def test_updates_during_the_writing_are_not_in_it(tmp_path: Path, monkeypatch, optimiser) -> None:
    """Every part is as in a training that waits."""

    def trained(path: Path, *more: L.Callback, io: WholeCheckpointIO) -> None:
        L.seed_everything(0, verbose=False)
        trainer = quiet_trainer(tmp_path, max_epochs=1, callbacks=[SaveFirst(path), *more])
        trainer.strategy.checkpoint_io = io
        trainer.fit(NetworkModule(5, 3, hidden_units=[4], optimiser=optimiser), batches())

    trained(tmp_path / "whole.ckpt", io=WholeCheckpointIO())
    whole = read(tmp_path / "whole.ckpt")
    path = tmp_path / "late.ckpt"
    written = Written(Held(monkeypatch), path)
    trained(path, written, io=BackgroundCheckpointIO())
    assert whole["global_step"] == 1
    assert {part: exact(written.found[part]) for part in whole} == {
        part: exact(whole[part]) for part in whole
    }


class UploadingLogger(LogElsewhere):
    """A logger that may look at a checkpoint as soon as it was saved."""


@pytest.mark.parametrize(
    ("device", "loggers", "save_last", "strategy", "expected"),
    [
        ("cuda", [], None, "auto", True),
        ("mps", [], None, "auto", True),
        ("cpu", [], None, "auto", False),
        ("cuda", [CSVLogger("."), UploadingLogger()], None, "auto", False),
        ("cuda", [CSVLogger(".")], True, "auto", True),
        ("cuda", [], "link", "auto", False),
        ("cuda", [], None, "ddp", True),
        ("cuda", [], None, "ddp_spawn", False),
    ],
)
def test_where_checkpoints_are_written_in_the_background(
    device: str, loggers: list[Logger], save_last: Any, strategy: str, expected: bool
) -> None:
    trainer = quiet_trainer(
        enable_checkpointing=True, callbacks=[ModelCheckpoint(save_last=save_last)],
        logger=loggers, strategy=strategy,
    )  # fmt: skip
    root = property(lambda self: torch.device(device))
    kind = type("OnDevice", (type(trainer.strategy),), {"root_device": root})
    trainer.strategy.__class__ = kind
    assert writes_in_background(trainer) is expected
    use_whole_checkpoints(trainer)
    assert isinstance(trainer.strategy.checkpoint_io, BackgroundCheckpointIO) is expected
