"""The error for input that cannot be used: a stable code, and one sentence made from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# A sentence with its facts in braces, or a function of the facts where it has parts that may be
# absent.
Message = str | Callable[..., str]


class InputError(ValueError):
    """Input that cannot be used.

    Args:
        message: one sentence: the given value, the expected one, and a remedy.
        code: a stable name of the kind of error, such as "input.layers-share-a-parameter": for
            programs, which should not compare sentences.
        facts: the values that the sentence was made with.
    """

    def __init__(
        self, message: str, code: str = "input", facts: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.facts = dict(facts or {})


def make_input_error(
    messages: Mapping[str, Message], code: str, facts: Mapping[str, Any]
) -> InputError:
    """Return the error with this code, its sentence made by a table of messages.

    Args:
        messages: the sentence of each code.
        code: one of them.
        facts: the values that the sentence is made with.
    """
    message = messages[code]
    text = message(**facts) if callable(message) else message.format(**facts)
    return InputError(text, code, facts)


def cause_of(error: BaseException) -> str:
    """Return the kind of another error and the first line of its text, for a sentence of ours."""
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__
