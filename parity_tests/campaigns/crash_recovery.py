"""Crash recovery: kill a training at random moments, resume it, compare: `parity crash-recovery`.

Every trial starts `train.py`, ends it with SIGKILL, which no program can catch, or with Ctrl-C's
SIGINT or SIGTERM, after which it reports and ends by itself, and resumes it with `--ckpt_path last`
to the end. The weights must equal those of the uninterrupted run, bit for bit; and so must the
costs of every epoch, the best checkpoint and the learning rate. The data are points, a table of
words, dates, numbers and holes, with a class or a number to predict, or images that are shifted and
mirrored anew in each epoch, for a network with batch norms (`--data`).
"""

from __future__ import annotations

import csv
import importlib
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console

from parity_tests.check_messages import input_error

RUN = (
    "fit", "--data.batch_size", "16", "--trainer.max_epochs", "12",
    "--optimizer", "torch.optim.SGD", "--optimizer.lr", "0.2", "--optimizer.momentum", "0.9",
    "--lr_scheduler", "torch.optim.lr_scheduler.ExponentialLR", "--lr_scheduler.gamma", "0.9",
    "--last.epoch_seconds", "0", "--trainer.accelerator", "cpu",
    "--trainer.enable_progress_bar", "false", "--trainer.enable_model_summary", "false",
)  # fmt: skip

DENSE = ("--model.hidden_units", "[8,5]")
RESIDUAL = ("--model.network", "resnet", "--model.network_options", "{n: 1, widths: [3, 2]}")

# The options of the data and of the layers; FILE is the table, IMAGES the file of images. Numbers
# to predict are standardised.
DATA = {
    "points": ("--data", "TwoMoons", "--data.m", "240", *DENSE),
    "table": ("--data", "Table", "--data.path", "FILE", "--data.target", "saved", *DENSE),
    "numbers": ("--data", "Table", "--data.path", "FILE", "--data.target", "fare", *DENSE),
    "images": ("--data", "NpzFile", "--data.path", "IMAGES", "--data.standardise", "all",
               "--data.crop_padding", "1", "--data.mirror", "true", *RESIDUAL),
}  # fmt: skip

# A checkpoint after so many updates: after every one, so that most kills fall into the writing of
# one, and after some, so that most fall between.
EVERY = (1, 4)
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)


class Trial(NamedTuple):
    """A run that was killed and resumed.

    Attributes:
        every: updates between two checkpoints.
        seconds: from the first checkpoint to the kill.
        step: of the checkpoint from which the run resumed.
        per_epoch: updates in an epoch.
        partial: the kill left a checkpoint half written.
        different: the parts of the result that differ from those of the uninterrupted run.
        signal: the name of that which ended the run.
    """

    every: int
    seconds: float
    step: int
    per_epoch: int
    partial: bool
    different: tuple[str, ...]
    signal: str = "SIGKILL"


def training(data: str, folder: Path) -> tuple[str, ...]:
    """Return the arguments of a training; its file is written into the folder.

    Args:
        data: one of DATA.
        folder: of the file.
    """
    files = {"FILE": folder / "passengers.csv", "IMAGES": folder / "images.npz"}
    if "FILE" in DATA[data]:
        write_table(files["FILE"])
    if "IMAGES" in DATA[data]:
        write_images(files["IMAGES"])
    return (RUN[0], *(str(files.get(word, word)) for word in DATA[data]), *RUN[1:])


