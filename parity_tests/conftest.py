"""What the whole suite shares: which cases run, at which precision, on which device."""

import fnmatch
import os

import pytest

from parity_tests.cases import cases
from parity_tests.precision import PRECISIONS


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("parity_tests")
    group.addoption("--cases", default="*", help="by name, such as 'tanh-*-kink' (default: all)")
    group.addoption(
        "--precision", action="append", choices=PRECISIONS, help="may be repeated (default: all)"
    )
    group.addoption(
        "--device", action="append", help="may be repeated (default: cpu, and cuda if it is there)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Workers side by side, a thread each, are faster than threads that wait for one another."""
    import torch

    torch.set_num_threads(1)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of workers and of programs that tests start


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `case`, `precision` and `device` runs over the whole table."""
    if "case" not in metafunc.fixturenames:
        return
    import torch

    pattern = str(metafunc.config.getoption("--cases"))
    chosen = {name: case for name, case in cases().items() if fnmatch.fnmatch(name, pattern)}
    if not chosen:
        raise pytest.UsageError(f"--cases {pattern!r} fits no name; see parity_tests/cases.py")
    precisions = metafunc.config.getoption("--precision") or PRECISIONS
    there = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    pairs = [
        pytest.param(p, device, marks=[] if device == "cpu" else [pytest.mark.cuda])
        for device in metafunc.config.getoption("--device") or there
        for p in precisions
        if (p, device) != ("tf32", "cpu")  # tensor cores alone multiply TF32
    ]
    metafunc.parametrize(("precision", "device"), pairs)
    metafunc.parametrize("case", chosen.values(), ids=chosen)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs CUDA where there is none, and say so."""
    marked = [item for item in items if item.get_closest_marker("cuda")]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="torch.cuda.is_available() is False"))
