"""A checkpoint whose checksums are right and whose contents are not: one sentence, nothing else.

Every part of a real checkpoint is deleted, and replaced by other things, and the file is written
anew by torch, so that each byte is as it says.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import torch

from parity_tests.tests.support.train_args import SMALL
from torch_impl.lightning.checkpoints import read

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

Path_ = tuple[Any, ...]
DELETED = object()
OTHERS = {
    "deleted": DELETED, "text": "x", "list": [None], "tensor": torch.ones(3, 7),
}  # fmt: skip

# Parts that a resumed training does not read: hyper-parameters are the command line's, the other
# loops begin anew, and a callback may be new.
FREE = ("hyper_parameters", "hparams_name", "validate_loop", "test_loop", "predict_loop")


def paths(part: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Of every part; of lists the first element, and of dictionaries far within, the first two."""
    if path:
        yield path
    if isinstance(part, dict):
        for key, value in [*part.items()][: None if len(path) < 3 else 2]:
            yield from paths(value, (*path, key))
    elif isinstance(part, list) and part:
        yield from paths(part[0], (*path, 0))


def changed(good: dict[str, Any], path: Path_, other: Any) -> dict[str, Any]:
    made = copy.deepcopy(good)
    holder = reduce(lambda part, key: part[key], path[:-1], made)
    if other is DELETED:
        del holder[path[-1]]
    else:
        holder[path[-1]] = other
    return made


def outcome(run: Any, capsys: Any, *words: str) -> int:
    """The exit code, 0 or 2; with 2, one sentence."""
    code: Any = 0
    try:
        run(*words)
    except SystemExit as ended:
        code = ended.code
    error = capsys.readouterr().err.strip().splitlines()
    assert code in (0, 2)
    assert not code or error[-1].startswith("train.py: error: ")
    return code


@pytest.fixture
def good(run: Any, tmp_path: Path) -> dict[str, Any]:
    run("fit", *SMALL, "--trainer.max_epochs", "1")
    return read(tmp_path / "lightning_logs/version_0/checkpoints/last.ckpt")


NAMED = {
    ("epoch",): "epoch is text; expected a number",
    ("state_dict", "network.layers.Z1.weight"): "state_dict.network.layers.Z1.weight is text",
    ("costs", "train"): "costs.train is text; expected a list",
    ("data", "statistics", "mu"): "data.statistics.mu is text; expected a tensor",
    ("optimizer_states", 0, "state", 0, "exp_avg"): "optimizer_states.0.state.0.exp_avg is text",
    ("loops", "fit_loop", "epoch_progress", "current", "completed"): (
        "loops.fit_loop.epoch_progress.current.completed is text; expected a number"
    ),
}


@pytest.mark.slow
def test_the_part_that_is_wrong_is_named(
    run: Any, capsys: Any, tmp_path: Path, good: dict[str, Any]
) -> None:
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.ckpt")}
    weight = next(iter(good["state_dict"]))
    for path, said in NAMED.items():
        at = ("state_dict", weight) if path[0] == "state_dict" else path
        torch.save(changed(good, at, "x"), "bad.ckpt")
        with pytest.raises(SystemExit) as ended:
            run("fit", *SMALL, "--trainer.max_epochs", "2", "--ckpt_path", "bad.ckpt")
        assert ended.value.code == 2
        error = capsys.readouterr().err.strip().splitlines()[-1]
        said = said.replace("state_dict.network.layers.Z1.weight", f"state_dict.{weight}")
        assert error.startswith(
            f"train.py: error: the checkpoint bad.ckpt cannot be resumed ({said}"
        )
    assert before.items() <= {p: p.read_bytes() for p in tmp_path.rglob("*.ckpt")}.items()


@pytest.mark.slow
def test_numbers_that_are_not_finite_are_refused(
    run: Any, capsys: Any, good: dict[str, Any]
) -> None:
    for path in (("state_dict", next(iter(good["state_dict"]))), ("data", "statistics", "sigma")):
        numbers = reduce(lambda part, key: part[key], path, good)
        torch.save(changed(good, path, torch.full_like(numbers, float("nan"))), "bad.ckpt")
        for command in ("fit", "test", "predict"):
            assert outcome(run, capsys, command, *SMALL, "--ckpt_path", "bad.ckpt") == 2


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHERS)
def test_every_part_of_a_checkpoint_may_be_anything(
    run: Any, capsys: Any, good: dict[str, Any], other: str
) -> None:
    """No traceback; and where the part is the network's, the data's or the costs', a refusal.

    Each part is read by one of the commands, in turn.
    """
    read_parts = {"epoch", "state_dict", "data", "costs", "network", "epoch_sums"}
    for i, path in enumerate(paths(good), start=list(OTHERS).index(other)):
        if {*path[:2]} & {*FREE}:
            continue
        torch.save(changed(good, path, OTHERS[other]), "bad.ckpt")
        of_training = path[0] in ("loops", "callbacks", "optimizer_states")
        command = "fit" if of_training else ("fit", "test", "predict")[i % 3]
        more = ("--trainer.max_epochs", "2") if command == "fit" else ()
        code = outcome(run, capsys, command, *SMALL, *more, "--ckpt_path", "bad.ckpt")
        same = other == "None" and reduce(lambda part, key: part[key], path, good) is None
        if path[0] in read_parts and len(path) < 3 and other in ("text", "tensor"):
            a_text = other == "text" and path in (("network",), ("data", "fingerprint"))
            expected = {0, 2} if a_text else {2}
            assert code in expected or same, (command, path)
