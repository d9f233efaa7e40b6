"""The result of a run for a program: what `main` of train.py returns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

Curves = Mapping[str, Sequence[float]]


class History(NamedTuple):
    """The curves of a training.

    Attributes:
        costs: of every epoch, "train" and "val"; NaN where there was none.
        accuracies: likewise.
        chosen: the number of the epoch that is tested and saved, from 0; None within an epoch.
    """

    costs: Curves
    accuracies: Curves
    chosen: int | None


@dataclass(frozen=True)
class RunResult:
    """The figures of a run, and its folder.

    Attributes:
        folder: of the run's files.
        values: plain numbers, words and mappings of them: `epochs`, `chosen_epoch` (from 1); of
            that epoch `train_cost`, `val_cost`, and of classes `train_accuracy`, `val_accuracy`;
            `test_cost`; `test`, or `val` after validate, the figures of
            `torch_impl.results.metrics`; `files`, by name. A search compares `val_cost` or
            `val_accuracy`: the test has no part in a choice.
    """

    folder: Path
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def values_of_run(
    history: History, test_cost: float | None, metrics: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the values of a RunResult but for its files; what is not known is left out.

    Args:
        history: of the training.
        test_cost: of the test part.
        metrics: the figures of the test part.
    """
    costs, accuracies, chosen = history
    values: dict[str, Any] = {"epochs": len(costs["train"])}
    if chosen is not None and chosen < len(costs["train"]):
        values["chosen_epoch"] = chosen + 1
        for kind, curves in (("cost", costs), ("accuracy", accuracies)):
            for part, of in curves.items():
                if math.isfinite(of[chosen]):
                    values[f"{part}_{kind}"] = of[chosen]
    if test_cost is not None:
        values["test_cost"] = test_cost
    return values if metrics is None else {**values, "test": dict(metrics)}
