"""One sentence for an error of jsonargparse, whose own messages are of Python's types."""

from __future__ import annotations

import inspect
import re

import torch_impl.data

# What a person may give, by the type that the parser expects.
EXPECTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list, such as '[64,32]'",
}


def option_error(message: str) -> str:
    """Return the sentence for a message of the parser, without its last full stop.

    Args:
        message: the parser's, of one line or several.
    """
    if found := re.fullmatch(r"Option '(\w+)' is not accepted", message):
        return f"the option {found[1]} is not accepted{data_sets_with(found[1])}"
    key = re.search(r'[Kk]ey "([^"]+)"', message)
    value = re.search(r"(?:Given|Got) value: (.*)$", message, re.MULTILINE)
    if not key or not value:
        return " ".join(message.split())
    types = re.findall(r"Expected a <class '(\w+)'>", message)
    expected = " or ".join(EXPECTED[name] for name in types if name in EXPECTED)
    if key[1] == "data":
        expected = f"one of {', '.join(sorted(torch_impl.data.__all__))}"
    if choices := re.search(r"Expected a typing\.Literal\[(.*?)\]", message):
        expected = f"one of {choices[1]}"
    more = f"; expected {expected}" if expected else ""
    return f"{key[1]} was given {value[1]}, which it cannot take{more}"


def data_sets_with(option: str) -> str:
    """Return in words the data sets that have an option of their own with this name."""
    kinds = {name: getattr(torch_impl.data, name) for name in sorted(torch_impl.data.__all__)}
    having = [name for name in kinds if option in inspect.signature(kinds[name]).parameters]
    if not having:
        return ""
    return f" by this data set; choose one that has it: --data {' or --data '.join(having)}"
