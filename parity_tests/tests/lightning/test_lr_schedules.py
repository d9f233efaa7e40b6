"""Learning-rate schedules: the rate of every update, whoever makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightning as L
import pytest
from lightning.pytorch.cli import ReduceLROnPlateau as Lightnings
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR

from parity_tests.tests.support.tiny_training import UPDATES, batches, quiet_trainer
from ref_numpy import InputError
from torch_impl.lightning.module import NetworkModule

pytestmark = pytest.mark.filterwarnings("ignore")

EPOCHS = 5


class Rates(L.Callback):
    """The learning rate of every update."""

    def __init__(self) -> None:
        self.rates: list[float] = []

    def on_before_optimizer_step(self, trainer, pl_module, optimizer) -> None:
        self.rates.append(optimizer.param_groups[0]["lr"])


def rates(schedule: Callable[[Optimizer], Any], per_step: int = 1, **options: Any) -> list[float]:
    """Of each update of a run of 5 epochs that begins at 1, where an epoch is 7 updates."""

    class Scheduled(NetworkModule):
        def configure_optimizers(self) -> Any:
            optimiser: Any = super().configure_optimizers()
            return [optimiser], schedule(optimiser)

    module = Scheduled(
        5, 3, hidden_units=[4], optimiser="gradient_descent", learning_rate=1.0,
        batches_per_step=per_step,
    )  # fmt: skip
    trainer = quiet_trainer(max_epochs=EPOCHS, callbacks=[found := Rates()], **options)
    trainer.fit(module, batches(per_step=per_step), batches())
    assert len(found.rates) == EPOCHS * UPDATES
    return found.rates


def by_epoch(found: list[float]) -> list[float]:
    """Of each epoch, in which it is to be one."""
    epochs = [found[k : k + UPDATES] for k in range(0, len(found), UPDATES)]
    assert all(len(set(epoch)) == 1 for epoch in epochs)
    return [epoch[0] for epoch in epochs]


@pytest.mark.parametrize("per_step", [1, 2, 7])
def test_a_schedule_counts_epochs(per_step: int) -> None:
    """StepLR(γ = ½) halves; at every second epoch where that is its frequency."""
    every = rates(lambda o: [StepLR(o, 1, 0.5)], per_step)
    assert by_epoch(every) == [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16]
    second = rates(lambda o: [{"scheduler": StepLR(o, 1, 0.5), "frequency": 2}], per_step)
    assert by_epoch(second) == [1, 1, 1 / 2, 1 / 2, 1 / 4]


@pytest.mark.parametrize("per_step", [1, 2, 3])
def test_or_the_updates_of_an_epoch(per_step: int) -> None:
    """Every third of an epoch's 7, as Lightning does it where an update is a step."""
    of_updates = {"interval": "step", "frequency": 3}
    found = rates(lambda o: [{"scheduler": StepLR(o, 1, 0.5)} | of_updates], per_step)
    assert found == [2.0 ** -(2 * e + u // 3) for e in range(EPOCHS) for u in range(UPDATES)]


def never_better(optimiser: Optimizer, kind: type = ReduceLROnPlateau, **options: Any) -> Any:
    """A schedule that halves whenever it looks, but for the first time: nothing is better by so
    much."""
    return kind(optimiser, **options, factor=0.5, patience=0, threshold=1e9, threshold_mode="abs")


PLATEAUS = {
    "every epoch": ({}, {}, [1, 1, 1 / 2, 1 / 4, 1 / 8]),
    "every second": ({"frequency": 2}, {}, [1, 1, 1, 1, 1 / 2]),
    "every validation": ({}, {"check_val_every_n_epoch": 2}, [1, 1, 1, 1, 1 / 2]),
}


@pytest.mark.parametrize("monitor", ["val_cost", "val_accuracy"])
@pytest.mark.parametrize("name", PLATEAUS)
def test_a_plateau_is_looked_for_at_an_epochs_end(name: str, monitor: str) -> None:
    """Lightning drops a dictionary's metric where several updates are a step; its class has it."""
    config, options, expected = PLATEAUS[name]
    one = rates(lambda o: [{"scheduler": never_better(o), "monitor": monitor} | config], **options)
    several = rates(
        lambda o: [{"scheduler": never_better(o, Lightnings, monitor=monitor)} | config],
        per_step=3, **options,
    )  # fmt: skip
    assert by_epoch(one) == by_epoch(several) == expected


@pytest.mark.slow
@pytest.mark.parametrize("per_step", [1, 2])
def test_a_plateau_may_be_looked_for_beside_another_schedule(per_step: int) -> None:
    """Whichever comes first: ½ at each epoch's end, and ½ again from the second on."""

    def both(optimiser: Optimizer) -> list[Any]:
        plateau = never_better(optimiser, Lightnings, monitor="train_cost")
        looks = {"scheduler": plateau, "monitor": "train_cost"} if per_step == 1 else plateau
        return [StepLR(optimiser, 1, 0.5), looks]

    for schedules in (both, lambda o: both(o)[::-1]):
        found = by_epoch(rates(schedules, per_step))
        assert found == [1, 1 / 2, 1 / 8, 1 / 32, 1 / 128]


def test_a_metric_that_is_never_logged_is_one_sentence() -> None:
    def looks(optimiser: Optimizer) -> list[Any]:
        return [{"scheduler": never_better(optimiser), "monitor": "cost"}]

    parts = "train_cost, train_accuracy"
    both = f"{parts}, val_cost, val_accuracy"
    for options, logged in (({}, both), ({"limit_val_batches": 0}, parts)):
        with pytest.raises(InputError) as refused:
            rates(looks, **options)
        assert str(refused.value) == (
            f"the schedule looks at 'cost', which is not logged; expected one of {logged}."
        )


def test_a_plateau_is_not_looked_for_at_an_update() -> None:
    def looks(optimiser: Optimizer) -> list[Any]:
        return [{"scheduler": never_better(optimiser), "monitor": "train_cost", "interval": "step"}]

    with pytest.raises(InputError, match="interval 'step'; expected 'epoch', since a metric is an"):
        rates(looks)
