"""Small trainings, with any callbacks and with layers that are wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning as L
import torch
from torch import Tensor, nn

from torch_impl.data import TwoMoons
from torch_impl.data.batches import Batches, TensorPairs
from torch_impl.lightning.module import NetworkModule

M, UPDATES = 11, 7
OUTPUTS = {"softmax": 3, "sigmoid": 2, "identity": 4}


def batches(output: str = "softmax", weighted: bool = False, **options: Any) -> Batches:
    """7 batches of 11 examples of 5 numbers, which may have weights."""
    draw, m = torch.Generator().manual_seed(0), UPDATES * M
    x, n_y = torch.randn(m, 5, generator=draw), OUTPUTS[output]
    y = {
        "softmax": torch.randint(n_y, (m,), generator=draw),
        "sigmoid": torch.randint(2, (m, n_y), generator=draw).float(),
        "identity": torch.randn(m, n_y, generator=draw),
    }[output]
    w = 3 * torch.rand(m, generator=draw) if weighted else None
    return Batches(TensorPairs(x, y, w), M, seed=0, **options)


def quiet_trainer(folder: Path | None = None, **options: Any) -> L.Trainer:
    """Lightning's, on the CPU if no other device is given, that shows and writes nothing."""
    quiet: dict[str, Any] = {
        "default_root_dir": folder, "accelerator": "cpu", "logger": False,
        "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False,
    }  # fmt: skip
    return L.Trainer(**quiet | options)


class Trained:
    """The module and its callbacks after an epoch; `layers` replace the network's own."""

    def __init__(
        self,
        *callbacks: L.Callback,
        output: str = "softmax",
        layers: dict[str, nn.Module] | None = None,
        batches_per_step: int = 1,
        model: dict[str, Any] | None = None,
        weighted: bool = False,
        **options: Any,
    ) -> None:
        L.seed_everything(0, verbose=False)
        self.module = NetworkModule(
            5, OUTPUTS[output], output, [7, 6], ["tanh", "relu"], lambd=0.3,
            batches_per_step=batches_per_step, **(model or {}),
        )  # fmt: skip
        for name, layer in (layers or {}).items():
            if isinstance(layer, nn.Linear):
                layer.load_state_dict(self.module.network.layers.get_submodule(name).state_dict())
            self.module.network.layers.set_submodule(name, layer)
        self.trainer = quiet_trainer(devices=1, max_epochs=1, callbacks=[*callbacks], **options)
        self.trainer.fit(self.module, batches(output, weighted, per_step=batches_per_step))


class Calls(nn.Module):
    """A layer that calls a function."""

    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class Autocast(nn.Linear):
    """A layer that is computed at bfloat16 whatever the run's precision is."""

    def forward(self, input: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return super().forward(input).to(input.dtype)


def moons(**options: Any) -> TwoMoons:
    """Two moons: 72 examples to train with, in batches of 16, 16, 16, 16 and 8."""
    return TwoMoons(m=100, batch_size=16, **options)


def network(**options: Any) -> NetworkModule:
    """A shallow network for the moons, with the same weights at every call."""
    L.seed_everything(3, verbose=False)
    return NetworkModule(2, 1, "sigmoid", hidden_units=[4], activation="tanh", **options)
