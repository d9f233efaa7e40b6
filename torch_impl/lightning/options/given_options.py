"""Options that have no effect are refused: the run would be another than the person thinks."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ref_numpy.errors import InputError
from torch_impl.data.trained_on import TrainedOn
from torch_impl.training_messages import input_error

OPTIMISERS = {"optimiser": "--optimizer", "learning_rate": "--optimizer.lr",
              "weight_decay": "--optimizer.weight_decay", "schedule": "--lr_scheduler"}  # fmt: skip


class GivenOptions:
    """The options of a subcommand that a person gave, on the command line or in a config.

    An option that a config repeats with its default, as the config of a run does, is not given.

    Args:
        args: the words of the command line.
        options: all values.
        defaults: those of the parser.
    """

    def __init__(self, args: Sequence[str], options: Any, defaults: Any) -> None:
        self.words = {arg.split("=", 1)[0].replace(".init_args.", ".") for arg in args}
        self.options, self.defaults = options, defaults

    def value(self, key: str) -> Any:
        """Return the value of "model.learning_rate" or "data.task"; None where it was not given."""
        group, name = key.split(".")
        found = self.options[group]
        if group == "data":
            default = default_of(found.class_path, name)
            found = found.get("init_args") or {}
        else:
            default = self.defaults[group].get(name)
        value = found.get(name)
        return value if f"--{key}" in self.words or value != default else None

    def check_optimiser(self) -> None:
        """Refuse options of an optimiser that is not used, or of no optimiser.

        Raises:
            InputError: there is one.
        """
        optimizer = self.options.get("optimizer")
        if optimizer is None:
            if self.options.get("lr_scheduler") is None:
                return
            raise no_effect(
                "--lr_scheduler", "without --optimizer, which it schedules",
                "add --optimizer torch.optim.Adam --optimizer.lr 0.001, or leave it out",
            )  # fmt: skip
        for name, instead in OPTIMISERS.items():
            value = self.value(f"model.{name}")
            if value is not None:
                raise no_effect(
                    f"--model.{name} {value}",
                    f"beside --optimizer {optimizer.class_path}, which has its own",
                    f"use {instead}, or leave one of the two out",
                )

    def check_network(self) -> None:
        """Refuse options of a network that is described by a file.

        Raises:
            InputError: there is one.
        """
        if self.options.model.get("network") is None:
            return
        for name in ("hidden_units", "activation", "lambd", "loss", "delta"):
            value = self.value(f"model.{name}")
            if value is not None:
                raise no_effect(
                    f"--model.{name} {value}",
                    "beside --model.network, which has the layers, the loss and λ",
                    "leave one of the two out",
                )

    def check_matmul(self, device: str, precision: str) -> None:
        """Refuse --trainer.matmul tf32 where nothing is multiplied so.

        A config may have it, so that a GPU's run can be tested elsewhere.

        Args:
            device: the kind of device that the run is on.
            precision: the Trainer's.

        Raises:
            InputError: it is on the command line.
        """
        if "--trainer.matmul" in self.words and self.options.trainer.matmul == "tf32":
            if device != "cuda":
                where = f"on the device {device}: only CUDA multiplies in TF32"
                raise no_effect("--trainer.matmul tf32", where, "leave it out")
            if precision != "32-true":
                where = f"at --trainer.precision {precision}"
                raise no_effect("--trainer.matmul tf32", where, "leave one of the two out")

    def check_init_from(self, subcommand: str) -> None:
        """Refuse the weights of a run where there are others, or nothing is trained.

        Raises:
            InputError: they are given.
        """
        source = self.options.get("init_from")
        if source is None or "--init_from" not in self.words:
            return
        if subcommand not in ("fit", "numpy", "compare"):
            raise no_effect(
                f"--init_from {source}", f"on {subcommand}, which trains nothing", "leave it out"
            )
        if self.options.get("ckpt_path") is not None:
            raise no_effect(
                f"--init_from {source}",
                "where a run resumes from --ckpt_path, with the weights in it",
                "leave one of the two out",
            )

    def check_resuming(self, subcommand: str) -> None:
        """Refuse a checkpoint where a training always begins anew, also in the config of a run.

        Raises:
            InputError: it is given.
        """
        path = self.options.get("ckpt_path")
        if path is not None and subcommand in ("numpy", "compare"):
            raise no_effect(
                f"--ckpt_path {path}",
                f"on {subcommand}, which begins anew",
                f"give --ckpt_path null, or begin with its weights as well: --init_from {path}",
            )

    def check_trained(self, trained: TrainedOn) -> None:
        """Refuse another task, split, standardisation or weights than those of the training.

        Raises:
            InputError: there is one.
        """
        known = {"task": trained.spec.task, **trained.options}
        for name, theirs in known.items():
            value = self.value(f"data.{name}")
            if value not in (None, "auto", theirs):
                raise no_effect(
                    f"--data.{name} {value}",
                    f"on a network that was trained with {theirs}",
                    "leave it out",
                )
        for option in ("--data.class_weights", "--data.weights"):
            if any(word == option or word.startswith(f"{option}.") for word in self.words):
                raise no_effect(option, "on a network that is trained already", "leave it out")

    def check_fractions(self, own: set[str]) -> None:
        """Refuse fractions for parts that the source has of its own.

        Raises:
            InputError: there is one.
        """
        for part in sorted(own):
            value = self.value(f"data.{part}_fraction")
            if value is not None:
                raise no_effect(
                    f"--data.{part}_fraction {value}",
                    f"on data with a set of their own to {PURPOSES[part]}",
                    "leave it out",
                )


PURPOSES = {"val": "validate", "test": "test"}


def no_effect(option: str, where: str, instead: str) -> InputError:
    """Return the error for an option without effect."""
    return input_error("option.no-effect", option=option, where=where, instead=instead)


def default_of(class_path: str, name: str) -> Any:
    """Return the default of an option of a class, or of one that it extends."""
    module, _, name_of_class = class_path.rpartition(".")
    found = getattr(import_module(module), name_of_class)
    for kind in found.__mro__:
        parameter = inspect.signature(kind.__init__).parameters.get(name)
        if parameter is not None:
            return parameter.default
    return None
