"""Training on shards: as in memory, bit for bit; and where memory cannot hold them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pytest
import torch

from parity_tests.campaigns.crash_recovery import exact
from parity_tests.tests.support.paths import ROOT
from torch_impl.data import NpyShards
from torch_impl.data.batches import TensorPairs
from torch_impl.data.datamodule import Data
from torch_impl.data.shards.shard_files import write_shards
from torch_impl.lightning.checkpoint_files import WholeCheckpointIO
from torch_impl.lightning.checkpoints import LastCheckpoint
from torch_impl.lightning.module import NetworkModule

pytestmark = [pytest.mark.subprocess, pytest.mark.filterwarnings("ignore")]

RNG = np.random.default_rng(0)
# 72 to train with, 8 and 20. A row is 64 bytes, so that every batch of the tensors in memory begins
# at a multiple of that, as those of shards do: the last bits of a product depend on it.
X, Y = RNG.standard_normal((100, 16)), RNG.integers(0, 3, 100)


class InMemory(Data):
    """The same examples as tensors, in the same parts and order."""

    shuffled = False

    def setup(self, stage: str) -> None:
        self.task, self.n_outputs = "classes", 3
        x, y = torch.from_numpy(X).to(torch.float32), torch.from_numpy(Y)
        self.parts = {
            part: TensorPairs(x[a:b], y[a:b])
            for part, a, b in (("train", 0, 72), ("val", 72, 80), ("test", 80, 100))
        }


def sharded(folder: Path, **options: Any) -> NpyShards:
    if not folder.exists():
        ends = ((0, 7), (7, 50), (50, 51), (51, 100))
        write_shards(folder / "train", ((X[a:b], Y[a:b]) for a, b in ends))
    return NpyShards(str(folder), standardise="none", **options)


def trained(data: Data, folder: Path, callbacks: Any = (), **options: Any) -> NetworkModule:
    L.seed_everything(3, verbose=False)
    module = NetworkModule(16, 3, "softmax", [4], batches_per_step=data.batches_per_step)
    trainer = L.Trainer(
        default_root_dir=folder, accelerator="cpu", logger=False, enable_progress_bar=False,
        enable_model_summary=False, callbacks=[*callbacks], max_epochs=2,
        enable_checkpointing=bool(callbacks),
    )  # fmt: skip
    trainer.strategy.checkpoint_io = WholeCheckpointIO()
    trainer.fit(module, data, **options)
    trainer.test(module, data, verbose=False)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("per_step", [1, 2])
def test_training_on_shards_is_training_in_memory(tmp_path: Path, per_step: int) -> None:
    sizes = {"batch_size": 10, "batches_per_step": per_step}
    ours = trained(sharded(tmp_path / "data", **sizes), tmp_path)
    theirs = trained(InMemory(**sizes), tmp_path)
    assert exact(ours.state_dict()) == exact(theirs.state_dict())
    assert ours.costs == theirs.costs
    assert len(ours.costs["train"]) == 2
    assert ours.latest == theirs.latest
    assert "test_accuracy" in ours.latest


@pytest.mark.slow
@pytest.mark.parametrize("per_step", [1, 2])
def test_resume_in_the_middle_of_an_epoch(tmp_path: Path, per_step: int) -> None:
    """After three steps of an epoch's eight, or of its four with two updates each."""
    sizes = {"batch_size": 10, "batches_per_step": per_step}
    whole = trained(sharded(tmp_path / "data", **sizes), tmp_path / "whole")
    last = LastCheckpoint(every_n_steps=1, dirpath=str(tmp_path / "c"))

    class Interrupted(L.Callback):
        def on_train_batch_start(self, trainer: L.Trainer, *_: Any) -> None:
            if trainer.global_step >= 3 * per_step:
                raise InterruptedError

    with pytest.raises(InterruptedError):
        trained(sharded(tmp_path / "data", **sizes), tmp_path, [last, Interrupted()])
    saved = tmp_path / "c" / "last.ckpt"
    resumed = trained(sharded(tmp_path / "data", **sizes), tmp_path / "resumed", ckpt_path=saved)
    assert exact(resumed.state_dict()) == exact(whole.state_dict())
    assert resumed.costs == whole.costs


