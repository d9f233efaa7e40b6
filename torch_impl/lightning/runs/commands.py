"""`train.py predict RUN new.npz`: a run, and other data, as the options of a command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

import torch_impl.data
from ref_numpy.weights import load
from torch_impl.data.datamodule import Data
from torch_impl.data.own_programs import class_path_of
from torch_impl.data.texts.tokens import takes_tokens
from torch_impl.lightning.checkpoint_files import best_and_last, config_beside
from torch_impl.lightning.runs.folder import CONFIG
from torch_impl.lightning.runs.weights_checkpoint import WEIGHTS, options_of
from torch_impl.training_messages import input_error

TAKING_A_RUN = ("validate", "test", "predict", "report", "resume")


@dataclass(frozen=True)
class Command:
    """The words of a command as Lightning's command line takes them.

    Attributes:
        words: the subcommand and its options.
        folder: of the run that the command is about; None where the command is a run of its own.
    """

    words: list[str]
    folder: Path | None = None


@dataclass(frozen=True)
class Run:
    """A run, or a part of it, that a person has named.

    Attributes:
        given: the name.
        folder: of the run.
        network: the checkpoint, or the weights file.
        config: the options of the run; None of weights alone.
    """

    given: Path
    folder: Path
    network: Path
    config: Path | None

    @property
    def report_folder(self) -> Path:
        """Where a report goes: of the best epoch into the run's folder, else into one in it."""
        if (
            self.network.suffix == WEIGHTS
            or best_and_last([self.network.parent])[0] == self.network
        ):
            return self.folder
        return self.folder / self.network.stem


def expand_run(words: Sequence[str]) -> Command:
    """Replace the names of a run and of a file of examples by options.

    Args:
        words: the subcommand and what follows.

    Raises:
        InputError: there is no such run, or it lacks what the subcommand needs.
    """
    subcommand, *rest = words
    if subcommand not in TAKING_A_RUN or not rest or rest[0].startswith("-"):
        if subcommand == "resume" and not {"-h", "--help"} & {*rest}:
            raise input_error("run.needed", subcommand=subcommand)
        return Command([*words])
    run = named_run(Path(rest.pop(0)), last=subcommand == "resume")
    path = rest.pop(0) if rest and not rest[0].startswith("-") else None
    if subcommand == "resume":
        return resume(run, path, rest)
    only_weights = run.network.suffix == WEIGHTS
    if only_weights and subcommand == "report":
        raise input_error("run.no-network", path=run.given, expected="checkpoint")
    if run.config is None and not only_weights:
        raise input_error("run.no-config", path=run.network)
    config = options_in(run.config)
    own = ["--config", str(run.config)] if run.config else options_of(run.network)
    if only_weights and path is None and not gives_data(rest):
        raise input_error("run.no-held-out-part", path=run.given, subcommand=subcommand)
    data = [] if path is None else data_options(path, config.get("data") or {})
    if path is not None and only_weights and takes_tokens(load(run.network)[0]):
        data = ["--data", "TokenFile", "--data.path", path]
    to = [f"--out={prediction_file(run.folder, path)}"] if subcommand == "predict" else []
    options = [*alone(config), "--ckpt_path", str(run.network), *data, *to]
    folder = run.report_folder if subcommand == "report" else run.folder
    return Command([subcommand, *own, *options, *rest], folder)


def gives_data(words: Sequence[str]) -> bool:
    """Return whether there is an option that names data."""
    return any(word.startswith("--data") for word in words)


def resume(run: Run, path: str | None, rest: Sequence[str]) -> Command:
    """Return the command that resumes a run, in a folder of its own."""
    if path is not None:
        raise input_error("run.own-data", path=path, run=run.given)
    if run.network.suffix == WEIGHTS:
        raise input_error("run.only-weights", path=run.network)
    if run.config is None:
        raise input_error("run.no-config", path=run.network)
    options = ["--config", str(run.config), "--ckpt_path", str(run.network)]
    return Command(["fit", *options, *rest])


