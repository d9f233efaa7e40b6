"""The pictures that a test draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """What was saved, each to a hidden name until it is whole."""
    from matplotlib.figure import Figure

    kept: list[Figure] = []
    save = Figure.savefig

    def keep(figure: Figure, path: Path, **options: Any) -> None:
        kept.append(figure)
        assert (path.name[0], path.suffix) == (".", ".partial")
        save(figure, path, **options)

    monkeypatch.setattr(Figure, "savefig", keep)
    return kept
