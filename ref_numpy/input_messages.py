"""Every sentence that this package refuses input with, by its code."""

from __future__ import annotations

from typing import Any

from ref_numpy.errors import InputError, Message, make_input_error

MESSAGES: dict[str, Message] = {
    "parameters.names": (
        "the parameters do not fit the network: missing {missing}, unknown {unknown}; "
        "expected exactly {expected}."
    ),
}


def input_error(code: str, **facts: Any) -> InputError:
    """Return the error with this code; its sentence is made from `facts`."""
    return make_input_error(MESSAGES, code, facts)
