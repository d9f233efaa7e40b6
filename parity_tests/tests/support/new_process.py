"""Code that runs in a Python process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from parity_tests.tests.support.paths import ROOT


def python(code: str, folder: Path = ROOT) -> str:
    """What it prints, in a process of its own that finds train.py."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
