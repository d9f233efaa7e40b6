"""A few kills of `train.py`, of which `parity crash-recovery` does many."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from parity_tests.campaigns import crash_recovery

pytest.importorskip("jsonargparse", reason="Lightning's command line needs jsonargparse")

pytestmark = pytest.mark.subprocess


@pytest.mark.slow
def test_resume_after_a_kill_is_exact() -> None:
    console = Console(file=io.StringIO(), width=200)
    code = crash_recovery.campaign(3, 1, console)
    output = console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]
    assert code == 0, output  # the parts that differ
    found = re.findall(r"every \d updates +(\w+) .* yes$", output, re.MULTILINE)
    assert found == ["SIGKILL", "SIGINT", "SIGTERM"]
    assert "3 of 3 resumed runs equal the uninterrupted run bit for bit" in output


def test_a_resumed_run_that_differs_is_reported() -> None:
    trials = [
        crash_recovery.Trial(1, 0.5, 13, 11, True, ()),
        crash_recovery.Trial(4, 0.25, 22, 11, False, ("x", "y")),
    ]
    console = Console(file=io.StringIO(), width=200)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crash_recovery, "trials", lambda *args: iter(trials))
        assert crash_recovery.campaign(2, 0, console) == 1
    lines = console.file.getvalue().splitlines()  # pyright: ignore[reportAttributeAccessIssue]
    assert " ".join(lines[1].split()) == "every 1 updates SIGKILL 500 ms epoch 2, batch 2 yes yes"
    assert lines[2].split()[3:] == [
        "SIGKILL",
        "250",
        "ms",
        "epoch",
        "3,",
        "batch",
        "0",
        "no",
        "NO:",
        "x,",
        "y",
    ]
    assert lines[3].startswith("1 of 2 resumed runs equal the uninterrupted run bit")
    assert lines[3].endswith(
        "1 of them resumed within an epoch, 1 with a checkpoint left half written"
    )


def test_every_bit_counts_and_order_does_not() -> None:
    import torch

    a, b = torch.tensor([0.0, 1.0]), torch.tensor([-0.0, 1.0])
    assert crash_recovery.exact({"x": a, "y": [1, (2.5,)]}) == crash_recovery.exact(
        {"y": [1, (2.5,)], "x": a}
    )
    assert crash_recovery.exact(a) != crash_recovery.exact(b)
    assert crash_recovery.exact(a) != crash_recovery.exact(a.double())
    assert crash_recovery.exact(a) != crash_recovery.exact(a[:, None])
    assert crash_recovery.exact(0.1 + 0.2) != crash_recovery.exact(0.3)
