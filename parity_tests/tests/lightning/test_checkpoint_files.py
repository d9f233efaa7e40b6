"""A checkpoint file: whole or not there, compared byte by byte, and never executed."""

from __future__ import annotations

import pickle
import random
import zipfile
from pathlib import Path

import pytest
import torch

from parity_tests.campaigns.crash_recovery import exact
from parity_tests.tests.support.tiny_training import batches, quiet_trainer
from ref_numpy import InputError
from torch_impl.lightning.checkpoint_files import WholeCheckpointIO, read
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.restoring import use_whole_checkpoints

CONTENTS = {
    "state_dict": {"W": torch.arange(12.0).reshape(3, 4), "b": torch.tensor([1])},
    "costs": {"train": [0.5, 0.25], "val": [0.5, 0.25]},
    "epoch": 3,
    "path": "a/b.ckpt",
}
IO = WholeCheckpointIO()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "very" / "deep" / "last.ckpt"
    IO.save_checkpoint(CONTENTS, path)
    return path


def test_reading_returns_what_was_saved(path: Path) -> None:
    assert exact(IO.load_checkpoint(path)) == exact(CONTENTS)
    assert exact(IO.load_checkpoint(str(path), weights_only=False)) == exact(CONTENTS)
    assert [file.name for file in path.parent.iterdir()] == ["last.ckpt"]


def test_a_writing_that_fails_leaves_the_good_one(path: Path, monkeypatch) -> None:
    def half(checkpoint, file) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(OSError, match="No space left"):
        IO.save_checkpoint({}, path)
    assert exact(read(path)) == exact(CONTENTS)
    assert [file.name for file in path.parent.iterdir()] == ["last.ckpt"]


def test_it_is_on_the_disk_before_it_has_its_name(path: Path, monkeypatch) -> None:
    synced = []
    partial = path.with_name(".last.ckpt.partial")

    def fsync(file) -> None:
        synced.append((read(path)["epoch"], partial.read_bytes()))

    monkeypatch.setattr("os.fsync", fsync)
    IO.save_checkpoint(CONTENTS | {"epoch": 4}, path)
    assert synced == [(3, path.read_bytes())]
    assert read(path)["epoch"] == 4


@pytest.mark.parametrize("fraction", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_one_is_refused(path: Path, fraction: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(fraction * len(whole))])
    with pytest.raises(InputError) as refused:
        read(path)
    assert str(refused.value) == (
        f"the checkpoint {path} is damaged or not a checkpoint; resume from another one."
    )


def test_a_folder_in_it_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("archive/more/", b"")
        archive.infolist()[-1].external_attr = 0
    with pytest.raises(InputError, match="is damaged"):
        read(path)


@pytest.mark.parametrize("holds", [[1, 2], {}, {"state_dict": {}}, {"epoch": 1, "pytorch": "2.6"}])
def test_what_is_no_checkpoint_is_one_sentence(tmp_path: Path, holds: object) -> None:
    torch.save(holds, path := tmp_path / "other.ckpt")
    with pytest.raises(InputError) as refused:
        read(path)
    assert str(refused.value) == (
        f"{path} holds no checkpoint of a training; expected one that Lightning wrote."
    )
    torch.save(least := {"state_dict": {}, "epoch": 1}, path)
    assert read(path) == least


def test_tensors_are_read_to_the_given_device(path: Path) -> None:
    assert read(path)["state_dict"]["W"].device.type == "cpu"
    assert read(path, "meta")["state_dict"]["W"].device.type == "meta"
    assert IO.load_checkpoint(path, "meta")["state_dict"]["b"].device.type == "meta"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(torch.cuda.device_count() > 1, reason="the device of the tag is here")
def test_a_checkpoint_of_a_gpu_is_read_without_one(tmp_path: Path, monkeypatch) -> None:
    """Its storages have the tag "cuda:1": without map_location torch.load puts them there."""
    trainer = quiet_trainer(max_epochs=1, devices=1)
    use_whole_checkpoints(trainer)
    trainer.fit(module := NetworkModule(5, 3), batches())
    path = tmp_path / "gpu.ckpt"
    with monkeypatch.context() as on_gpu:
        on_gpu.setattr("torch.serialization.location_tag", lambda storage: "cuda:1")
        trainer.save_checkpoint(path)
    with pytest.raises(RuntimeError, match="cuda"):
        torch.load(path, weights_only=True)
    resuming = quiet_trainer(max_epochs=1, devices=1)
    use_whole_checkpoints(resuming)
    for command in (resuming.fit, resuming.test):
        command(again := NetworkModule(5, 3), batches(), ckpt_path=path)
        for name, tensor in module.state_dict().items():
            assert torch.equal(again.state_dict()[name], tensor)


