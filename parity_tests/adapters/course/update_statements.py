"""The statement of an update function that assigns an entry of a dictionary: parameters["W1"]."""

from __future__ import annotations

import ast
import re

from parity_tests.adapters.course.source_statements import Source, definition_in, quoted

OF_ONE_KIND = {"W", "b", "dW", "db"}  # the beginnings of keys that are of weights, or of biases


def entry_assignment(source: Source, names: tuple[str, ...]) -> str | None:
    """Return the statement that computes a parameter, or an average.

    Args:
        source: of the function, whose first argument is the dictionary of the parameters.
        names: the tensor's, "W1", or "vdW1" of the entry "dW1" of the average v.

    Returns:
        None where there is no such statement, or where there are several.
    """
    definition = definition_in(source)
    match = re.fullmatch(r"([vs]?)(d?[A-Za-z]+)\d+", names[0])
    if definition is None or match is None:
        return None
    first = [argument.arg for argument in definition.args.args[:1]]
    dictionaries = [match[1]] if match[1] else [*first, "parameters", "params"]
    found: dict[bool, list[ast.stmt]] = {True: [], False: []}
    for statement in (s for s in ast.walk(definition) if isinstance(s, ast.stmt)):
        entry = assigned_entry(statement)
        if entry is None or ast.unparse(entry.value) not in dictionaries:
            continue
        stems = key_stems(entry.slice)
        if match[2] in stems or not stems & OF_ONE_KIND:
            found[match[2] in stems].append(statement)
    statements = found[True] or found[False]
    return quoted(source, statements) if len(statements) == 1 else None


def assigned_entry(statement: ast.stmt) -> ast.Subscript | None:
    """Return the entry of a dictionary that a statement assigns; None where it assigns none."""
    if isinstance(statement, ast.Assign):
        target = statement.targets[0]
    elif isinstance(statement, ast.AugAssign):
        target = statement.target
    else:
        return None
    return target if isinstance(target, ast.Subscript) else None


def key_stems(key: ast.expr) -> set[str]:
    """Return the letters that the texts in a key begin with: "W" of "W" + str(l), or of f"W{l}"."""
    texts = (x.value for x in ast.walk(key) if isinstance(x, ast.Constant))
    return {re.split(r"[^A-Za-z]", text)[0] for text in texts if isinstance(text, str)}