def named_run(path: Path, last: bool = False) -> Run:
    """Return the run with this folder, checkpoint or weights file.

    Args:
        path: of it.
        last: take the last checkpoint of a folder, and not the best.

    Raises:
        InputError: there is none.
    """
    if path.is_file():
        if path.suffix not in (".ckpt", WEIGHTS):
            raise input_error("run.not-trained", path=path)
        folder = path.parent.parent if path.parent.name == "checkpoints" else path.parent
        return Run(path, folder, path, config_beside(path))
    if not path.is_dir():
        raise input_error("run.missing", path=path)
    config = path / CONFIG if (path / CONFIG).is_file() else None
    elsewhere = [
        (options_in(config).get(key) or {}).get("dirpath") for key in ("checkpoint", "last")
    ]
    folders = [path / "checkpoints", *(Path(folder) for folder in elsewhere if folder)]
    best, newest = best_and_last([folder for folder in folders if folder.is_dir()])
    network = newest if last else best or newest
    if network is None and not last and (path / f"weights{WEIGHTS}").is_file():
        network = path / f"weights{WEIGHTS}"
    if network is None:
        expected = "checkpoints/last.ckpt" if last else "checkpoint"
        raise input_error("run.no-network", path=path, expected=expected)
    return Run(path, path, network, config)


def options_in(config: Path | None) -> Mapping[str, Any]:
    """Return the options in a file; none of a file that holds something else."""
    if config is None:
        return {}
    try:
        found = yaml.safe_load(config.read_text("utf-8"))
    except (ValueError, yaml.YAMLError):  # which the parser reports
        return {}
    return found if isinstance(found, dict) else {}


def alone(config: Mapping[str, Any]) -> list[str]:
    """Return the options of the Trainer by which a command about a run is no run of its own.

    On one device of this machine, and with no log.
    """
    accelerator = (config.get("trainer") or {}).get("accelerator", "auto")
    trainer = {
        "logger": "false", "callbacks": "null", "devices": "1", "num_nodes": "1",
        "strategy": "auto", "accelerator": "cpu" if accelerator == "cpu" else "auto",
    }  # fmt: skip
    given = [word for name, value in trainer.items() for word in (f"--trainer.{name}", value)]
    return [*given, "--init_from", "null"]


def prediction_file(folder: Path, path: str | None) -> Path:
    """Return the file of predictions in a run's folder: predictions_new.csv of new.npz."""
    return folder / ("predictions.csv" if path is None else f"predictions_{Path(path).stem}.csv")


def data_options(path: str, data: Mapping[str, Any]) -> list[str]:
    """Return the options that name another file of examples.

    Args:
        path: of the file, or a folder.
        data: the run's own data set, as its config names it.

    Raises:
        InputError: there is no data set for such a file.
    """
    plain = Path(path.lower().removesuffix(".gz"))
    ending = "/" if Path(path).is_dir() else plain.suffix
    own = class_of(str(data.get("class_path")))
    if own is not None and (ending in own.endings or (not own.endings and takes_path(data))):
        return [f"--data.{own.path_option}", path, *own.path_defaults]
    kinds = [getattr(torch_impl.data, name) for name in torch_impl.data.__all__]
    kind = next((kind for kind in kinds if ending in kind.endings), None)
    if kind is None:
        known = sorted({"a folder" if e == "/" else e for kind in kinds for e in kind.endings})
        raise input_error("run.data-ending", path=path, known=", ".join(known))
    return ["--data", kind.__name__, f"--data.{kind.path_option}", path]


def takes_path(data: Mapping[str, Any]) -> bool:
    """Return whether a data set of a person's own has the option `path`."""
    return "path" in (data.get("init_args") or {})


def class_of(class_path: str) -> type[Data] | None:
    """Return the class of a data set; None where it cannot be imported, as the parser reports."""
    module, _, name = (class_path_of(class_path) or class_path).rpartition(".")
    try:
        found = getattr(import_module(module or "torch_impl.data"), name, None)
    except (ImportError, ValueError):
        return None
    return found if isinstance(found, type) and issubclass(found, Data) else None
