"""Where the repository and the sample programs are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[3]
PROGRAMS = Path(__file__).parent / "sample_programs"
