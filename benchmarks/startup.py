"""What it takes to start: imports and commands, each in a fresh interpreter, in turns."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

from benchmarks.interleaved_timing import in_turn, ratio, side_by_side

ROOT = Path(__file__).parent.parent
OWN = {"ref_numpy", "torch_impl", "parity_tests", "train"}
CHECK = (
    "-m",
    "parity_tests",
    "check",
    "parity_tests/tests/support/sample_programs/week3.py",
    "--network",
    "5-4-1",
)
IMPORTS = ("numpy", "ref_numpy")
SLOW = ("torch", "lightning.pytorch.cli")  # imports of a second and more
COMMANDS = {"parity_tests check": CHECK, "train.py --help": ("train.py", "--help")}


@dataclass(frozen=True)
class Start:
    """seconds: the median; of an import without the interpreter's own, of a command with it.

    ratio: how many times as long as `import numpy` it takes.   loads: the packages beyond the
    standard library that it imported, its subprocesses' too.
    """

    what: str
    seconds: float
    ratio: float
    loads: list[str]


def measure(imports: int, commands: int) -> list[Start]:
    """imports, commands: how many times each, and once more before, which may write byte code. The
    slow imports count as commands."""
    print("start-up", file=sys.stderr)
    quick = {f"import {name}": ("-c", importing(name)) for name in IMPORTS}
    slow = {f"import {name}": ("-c", importing(name)) for name in SLOW}
    times = in_turn(*(lambda a=a: seconds_said(a) for a in quick.values()), rounds=imports)
    of_numpy = times[0]
    found = [
        Start(what, statistics.median(own), ratio(own, of_numpy), loaded(arguments))
        for (what, arguments), own in zip(quick.items(), times, strict=True)
    ]
    medians = side_by_side(
        *(lambda a=a: seconds_said(a) for a in slow.values()),
        *(lambda a=a: done(a) for a in COMMANDS.values()),
        rounds=commands,
    )
    others = zip({**slow, **COMMANDS}.items(), medians, strict=True)
    return found + [
        Start(what, own, own / found[0].seconds, loaded(arguments))
        for (what, arguments), own in others
    ]


def importing(name: str) -> str:
    return f"import time; t = time.perf_counter(); import {name}; print(time.perf_counter() - t)"


def done(arguments: tuple[str, ...], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run to its end, with the byte code that the first time leaves behind, as a user has it."""
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""} | environment
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip


def seconds_said(arguments: tuple[str, ...]) -> float:
    return float(done(arguments).stdout)


def loaded(arguments: tuple[str, ...]) -> list[str]:
    """By the interpreter's own account of what it imports."""
    said = done(arguments, PYTHONPROFILEIMPORTTIME="1").stderr
    names = {
        name.split(".")[0] for name in re.findall(r"\| +([a-zA-Z][\w.]*)$", said, re.MULTILINE)
    }
    return sorted(names & {*packages_distributions()} - OWN)
