"""The sentences of findings, and of calls that failed, by their codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ref_numpy.errors import Message


def unknown_name(tensor: str, close: str = "") -> str:
    """Say that the network has no such tensor, and which name is close to it."""
    hint = f"; did you mean {close}?" if close else ""
    return f"{tensor} is not a tensor of this network{hint}"


def is_none(tensor: str, dtype: str, is_gradient: bool, others: Sequence[str] = ()) -> str:
    """Say that a tensor is None."""
    why = "; was it detached, or not computed?" if is_gradient else ""
    return f"{tensor} is None; expected an array of {dtype}{why}{also(others)}"


def of_several(
    tensor: str, type_name: str, n: int, shape: tuple[int, ...], element: int, has_cache: bool
) -> str:
    """Say that a tensor is a tuple or list of which one element is the array."""
    cache = "; perhaps the function returned (A, cache)" if has_cache else ""
    return (
        f"{tensor} is a {type_name} of {n}; expected an array of shape {shape}, "
        f"as its element {element} is{cache}"
    )


def not_numbers(tensor: str, dtype: str, expected: str, type_name: str = "") -> str:
    """Say that a tensor holds no numbers."""
    given = f"a {type_name}" if type_name else f"of {dtype}"
    return f"{tensor} is {given}, not an array of numbers; expected an array of {expected}"


def wrong_value(tensor: str, others: Sequence[str] = (), **_: Any) -> str:
    """Say that tensors are wrong, for one reason where they are several."""
    return f"{tensor} is wrong{and_so(others)}"


def difference(tensor: str, others: Sequence[str] = (), **_: Any) -> str:
    """Say that tensors differ from the reference by a choice."""
    return f"{tensor} differs from the reference by a choice{do_so(others)}"


def and_so(others: Sequence[str]) -> str:
    """Name the tensors of which the same is true."""
    *first, last = others or ("",)
    verb = "are" if first else "is"
    return f", and so {verb} {', '.join(first)}{' and ' if first else ''}{last}" if others else ""


def do_so(others: Sequence[str]) -> str:
    """Name the tensors that do the same."""
    return and_so(others).replace("so are ", "so do ").replace("so is ", "so does ")


def wrong_shape(
    tensor: str, shape: tuple[int, ...], expected: tuple[int, ...], others: Sequence[str] = (),
    **_: Any,
) -> str:  # fmt: skip
    """Say that a tensor has another shape, and whether that is the transposed one."""
    turned = " (it is transposed)" if shape == expected[::-1] else ""
    *first, last = others or ("",)
    names = f"{', '.join(first)}{' and ' if first else ''}{last}"
    more = f"; {names} {'are' if first else 'is'} wrong in the same way" if others else ""
    return f"{tensor} has shape {shape}; expected {expected}{turned}{more}"


def not_finite(
    tensor: str, wrong: int, size: int, value: str, index: Sequence[int], others: Sequence[str] = ()
) -> str:
    """Say how many elements are not finite, and which is the first."""
    if size == 1:
        return f"{tensor} is {value}; expected a finite number{also(others)}"
    return (
        f"{tensor} has {wrong} of {size} elements that are not finite; "
        f"the first is {value} at {list(index)}{also(others)}"
    )


def a_list(tensor: str, type_name: str, expected: str, others: Sequence[str] = ()) -> str:
    """Say that a tensor is a list of numbers."""
    return (
        f"{tensor} is a {type_name}; expected an array of {expected}: np.array({tensor})"
        f"{also(others)}"
    )


def wrong_dtype(
    tensor: str, dtype: str, expected: str, precision: str, others: Sequence[str] = ()
) -> str:
    """Say that a tensor has another dtype."""
    return f"{tensor} is {dtype}; expected {expected}, the dtype of {precision}{also(others)}"


def suspicious(tensor: str, ratio: float, sampled: int, precision: str = "") -> str:
    """Say by how much a tensor's error is larger than that of every common order of summation."""
    elements = f"{sampled} elements" if sampled > 1 else "1 element"
    rounded = f"; factors rounded to {precision} give these numbers" if precision else ""
    return (
        f"{tensor} is suspicious: the root mean square error of {elements} is {ratio:.2g} times "
        f"that of every common order of summation{rounded}"
    )


def also(others: Sequence[str]) -> str:
    """Name the tensors that have the same problem."""
    return f"; so {'is' if len(others) == 1 else 'are'} {' '.join(others)}" if others else ""


def chain(tensor: str, base: str, step: str, is_backward: bool, is_parameter: bool) -> str:
    """Say that a step used another tensor than the trace has: `tensor` is "base@step"."""
    source = "given" if is_parameter else "returned"
    use = f"used in the backward step from {step}" if is_backward else f"used to compute {step}"
    return f"the {base} that was {use} is not the {base} that was {source}"


def changed(function: str, argument: str, wrong: int, size: int, tensor: str = "") -> str:
    """Say that an argument was changed in place: `tensor` is the function and the argument."""
    return (
        f"{function or 'the candidate'} changed {argument}, which it was given, in place "
        f"({wrong} of {size} elements): work on {argument}.copy()"
    )


def raised(name: str, type_name: str, text: str, where: str) -> str:
    """Report the exception of a candidate's function, and the line that raised it."""
    return f"{name} raised {type_name}{': ' if text else ''}{text}{where}"


def line_of_code(file: str, number: int | None, text: str) -> str:
    """Name a line of a candidate's source."""
    return f" ({file}, line {number}{': ' if text else ''}{text})"


def later(message: str, where: Sequence[str]) -> str:
    """Say that something is wrong at a later call: at the first of these, and how many others."""
    more = len(where) - 1
    others = f", and at {more} more call{'s' if more > 1 else ''}" if more else ""
    return f"{message} at a later call, though it was right at first: {where[0]}{others}"


def at_same_numbers(at: Sequence[int], calls: int) -> str:
    """Name the calls with the same numbers at which something is wrong."""
    if len(at) == 1:
        return f"at call {at[0]} of {calls} with the same numbers"
    return f"at {len(at)} of {calls} calls with the same numbers, first at call {at[0]}"


def at_size(m: int, tile: int) -> str:
    """Name the call with another number of examples."""
    return f"with m = {m}, {'no multiple of 8' if m % tile else f'a multiple of {tile}'}"


FINDINGS: dict[str, Message] = {
    # Findings of a tensor: their code is the kind of tensor, a dot, and this one.
    "unknown-name": unknown_name,
    "none": is_none,
    "tuple": of_several,
    "no-numbers": not_numbers,
    "shape": wrong_shape,
    "not-finite": not_finite,
    "not-finite-before": (
        "{tensor} has {wrong} of {size} elements that are not finite, before this update"
    ),
    "list": a_list,
    "dtype": wrong_dtype,
    "value": wrong_value,
    "difference": difference,
    "chain": chain,
    "end-to-end": "{tensor} differs when everything is computed from X",
    "later": later,
    "later.same": at_same_numbers,
    "later.parameters": "with other parameters, and the same X and Y",
    "later.values": "with the same parameters as before, and other X and Y of the same shapes",
    "later.order": "with the same numbers in another order",
    "later.size": at_size,
    "later.kept-result": "it is the {tensor} of an earlier call, bit for bit: the program kept it",
    "later.kept-parameters": (
        "it is right for the {names} of the first call: the program kept them, or a copy"
    ),
    "changed": changed,
    "suspicious": suspicious,
    # Findings of a call.
    "call.raised": raised,
    "call.where": line_of_code,
    "call.later-failed": "the candidate could be called once; it failed {where}: {error}",
    "note.not-called": "not judged {where}, where it failed: {error}",
}
