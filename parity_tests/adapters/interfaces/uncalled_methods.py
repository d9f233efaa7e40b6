"""Methods of a candidate's classes that a run does not call: an update, a prediction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from types import CodeType, FunctionType
from typing import Any

from parity_tests.adapters.interfaces.parameter_slots import IsOwn
from parity_tests.adapters.own_functions import describe_function, wrapped_in


def uncalled_methods(kind: type, called: Collection[str], is_own: IsOwn) -> Iterator[str]:
    """Yield the methods of a class that no called one uses: "NeuralNet.step(lr)".

    A method is used where the code of a called one has its name, as in `self.step`.

    Args:
        kind: the class.
        called: names of its methods that a run calls.
        is_own: whether a class is the candidate's.
    """
    every = dict(methods(kind, is_own))
    left, used = [n for n in called if n in every], set[str]()
    while left:
        name = left.pop()
        if name not in used:
            used.add(name)
            left += [n for n in names_in(every[name].__code__) if n in every]
    for name, method in every.items():
        if name not in used and name[:2] != "__":
            yield described(kind, name, method)


def described(kind: type, name: str, method: FunctionType) -> str:
    """Return "Network.step(lr)"."""
    text = describe_function(name, method)
    return f"{kind.__name__}.{text.replace('(self, ', '(').replace('(self)', '()')}"


def uncalled_within(
    reached: Iterable[Any], called: Collection[str], is_own: IsOwn
) -> Iterator[str]:
    """Yield methods that no code names, of classes which others use and a run does not call.

    So is `backward` of a softmax whose object is within one of a softmax and its loss.

    Args:
        reached: the functions and classes that a run may use.
        called: the names of those that it calls itself.
        is_own: whether a class is the candidate's.
    """
    every = [*reached]
    used = {n for f in every if isinstance(f, FunctionType) for n in names_in(f.__code__)}
    kinds = [x for x in every if isinstance(x, type) and is_own(x) and x.__name__ not in called]
    for kind in kinds:
        for name, method in methods(kind, is_own):
            if name not in used and name[:2] != "__":
                yield described(kind, name, method)


def methods(kind: type, is_own: IsOwn) -> Iterator[tuple[str, FunctionType]]:
    """Yield the functions of a class and of its bases, each name once."""
    met = set[str]()
    for base in kind.__mro__:
        for name, x in vars(base).items() if is_own(base) else ():
            inner = next((f for f in wrapped_in(x) if isinstance(f, FunctionType)), None)
            if inner is not None and name not in met:
                met.add(name)
                yield name, inner


def names_in(code: CodeType) -> Iterator[str]:
    """Yield the names of attributes and functions that compiled code uses, inner code too."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_in(constant)
