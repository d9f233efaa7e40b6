"""Time the start: imports and commands, each in a fresh interpreter, in turns."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import packages_distributions

from benchmarks.interleaved_timing import interleaved_seconds, median_seconds, ratio
from benchmarks.machine import ROOT

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
    """The cost of one import or command.

    Attributes:
        subject: The import or the command.
        seconds: The median; of an import without the interpreter's own, of a command with it.
        ratio: How many times as long as `import numpy` it takes.
        loads: The packages beyond the standard library that it imports, its subprocesses' too.
    """

    subject: str
    seconds: float
    ratio: float
    loads: list[str]


def measure(imports: int, commands: int) -> list[Start]:
    """Time imports and commands.

    Args:
        imports: How many times each quick import is timed; once more before, which may write byte
            code.
        commands: The same of commands and of slow imports.
    """
    print("start-up", file=sys.stderr)
    quick = {f"import {name}": ("-c", import_timer(name)) for name in IMPORTS}
    slow = {f"import {name}": ("-c", import_timer(name)) for name in SLOW}
    times = interleaved_seconds(
        *(lambda a=a: reported_seconds(a) for a in quick.values()), rounds=imports
    )
    of_numpy = times[0]
    found = [
        Start(subject, statistics.median(own), ratio(own, of_numpy), loaded_packages(arguments))
        for (subject, arguments), own in zip(quick.items(), times, strict=True)
    ]
    medians = median_seconds(
        *(lambda a=a: reported_seconds(a) for a in slow.values()),
        *(lambda a=a: run_python(a) for a in COMMANDS.values()),
        rounds=commands,
    )
    others = zip({**slow, **COMMANDS}.items(), medians, strict=True)
    return found + [
        Start(subject, own, own / found[0].seconds, loaded_packages(arguments))
        for (subject, arguments), own in others
    ]


def import_timer(name: str) -> str:
    """Return a program that prints the seconds of an import."""
    return f"import time; t = time.perf_counter(); import {name}; print(time.perf_counter() - t)"


def run_python(arguments: tuple[str, ...], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run an interpreter to its end, with the byte code that an earlier run left, as users do."""
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""} | environment
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip


def reported_seconds(arguments: tuple[str, ...]) -> float:
    """Return the number that a program prints."""
    return float(run_python(arguments).stdout)


def loaded_packages(arguments: tuple[str, ...]) -> list[str]:
    """Return the packages that a program imports, by the interpreter's own list of imports."""
    text = run_python(arguments, PYTHONPROFILEIMPORTTIME="1").stderr
    names = {
        name.split(".")[0] for name in re.findall(r"\| +([a-zA-Z][\w.]*)$", text, re.MULTILINE)
    }
    return sorted(names & {*packages_distributions()} - OWN)
