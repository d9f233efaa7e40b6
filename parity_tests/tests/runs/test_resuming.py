"""What may change when a run resumes, each by a word of the person; and what may not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from parity_tests.campaigns.crash_recovery import exact
from parity_tests.tests.support.train_args import SMALL
from ref_numpy import InputError, NetworkSpec
from torch_impl.data.trained_on import network_differences
from torch_impl.lightning.checkpoint_files import read
from torch_impl.lightning.runs.resuming import add_epochs, epochs_done, rate_in, split_epochs

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

RUN, V1 = "lightning_logs/version_0", "lightning_logs/version_1"
LAST = "checkpoints/last.ckpt"
FIT = ("fit", *SMALL, "--epochs", "2", "--model.learning_rate", "0.01")


def refusal(run: Any, capsys: Any, *args: str) -> str:
    with pytest.raises(SystemExit) as ended:
        run(*args)
    assert ended.value.code == 2
    return capsys.readouterr().err.strip().splitlines()[-1].removeprefix("train.py: error: ")


@pytest.mark.parametrize(
    ("words", "found", "more"),
    [
        (["fit", "--epochs", "3"], ["fit", "--trainer.max_epochs=3"], None),
        (["--epochs=3", "-x"], ["--trainer.max_epochs=3", "-x"], None),
        (["--epochs", "+10"], ["--trainer.max_epochs=10"], 10),
        (["--trainer.max_epochs", "+10"], ["--trainer.max_epochs=10"], 10),
        (["--trainer.max_epochs=+10"], ["--trainer.max_epochs=10"], 10),
        (["--epochs", "+1", "--epochs", "5"],
         ["--trainer.max_epochs=1", "--trainer.max_epochs=5"], None),
        (["--epochs", "ten"], ["--trainer.max_epochs=ten"], None),
        (["--epochs"], ["--trainer.max_epochs"], None),
        (["--data.epochs", "+2"], ["--data.epochs", "+2"], None),
    ],
)  # fmt: skip
def test_the_words_for_epochs(words: list[str], found: list[str], more: int | None) -> None:
    assert split_epochs(words) == (found, more)


def test_more_epochs_count_from_those_that_are_done() -> None:
    checkpoint = {"costs": {"train": [1.0, 2.0, 3.0]}, "epoch": 3, "global_step": 15}
    trainer: Any = SimpleNamespace(max_epochs=4, max_steps=-1)
    add_epochs(trainer, checkpoint, 4)
    assert trainer.max_epochs == 7
    assert epochs_done({"epoch": 5}) == 5  # of an older version
    for options, given, code in (
        ({"max_steps": -1}, {}, "run.more-epochs"),
        ({"max_steps": 15}, checkpoint, "option.no-effect"),
    ):
        with pytest.raises(InputError) as refused:
            add_epochs(SimpleNamespace(max_epochs=4, **options), given, 4)
        assert refused.value.code == code


@pytest.mark.slow
def test_more_epochs_are_those_of_one_longer_run(run: Any, tmp_path: Path, capsys: Any) -> None:
    run(*FIT, "--trainer.max_epochs", "5")
    whole = read(f"{RUN}/{LAST}")
    (tmp_path / "lightning_logs").rename(tmp_path / "whole")
    run(*FIT)
    output = run("resume", RUN, "--epochs", "+3")
    assert f"resumed from     {RUN}/{LAST} (epoch 3, after 10 updates)" in output
    last = read(f"lightning_logs/version_1/{LAST}")
    for part in ("state_dict", "optimizer_states", "costs", "global_step"):
        assert exact(last[part]) == exact(whole[part]), part
    assert read(f"{RUN}/{LAST}")["global_step"] == 10  # which stays
    assert "none is resumed" in refusal(run, capsys, *FIT, "--epochs", "+3")


@pytest.mark.slow
def test_a_learning_rate_is_new_where_it_is_typed(run: Any, capsys: Any) -> None:
    run(*FIT)
    output = run("resume", RUN, "--epochs", "+1", "--model.learning_rate", "0.5")
    assert "learning rate    0.5, 0.01 before" in output
    assert rate_in(read(f"lightning_logs/version_1/{LAST}")) == 0.5
    # The new run's own config and checkpoint agree: it resumes with the new rate.
    assert "learning rate" not in run("resume", "lightning_logs/version_1", "--epochs", "+1")
    assert rate_in(read(f"lightning_logs/version_2/{LAST}")) == 0.5
    # One that is not typed changes nothing, as the header states.
    output = run("fit", *SMALL, "--epochs", "3", "--ckpt_path", f"{RUN}/{LAST}")
    said = "learning rate    0.01, as before; give --model.learning_rate 0.001 here to change it"
    assert said in output
    assert rate_in(read(f"lightning_logs/version_3/{LAST}")) == 0.01


@pytest.mark.slow
def test_the_new_rate_is_that_of_the_first_update(run: Any) -> None:
    """W ← W − α dW: twice the rate, twice the step, by gradient descent at float64."""
    options = ("--model.optimiser", "gradient_descent", "--trainer.precision", "64-true")
    run(*FIT, *options)
    before = read(f"{RUN}/{LAST}")["state_dict"]
    steps = []
    for number, rate in enumerate(("0.25", "0.5"), start=1):
        run("resume", RUN, "--epochs", "+1", "--trainer.max_steps", "11",
            "--model.learning_rate", rate)  # fmt: skip
        after = read(f"lightning_logs/version_{number}/{LAST}")["state_dict"]
        steps.append({name: before[name] - after[name] for name in before})
    for name, step in steps[0].items():
        # Each subtraction of the update and of this test rounds by half a unit of |W| ≤ 4.
        assert (2 * step - steps[1][name]).abs().max() <= 8 * 4 * 2**-53, name
        assert step.abs().max() > 2**-20


@pytest.mark.slow
def test_a_schedule_keeps_its_rate(run: Any, capsys: Any) -> None:
    schedule = (
        "--optimizer", "torch.optim.SGD", "--optimizer.lr", "0.1",
        "--lr_scheduler", "torch.optim.lr_scheduler.ExponentialLR", "--lr_scheduler.gamma", "0.5",
    )  # fmt: skip
    run("fit", *SMALL, "--epochs", "1", *schedule)
    said = refusal(run, capsys, "resume", RUN, "--epochs", "+1", "--optimizer.lr", "0.2")
    assert said.startswith("--optimizer.lr 0.2 has no effect beside torch.optim.lr_scheduler.Exp")
    assert "learning rate" not in run("resume", RUN, "--epochs", "+1", "--optimizer.lr", "0.1")


@pytest.mark.slow
def test_a_run_without_its_best_checkpoint_chooses_among_the_rest(run: Any) -> None:
    """Only last.ckpt was kept; or best.ckpt is of an epoch that the run repeats."""
    run(*FIT)
    (Path(RUN) / "checkpoints/best.ckpt").unlink()
    output = run("resume", RUN, "--epochs", "+2")
    assert "checkpoint       lightning_logs/version_1/checkpoints/best.ckpt" in output
    assert read("lightning_logs/version_1/checkpoints/best.ckpt")["epoch"] >= 2


@pytest.mark.slow
def test_a_run_that_is_done_is_reported_again(run: Any) -> None:
    """As after a kill in the midst of its report: nothing is trained, and all files are there."""
    first = run(*FIT)
    again = run("resume", RUN)
    one, two = (text[text.index("chosen epoch") :] for text in (first, again))
    assert two == one.replace("version_0", "version_1")
    best = ("checkpoints/best.ckpt", "weights.safetensors")
    for name in best:
        assert Path(f"{RUN}/{name}").read_bytes() == Path(RUN, f"../version_1/{name}").read_bytes()


def test_a_difference_is_said_as_one() -> None:
    theirs = NetworkSpec.dense([3, 64, 32, 2], ["tanh", "relu"], "softmax", lambd=0.5)
    for ours, said in (
        (NetworkSpec.dense([3, 64, 16, 2], ["tanh", "relu"], lambd=0.5),
         ["hidden_units [64, 32] in the checkpoint, [64, 16] here"]),
        (NetworkSpec.dense([4, 64, 32, 3], ["tanh", "relu"], lambd=0.5),
         ["inputs 3 in the checkpoint, 4 here", "outputs 2 in the checkpoint, 3 here"]),
        (NetworkSpec.dense([3, 64, 32, 2], "relu", "sigmoid", lambd=0.5),
         ["activation [tanh, relu] in the checkpoint, [relu, relu] here",
          "output softmax in the checkpoint, sigmoid here",
          "loss cross_entropy in the checkpoint, binary_cross_entropy here"]),
    ):  # fmt: skip
        assert network_differences(theirs.to_json(), ours) == said
    assert network_differences("nothing", theirs)[0].startswith("the layers nothing in the check")


@pytest.mark.slow
def test_what_a_checkpoint_has_no_record_of_is_said(run: Any) -> None:
    stopping = ("--trainer.callbacks+=EarlyStopping", "--trainer.callbacks.monitor=val_cost")
    run(*FIT)
    whole = read(f"{RUN}/{LAST}")
    more = ("fit", *SMALL, "--epochs", "3", "--ckpt_path", "less.ckpt")
    for parts, options, said in (
        ((), (), None),
        ((), stopping, "EarlyStopping: begun anew"),
        (("callbacks",), (), "the choice of the best epoch: begun anew"),
        (("TwoMoons", "data"), (),
         "the order of the batches: begun anew; the data: not compared with these"),
    ):  # fmt: skip
        torch.save({n: part for n, part in whole.items() if n not in parts}, "less.ckpt")
        output = run(*more, *options)
        assert ("not recorded" in output) == (said is not None)
        assert said is None or f"\nnot recorded     {said}\n" in output


@pytest.mark.slow
def test_the_newest_run_is_found_where_its_logger_put_it(run: Any) -> None:
    """And where a folder that was named twice made it one of the usual ones."""
    for logger, folder, other in (
        (("save_dir=logs",), "logs/lightning_logs/version_0", "logs/lightning_logs/version_1"),
        (("save_dir=logs", "name=mine"), "logs/mine/version_0", "logs/mine/version_1"),
        (("save_dir=logs", "name=a", "version=b"), "logs/a/b", "lightning_logs/version_0"),
    ):
        own = [f"--trainer.logger.{option}" for option in logger]
        words = ("fit", *SMALL, "--trainer.logger", "CSVLogger", *own)
        run(*words, "--epochs", "1")
        for epochs, before in (("2", folder), ("3", other)):
            output = run(*words, "--epochs", epochs, "--ckpt_path", "last")
            assert f"resumed from     {before}/{LAST} (epoch {epochs}, " in output


@pytest.mark.slow
def test_numpy_takes_the_config_of_a_run_and_resumes_none(run: Any, capsys: Any) -> None:
    run(*FIT)
    run("resume", RUN, "--epochs", "+1")
    first, resumed = ("--config", f"{RUN}/config.yaml"), ("--config", f"{V1}/config.yaml")
    assert "epoch" in run("numpy", *first)
    for subcommand in ("numpy", "compare"):
        said = refusal(run, capsys, subcommand, *resumed)
        assert said.startswith(f"--ckpt_path {RUN}/{LAST} has no effect on {subcommand}, ")
    assert "epoch" in run("numpy", *resumed, "--ckpt_path", "null")