def write_images(path: Path, m: int = 240) -> None:
    """Write grey images of 8 × 8 pixels, of three classes, each brighter in one row."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 100, (m, 8, 8), np.uint8), rng.integers(0, 3, m)
    x[np.arange(m), 1 + y] += 100
    np.savez(path, x=x, y=y)


def write_table(path: Path, rows: int = 240) -> None:
    """Write a CSV file of numbers, words and dates, some of which are missing."""
    rng = random.Random(0)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["age", "sex", "port", "day", "fare", "saved"])
        for _ in range(rows):
            sex, fare = rng.choice(["female", "male"]), round(rng.lognormvariate(3, 1), 4)
            age = "" if rng.random() < 0.2 else rng.randrange(1, 80)
            day = f"2024-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
            saved = "yes" if (sex == "female") ^ (rng.random() < 0.1) else "no"
            writer.writerow([age, sex, rng.choice(["S", "C", ""]), day, fare, saved])


def trials(kills: int, seed: int, data: str = "points") -> Iterator[Trial]:
    """Yield a trial for each kill.

    Args:
        kills: how many.
        seed: of the random moments.
        data: one of DATA.

    Raises:
        InputError: an uninterrupted or a resumed run fails.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["train"])  # which takes seconds to import
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as root:
        run = training(data, Path(root))
        whole, took = {}, {}
        for every in EVERY:
            folder = Path(root) / f"every{every}"
            options = (*run, "--last.every_n_steps", str(every))
            process = launched(context, folder, options)
            begun = first_checkpoint(process, folder)
            finish(process, folder)
            took[every] = newest(folder).stat().st_mtime - begun
            whole[every] = results(folder)
        for number in range(kills):
            every = EVERY[number % len(EVERY)]
            folder = Path(root) / f"kill{number}"
            options = (*run, "--last.every_n_steps", str(every))
            process = launched(context, folder, options)
            first_checkpoint(process, folder)
            seconds = rng.uniform(0, took[every])
            process.join(seconds)
            sent = SIGNALS[number % len(SIGNALS)]
            if process.is_alive():
                os.kill(process.pid, sent)
            process.join()
            partial = any(folder.rglob(".*.partial"))
            # Interrupted before its first update, a run leaves nothing.
            resume = ("--ckpt_path", "last") if any(folder.rglob("last.ckpt")) else ()
            step = contents(newest(folder))["global_step"] if resume else 0
            finish(launched(context, folder, (*options, *resume)), folder)
            loops = contents(newest(folder))["loops"]["fit_loop"]["state_dict"]
            loader = loops["combined_loader"][0]
            per_epoch = -(-loader["examples"] // loader["batch_size"])
            yield Trial(
                every, seconds, step, per_epoch, partial, differences(folder, whole[every]),
                signal.Signals(sent).name,
            )  # fmt: skip


def campaign(kills: int, seed: int, console: Console, data: str = "points") -> int:
    """Print a line for each kill; return 0 where every resumed run was identical, else 1."""
    console.print(
        "a checkpoint   ended by  after      resumed from         half written  identical"
    )
    done: list[Trial] = []
    for trial in trials(kills, seed, data):
        done.append(trial)
        epoch, batch = divmod(trial.step, trial.per_epoch)
        console.print(
            f"every {trial.every} updates  {trial.signal:<7} {1000 * trial.seconds:6.0f} ms  "
            f"epoch {epoch + 1:2}, batch {batch:2}  {'yes' if trial.partial else 'no':>12}  "
            f"{'NO: ' + ', '.join(trial.different) if trial.different else '      yes'}"
        )
    identical = sum(not trial.different for trial in done)
    within = sum(trial.step % trial.per_epoch > 0 for trial in done)
    partial = sum(trial.partial for trial in done)
    console.print(
        f"{identical} of {kills} resumed runs equal the uninterrupted run bit for bit; {within} of "
        f"them resumed within an epoch, {partial} with a checkpoint left half written"
    )
    return 0 if identical == kills else 1


def launched(context: Any, folder: Path, args: tuple[str, ...]) -> Any:
    """Start a process that runs `train.py` in the folder."""
    process = context.Process(target=train, args=(str(folder), args))
    process.start()
    return process


def train(folder: str, args: tuple[str, ...]) -> None:
    """Run `train.py` in the folder; its output goes to output.txt."""
    Path(folder).mkdir(exist_ok=True)
    os.chdir(folder)
    output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for fd in (1, 2):
        os.dup2(output, fd)
    importlib.import_module("train").main(list(args))


def first_checkpoint(process: Any, folder: Path) -> float:
    """Wait for the first checkpoint, and return the time."""
    while process.is_alive() and not any(folder.rglob("last.ckpt")):
        time.sleep(0.002)
    return time.time()


def finish(process: Any, folder: Path) -> None:
    """Wait for the end of a process.

    Raises:
        InputError: it failed.
    """
    process.join()
    if process.exitcode:
        output = (folder / "output.txt").read_text(encoding="utf-8").strip().splitlines()
        raise input_error("crash-recovery.failed", exit_code=process.exitcode, output=output[-1])


def newest(folder: Path, name: str = "last.ckpt") -> Path:
    """Return the newest file of this name in a folder."""
    return max(folder.rglob(name), key=lambda path: path.stat().st_mtime)


def contents(path: Path) -> dict[str, Any]:
    """Read a checkpoint."""
    from torch_impl.lightning.checkpoint_files import read

    return read(path)


def results(folder: Path) -> dict[str, str]:
    """Return the parts that must be equal: the tested weights, and every state at the end."""
    parts = {"weights": newest(folder, "weights.safetensors").read_bytes().hex()}
    for name in ("last.ckpt", "best.ckpt"):
        for part, value in contents(newest(folder, name)).items():
            if part not in ("callbacks", "loops"):  # paths, and the number of starts
                parts[f"{part} of {name}"] = exact(value)
    return parts


def differences(folder: Path, whole: dict[str, str]) -> tuple[str, ...]:
    """Return the names of the parts that differ."""
    parts = results(folder)
    return tuple(name for name in sorted({*parts, *whole}) if parts.get(name) != whole.get(name))


def exact(value: Any) -> str:
    """Write every bit of a checkpoint's value as text."""
    if hasattr(value, "numpy"):
        return f"{value.dtype}{tuple(value.shape)}{value.cpu().numpy().tobytes().hex()}"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{exact(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(exact, value)) + "]"
    return repr(value)
