"""Methods of a candidate's classes that a run does not call: an update, a prediction."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from types import CodeType, FunctionType

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
            text = describe_function(name, method)
            yield f"{kind.__name__}.{text.replace('(self, ', '(').replace('(self)', '()')}"


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
