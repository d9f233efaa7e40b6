"""Damaged files of every kind: refused in a sentence, or read right; and failures are noticed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from parity_tests.campaigns.fuzzing import file_kinds, fuzz, reading_process
from parity_tests.campaigns.fuzzing.file_kinds import KINDS, FileKind, damaged
from parity_tests.campaigns.fuzzing.mutations import BYTES, damage
from parity_tests.campaigns.fuzzing.reading_process import (
    BIG,
    GOOD,
    RAISED,
    READ,
    REFUSED,
    SLOW,
    WRONG,
    ReadingProcess,
    outcome,
)  # fmt: skip
from parity_tests.campaigns.fuzzing.strict_decoders import Invalid, states
from parity_tests.check_messages import input_error
from parity_tests.cli.commands import main
from ref_numpy import InputError

FEW, SEED = 40, 20
LIGHT = ("notebook", "trace.npz", "trace.safetensors", "weights")  # those that need no torch


def contents(kind: FileKind, samples: list[bytes], path: Path) -> list[Any]:
    return [reading_process.contents(kind, path, data) for data in samples]


@pytest.mark.slow
@pytest.mark.parametrize("name", LIGHT)
def test_a_few_damaged_files_are_refused_or_read_right(name: str, tmp_path: Path) -> None:
    """In this process, without its limits; the whole campaign is `parity fuzz`."""
    kind = KINDS[name]
    samples, path = kind.samples(), tmp_path / f"file{kind.suffix}"
    originals = contents(kind, samples, path)
    for number in range(FEW):
        which, data = damaged(kind, samples, SEED, number)
        found = outcome(kind, path, data, originals[which], lambda word: None)
        assert found.kind in GOOD, (number, found)


@pytest.mark.slow
@pytest.mark.subprocess
@pytest.mark.parametrize("name", KINDS)
def test_three_hundred_damaged_files(name: str) -> None:
    failures = [r for r in fuzz.readings(name, range(300), SEED) if r.outcome.kind not in GOOD]
    assert [(r.number, r.outcome) for r in failures] == []


@pytest.mark.parametrize("name", [name for name in KINDS if name != "checkpoint"])
def test_a_valid_file_states_what_is_read_from_it(name: str, tmp_path: Path) -> None:
    """The two readings are independent of each other."""
    kind = KINDS[name]
    samples = kind.samples()
    for data, found in zip(
        samples, contents(kind, samples, tmp_path / f"a{kind.suffix}"), strict=True
    ):
        assert found
        assert states(kind.decode(data), found)


@pytest.mark.parametrize("name", [*LIGHT, "shard.npy"])
def test_a_damaged_file_depends_on_its_seed_and_number_alone(name: str) -> None:
    kind = KINDS[name]
    samples = kind.samples()
    assert samples == kind.samples()
    files = [damaged(kind, samples, SEED, number)[1] for number in range(30)]
    assert files == [damaged(kind, samples, SEED, number)[1] for number in range(30)]
    assert len({*files}) > 25
    assert files != [damaged(kind, samples, SEED + 1, number)[1] for number in range(30)]


def test_every_kind_of_damage_changes_the_file() -> None:
    data = KINDS["trace.npz"].samples()[0]
    for damaging in {*BYTES}:
        changed = [damaging(data, random.Random(n)) != data for n in range(20)]
        assert sum(changed) > 15, damaging.__name__
    assert damage(b"", random.Random(0)) is not None  # an empty file can be damaged too


def test_a_truncated_array_and_a_wrong_checksum_are_no_content() -> None:
    data = KINDS["shard.npy"].samples()[0]
    for wrong in (data[:-1], data + b"\0", data.replace(b"(12, 3)", b"( 2, 3)")):
        with pytest.raises(Invalid):
            KINDS["shard.npy"].decode(wrong)
    archive = KINDS["data.npz"].samples()[0]
    number = archive.index(np.float32(7).tobytes())
    with pytest.raises(Invalid, match="CRC-32"):
        KINDS["data.npz"].decode(archive[:number] + b"\1" + archive[number + 1 :])


# Readers with each of the defects that the campaign is to notice.


def read_right(path: Path) -> Any:
    return {"x": np.load(path)}


def read_all_zeros(path: Path) -> Any:
    return {"x": np.zeros_like(np.load(path))}


def refuse(path: Path) -> Any:
    raise input_error("fuzz.kind", kind="x", known="y")


def refuse_without_a_code(path: Path) -> Any:
    raise InputError("x")


def fail(path: Path) -> Any:
    raise KeyError("data")


def fail_to_allocate(path: Path) -> Any:
    raise input_error("fuzz.kind", kind="x", known="y") from MemoryError()


def take_memory(path: Path) -> Any:
    np.ones(60_000_000, np.uint8)
    return read_right(path)


def take_time(path: Path) -> Any:
    time.sleep(60)


def end_the_process(path: Path) -> Any:
    import os

    os._exit(11)


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (read_right, READ), (read_all_zeros, WRONG), (refuse, REFUSED),
        (refuse_without_a_code, RAISED), (fail, RAISED), (fail_to_allocate, BIG),
    ],
)  # fmt: skip
def test_each_outcome_is_noticed(read: Callable[[Path], Any], expected: str, tmp_path) -> None:
    samples = KINDS["shard.npy"].samples()
    kind = FileKind("planted", ".npy", lambda: samples, read, damage, KINDS["shard.npy"].decode)
    path = tmp_path / "file.npy"
    found = outcome(kind, path, samples[0], {"x": np.ones(3)}, lambda word: None)
    assert found.kind == expected


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux's proc is not here")
def test_the_memory_of_a_file_is_its_own(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(reading_process, "BYTES", 50_000_000)
    samples = KINDS["shard.npy"].samples()
    for read, expected in ((read_right, READ), (take_memory, BIG), (read_right, READ)):
        kind = FileKind("planted", ".npy", lambda: samples, read, damage, KINDS["shard.npy"].decode)
        found = outcome(kind, tmp_path / "a.npy", samples[0], {}, lambda word: None)
        assert (found.kind, found.size > 50_000_000) == (expected, expected == BIG)


def serve_with(read: Callable[[Path], Any], connection: Any, *arguments: Any) -> None:
    """As `serve`, of a kind of file with this reader."""
    samples = KINDS["shard.npy"].samples()
    kind = FileKind("planted", ".npy", lambda: samples, read, damage, KINDS["shard.npy"].decode)
    connection.send("ready")
    while True:
        _, data = connection.recv()
        found = outcome(kind, arguments[-1] / "a.npy", data, {}, connection.send)
        connection.send(found)


@pytest.mark.slow
@pytest.mark.subprocess
@pytest.mark.parametrize(("read", "expected"), [(take_time, SLOW), (end_the_process, RAISED)])
def test_a_reader_that_hangs_or_crashes_is_replaced(read, expected, tmp_path, monkeypatch) -> None:
    from functools import partial

    monkeypatch.setattr(reading_process, "serve", partial(serve_with, read))
    sample = KINDS["shard.npy"].samples()[0]
    with ReadingProcess(KINDS["shard.npy"], [sample], tmp_path, seconds=2.0) as reader:
        for _ in range(2):
            assert reader.outcome_of(0, sample).kind == expected


@pytest.mark.slow
@pytest.mark.subprocess
def test_the_campaign_prints_a_table_and_keeps_the_failures(tmp_path: Path, monkeypatch) -> None:
    console = Console(width=200, record=True, quiet=True)
    assert fuzz.campaign(["trace.npz"], 20, SEED, tmp_path / "kept", console) == 0
    assert not list((tmp_path / "kept").iterdir())
    monkeypatch.setattr(fuzz, "GOOD", (REFUSED,))
    assert fuzz.campaign(["trace.npz"], 20, SEED, tmp_path / "kept", console) == 1
    kind, kept = KINDS["trace.npz"], sorted((tmp_path / "kept").iterdir())
    assert kept
    number = int(kept[0].name.partition("_")[0])
    assert kept[0].read_bytes() == damaged(kind, kind.samples(), SEED, number)[1]


def test_an_unknown_kind_is_one_sentence(capsys) -> None:
    assert main(["fuzz", "--kind", "zip"]) == 2
    known = ", ".join(file_kinds.KINDS)
    assert capsys.readouterr().err == f"parity: error: --kind is 'zip'; expected one of {known}.\n"
