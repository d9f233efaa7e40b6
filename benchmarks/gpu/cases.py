"""The trainings that are timed: the shipped network on a GPU, a small one on a CPU."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import lightning as L
import torch
import yaml

from torch_impl.data.batches import TensorPairs
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.options.configs import CONFIGS

CLASSES = 10


@dataclass(frozen=True)
class Case:
    """A network, its data and how it is timed: after the first windows, that compile, the others.

    Attributes:
        device: of the training.
        m: training examples, in batches of `batch_size`.
        n_x: inputs.
        model: the options of `NetworkModule`.
        precision: the Trainer's.
        matrix: the side of the two matrices whose product is timed.
        warm_up: windows that do not count.
        windows: those that count.
        steps: updates in a window.
    """

    device: str
    m: int
    batch_size: int
    n_x: int
    model: dict[str, Any] = field(hash=False)
    precision: Any
    matrix: int = 8192
    warm_up: int = 3
    windows: int = 15
    steps: int = 20

    @property
    def updates(self) -> int:
        """How many updates a training makes."""
        return (self.warm_up + self.windows) * self.steps

    @property
    def sizes(self) -> list[int]:
        """The units of every layer, the inputs first."""
        return [self.n_x, *self.model["hidden_units"], CLASSES]

    def wait(self) -> None:
        """Wait until the device has done its work."""
        if self.device == "cuda":
            torch.cuda.synchronize()

    def examples(self) -> TensorPairs:
        """Return random examples on the device, the same every time."""
        draw = torch.Generator(self.device).manual_seed(0)
        x = torch.randn(self.m, self.n_x, generator=draw, device=self.device)
        y = torch.randint(CLASSES, (self.m,), generator=draw, device=self.device)
        return TensorPairs(x, y)

    def module(self) -> NetworkModule:
        """Return the network as `train.py` makes it, with the same weights every time."""
        L.seed_everything(0, verbose=False)
        return NetworkModule(self.n_x, CLASSES, **self.model)


def large_mlp() -> Case:
    """Return the training of `train.py --config large_mlp`."""
    given = yaml.safe_load((CONFIGS / "large_mlp.yaml").read_text(encoding="utf-8"))
    data, model = given["data"]["init_args"], given["model"]
    m = round(data["m"] * 0.8 * 0.9)  # without those to test and to validate
    precision = given["trainer"]["precision"]
    return Case("cuda", m, data["batch_size"], data["n_x"], model, precision)


def small(compile: str | None = "aot_eager") -> Case:
    """Return a training that a CPU makes in a second, in epochs shorter than a window."""
    model = {"hidden_units": [32, 16], "lambd": 3.0, "compile": compile}
    return Case("cpu", 220, 64, 20, model, "bf16-mixed", matrix=64, windows=3, steps=5)