@pytest.mark.slow
def test_a_changed_byte_is_refused_unless_it_means_nothing(path: Path) -> None:
    """Everywhere in the file; the padding between two tensors has no meaning."""
    whole, refused = path.read_bytes(), 0
    rng = random.Random(0)
    directory = whole.index(b"PK\x01\x02")  # of which each bit is tried, elsewhere some
    places = [(place, bit) for place in range(directory, len(whole)) for bit in range(8)]
    places += [(rng.randrange(directory), rng.randrange(8)) for _ in range(400)]
    for place, bit in places:
        changed = bytearray(whole)
        changed[place] ^= 1 << bit
        path.write_bytes(changed)
        try:
            assert exact(read(path)) == exact(CONTENTS), (place - directory, bit)
        except InputError:
            refused += 1
    assert refused > len(places) / 3
    where = whole.index(CONTENTS["state_dict"]["W"].numpy().tobytes())
    changed = bytearray(whole)
    changed[where + 6] ^= 1  # a number of a tensor, which torch.load alone would believe
    path.write_bytes(changed)
    assert torch.load(path, weights_only=True)["state_dict"]["W"].sum() != 66
    with pytest.raises(InputError, match="is damaged"):
        read(path)


class Code:
    def __reduce__(self):
        return eval, ("open('executed', 'w').close()",)


def test_code_is_not_executed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": Code()}, "code.ckpt")
    with pytest.raises(InputError, match=r"code.ckpt holds more than tensors and numbers, which"):
        IO.load_checkpoint("code.ckpt", weights_only=False)
    assert not Path("executed").exists()
    Path("old.ckpt").write_bytes(pickle.dumps(Code()))
    with pytest.raises(InputError, match="is damaged or not a checkpoint"):
        read("old.ckpt")
    assert not Path("executed").exists()


def test_a_missing_one_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no.ckpt is not a file; check --ckpt_path"):
        read(tmp_path / "no.ckpt")


def test_a_remote_store_is_lightnings_own_work() -> None:
    """Its objects are written whole."""
    IO.save_checkpoint(CONTENTS, "memory://bucket/last.ckpt")
    assert exact(IO.load_checkpoint("memory://bucket/last.ckpt")) == exact(CONTENTS)
    IO.save_checkpoint({"state_dict": Code()}, "memory://bucket/code.ckpt")
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        IO.load_checkpoint("memory://bucket/code.ckpt", weights_only=False)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"loops": {}}, "loops.fit_loop is missing"),
        ({"optimizer_states": 3}, ""),
        ({"pytorch-lightning_version": "x"}, "InvalidVersion"),
        ({"state_dict": {"W": 1}}, "state_dict.W is the number 1; expected a tensor"),
        ({"state_dict": {"W": torch.ones(1)}}, "RuntimeError"),
        ({"costs": None, "data": {"format": 1}}, "costs is None; expected a dictionary"),
        ({"data": {"format": 1}}, "data.spec is missing"),
    ],
)
def test_a_whole_checkpoint_that_cannot_be_resumed_is_one_sentence(path, change, why) -> None:
    """Lightning raises whatever its parts raise; before, that was a failure of ours."""
    trainer = quiet_trainer(max_epochs=1, devices=1)
    use_whole_checkpoints(trainer)
    trainer.fit(module := NetworkModule(5, 3), batches())
    trainer.save_checkpoint(path)
    good = read(path)
    IO.save_checkpoint({**good, **change}, path)
    resuming = quiet_trainer(max_epochs=2, devices=1)
    use_whole_checkpoints(resuming)
    with pytest.raises(InputError) as refused:
        resuming.fit(NetworkModule(5, 3), batches(), ckpt_path=path)
    assert refused.value.code == "checkpoint.unusable"
    assert why in refused.value.facts["error"]
    assert "\n" not in str(refused.value)
    IO.save_checkpoint(good, path)
    resuming = quiet_trainer(max_epochs=1, devices=1)
    use_whole_checkpoints(resuming)
    resuming.fit(again := NetworkModule(5, 3), batches(), ckpt_path=path)
    for name, tensor in module.state_dict().items():
        assert torch.equal(again.state_dict()[name], tensor)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("done", "most"), [(10**9 + 1, 2), (3, 2)])
def test_more_epochs_than_the_training_has_are_one_sentence(path, done: int, most: int) -> None:
    """Lightning's own error names neither the checkpoint nor an option of ours."""
    trainer = quiet_trainer(max_epochs=1, devices=1)
    use_whole_checkpoints(trainer)
    trainer.fit(NetworkModule(5, 3), batches())
    trainer.save_checkpoint(path)
    checkpoint = read(path)
    checkpoint["loops"]["fit_loop"]["epoch_progress"]["current"]["completed"] = done
    IO.save_checkpoint(checkpoint, path)
    resuming = quiet_trainer(max_epochs=most, devices=1)
    use_whole_checkpoints(resuming)
    with pytest.raises(InputError) as refused:
        resuming.fit(NetworkModule(5, 3), batches(), ckpt_path=path)
    assert refused.value.code == "checkpoint.unusable"
    assert refused.value.facts["error"] == f"it has done {done} epochs, more than --epochs {most}"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_records_of_one_name_are_refused(path: Path) -> None:
    """Python's zipfile takes the last of them and torch the first."""
    with zipfile.ZipFile(path, "a") as archive:
        name = next(n for n in archive.namelist() if n.endswith("data/0"))
        archive.writestr(name, bytes(48))
        archive.infolist()[-1].external_attr = 0
    with pytest.raises(InputError, match="is damaged"):
        read(path)
