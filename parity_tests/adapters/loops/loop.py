"""An adapter of a training loop: which file, and your name of each tensor."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from parity_tests.adapters.executed_statements import Makers
from parity_tests.adapters.interfaces.parameter_holders import Holder
from parity_tests.adapters.loops.loop_names import UNKNOWN, LoopNames, find_names
from parity_tests.adapters.loops.loop_source import LoopSource
from parity_tests.adapters.loops.loop_step import loop_holders
from parity_tests.adapters.loops.loop_tensors import find_tensors
from parity_tests.adapters.loops.statement_names import name_of
from parity_tests.adapters.loops.training_loops import (
    TrainingLoop,
    in_names,
    loops_in_no_function,
    training_loops,
)
from parity_tests.adapters.source_files import by_the_rule, statements_of
from parity_tests.check_messages import input_error
from parity_tests.checking.guarded_calls import CandidateError
from ref_numpy import InputError


class Loop:
    """One round of a training loop, to be checked as one step.

    The statements of the loop are executed as they are, with our numbers under their names.

    Args:
        file: the program, beside the adapter.
        line: of the loop, where the names do not say which one.
        **names: your name for each of ours: `X="l0", Y="y", W1="syn0", A1="l1", dZ1="-delta"`.
    """

    def __init__(self, file: str, line: int | None = None, **names: str) -> None:
        self.file, self.line, self.names = file, line, names


@dataclass(frozen=True)
class ReadLoop:
    """A loop whose names are known.

    Attributes:
        loop: the loop.
        names: of its data and parameters.
        tensors: names by ours.
        others: the places of the file's other training loops.
    """

    loop: TrainingLoop
    names: LoopNames
    tensors: Mapping[str, str]
    others: tuple[str, ...]


def read_loops(tree: ast.Module, stated: Mapping[str, str], line: int | None) -> list[ReadLoop]:
    """Return the training loops of a file with these names."""
    every = training_loops(tree)
    data = frozenset(x for n in ("X", "Y") if (x := stated.get(n)) and not x.isidentifier())
    own = {x for n, x in stated.items() if n[0] in "Wb" and x}
    found: list[ReadLoop] = []
    for loop in every:
        first, last = loop.lines
        if (line is not None and not first <= line <= last) or not own <= loop.carried:
            continue
        names = find_names(loop, stated)
        texts = data | {x for x in (names.x, names.y) if x != UNKNOWN and not x.isidentifier()}
        inner = in_names(loop, frozenset(texts))
        names = find_names(inner, {**stated, "X": names.x, "Y": names.y}) if texts else names
        tensors = find_tensors(within_pairs(inner, names), names)
        tensors |= {
            n: x for n, x in stated.items() if n not in ("X", "Y", "rate", *names.parameters)
        }
        others = tuple(other.place for other in every if other is not loop)
        found.append(ReadLoop(inner, names, {n: x for n, x in tensors.items() if x}, others))
    return found


def within_pairs(loop: TrainingLoop, names: LoopNames) -> TrainingLoop:
    """Return the loop over the examples of a round; or the loop itself, where there is none."""
    every = (s for s in loop.body if isinstance(s, ast.For) and name_of(s.iter) == names.pairs)
    inner = next(every, None) if names.pairs else None
    return loop if inner is None else replace(loop, body=tuple(inner.body))


def holders_of_loops(
    namespace: Mapping[str, Any], options: Sequence[Sequence[int]]
) -> Iterator[Holder]:
    """Yield the training loops of a file; or those that an adapter names.

    Args:
        namespace: of the file or the adapter.
        options: sizes of networks.

    Raises:
        InputError: an adapter names a loop that there is not, or is unfinished.
    """
    file = Path(namespace.get("__file__") or "")
    adapters = [x for x in namespace.values() if isinstance(x, Loop)]
    for adapter in adapters:
        path = file.parent / adapter.file
        if UNKNOWN in adapter.names.values():
            missing = [n for n, x in adapter.names.items() if x == UNKNOWN]
            raise refused(
                input_error("adapter.unfinished", name=file.name, names=" ".join(missing))
            )
        tree = statements_of(path)
        if tree is None:
            raise refused(input_error("file.missing", path=str(path)))
        found = read_loops(tree, adapter.names, adapter.line)
        if not found:
            weights = [x for n, x in adapter.names.items() if n[0] == "W"]
            names = ", ".join(weights) or "factors of matrix products"
            raise refused(input_error("adapter.no-loop", name=adapter.file, weights=names))
        own = by_the_rule(path, tree)
        for one in found[:1]:
            yield from holders_of(one, tree, own, path, options)
    if not adapters and file.suffix == ".py" and file.is_file():
        tree = statements_of(file)
        for one in read_loops(tree, {}, None) if tree is not None else ():
            if not one.names.doubts:
                own = by_the_rule(file, tree) if tree else {}
                yield from holders_of(one, tree, own, file, options)


def unread_loops(namespace: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the loops of a file that may train, and stand in none of its functions."""
    file = Path(namespace.get("__file__") or "")
    tree = statements_of(file) if file.suffix == ".py" and file.is_file() else None
    loops = loops_in_no_function(tree) if tree is not None else []
    return tuple(f"the loop in {loop.place}" for loop in loops)


def refused(error: InputError) -> CandidateError:
    """Return the error of an adapter, which passes through a guarded call as it is."""
    return CandidateError(str(error), error.code, error.facts)


def holders_of(
    one: ReadLoop, tree: Any, namespace: dict[str, Any], path: Path,
    options: Sequence[Sequence[int]],
) -> Iterator[Holder]:  # fmt: skip
    """Yield a loop in each layout that it may have."""
    names = one.names
    given = {"X": names.x, "Y": names.y, **names.parameters}
    source = LoopSource(
        namespace, one.loop.function, tuple(f"the loop in {place}" for place in one.others),
        names.zeros, ", ".join(f"{n} is {own}" for n, own in given.items()),
    )  # fmt: skip
    makers = Makers.of(tree.body)
    yield from loop_holders(one.loop, names, one.tensors, makers, source, str(path), options)
