"""Several updates a step: the short way and Lightning's way are one."""

from __future__ import annotations

from typing import Any

import lightning as L
import pytest
import torch

from parity_tests.tests.support.tiny_training import UPDATES, Trained
from torch_impl.lightning.fast_path import HOOKS, can_bypass_hooks
from torch_impl.lightning.module import NetworkModule

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]


class Asked(L.Callback):
    """Whether the short way was open."""

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx) -> None:
        self.open = can_bypass_hooks(pl_module)


def looking(hook: str) -> Any:
    """A callback with one more hook, which counts."""

    class Looks(Asked):
        calls = 0

    def count(self, *args: Any, **kwargs: Any) -> None:
        self.calls += 1

    setattr(Looks, hook, count)
    return Looks()


def weights(trained: Trained) -> list[torch.Tensor]:
    return list(trained.module.network.parameters())


def counted(trained: Trained) -> dict[str, Any]:
    """What Lightning's own way to update counts, which a checkpoint keeps."""
    epoch_loop: Any = trained.trainer.fit_loop.epoch_loop
    return epoch_loop.manual_optimization.optim_step_progress.state_dict()


def same(a: Trained, b: Trained) -> bool:
    return all(torch.equal(p, q) for p, q in zip(weights(a), weights(b), strict=True))


@pytest.mark.parametrize("per_step", [2, 3, 7])
def test_the_weights_are_those_of_an_update_a_step(per_step: int) -> None:
    one, several = Trained(), Trained(asked := Asked(), batches_per_step=per_step)
    assert asked.open
    assert same(one, several)
    assert several.trainer.global_step == one.trainer.global_step == UPDATES
    assert several.module.costs == one.module.costs
    assert several.module.latest == one.module.latest
    assert counted(several) == counted(Trained(looking("on_after_backward"), batches_per_step=2))


@pytest.mark.parametrize("hook", HOOKS)
def test_a_callback_that_looks_on_is_called(hook: str) -> None:
    trained = Trained(looks := looking(hook), batches_per_step=3)
    assert not looks.open
    assert looks.calls == UPDATES
    assert same(trained, Trained(batches_per_step=3))
    assert trained.trainer.global_step == UPDATES


def test_a_module_that_looks_on_and_a_scale_are_lightnings(monkeypatch) -> None:
    Trained(asked := Asked(), batches_per_step=3)
    assert asked.open

    class Looks(Asked):
        def on_train_batch_start(self, trainer, pl_module, batch, batch_idx) -> None:
            trainer.precision_plugin.scaler = object()
            self.open = can_bypass_hooks(pl_module)
            del trainer.precision_plugin.scaler

    Trained(looks := Looks(), batches_per_step=3)
    assert not looks.open
    calls = []
    monkeypatch.setattr(NetworkModule, "on_after_backward", lambda self: calls.append(1))
    Trained(asked := Asked(), batches_per_step=3)
    assert not asked.open
    assert len(calls) == UPDATES


@pytest.mark.parametrize("per_step", [3, 7])
def test_max_steps_may_fall_within_a_step(per_step: int) -> None:
    for looks in (Asked(), looking("on_after_backward")):
        trained = Trained(looks, batches_per_step=per_step, max_steps=5)
        assert trained.trainer.global_step == 5
        assert same(trained, Trained(max_steps=5))
