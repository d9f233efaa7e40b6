"""The mistakes in two GPTs, and what is found: as the test of these programs has it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

PROGRAMS = ("small_gpt", "rows_gpt")


def mistakes_in(stem: str) -> list[dict[str, Any]]:
    """Return the mistakes that are planted in a program, each with its findings."""
    text = Path(__file__).with_name(f"{stem}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["mistakes"]


def table_of_gpt_mistakes() -> str:
    """Return the table of the README: the first finding on each, and how many there are."""
    found = {stem: {one["name"]: one["findings"] for one in mistakes_in(stem)} for stem in PROGRAMS}
    names = dict.fromkeys(name for of in found.values() for name in of)
    lines = [f"{'':34}{'torch, small_gpt.py':52}NumPy, rows_gpt.py"]
    for name in names:
        torch, numpy = (first_of(found[stem].get(name)) for stem in PROGRAMS)
        lines.append(f"{name:34}{torch:52}{numpy}".rstrip())
    return "\n".join(lines)


def first_of(findings: list[list[str]] | None) -> str:
    """Return the first finding with its cause, and the number of findings."""
    if not findings:
        return ""
    tensor, cause = findings[0]
    more = f" ({len(findings)})" if len(findings) > 1 else ""
    return f"{tensor}  {cause or '–'}{more}"
