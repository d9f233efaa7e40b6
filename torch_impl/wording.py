"""Parts of sentences: a number of things, and the name that a person may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def counted(n: int, what: str) -> str:
    """Return "1 row", "2,000 rows"."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def closest(given: str, known: Iterable[str]) -> str | None:
    """Return the name that is most alike, whatever its case, or None."""
    lower = {name.lower(): name for name in known}
    found = get_close_matches(given.lower(), lower, n=1, cutoff=0.6)
    return lower[found[0]] if found else None
