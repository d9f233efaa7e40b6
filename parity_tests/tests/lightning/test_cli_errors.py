"""What `train.py` refuses: in one sentence, with exit code 2, and before anything is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from parity_tests.tests.support.train_args import SMALL
from torch_impl.lightning.checkpoint_files import read

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

LACKING = {
    "precision": (["--trainer.precision", "bf16-mixed"], "--trainer.precision bf16-mixed"),
    "steps": (["--trainer.max_steps", "3"], "--trainer.max_steps"),
    "clipping": (["--trainer.gradient_clip_val", "1"], "--trainer.gradient_clip_val"),
    "accumulation": (["--trainer.accumulate_grad_batches", "2"], "accumulate_grad_batches"),
    "optimiser": (["--optimizer", "torch.optim.Adam"], "--optimizer"),
    "part": (["--trainer.limit_train_batches", "2"], "--trainer.limit_train_batches"),
    "by heart": (["--trainer.overfit_batches", "1"], "--trainer.overfit_batches"),
    "callback": (["--trainer.callbacks+=ParityMonitor"], "--trainer.callbacks"),
    "no test": (["--trainer.limit_test_batches", "0"], "--trainer.limit_test_batches"),
    "compiled": (["--model.compile", "aot_eager"], "--model.compile"),
}


# The others are refused as one of these is: by one option of the trainer.
QUICK = {"precision", "steps", "optimiser", "callback", "compiled"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in LACKING],
)
def test_options_without_a_reference_are_one_sentence(
    run: Any, capsys: Any, tmp_path: Path, name: str
) -> None:
    args, said = LACKING[name]
    for command in ("numpy", "compare"):
        with pytest.raises(SystemExit) as ended:
            run(command, *SMALL, *args)
        assert ended.value.code == 2
        error = capsys.readouterr().err.strip().splitlines()[-1]
        assert error.startswith("train.py: error: the NumPy reference has no ")
        assert said in error
    assert not list(tmp_path.rglob("*.safetensors"))


ANOTHER = {
    "network": (
        ["--model.activation", "tanh"],
        "the checkpoint's network is another: activation [relu] in the checkpoint, [tanh] here; ",
    ),
    "sizes": (
        ["--model.hidden_units", "[5]"],
        "the checkpoint's network is another: hidden_units [4] in the checkpoint, [5] here; give",
    ),
    "regularisation": (
        ["--model.lambd", "9"],
        "the checkpoint's network is another: lambd 0.1 in the checkpoint, 9.0 here; give",
    ),
    "optimiser": (["--model.optimiser", "momentum"], "the checkpoint's optimiser has the options "),
    "class": (
        ["--optimizer", "torch.optim.SGD", "--optimizer.lr", "0.1"],
        "the checkpoint's optimiser has the options ",
    ),
    "batches": (
        ["--data.batch_size", "8"],
        "the checkpoint's run is another: batch_size 16 in the checkpoint, 8 here; resume with the",
    ),
    "steps": (
        ["--data.batches_per_step", "2"],
        "the checkpoint's run is another: batches_per_step 1 in the checkpoint, 2 here; resume",
    ),
    "examples": (
        ["--data.m", "60"],
        "the checkpoint's run is another: the training data have another content; resume with",
    ),
}


@pytest.mark.slow
def test_resume_refuses_another_run(run: Any, capsys: Any, tmp_path: Path) -> None:
    """From its last checkpoint or by its file; with the same options it does."""
    run("fit", *SMALL, "--trainer.max_epochs", "1")
    logs = tmp_path / "lightning_logs"
    last = str(logs / "version_0/checkpoints/last.ckpt")
    for path in ("last", last):
        for name, (args, said) in ANOTHER.items():
            with pytest.raises(SystemExit) as ended:
                run("fit", *SMALL, "--trainer.max_epochs", "2", *args, "--ckpt_path", path)
            error = capsys.readouterr().err.strip().splitlines()[-1]
            assert ended.value.code == 2
            assert error.startswith(f"train.py: error: {said}"), (name, error)
            assert [path.name for path in logs.iterdir()] == ["version_0"], name
    run("fit", *SMALL, "--trainer.max_epochs", "2", "--ckpt_path", last)
    assert read(last)["epoch"] == 1
    assert read(logs / "version_1/checkpoints/last.ckpt")["epoch"] == 2


@pytest.mark.slow
def test_another_network_is_named_with_the_config_of_its_run(
    run: Any, capsys: Any, tmp_path: Path
) -> None:
    """In short; and with that config the command does what was wanted."""
    run("fit", *SMALL, "--trainer.max_epochs", "1")
    folder = tmp_path / "lightning_logs/version_0"
    best = str(folder / "checkpoints/best.ckpt")
    other = (*SMALL, "--model.hidden_units", "[5]", "--ckpt_path", best)
    with pytest.raises(SystemExit):
        run("test", *other)
    assert capsys.readouterr().err.strip().splitlines()[-1] == (
        "train.py: error: the checkpoint's network is another: hidden_units [4] in the checkpoint, "
        "[5] here; give the options that it was trained with, --config "
        "lightning_logs/version_0/config.yaml, or begin a new training with the weights that fit: "
        "--init_from."
    )
    config = ("--config", "lightning_logs/version_0/config.yaml")
    assert "test accuracy" in run("test", *config, "--ckpt_path", best)
    (folder / "config.yaml").rename(tmp_path / "elsewhere.yaml")
    with pytest.raises(SystemExit):
        run("test", *other)
    assert "trained with, --config with its config.yaml, or begin" in capsys.readouterr().err


@pytest.mark.slow
def test_a_damaged_file_by_its_name_is_one_sentence(run: Any, capsys: Any, tmp_path: Path) -> None:
    torch.save([1, 2], "list.ckpt")
    torch.save({"w": torch.ones(2)}, "weights.ckpt")
    (tmp_path / "text.ckpt").write_text("text")
    for name, said in (
        ("list.ckpt", "holds no checkpoint of a training"),
        ("weights.ckpt", "holds no checkpoint of a training"),
        ("text.ckpt", "is damaged or not a checkpoint"),
    ):
        for command in ("fit", "test"):
            with pytest.raises(SystemExit) as ended:
                run(command, *SMALL, "--ckpt_path", name)
            assert ended.value.code == 2
            assert said in capsys.readouterr().err.strip().splitlines()[-1]


@pytest.mark.slow
def test_a_training_that_explodes_ends_and_keeps_what_was_good(run: Any, tmp_path: Path) -> None:
    (tmp_path / "huge.yaml").write_text("model: {learning_rate: 1.0e+30}\n")
    for command in ("fit", "numpy"):
        with pytest.raises(SystemExit) as ended:
            run(
                command, *SMALL, "--config", "huge.yaml", "--model.activation", "relu",
                "--model.optimiser", "gradient_descent",
            )  # fmt: skip
        assert ended.value.code == 2
    assert not list(tmp_path.rglob("*.safetensors"))
    for path in tmp_path.rglob("*.ckpt"):
        assert all(w.isfinite().all() for w in read(path)["state_dict"].values())


REFUSED = {
    "no such metric": (
        [
            "--trainer.callbacks+=EarlyStopping",
            "--trainer.callbacks.monitor=nope",
            "--last.epoch_seconds=999",
            "--checkpoint.every_n_epochs=99",
        ],
        "EarlyStopping's monitor is 'nope', which is not logged; expected one of train_cost",
    ),
    "no such score": (
        ["--checkpoint.monitor", "val_loss"],
        "--checkpoint.monitor is 'val_loss', which is not logged",
    ),
    "no validation to stop by": (
        [
            "--data.val_fraction",
            "0",
            "--trainer.callbacks+=EarlyStopping",
            "--trainer.callbacks.monitor=val_cost",
        ],
        "since this training has no validation; expected one of train_cost, train_accuracy.",
    ),
    "best": (["--ckpt_path", "best"], "--ckpt_path best means nothing before a fit"),
    "seed": (["--seed_everything", "-3"], "-3 is not in bounds"),
    "a file as a folder": (["--trainer.default_root_dir", "/dev/null"], "/dev/null"),
    "no checkpoint": (["--ckpt_path", "last"], "--ckpt_path last finds no lightning_logs/*/checkp"),
    "clipping several": (
        ["--data.batches_per_step", "2", "--trainer.gradient_clip_val", "1"],
        "Automatic gradient clipping is not supported for manual optimization",
    ),
    "strategy": (["--trainer.strategy", "nope"], "invalid strategy name: `strategy='nope'`"),
    "accelerator": (["--trainer.accelerator", "nope"], "nope"),
    "compiler": (["--model.compile", "nope"], "backend 'nope' is unknown to torch.compile"),
    "times": (["--last.every_n_steps", "-1"], "every_n_steps is -1"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_one_sentence(run: Any, capsys: Any, tmp_path: Path, name: str) -> None:
    args, said = REFUSED[name]
    with pytest.raises(SystemExit) as ended:
        run("fit", *SMALL, *args)
    assert ended.value.code == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("train.py: error: ")
    assert said in error
    assert not [*tmp_path.iterdir()]


@pytest.mark.slow
def test_weights_that_the_last_update_made_infinite_are_one_sentence(
    run: Any, capsys: Any, tmp_path: Path
) -> None:
    """No cost has seen them."""
    (tmp_path / "huge.yaml").write_text("model: {learning_rate: 3.0e+38}\n")
    with pytest.raises(SystemExit) as ended:
        run(
            "fit", *SMALL, "--config", "huge.yaml", "--model.optimiser", "gradient_descent",
            "--model.weight_decay", "100", "--trainer.max_steps", "1",
            "--trainer.limit_val_batches", "0",
            "--checkpoint.monitor", "train_cost",
        )  # fmt: skip
    assert ended.value.code == 2
    assert "training ended with weights that are not finite" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.safetensors"))


@pytest.mark.slow
def test_a_damaged_checkpoint_is_one_sentence(run: Any, capsys: Any, tmp_path: Path) -> None:
    run("fit", *SMALL, "--trainer.max_epochs", "1")
    last = tmp_path / "lightning_logs/version_0/checkpoints/last.ckpt"
    last.write_bytes(last.read_bytes()[:-100])
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        run("fit", *SMALL, "--ckpt_path", "last")
    assert ended.value.code == 2
    assert "is damaged or not a checkpoint; resume from" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
