"""The part of `train.py` before torch is imported: a page of help, or the first line of a run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from textwrap import fill
from typing import Any, TextIO

from ref_numpy.terminal import interrupted_afterwards
from ref_numpy.version import __version__
from torch_impl.lightning.options.configs import shipped_names

SUBCOMMANDS = {
    "fit": "train, test the best epoch and write the results (no subcommand means this one)",
    "resume": "RUN: train an interrupted run to its end; more with --epochs +10",
    "validate": "RUN: the validation cost of a trained network",
    "test": "RUN [FILE]: its test's figures",
    "predict": "RUN [FILE] [--out FILE]: its predictions as a CSV file",
    "report": "RUN: its results and pictures, from its best checkpoint",
    "generate": "RUN --prompt TEXT: what a network of --data Text writes after it",
    "export": "RUN --to FORMAT: for other programs: onnx, torch.export, state_dict",
    "numpy": "the same training, computed by NumPy alone",
    "compare": "the same training by torch and by NumPy, step by step",
}

# The options that people need, each with its meaning and its default in fit.
OPTIONS: dict[str, tuple[str, str, Any]] = {
    "data": ("NAME", "the data set; your own table is Table --data.path cars.csv", "Digits"),
    "data.batch_size": ("N", "examples in a mini-batch", 64),
    "model.hidden_units": ("'[N,…]'", "units of each hidden layer; [] has none", [512, 256]),
    "model.activation": ("NAME", "of the hidden layers, such as relu, tanh or leaky_relu", "relu"),
    "model.optimiser": ("NAME", "adam, momentum, rmsprop or gradient_descent", "adam"),
    "model.learning_rate": ("X", "the course's α", 0.001),
    "model.lambd": ("X", "λ of L2 regularisation", 0.1),
    "epochs": ("N", "epochs to train; +N are N more than the run that is resumed", 40),
    "config": ("NAME", "a YAML file with options, or a shipped one", None),
    "ckpt_path": ("FILE", "the checkpoint to resume from, or to test; last is the newest", None),
    "init_from": ("RUN", "begin with the weights of a run, in layers as large, or wider", None),
}

EXAMPLES = """\
  python train.py --data TwoMoons --model.hidden_units [4] --model.activation tanh
  python train.py fit --config mnist --epochs 20 --trainer.precision bf16-mixed
  python train.py resume lightning_logs/version_0 --epochs +10  # train more
  python train.py predict lightning_logs/version_0 new.npz --out predictions.csv
  python train.py export lightning_logs/version_0 --to onnx
"""


DATA_SETS = (
    "Data sets: BreastCancer, CIFAR10, CourseHDF5, Digits, HDF5File, IdxFiles, ImageFolder, "
    "MNIST1D, MNIST5K, MatFile, NpyShards, NpzFile, OpenML, PlanarFlower, Synthetic, Table, Text, "
    "TokenFile, TwoMoons. Or a class in a file of your own: --data mine.py:Mine."
)


def help_page() -> str:
    """Return the page that `train.py --help` prints."""
    commands = "".join(f"  {name:<10}{text}\n" for name, text in SUBCOMMANDS.items())
    options = ""
    for name, (value, text, default) in OPTIONS.items():
        known = f" ({default})" if default is not None else ""
        options += f"  {f'--{name} {value}':<29}{text}{known}\n"
    return (
        "Train a network with Lightning. With no argument: fit the digits.\n\n"
        f"python train.py [subcommand] [options]\n\n{commands}\n"
        "RUN is the folder that a run's last lines name, a checkpoint or a weights file.\n\n"
        f"The options that people need, with their defaults:\n{options}\n"
        f"{fill('Shipped configs: ' + ', '.join(shipped_names()) + '.', 88)}\n"
        f"{fill(DATA_SETS, 100)}\n\n"
        f"{EXAMPLES}\n"
        "Every option:                         python train.py fit --help\n"
        "… with those of another data set:     python train.py fit --data NpzFile --help\n"
    )


def with_subcommand(args: Sequence[str]) -> list[str]:
    """Return the words with `fit` before them where they begin with no subcommand."""
    return [*args] if args and args[0] in SUBCOMMANDS else ["fit", *args]


def announce_loading(args: Sequence[str]) -> None:
    """Print the first line of a run: importing torch and Lightning takes seconds."""
    if os.environ.get("LOCAL_RANK", "0") == "0":  # else another process has printed it
        print(f"{'loading':<16} torch and Lightning", file=output_of(args), flush=True)


def output_of(args: Sequence[str]) -> TextIO:
    """Standard output, unless that is to hold options alone."""
    if args and args[0] == "generate":  # whose text is
        return sys.stderr
    alone = any(arg in ("-h", "--help") or arg.startswith("--print_config") for arg in args)
    return sys.stderr if alone else sys.stdout


def main(args: Sequence[str], trainer_for: Callable[[list[str]], type | None]) -> Any:
    """Run `train.py` with these words.

    Args:
        args: the words of the command line.
        trainer_for: returns the Trainer of a subcommand that this package's does not have, or None,
            from the words.

    Returns:
        The RunResult of fit, validate, test, report or numpy; None otherwise.
    """
    if args and args[0] in ("-h", "--help"):
        print(help_page(), end="")
        return None
    if args and args[0] == "--version":
        print(f"train.py {__version__}")
        return None
    words = with_subcommand(args)
    announce_loading(words)
    if words[0] == "export":
        with interrupted_afterwards():
            from torch_impl.export.command import main as export
        return export(words[1:])
    if words[0] == "generate":
        with interrupted_afterwards():
            from torch_impl.generation.generate_command import main as generate
        return generate(words[1:])
    with interrupted_afterwards():
        from torch_impl.lightning.runs.subcommand import run_subcommand

    return run_subcommand(words, trainer_for)
