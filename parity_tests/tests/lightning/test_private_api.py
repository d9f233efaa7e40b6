"""A test for each part of Lightning that is used without being public.

Where an upgrade of Lightning breaks one: torch_impl/lightning/private_api.py is the place to look.
"""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
import rich
import torch
from lightning.pytorch.callbacks import LearningRateFinder
from lightning.pytorch.cli import LightningCLI
from lightning.pytorch.strategies import ModelParallelStrategy

from parity_tests.tests.support.tiny_training import UPDATES, Trained, batches, quiet_trainer
from torch_impl.data import Digits
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.private_api import (
    CommandLine,
    DataParallelMesh,
    InterceptedProgressBar,
    count_update,
    processes_started,
    resume_after_whole_epochs,
    trainer_of,
    training_steps_wanted,
    unscales_in_step,
)

pytestmark = pytest.mark.filterwarnings("ignore")


def test_trainer_of_a_module_without_a_run() -> None:
    """Else data and checkpoints cannot be used outside of a run: LightningModule._trainer."""
    module = NetworkModule(5, 3)
    assert trainer_of(module) is None
    trainer = quiet_trainer(max_epochs=1, devices=1)
    trainer.fit(module, batches())
    assert trainer_of(module) is trainer


def test_count_update_is_one_more_global_step() -> None:
    """Else --data.batches_per_step counts no updates: the loop's optim_step_progress."""
    trained = Trained(batches_per_step=2)
    assert trained.trainer.global_step == UPDATES
    count_update(trained.module)
    assert trained.trainer.global_step == UPDATES + 1


def test_processes_that_run_the_command_are_known() -> None:
    """Else a signal to one of several ends it alone: _SubprocessScriptLauncher.procs."""
    assert processes_started(quiet_trainer(devices=2, strategy="ddp")) == []
    assert processes_started(quiet_trainer(devices=2, strategy="ddp_spawn")) is None
    assert processes_started(quiet_trainer(devices=1)) == []


def test_a_fused_optimiser_divides_by_the_scale_in_its_step() -> None:
    """Else the monitor takes its gradients for too large: _optimizer_handles_unscaling."""
    parameters = [torch.nn.Parameter(torch.ones(3))]
    assert unscales_in_step(torch.optim.Adam(parameters, fused=True))
    assert not unscales_in_step(torch.optim.Adam(parameters))


def test_a_search_for_a_learning_rate_has_its_steps() -> None:
    """Else one that is longer than the training is not refused: _num_training_steps."""
    assert training_steps_wanted(LearningRateFinder(num_training_steps=7)) == 7


def test_a_whole_epoch_is_done_where_max_steps_is_given() -> None:
    """Else a run that resumes has an epoch without updates: FitLoop.restarting."""
    trainer = quiet_trainer(max_steps=99, devices=1)
    loop, found = trainer.fit_loop, []
    for _ in range(2):
        loop.restarting = True
        found.append(loop.restarting)
        resume_after_whole_epochs(trainer)
    assert found == [True, False]
    loop.epoch_progress.current.ready += 1  # an epoch has begun
    loop.restarting = True
    assert loop.restarting


def test_the_command_line_reads_no_checkpoint_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a checkpoint's options replace those that were given: LightningCLI._parse_ckpt_path."""
    pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")
    assert "_parse_ckpt_path" in vars(LightningCLI)
    calls: list[Any] = []
    monkeypatch.setattr(CommandLine, "_parse_ckpt_path", lambda self: calls.append(self))
    args = ["--model.n_x", "2", "--model.n_y", "1", "--trainer.max_epochs", "3"]
    line = CommandLine(
        NetworkModule, Digits, args=args, run=False, save_config_callback=None,
        seed_everything_default=0, trainer_defaults={"logger": False},
    )  # fmt: skip
    assert calls == [line]
    assert line.subcommand_parser is line.parser  # LightningCLI._parser
    assert line.instantiated("trainer")["max_epochs"] == 3  # LightningCLI._get


class Counted(InterceptedProgressBar):
    """Counts the calls to draw, and makes none."""

    draws = 0
    limited = 0

    def limit(self, draw: Any) -> Any:
        self.limited += 1

        def count() -> None:
            self.draws += 1

        return count


def test_the_progress_bar_is_intercepted() -> None:
    """Else it is drawn after every batch: RichProgressBar._init_progress, progress.refresh."""
    try:
        bar = Counted()
        trainer = quiet_trainer(
            max_epochs=1, devices=1, enable_progress_bar=True, callbacks=[bar]
        )  # fmt: skip
        trainer.fit(NetworkModule(5, 3), batches())
        assert bar.limited >= 2
        assert bar.draws >= UPDATES
        # Else epochs are counted from 0: RichProgressBar._get_train_description.
        assert bar.progress is not None
        assert bar.progress.tasks[0].description.rstrip() == "Epoch 1/1"
    finally:
        rich.reconfigure()  # Lightning's bar makes its console rich's own, which others print to


def test_the_mesh_of_fsdp2_has_one_dimension(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every device of a node works on the same examples: ModelParallelStrategy's sizes."""
    seen: list[tuple[Any, Any]] = []

    def setup_environment(self: Any) -> None:
        seen.append((self._data_parallel_size, self._tensor_parallel_size))

    source = inspect.getsource(ModelParallelStrategy)
    assert "self._data_parallel_size" in inspect.getsource(ModelParallelStrategy.setup_environment)
    assert source.count("self._tensor_parallel_size") >= 2
    monkeypatch.setattr(ModelParallelStrategy, "setup_environment", setup_environment)
    strategy = DataParallelMesh()
    strategy.parallel_devices = [SimpleNamespace()] * 3  # pyright: ignore
    strategy.num_nodes = 2
    strategy.setup_environment()
    assert seen == [(6, 1)]
