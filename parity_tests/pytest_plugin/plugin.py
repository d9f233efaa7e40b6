"""Options and hooks of the suite: which cases run, at which precision, on which device.

With --candidate there is one suite instead, test_candidate.py: a test for each of its tensors.
"""

import fnmatch
import gc
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from parity_tests.adapters.option_values import above_0, hint_level, memory, whole_number
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import EVERY_NAME, PRECISIONS
from ref_numpy import InputError

# Options of the request that a candidate is checked by, as `python -m parity_tests check` has them.
REQUEST: dict[str, Any] = {
    "network": str, "hidden": str, "output": str, "loss": str, "lambd": float,
    "examples": whole_number(1), "seed": whole_number(0),
    "time_limit": above_0("a number of seconds"), "memory_limit": memory,
    "kinds": str, "require": str, "calls": whole_number(1), "hints": hint_level,
}  # fmt: skip
REPORTS = pytest.StashKey[list[Report]]()
MARKERS = (
    "cuda: needs a CUDA device; skipped where there is none",
    "device(name): needs a device that torch calls so; skipped where it cannot be used",
    "slow: takes longer than a quick look at the suite may; pytest -m slow runs these",
    "subprocess: starts interpreters, or tests what the mutation campaign does not try, "
    "which leaves it out",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite and of a candidate's check."""
    group = parser.getgroup("parity_tests")
    group.addoption("--candidate", help="check this instead: see python -m parity_tests check -h")
    for name, kind in REQUEST.items():
        group.addoption(f"--{name.replace('_', '-')}", type=kind, help="of --candidate")
    group.addoption(  # pytest has a --strict of its own
        "--strict-sums", action="store_true", help="--strict of --candidate"
    )
    group.addoption("--cases", default="*", help="by name, such as 'tanh-*-kink' (default: all)")
    group.addoption(
        "--precision", action="append", choices=EVERY_NAME, help="may be repeated (default: all)"
    )
    group.addoption(
        "--device", action="append", help="may be repeated (default: cpu, and cuda if it is there)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and limit what starts from now on to a thread each.

    Workers side by side, a thread each, are faster than threads that wait for one another. torch
    reads the variable when a test imports it, and so do the programs that tests start.
    """
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if config.getoption("--candidate"):
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect without the garbage collector, which takes a fifth of the time.

    It would look again and again through all that is imported; while the tests run, it does not.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        if enabled:
            gc.enable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Of the test files, test_candidate.py where there is a candidate, else the others."""
    if collection_path.suffix != ".py":
        return None
    for_candidate = collection_path.name == "test_candidate.py"
    return True if for_candidate != bool(config.getoption("--candidate")) else None


def requests(config: pytest.Config) -> list[Request]:
    """The check of the candidate at each precision that was asked for."""
    asked = {name: config.getoption(name) for name in REQUEST}
    asked = {name: value for name, value in asked.items() if value is not None}
    device = (config.getoption("--device") or [None])[-1]
    strict = bool(config.getoption("--strict-sums"))
    request = Request(str(config.getoption("--candidate")), device=device, strict=strict, **asked)
    precisions = config.getoption("--precision") or [None]
    return [replace(request, precision=p) for p in precisions]


def pytest_sessionstart(session: pytest.Session) -> None:
    """The candidate's reports; exit code 2 where there can be none."""
    from parity_tests.adapters.apart import examine_apart

    if session.config.getoption("--candidate"):
        try:
            reports = [examine_apart(request) for request in requests(session.config)]
        except InputError as error:
            pytest.exit(str(error), returncode=2)
        session.config.stash[REPORTS] = reports


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrise a test of the table of cases, or of a candidate's report.

    One that takes `case`, `precision` and `device` runs over the whole table; one that takes
    `report`, over the candidate's reports, and with `tensor` over each of their tensors.
    """
    if "report" in metafunc.fixturenames:
        reports = metafunc.config.stash[REPORTS]
        if "tensor" not in metafunc.fixturenames:
            metafunc.parametrize("report", reports, ids=[report.precision for report in reports])
            return
        pairs = [(report, name) for report in reports for name in report.names]
        ids = [f"{name}-{report.precision}" for report, name in pairs]
        metafunc.parametrize(("report", "tensor"), pairs, ids=ids)
    if "case" not in metafunc.fixturenames:
        return
    import torch

    from parity_tests.kinds.cases import cases

    pattern = str(metafunc.config.getoption("--cases"))
    chosen = {name: case for name, case in cases().items() if fnmatch.fnmatch(name, pattern)}
    if not chosen:
        raise pytest.UsageError(
            f"--cases {pattern!r} fits no name; see parity_tests/kinds/cases.py"
        )
    precisions = metafunc.config.getoption("--precision") or PRECISIONS
    there = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    narrowed = pattern != "*" or metafunc.config.getoption("--precision")
    rows = [
        pytest.param(
            case, p, device, id=f"{p}-{device}-{name}",
            marks=case_marks(name, p, device, bool(narrowed)),
        )
        for device in metafunc.config.getoption("--device") or there
        for p in precisions
        if has_precision(device, p)
        for name, case in chosen.items()
    ]  # fmt: skip
    metafunc.parametrize(("case", "precision", "device"), rows)


def has_precision(device: str, precision: str) -> bool:
    """Return whether a device has it: tensor cores alone multiply TF32, Apple has no float64."""
    kind = device.partition(":")[0]
    return kind == "cuda" if precision == "tf32" else (kind, precision) != ("mps", "float64")


def case_marks(
    name: str, precision: str, device: str, narrowed: bool
) -> list[pytest.MarkDecorator]:
    """Return the marks of a case of the table.

    On a CPU, unless cases or precisions were chosen, one activation is the quick test of each
    precision but float64; at float32 another one is, too.
    """
    if device != "cpu":
        cuda = [pytest.mark.cuda] if device.startswith("cuda") else []
        return [*cuda, pytest.mark.device(device)]
    activations = ("tanh-", "none-", *(["relu-"] if precision == "float32" else []))
    quick = narrowed or precision == "float64" or name.startswith(activations)
    return [] if quick else [pytest.mark.slow]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that needs a device which is not here."""
    needed = item.get_closest_marker("device") or item.get_closest_marker("cuda")
    if needed is None:
        return
    from torch_impl.tracing import torch_device

    try:
        torch_device(needed.args[0] if needed.args else "cuda")
    except InputError as error:
        pytest.skip(str(error))
