"""What a candidate's process may answer: anything else is an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from parity_tests.adapters.candidate_process.plain_data import LONGEST
from parity_tests.adapters.candidate_process.wire import Malformed
from parity_tests.check_messages import MESSAGES, input_error
from parity_tests.checking.guarded_calls import CandidateLost
from ref_numpy import Array, InputError
from ref_numpy.errors import make_input_error
from ref_numpy.input_messages import MESSAGES as INPUT_MESSAGES


def malformed(name: str, error: Exception) -> CandidateLost:
    """Return the error for an answer that is none."""
    cause = f"{type(error).__name__}: {error}"
    return lost(input_error("call.malformed", name=name, error=cause))


def lost(error: InputError) -> CandidateLost:
    """Return the error as the end of the candidate's process."""
    return CandidateLost(str(error), error.code, error.facts)


def known_error(code: str, facts: Mapping[str, Any]) -> InputError:
    """Return the error with this code of the tables of messages.

    Raises:
        KeyError: no table has this code, or the facts are not those of its sentence.
    """
    for messages in (MESSAGES, INPUT_MESSAGES):
        if code in messages:
            return make_input_error(messages, code, facts)
    from torch_impl.training_messages import MESSAGES as TRAINING_MESSAGES

    return make_input_error(TRAINING_MESSAGES, code, facts)


def write_back(after: Mapping[Any, Any], given: Mapping[str, Any]) -> None:
    """Change the arrays that a function changed in place: those that were given to it.

    Args:
        after: the changed arrays, by the keys that lead to each.
        given: the arguments, by name.
    """
    for path, new in after.items():
        array: Any = given
        for key in path:
            array = array[key]
        if isinstance(array, np.ndarray):
            array[...] = new


def arrays(given: Any) -> dict[str, Array]:
    """Return a dictionary of arrays, if it is one."""
    if not all(isinstance(n, str) and isinstance(x, np.ndarray) for n, x in given.items()):
        raise Malformed("variables that are no arrays")
    return dict(given)


def text(given: Any, most: int = LONGEST) -> str:
    """Return a text, if it is one of at most so many characters."""
    if not isinstance(given, str) or len(given) > most:
        raise Malformed(f"a {type(given).__name__} instead of a text of {most} characters")
    return given


def whole_number(given: Any) -> int | None:
    """Return a whole number, or None, if it is one of these."""
    if given is not None and type(given) is not int:
        raise Malformed(f"a {type(given).__name__} instead of a whole number")
    return given
