"""The option that a person may have meant by one that there is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

# Names that other programs and courses use, by the end of this program's name.
ALSO_CALLED = {
    "epochs": "trainer.max_epochs", "epoch": "trainer.max_epochs", "n_epochs": "trainer.max_epochs",
    "num_epochs": "trainer.max_epochs", "iterations": "trainer.max_steps",
    "num_iterations": "trainer.max_steps", "steps": "trainer.max_steps",
    "lr": "model.learning_rate", "alpha": "model.learning_rate", "eta": "model.learning_rate",
    "hidden": "model.hidden_units", "units": "model.hidden_units", "layers": "model.hidden_units",
    "layer_dims": "model.hidden_units", "hidden_layer_sizes": "model.hidden_units",
    "batch": "data.batch_size", "mini_batch_size": "data.batch_size", "bs": "data.batch_size",
    "lambda": "model.lambd", "l2": "model.lambd", "wd": "model.weight_decay",
    "init": "model.initialisation", "initialization": "model.initialisation",
    "seed": "seed_everything", "random_state": "seed_everything",
    "gpus": "trainer.devices", "gpu": "trainer.accelerator", "device": "trainer.accelerator",
    "cuda": "trainer.accelerator", "amp": "trainer.precision", "fp16": "trainer.precision",
    "test_size": "data.test_fraction", "val_size": "data.val_fraction",
    "validation_split": "data.val_fraction", "validation_fraction": "data.val_fraction",
    "file": "data.path", "csv": "data.path", "dataset": "data", "label": "data.target",
    "output": "out", "checkpoint": "ckpt_path", "ckpt": "ckpt_path", "resume": "ckpt_path",
    "logger": "trainer.logger", "verbose": "trainer.enable_progress_bar",
}  # fmt: skip

# difflib's ratio of two names, from 0 to 1, from which on one may be the other mistyped.
ALIKE = 0.7


def likely_options(given: str, known: Iterable[str]) -> list[str]:
    """Return the options, two at most, that may be meant, the likeliest first.

    First the option of the same name in another group, then one of the same group that is spelt
    alike, then the one that other programs call so, then those of other groups.

    Args:
        given: the option without its hyphens: "batch_size", "model.learning_rat".
        known: the options that there are.
    """
    known = list(known)
    group, _, name = given.replace("-", "_").rpartition(".")
    same = [option for option in known if last(option) == name]
    if same:
        return same[:2]
    own = [option for option in known if group and option.rpartition(".")[0] == group]
    other_name = ALSO_CALLED.get(name.lower())
    meant = spelt_alike(name, own)
    if not meant and other_name in known:
        meant = [other_name]
    return meant or spelt_alike(name, known)


def spelt_alike(name: str, options: Sequence[str]) -> list[str]:
    """Return the option, one at most, whose name is the most similar."""
    names = {last(option): option for option in reversed(options)}
    return [names[found] for found in get_close_matches(name, names, n=1, cutoff=ALIKE)]


def last(option: str) -> str:
    """Return the name of an option without its group."""
    return option.rpartition(".")[2]
