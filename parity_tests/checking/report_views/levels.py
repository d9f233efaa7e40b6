"""The levels of hints, by name: each shows all that those before it show."""

from __future__ import annotations

from parity_tests.check_messages import input_error

WHERE, WHAT, LINE = LEVELS = ("where", "what", "line")


def check_level(hints: str) -> None:
    """Refuse a level that there is not.

    Raises:
        InputError: there is none of this name.
    """
    if hints not in LEVELS:
        raise input_error("hints.unknown", hints=hints, known=", ".join(LEVELS))
