"""What train.py chooses on a GPU, emulated: TF32 or not, and one kernel for an update."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from parity_tests.tests.support.tiny_training import Trained, batches, moons, network, quiet_trainer
from parity_tests.tests.support.train_args import SMALL
from parity_tests.training.lockstep import compare
from torch_impl.lightning.checkpoint_files import read
from torch_impl.lightning.header import products
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.restoring import use_whole_checkpoints
from torch_impl.lightning.trainer import Trainer

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]


def on_a_gpu(module: NetworkModule, clip: float | None = None) -> NetworkModule:
    """A module whose Trainer is on a GPU; its parameters are here."""
    strategy = SimpleNamespace(root_device=torch.device("cuda", 0))
    module._trainer = SimpleNamespace(strategy=strategy, gradient_clip_val=clip)  # pyright: ignore[reportAttributeAccessIssue]
    return module


@pytest.mark.parametrize("optimiser", ["adam", "momentum", "gradient_descent", "rmsprop"])
def test_an_update_is_one_kernel_on_a_gpu_alone(optimiser: str) -> None:
    def fused(module: NetworkModule) -> Any:
        return module.configure_optimizers().param_groups[0].get("fused")

    def module() -> NetworkModule:
        return NetworkModule(5, 3, optimiser=optimiser)

    assert not fused(module())
    assert not fused(on_a_gpu(module(), clip=0.5))  # which Lightning refuses of such a kernel
    assert bool(fused(on_a_gpu(module()))) == (optimiser != "rmsprop")


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("optimiser", ["adam", "momentum", "gradient_descent"])
def test_the_updates_of_one_kernel_are_the_references(
    monkeypatch: pytest.MonkeyPatch, optimiser: str, precision: str
) -> None:
    """By the processor's kernels of the same name, each step within its bound."""
    configure = NetworkModule.configure_optimizers
    monkeypatch.setattr(
        NetworkModule, "configure_optimizers", lambda self: configure(on_a_gpu(self))
    )
    module = network(optimiser=optimiser, learning_rate=0.05, weight_decay=0.01)
    assert module.configure_optimizers().param_groups[0]["fused"]
    module._trainer = None
    result = compare(module, moons(), epochs=2, precision=precision)
    assert len(result.checked) == 10
    assert result.wrong is None, result.wrong


def test_a_gpus_checkpoint_is_continued_by_the_kernels_that_are_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure = NetworkModule.configure_optimizers
    with monkeypatch.context() as gpu:
        gpu.setattr(
            NetworkModule, "configure_optimizers",
            lambda self: torch.optim.Adam(self.parameters(), fused=True),
        )  # fmt: skip
        before = Trained()
        before.trainer.save_checkpoint(path := tmp_path / "gpu.ckpt")
    assert read(path)["optimizer_states"][0]["param_groups"][0]["fused"]
    assert NetworkModule.configure_optimizers is configure
    trainer = quiet_trainer(max_epochs=2, devices=1)
    use_whole_checkpoints(trainer)
    module = NetworkModule(5, 3, "softmax", [7, 6], ["tanh", "relu"], lambd=0.3)
    trainer.fit(module, batches(), ckpt_path=path)
    assert not trainer.optimizers[0].param_groups[0]["fused"]
    assert trainer.global_step == 14


@pytest.mark.parametrize("matmul", ["float32", "tf32"])
def test_products_are_as_asked_and_in_the_header(
    monkeypatch: pytest.MonkeyPatch, matmul: Any
) -> None:
    before = torch.get_float32_matmul_precision()
    options: dict[str, Any] = {"accelerator": "cpu", "logger": False}
    try:
        torch.set_float32_matmul_precision("medium")
        trainer = Trainer(matmul=matmul, **options)
        assert torch.get_float32_matmul_precision() == "medium"  # nothing is multiplied so here
        assert products(trainer) == ""
        monkeypatch.setattr(Trainer, "multiplies_float32_on_cuda", True)
        trainer = Trainer(matmul=matmul, **options)
        wanted = "high" if matmul == "tf32" else "highest"
        assert torch.get_float32_matmul_precision() == wanted
        assert products(trainer) == f", matmul {matmul}"
    finally:
        torch.set_float32_matmul_precision(before)


def test_products_matter_at_float32_on_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = Trainer(accelerator="cpu", logger=False)
    assert not trainer.multiplies_float32_on_cuda
    monkeypatch.setattr(type(trainer.strategy), "root_device", torch.device("cuda", 0))
    assert trainer.multiplies_float32_on_cuda
    monkeypatch.setattr(type(trainer.precision_plugin), "precision", "bf16-mixed")
    assert not trainer.multiplies_float32_on_cuda


@pytest.mark.slow
def test_tf32_on_a_processor_is_refused_unless_a_config_has_it(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run("fit", *SMALL, "--trainer.matmul", "tf32")
    assert ended.value.code == 2
    assert "--trainer.matmul tf32 has no effect on the device cpu" in capsys.readouterr().err
    config = tmp_path / "gpu.yaml"
    config.write_text("trainer:\n  matmul: tf32\n")
    assert "test cost" in run("fit", "--config", str(config), *SMALL, "--epochs", "1")
