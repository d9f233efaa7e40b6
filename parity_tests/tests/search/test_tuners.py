"""Lightning's finders: one that would be lost is refused, and the training after one is exact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch.callbacks import LearningRateFinder

from parity_tests.tests.support.train_args import SMALL
from torch_impl.lightning.checkpoints import read

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = pytest.mark.filterwarnings("ignore")

FINDER = ("--trainer.callbacks+=LearningRateFinder",)
TEN = (*FINDER, "--trainer.callbacks.num_training_steps=10")
SGD = ("--optimizer", "torch.optim.SGD", "--optimizer.lr", "0.1")
DECAY = ("--lr_scheduler", "torch.optim.lr_scheduler.ExponentialLR", "--lr_scheduler.gamma", "0.9")
REFUSED = {
    "batch size": (["--trainer.callbacks+=BatchSizeFinder"], "BatchSizeFinder looks for the larg"),
    "several batches": ([*TEN, "--data.batches_per_step", "2"], "with --data.batches_per_step 2"),
    "schedule": ([*TEN, *SGD, *DECAY], "beside --lr_scheduler"),
    "too short": ([*FINDER, "--trainer.max_epochs", "3"], "a training of 15 updates, since it tri"),
    "few steps": (
        [*TEN, "--trainer.max_steps", "9"],
        "in a training of 9 updates",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_a_finder_without_a_lasting_effect_is_refused(
    run: Any, capsys: Any, tmp_path: Path, name: str
) -> None:
    args, said = REFUSED[name]
    with pytest.raises(SystemExit) as ended:
        run("fit", *SMALL, *args)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err.strip().splitlines()[-1]
    assert not list(tmp_path.rglob("*.ckpt"))


@pytest.mark.slow
def test_a_finder_is_refused_in_a_resumed_run(run: Any, capsys: Any) -> None:
    run("fit", *SMALL, "--trainer.max_epochs", "1")
    with pytest.raises(SystemExit):
        run("fit", *SMALL, *TEN, "--trainer.max_epochs", "3", "--ckpt_path", "last")
    assert "in a resumed training" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("on_device", ["true", "false"])
def test_the_training_after_a_search_is_that_with_the_rate_it_found(
    run: Any, monkeypatch: pytest.MonkeyPatch, on_device: str
) -> None:
    """Same order, costs, epochs and weights, to the bit; and so is a resumed one."""
    found: list[float] = []
    find = LearningRateFinder.lr_find

    def keep(self: Any, *args: Any) -> None:
        find(self, *args)
        found.append(self.optimal_lr.suggestion())

    monkeypatch.setattr(LearningRateFinder, "lr_find", keep)
    search = (*FINDER, "--trainer.callbacks.num_training_steps=20",
              "--trainer.callbacks.min_lr=0.0009765625")  # fmt: skip
    small = (*SMALL, "--data.on_device", on_device)
    run("fit", *small, *search, "--trainer.max_epochs", "4")
    (rate,) = found
    assert 2**-10 < rate < 1
    run("fit", *small, "--model.learning_rate", repr(rate), "--trainer.max_epochs", "4")
    one, other = (read(f"lightning_logs/version_{k}/checkpoints/last.ckpt") for k in (0, 1))
    assert (one["costs"], one["global_step"]) == (other["costs"], other["global_step"])
    best = [read(f"lightning_logs/version_{k}/checkpoints/best.ckpt") for k in (0, 1)]
    assert best[0]["epoch"] == best[1]["epoch"]
    for found_by, given in ((one, other), best):
        for name, weights in found_by["state_dict"].items():
            assert torch.equal(weights, given["state_dict"][name])
    assert not list(Path().rglob(".lr_find*"))
    last = "lightning_logs/version_0/checkpoints/last.ckpt"
    run("fit", *small, "--trainer.max_epochs", "6", "--ckpt_path", last)
    run("fit", *small, "--model.learning_rate", repr(rate), "--trainer.max_epochs", "6")
    one, other = (
        read(f"lightning_logs/version_{k}/checkpoints/last.ckpt")["costs"] for k in (2, 3)
    )
    assert one == other
    assert len(one["train"]) == 6


OTHERS = {
    "torch.optim.AdamW": ("--optimizer.lr", "0.01"),
    "torch.optim.NAdam": ("--optimizer.lr", "0.01"),
    "torch.optim.Adagrad": ("--optimizer.lr", "0.1"),
    "mine.Lion": ("--optimizer.lr", "0.003"),
}
LION = """
import torch


class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr: float = 1e-4, beta1: float = 0.9, beta2: float = 0.99):
        super().__init__(params, {"lr": lr, "beta1": beta1, "beta2": beta2})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                m = state.setdefault("m", torch.zeros_like(p))
                p.sub_(group["lr"] * (group["beta1"] * m + (1 - group["beta1"]) * p.grad).sign())
                m.mul_(group["beta2"]).add_(p.grad, alpha=1 - group["beta2"])
        return loss
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_any_optimiser_trains_and_resumes_exactly(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Of torch, or of one's own: the weights are those of an uninterrupted run."""
    (tmp_path / "mine.py").write_text(LION)
    monkeypatch.syspath_prepend(tmp_path)
    options = (*SMALL, "--optimizer", name, *OTHERS[name])
    run("fit", *options, "--trainer.max_epochs", "4")
    run("fit", *options, "--trainer.max_epochs", "2")
    last = "lightning_logs/version_1/checkpoints/last.ckpt"
    run("fit", *options, "--trainer.max_epochs", "4", "--ckpt_path", last)
    one, other = (read(f"lightning_logs/version_{k}/checkpoints/last.ckpt") for k in (0, 2))
    assert one["costs"] == other["costs"]
    assert one["costs"]["train"][-1] < one["costs"]["train"][0]
    for key, weights in one["state_dict"].items():
        assert torch.equal(weights, other["state_dict"][key])


@pytest.mark.parametrize("option", ["--model.learning_rate", "--model.weight_decay"])
@pytest.mark.parametrize("name", ["torch.optim.AdamW", "torch.optim.NAdam"])
def test_the_courses_options_are_refused_beside_it(
    run: Any, capsys: Any, name: str, option: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        run("fit", *SMALL, "--optimizer", name, option, "0.5")
    assert ended.value.code == 2
    instead = {"--model.learning_rate": "lr", "--model.weight_decay": "weight_decay"}[option]
    said = f"{option} 0.5 has no effect beside --optimizer"
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert said in error
    assert f"--optimizer.{instead}" in error
