"""The results that must have been judged: tensors of the network, and those of functions alone."""

from __future__ import annotations

from collections.abc import Iterable

from parity_tests.adapters.course.functions import WEEKS
from parity_tests.checking.judged import Tensor
from parity_tests.checking.trace_structure import tensors_named


def required_results(
    names: Iterable[str], known: Iterable[str], tensors: Iterable[Tensor] = ()
) -> tuple[str, ...]:
    """Return the names of the required results.

    Args:
        names: of tensors, such as dW1; kinds, such as dW; results of functions, such as
            linear_backward.dW; and functions of the course, which are required with all results. A
            function that the candidate lacks is returned by its name, which nothing was judged of.
        known: the tensors of the network.
        tensors: that were compared.

    Raises:
        InputError: there is no such tensor, and no such function in the course.
    """
    functions = [tensor.name for tensor in tensors if tensor.function]
    every = [*known, *functions]
    found: list[str] = []
    for name in names:
        if name not in every and function_of(name) in WEEKS:
            found += [n for n in functions if function_of(n) == name] or [name]
        else:
            found += tensors_named([name], every)
    return tuple(dict.fromkeys(found))


def function_of(name: str) -> str:
    """Return the function of a result: "linear_activation_forward(relu).A"."""
    return name.partition(".")[0].partition("(")[0]
