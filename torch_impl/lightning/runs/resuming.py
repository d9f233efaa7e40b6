"""What is changed when a run resumes: more epochs, another learning rate; the header names each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lightning.pytorch.callbacks import ModelCheckpoint

from torch_impl.data import trained_on
from torch_impl.data.texts.tokens import TokenData
from torch_impl.lightning.options.given_options import GivenOptions, no_effect
from torch_impl.training_messages import input_error

MORE_EPOCHS = re.compile(r"--(?:trainer\.max_)?epochs(?:=(.*))?")


def split_epochs(words: Sequence[str]) -> tuple[list[str], int | None]:
    """Take `--epochs N` for `--trainer.max_epochs N`, and the + of `--epochs +10` out of it.

    Args:
        words: the words of a command line.

    Returns:
        The words, and 10; None where the last such option has no +.
    """
    found: list[str] = []
    more = None
    left = iter(words)
    for word in left:
        option = MORE_EPOCHS.fullmatch(word)
        value = option and (next(left, None) if option[1] is None else option[1])
        if value is None:  # another option; or no number, which the parser reports
            found.append("--trainer.max_epochs" if option else word)
            continue
        added = re.fullmatch(r"\+(\d+)", value)
        more = int(added[1]) if added else None
        found.append(f"--trainer.max_epochs={value.removeprefix('+') if added else value}")
    return found, more


def epochs_done(checkpoint: Mapping[str, Any]) -> int:
    """Return how many whole epochs a checkpoint's run has done."""
    if "costs" in checkpoint:
        return len(checkpoint["costs"]["train"])  # one cost for each
    return int(checkpoint["epoch"])


def add_epochs(trainer: Any, checkpoint: Mapping[str, Any], more: int) -> None:
    """Set the Trainer's max_epochs to `more` than the run has done.

    Args:
        trainer: the Trainer's options.
        checkpoint: of the run; empty where none is resumed.
        more: the epochs.

    Raises:
        InputError: no run is resumed, or it ends after a number of updates.
    """
    if not checkpoint:
        raise input_error("run.more-epochs", more=more)
    if 0 <= (trainer.max_steps or -1) <= checkpoint["global_step"]:
        raise no_effect(
            f"--epochs +{more}",
            f"where the run ends after {trainer.max_steps} updates, which it has done",
            "give --trainer.max_steps -1 as well",
        )
    trainer.max_epochs = epochs_done(checkpoint) + more


def rate_in(checkpoint: Mapping[str, Any]) -> float | None:
    """Return the learning rate of a checkpoint's next update; None where it is not one number."""
    states = checkpoint.get("optimizer_states") or [{}]
    rates = {group.get("lr") for group in states[0].get("param_groups", [])}
    (rate,) = rates if len(rates) == 1 else (None,)
    return float(rate) if isinstance(rate, (int, float)) else None


def change_rate(checkpoint: dict[str, Any], rate: float | None) -> None:
    """Let a checkpoint resume with another learning rate; None leaves it."""
    for state in [] if rate is None else checkpoint["optimizer_states"]:
        for group in state["param_groups"]:
            group["lr"] = rate


def learning_rate(
    given: GivenOptions, checkpoint: Mapping[str, Any]
) -> tuple[float | None, str | None]:
    """Return the rate with which a run resumes, where it is another, and a line about it.

    A rate on the command line replaces the checkpoint's; one in a config or a default does not,
    since a resumed run is the run that was interrupted.

    Args:
        given: the options.
        checkpoint: of the run.

    Returns:
        The new rate, or None; and the line, or None where there is nothing to say.

    Raises:
        InputError: a schedule sets the rate.
    """
    optimizer, schedule = given.options.get("optimizer"), given.options.get("lr_scheduler")
    option = "model.learning_rate" if optimizer is None else "optimizer.lr"
    values = given.options.model if optimizer is None else optimizer.get("init_args") or {}
    ours, theirs = values.get(option.split(".")[1]), rate_in(checkpoint)
    by_metric = schedule is not None and schedule.class_path.endswith("ReduceLROnPlateau")
    typed = f"--{option}" in given.words
    by = None if schedule is None else schedule.class_path
    if (own := given.options.model.get("schedule")) is not None:
        by = f"--model.schedule {own}"
    if ours is None or theirs is None or ours == theirs:
        return None, None
    if by is not None and not by_metric:
        if typed and ours != (first_rate(checkpoint) or theirs):
            raise no_effect(
                f"--{option} {ours:g}",
                f"beside {by}, which has the rate in its checkpoint",
                "leave it out, or begin a new training with the run's weights: --init_from",
            )
        return None, None
    if typed:
        return float(ours), f"{ours:g}, {theirs:g} before"
    if by_metric:
        return None, None
    return None, f"{theirs:g}, as before; give --{option} {ours:g} here to change it"


def begun_anew(checkpoint: Mapping[str, Any], trainer: Any, data: Any) -> str:
    """Return in words what a run begins anew, since a checkpoint has no record of it.

    Args:
        checkpoint: of the run.
        trainer: the Trainer, whose callbacks may be new.
        data: the data module.

    Returns:
        "" where it has all.
    """
    states = checkpoint.get("callbacks", {})
    anew = [
        "the choice of the best epoch" if isinstance(c, ModelCheckpoint) else type(c).__name__
        for c in trainer.callbacks
        if c.state_dict() and c.state_key not in states
    ]
    if type(data).__qualname__ not in checkpoint:
        anew.append("the order of the batches")
    said = [f"{', '.join(anew)}: begun anew"] if anew else []
    if trained_on.KEY not in checkpoint and not isinstance(data, TokenData):
        said.append("the data: not compared with these")
    return "; ".join(said)


def first_rate(checkpoint: Mapping[str, Any]) -> float | None:
    """Return the rate with which a schedule began."""
    return checkpoint["optimizer_states"][0]["param_groups"][0].get("initial_lr")
