"""What a function of the course returned, read by the course's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from parity_tests.adapters.course.functions import Course, result_finding
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import CandidateError
from ref_numpy import Array, NetworkSpec

Tensors = dict[str, Any]
Given = tuple[NetworkSpec, Tensors, Array]  # the network, its parameters, X


def as_tuple(names: str) -> Callable[[Any], Any]:
    """Return a reader of a tuple of these names: "Z, cache"."""

    def read(result: Any) -> Any:
        if not isinstance(result, tuple | list) or len(result) != names.count(",") + 1:
            raise CandidateError(f"{words(result)}; expected ({names})")
        return result

    return read


def as_dictionary(result: Any) -> Mapping[str, Any]:
    """Read a dictionary.

    Raises:
        CandidateError: it is something else.
    """
    if not isinstance(result, Mapping):
        raise CandidateError(f"{words(result)}; expected a dictionary of arrays")
    return result


def words(result: Any) -> str:
    """Describe a result in words."""
    if isinstance(result, tuple | list):
        return f"a {type(result).__name__} of {len(result)}"
    if hasattr(result, "shape"):
        return f"an array of shape {result.shape}"
    if isinstance(result, dict):
        return "a dict"
    return "nothing (None)" if result is None else f"a {type(result).__name__}"


def keyed(
    result: Mapping[str, Any], names: Mapping[str, str], function: str, to: list[Finding],
    course: Course | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return {canonical name: array} by {key: canonical name}, and a finding for missing keys.

    Args:
        result: of the function.
        names: {key: canonical name}.
        function: its name.
        to: the list of findings.
        course: where a note goes that a key is written in another way, such as "dw1".
    """
    own = {key: own_key(result, key) for key in names}
    missing = [key for key in names if own[key] not in result]
    if missing:
        keys = ", ".join(map(str, result)) or "none"
        facts = {"function": function, "missing": " ".join(missing), "keys": keys}
        to.append(result_finding("result.missing-keys", function, facts))
    other = {key: k for key, k in own.items() if key not in missing and k != key}
    if course is not None and other:
        given, expected = " ".join(map(str, other.values())), " ".join(other)
        course.note("note.keys", function=function, given=given, expected=expected)
    return {names[key]: kept(result[own[key]]) for key in names if key not in missing}


def own_key(result: Mapping[str, Any], key: str) -> Any:
    """Return the result's own key for that of the course: "dw1" or "dW_1" for "dW1".

    It is the only one that differs by capital letters and underscores alone.
    """
    if key in result:
        return key
    alike = [k for k in result if str(k).replace("_", "").lower() == key.lower()]
    return alike[0] if len(alike) == 1 else key


def kept(x: Any) -> Any:
    """Return a copy, which the candidate cannot change later."""
    return x.copy() if hasattr(x, "copy") and hasattr(x, "dtype") else x


def entries(
    result: Any,
    names: Mapping[str, str],
    function: str,
    findings: list[Finding],
    course: Course | None = None,
) -> dict[str, Any]:
    """Read the entries of a dictionary within a result, as `keyed` does."""
    try:
        return keyed(as_dictionary(result), names, function, findings, course)
    except CandidateError as error:
        facts = {"function": function, "error": str(error)}
        findings.append(result_finding("result.form-within", function, facts))
        return {}
