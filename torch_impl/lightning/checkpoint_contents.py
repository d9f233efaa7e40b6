"""Whether what a checkpoint holds can be that of a training, before anything is restored from it.

A checkpoint whose bytes are whole may have been written by another program. Lightning takes over
whatever it finds, and fails an epoch later, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import ModelCheckpoint

# The parts that this package and Lightning write, by example: see `check_like`.
NEEDED: dict[str, Any] = {"epoch": 0, "state_dict": {}}
OPTIONAL: dict[str, Any] = {
    "global_step": 0,
    "pytorch-lightning_version": "",
    "loops": {},
    "callbacks": {},
    "optimizer_states": [{"state": {}, "param_groups": [{"params": [0]}]}],
    "lr_schedulers": [{}],
    "costs": {"train": [0.0], "val": [0.0]},
    "accuracies": {"train": [0.0], "val": [0.0]},
    "latest": {},
    "epoch_sums": [0.0],
    "network": "",
    "data": {
        "format": 0,
        "spec": "",
        "statistics": {},
        "fingerprint": "",
        "options": {
            "val_fraction": 0.0, "test_fraction": 0.0, "standardise": None, "own_parts": [""],
        },
    },
}  # fmt: skip

# The place of a training's batches in an epoch, as `Batches` writes it.
PLACE = dict.fromkeys(("epoch", "done", "examples", "batch_size", "processes", "per_step"), 0)


class WrongContents(ValueError):
    """A part of a checkpoint is not what a training writes; the text is the part and why."""


def check_parts(checkpoint: Mapping[str, Any]) -> None:
    """Check the parts of a checkpoint by themselves.

    Raises:
        WrongContents: one is missing, or is of another kind.
    """
    known = {name: ours for name, ours in OPTIONAL.items() if name in checkpoint}
    check_like(checkpoint, NEEDED | known)
    for name, tensor in checkpoint["state_dict"].items():
        check_numbers(tensor, f"state_dict.{name}")
    for name, value in checkpoint.get("latest", {}).items():
        check_like(value, 0.0, f"latest.{name}")
    check_curves(checkpoint)
    record = checkpoint.get("data", {"options": {}, "statistics": {}})
    options = record["options"]
    check_like(options.get("split_seed", 0), 0, "data.options.split_seed")
    for name in ("val_fraction", "test_fraction"):
        given = options.get(name, 0.5)
        if not (0 < given < 1 or (given == 0 and name == "val_fraction")):
            raise WrongContents(f"data.options.{name} is {given}; expected 0 to 1")
    if isinstance(options.get("standardise"), (torch.Tensor, list, dict)):
        raise WrongContents("data.options.standardise is none of the options")
    for name, tensor in record["statistics"].items():
        check_numbers(tensor, f"data.statistics.{name}")


def check_curves(checkpoint: Mapping[str, Any]) -> None:
    """Check that every curve has a number for each epoch.

    Raises:
        WrongContents: one has more or fewer than another.
    """
    curves = {
        f"{name}.{part}": len(numbers)
        for name in ("costs", "accuracies")
        for part, numbers in checkpoint.get(name, {}).items()
    }
    for name, epochs in curves.items():
        if epochs != (first := next(iter(curves.values()))):
            raise WrongContents(f"{name} has {epochs} epochs, and another curve {first}")


def check_callbacks(checkpoint: Mapping[str, Any], trainer: L.Trainer) -> None:
    """Check what a checkpoint holds of the callbacks that a training has.

    Raises:
        WrongContents: a part is missing, or is of another kind.
    """
    states = checkpoint.get("callbacks", {})
    for callback in trainer.callbacks:  # pyright: ignore[reportAttributeAccessIssue]
        if callback.state_key in states:
            name = f"callbacks.{type(callback).__name__}"
            check_like(states[callback.state_key], callback.state_dict(), name)
            if isinstance(callback, ModelCheckpoint):
                check_best(states[callback.state_key], name)


def check_best(state: Mapping[str, Any], where: str) -> None:
    """Check which epochs a checkpoint's training kept, and their scores.

    Raises:
        WrongContents: a score is no number, or the worst of them is none of them.
    """
    kept = state["best_k_models"]
    scores = {name: state[name] for name in ("best_model_score", "current_score", "kth_value")}
    for name, score in {**scores, **kept}.items():
        if isinstance(score, torch.Tensor) and score.numel() == 1:
            continue
        if score is not None or name in kept:
            check_like(score, 0.0, f"{where}.{name}")
    if state["kth_best_model_path"] not in ("", *kept):
        raise WrongContents(f"{where}.kth_best_model_path is none of its best_k_models")


def check_progress(checkpoint: Mapping[str, Any], trainer: L.Trainer) -> None:
    """Check how far a checkpoint's training was, and the state of its optimisers.

    Raises:
        WrongContents: a part is missing, or is of another kind; or more epochs are done than the
            training has.
    """
    if trainer.state.fn != "fit":
        return
    check_like(checkpoint, {"loops": {"fit_loop": trainer.fit_loop.state_dict()}})
    done = checkpoint["loops"]["fit_loop"]["epoch_progress"]["current"]["completed"]
    if trainer.max_epochs not in (None, -1) and done > trainer.max_epochs:
        raise WrongContents(f"it has done {done} epochs, more than --epochs {trainer.max_epochs}")
    place = checkpoint["loops"]["fit_loop"]["state_dict"].get("combined_loader", [PLACE])
    check_like(place, [PLACE], "loops.fit_loop.state_dict.combined_loader")
    schedulers = [of.scheduler.state_dict() for of in trainer.lr_scheduler_configs]
    for k, (state, ours) in enumerate(zip(checkpoint["lr_schedulers"], schedulers, strict=True)):
        check_like(state, {n: v for n, v in ours.items() if n in state}, f"lr_schedulers.{k}")
    optimisers, states = trainer.optimizers, checkpoint["optimizer_states"]
    if trainer.world_size == 1:  # a strategy may give the state of several another form
        for k, (state, optimiser) in enumerate(zip(states, optimisers, strict=True)):
            check_optimiser(state, optimiser, f"optimizer_states.{k}")


def check_optimiser(state: Mapping[str, Any], optimiser: Any, where: str) -> None:
    """Check an optimiser's state: each number is finite, each tensor fits its parameter.

    Args:
        state: of an optimiser's `state_dict`.
        optimiser: that of this training.
        where: its name in the checkpoint.

    Raises:
        WrongContents: it is not.
    """
    groups = optimiser.state_dict()["param_groups"]
    check_like(state, {"state": {}, "param_groups": groups}, where)
    if [g["params"] for g in state["param_groups"]] != [g["params"] for g in groups]:
        raise WrongContents(f"{where} has other groups of parameters")
    for k, group in enumerate(state["param_groups"]):
        for name, value in group.items():  # an option that may be None is else true or false
            if name in groups[k] and groups[k][name] is None and value is not None:
                check_like(value, True, f"{where}.param_groups.{k}.{name}")
    if isinstance(optimiser, torch.optim.LBFGS):
        return  # it has one state, of lists, for all parameters
    shapes = [p.shape for group in optimiser.param_groups for p in group["params"]]
    states = state["state"]
    if states and states.keys() != {*range(len(shapes))}:
        raise WrongContents(f"{where}.state is not that of {len(shapes)} parameters")
    for k, own in states.items():
        check_like(own, dict.fromkeys(states[0]) if k else {}, f"{where}.state.{k}")
        if k and own.keys() != states[0].keys():
            raise WrongContents(f"{where}.state.{k} has other parts than that of 0")
        for name, value in own.items():
            check_part(value, shapes[k], f"{where}.state.{k}.{name}")


def check_part(value: Any, shape: tuple[int, ...], where: str) -> None:
    """Check a part of an optimiser's state of a parameter: a number, or a tensor of its lengths.

    Raises:
        WrongContents: it is not. A length may also be 1, as Adafactor has it.
    """
    if value is None and where.endswith(".momentum_buffer"):  # of SGD without momentum
        return
    if not isinstance(value, torch.Tensor):
        check_like(value, 0.0, where)
        return
    check_numbers(value, where)
    fits = len(value.shape) == len(shape) and all(
        n in (1, ours) for n, ours in zip(value.shape, shape, strict=True)
    )
    if value.ndim and not fits:
        raise WrongContents(f"{where} has shape {tuple(value.shape)}; expected {tuple(shape)}")


def check_numbers(tensor: Any, where: str) -> None:
    """Raise WrongContents where this is no tensor of finite numbers."""
    if not isinstance(tensor, torch.Tensor):
        raise WrongContents(f"{where} is {described(tensor)}; expected a tensor")
    if tensor.device.type != "meta" and not tensor.isfinite().all():
        raise WrongContents(f"{where} is not finite")


def check_like(found: Any, ours: Any, where: str = "") -> None:
    """Check that a part of a checkpoint is of the same kind as an example of it.

    Args:
        found: the part.
        ours: the example. A dictionary names the keys that are needed; a list has an example of
            each of the elements; None is anything.
        where: the name of the part.

    Raises:
        WrongContents: it is not.
    """
    if isinstance(ours, Mapping):
        if not isinstance(found, Mapping):
            raise WrongContents(f"{where or 'it'} is {described(found)}; expected a dictionary")
        for key, example in ours.items():
            at = f"{where}.{key}" if where else str(key)
            if key not in found:
                raise WrongContents(f"{at} is missing")
            check_like(found[key], example, at)
    elif isinstance(ours, (list, tuple)):
        if not isinstance(found, (list, tuple)):
            raise WrongContents(f"{where} is {described(found)}; expected a list")
        for k, part in enumerate(found if ours else ()):
            check_like(part, ours[min(k, len(ours) - 1)], f"{where}.{k}")
    elif ours is not None and not is_like(found, ours):
        raise WrongContents(f"{where} is {described(found)}; expected {described(ours)}")


def is_like(found: Any, ours: Any) -> bool:
    """Return whether a number, a word or a boolean is of the same kind; a count is not negative."""
    if isinstance(ours, (bool, str)):
        return type(found) is type(ours)
    if isinstance(found, bool):
        return False
    if isinstance(ours, int):
        return isinstance(found, int) and found >= 0
    if isinstance(ours, float):
        return isinstance(found, (int, float))
    return not isinstance(ours, torch.Tensor) or isinstance(found, torch.Tensor)


def described(value: Any) -> str:
    """Describe a value in short: a number itself, of others the kind."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, (int, float)):
        return "a number" if value == 0 else f"the number {value}"
    if isinstance(value, torch.Tensor):
        return f"a tensor of shape {tuple(value.shape)}"
    kinds = {"str": "text", "list": "a list", "tuple": "a list", "dict": "a dictionary"}
    return kinds.get(type(value).__name__, f"a {type(value).__name__}")
