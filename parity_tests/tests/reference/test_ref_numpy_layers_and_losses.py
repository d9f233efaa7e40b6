"""The packages ref_numpy, layers and losses: each module of a kind is found, and earlier names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import ref_numpy
from ref_numpy import Layer, Loss, layers, losses

NEW_KIND = """
from ref_numpy import {base}

class {base}Again({base}, kind="of_another_file"):
    pass
"""


@pytest.fixture
def added_to(own_kinds: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """added_to(package, base): import the package, to whose files one with a kind was added."""

    def execute(package: ModuleType, base: str) -> None:
        (tmp_path / "of_another_file.py").write_text(NEW_KIND.format(base=base))
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
        assert package.__loader__ is not None
        package.__loader__.exec_module(package)

    yield execute
    for package in (layers, losses):
        vars(package).pop("of_another_file", None)
        sys.modules.pop(f"{package.__name__}.of_another_file", None)


@pytest.mark.parametrize(
    ("package", "base", "table"), [(layers, "ReLU", Layer), (losses, "SquaredError", Loss)]
)
def test_the_file_of_a_new_kind_is_found_without_a_list(
    added_to: Any, package: ModuleType, base: str, table: Any
) -> None:
    added_to(package, base)
    assert table.kinds["of_another_file"].__name__ == f"{base}Again"


@pytest.mark.parametrize(
    ("package", "name"), [(layers, "LeakyReLU"), (layers, "Layer"), (losses, "CrossEntropy")]
)
def test_a_package_with_the_name_of_an_earlier_module_has_its_names(
    package: ModuleType, name: str
) -> None:
    assert getattr(package, name) is getattr(ref_numpy, name)
    with pytest.raises(AttributeError, match=f"'{package.__name__}' has no attribute 'Absent'"):
        package.Absent  # noqa: B018


def test_a_module_is_found_by_its_earlier_name() -> None:
    assert import_module("ref_numpy.returned") is import_module("ref_numpy.method_results")
