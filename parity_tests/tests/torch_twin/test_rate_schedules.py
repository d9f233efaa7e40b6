"""torch's rates are the reference's, to the bit, whoever counts the updates."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import lightning as L
import pytest
import torch

from parity_tests.tests.support.tiny_training import moons, network, quiet_trainer
from parity_tests.training.lockstep import compare
from ref_numpy import Adam, InputError
from ref_numpy.optimisers import Cosine
from torch_impl import torch_optimisers
from torch_impl.lightning.lr_schedules import number_of_updates

pytestmark = pytest.mark.filterwarnings("ignore")

COSINE = {"schedule": "cosine", "warmup": 3, "learning_rate": 0.01}


def rates(updates: int) -> list[float]:
    """Of each update by the reference."""
    optimiser = Adam(0.01, schedule=Cosine(updates, warmup=3))
    return [optimiser.at(t).learning_rate for t in range(updates)]


@pytest.mark.parametrize("schedule", [Cosine(37, 5, 0.1), Cosine(4, 9), Cosine(20, final=0.3)])
def test_torchs_schedule_has_the_references_rates(schedule: Cosine) -> None:
    optimiser = Adam(0.003, schedule=schedule)
    torchs = torch_optimisers.build(optimiser, [torch.nn.Parameter(torch.ones(1))])
    steps = torch_optimisers.rate_schedule(schedule, torchs)
    for t in range(40):
        assert torchs.param_groups[0]["lr"] == optimiser.at(t).learning_rate
        if t == 7:  # as a run resumes: its numbers are those of the state
            again = torch_optimisers.rate_schedule(Cosine(2), torchs)
            again.load_state_dict(steps.state_dict())
            steps = again
        torchs.step()
        steps.step()


class Rates(L.Callback):
    """The learning rate of every update."""

    def __init__(self) -> None:
        self.rates: list[float] = []

    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        self.rates.append(optimizer.param_groups[0]["lr"])


@pytest.mark.parametrize(
    ("per_step", "options", "updates"),
    [(1, {}, 10), (3, {}, 10), (1, {"accumulate_grad_batches": 2}, 6), (1, {"max_steps": 7}, 7),
     (1, {"limit_train_batches": 2}, 4), (1, {"limit_train_batches": 0.6}, 6)],
)  # fmt: skip
def test_a_training_makes_the_updates_of_its_schedule(
    per_step: int, options: dict[str, Any], updates: int
) -> None:
    """Of two epochs of 5 mini-batches."""
    module = network(batches_per_step=per_step, **COSINE)
    trainer = quiet_trainer(max_epochs=2, callbacks=[found := Rates()], **options)
    trainer.fit(module, moons(batches_per_step=per_step))
    assert found.rates == rates(updates)


def test_without_an_end_there_is_no_schedule() -> None:
    data = moons()
    data.setup("fit")
    trainer = SimpleNamespace(max_epochs=-1, max_steps=-1)
    with pytest.raises(InputError) as refused:
        number_of_updates(trainer, data)
    assert refused.value.code == "schedule.endless"
    assert number_of_updates(SimpleNamespace(max_epochs=-1, max_steps=9), data) == 9


def test_torch_and_numpy_follow_it_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    module = network(**COSINE)
    assert compare(module, moons(), 2, "float64").agrees
    still = lambda schedule, optimiser: SimpleNamespace(step=lambda: None)  # noqa: E731
    monkeypatch.setattr(torch_optimisers, "rate_schedule", still)
    wrong = compare(module, moons(), 2, "float64").wrong
    assert wrong is not None
    assert wrong.step == 1


@pytest.mark.parametrize(
    ("options", "code"),
    [({"warmup": 3}, "option.no-effect"), ({"schedule": "linear"}, "schedule.unknown"),
     ({"schedule": "cosine", "warmup": -1}, "schedule.updates")],
)  # fmt: skip
def test_options_that_mean_nothing_are_refused(options: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as refused:
        network(**options)
    assert refused.value.code == code


def test_a_module_without_a_trainer_has_its_optimiser_alone() -> None:
    module = network(**COSINE)
    assert isinstance(module.configure_optimizers(), torch.optim.Adam)
    assert module.optimiser_over(7) == replace(module.optimiser, schedule=Cosine(7, 3))
    assert network().optimiser_over(7).schedule is None