@pytest.mark.parametrize("processes", [1, 3])
def test_processes_share_each_batch_in_order(tmp_path: Path, processes: int) -> None:
    data = sharded(tmp_path / "data", batch_size=5)
    data.setup("fit")
    shares = [
        list(data.batches("train", process=process, processes=processes, equal=True))
        for process in range(processes)
    ]
    together = torch.cat([x for step in zip(*shares, strict=True) for x, _ in step])
    np.testing.assert_array_equal(together.numpy(), X[:72].astype(np.float32))


# A child, whose memory may grow by 100 MiB. It prints the numbers of the rows it found as they are.
LARGE = """
import json, re, resource, sys
from pathlib import Path
import lightning as L
import numpy as np
import torch
from torch_impl.data import NpyShards
from torch_impl.lightning.module import NetworkModule

torch.set_num_threads(1)  # each thread's stack would count too
used = int(re.search(r"VmData:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
resource.setrlimit(resource.RLIMIT_DATA, (used * 1024 + 100 * 2**20,) * 2)
for k in (0, 1):
    try:
        np.load(f"{sys.argv[1]}/train/x_00{k}.npy")
    except MemoryError:
        print("MemoryError")
data = NpyShards(sys.argv[1], batch_size=1024)
trainer = L.Trainer(
    accelerator="cpu", max_epochs=1, logger=False, enable_progress_bar=False,
    enable_model_summary=False, enable_checkpointing=False,
)
trainer.fit(NetworkModule(data.n_x, data.n_y, data.output, []), data)
print(trainer.global_step)
standardiser = data.described.inputs
print(np.flatnonzero(standardiser.sigma != 1).tolist())
for part in ("train", "val", "test"):
    first = 0
    for x, y in data.batches(part):
        for i in torch.nonzero(y)[:, 0].tolist():
            label = int(y[i])
            row = np.zeros((data.n_x, 1), np.float32)
            row[label] = 3
            same = np.array_equal(x[i : i + 1].T, standardiser.apply(row, np.float32))
            print(part, first + i, label, same)
        first += len(y)
"""


@pytest.mark.slow
def test_files_larger_than_the_memory_there_is(tmp_path: Path) -> None:
    """400 MiB of float32 in two files, which take no disk but for the four rows that are not 0: in
    a row of label k, x_k is 3. The last two are not in the training part, whose σ knows the others.
    """
    pytest.importorskip("resource", reason="needs RLIMIT_DATA")
    if not sys.platform.startswith("linux"):
        pytest.skip("needs Linux, whose RLIMIT_DATA counts private memory and no mapped files")
    m, n_x = 51200, 1024  # of 102400 rows 20480 are to test, of the others 8192 to validate
    known = {5: 1, 60000: 2, 73728 + 8: 3, 2 * m - 1: 4}
    (tmp_path / "train").mkdir()
    for k in (0, 1):
        x = np.lib.format.open_memmap(
            tmp_path / "train" / f"x_00{k}.npy", mode="w+", dtype=np.float32, shape=(m, n_x)
        )
        y = np.zeros(m, np.uint8)
        for row, label in known.items():
            if row // m == k:
                x[row % m, label], y[row % m] = 3, label
        np.save(tmp_path / "train" / f"y_00{k}.npy", y)
    del x
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LARGE, str(tmp_path)],
        capture_output=True, text=True, timeout=120, check=False,
        cwd=ROOT,
        # Blocks of glibc's heap cannot always be given back, of which there are more or fewer from
        # one run to the next; those of their own mapping can.
        env={**os.environ, "MALLOC_MMAP_THRESHOLD_": "131072"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "MemoryError", "MemoryError", "72", "[1, 2]",
        "train 5 1 True", "train 60000 2 True", "val 8 3 True", "test 20479 4 True",
    ]  # fmt: skip
