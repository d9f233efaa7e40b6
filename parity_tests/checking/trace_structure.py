"""Structure before values: names, shapes, dtype and finiteness of a trace."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.checking.findings import Finding, layer_of
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array

Shapes = Mapping[str, tuple[int, ...]]


def sound(
    trace: Mapping[str, Any], shapes: Shapes, parameter_shapes: Shapes, p: Precision
) -> tuple[dict[str, Array], list[Finding]]:
    """The tensors that can be computed with, at float64, and a finding for each of the others.

    shapes: of the tensors of this network, in dataflow order. What is not finite spreads, so that
    only the first such tensor is a finding, and so with None; a dtype is reported once, with all
    that share it.
    """
    own: dict[str, Array] = {}
    findings: list[Finding] = []
    place = {name: i for i, name in enumerate(shapes)}
    names = sorted(trace, key=lambda name: place.get(str(name).rpartition("@")[-1], len(place)))
    for name in names:
        array = as_array(trace[name])
        if array.shape == () and isinstance(trace[name], int | float):
            array = array.astype(p.dtype)  # a Python number, as the course's cost, has no precision
        every = {**parameter_shapes, **shapes}
        problem = next(problems(str(name), array, every, shapes, p, trace[name]), None)
        if problem is None or problem.kind == "dtype":
            own[name] = array.astype(np.float64, copy=False)
        if problem is not None:
            findings.append(problem)
    return own, [*merged(findings)]


def tensors_named(names: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Those of the known tensors that have these names, such as dW1, or kinds, such as dW.

    Raises InputError for a name that none has.
    """
    found: list[str] = []
    for name in names:
        every = [n for n in known if name in (n, n.rstrip("0123456789"))]
        if not every:
            raise input_error("require.unknown-tensor", name=name, known=" ".join(known))
        found += every
    return tuple(dict.fromkeys(found))


def as_array(given: Any) -> Array:
    """What NumPy makes of it, or of a tensor's numbers (bfloat16 widens exactly to float32); of
    what it makes nothing, objects."""
    try:
        if hasattr(given, "detach"):
            given = given.detach().cpu()
            given = given.float() if str(given.dtype) == "torch.bfloat16" else given
        return np.asarray(given)
    except (ValueError, TypeError, RuntimeError):
        return np.asarray(None)


def problems(
    name: str, array: Array, every: Shapes, shapes: Shapes, p: Precision, given: Any
) -> Iterator[Finding]:
    base, at, by = name.partition("@")
    if base not in every or (not at and base not in shapes) or (at and by not in shapes):
        close = difflib.get_close_matches(name, shapes, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        yield Finding(name, "name", f"{name} is not a tensor of this network{hint}")
        return
    finding = Finding(name, "", "", layer_of(base), array.shape, str(array.dtype), size=array.size)
    expected = np.dtype(p.dtype)
    if given is None:
        why = "; is something detached from it, or left out?" if name.startswith("d") else ""
        text = f"{name} is None; expected an array of {expected}{why}"
        yield replace(finding, kind="none", message=text)
    elif (k := index_of_shape(every[base], given)) is not None:
        what = f"a {type(given).__name__} of {len(given)}"
        if isinstance(given, tuple) and len(given) == 2:
            what += ", as a function returns that gives its cache as well"
        text = f"{name} is {what}; expected an array of shape {every[base]}, as its element {k} is"
        number = array.dtype.kind in "fiub"
        yield replace(finding, kind="shape" if number else "dtype of no number", message=text)
    elif array.dtype.kind not in "fiub":
        what = f"of {array.dtype}" if isinstance(given, np.ndarray) else f"a {type(given).__name__}"
        text = f"{name} is {what}, no array of numbers; expected an array of {expected}"
        yield replace(finding, kind="dtype of no number", message=text)
    elif array.shape != every[base]:
        turned = " (it is transposed)" if array.shape == every[base][::-1] else ""
        text = f"{name} has shape {array.shape}; expected {every[base]}{turned}"
        yield replace(finding, kind="shape", message=text)
    elif not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))
        index = tuple(int(i) for i in bad[0])
        text = (
            f"{name} has {len(bad)} of {array.size} elements that are not finite; "
            f"the first is {array[index]} at {list(index)}"
        )
        yield replace(finding, kind="finite", message=text, wrong=len(bad), index=index)
    elif isinstance(given, list | tuple):
        text = (
            f"{name} is a {type(given).__name__}; expected an array of {expected}: np.array({name})"
        )
        yield replace(finding, kind="dtype", message=text)
    elif array.dtype != expected:
        text = f"{name} is {array.dtype}; expected {expected}, the dtype of {p.name}"
        yield replace(finding, kind="dtype", message=text)


def index_of_shape(shape: tuple[int, ...], given: Any) -> int | None:
    """Where a tuple or list holds an array of this shape, instead of being one: NumPy makes one
    array of a pair (A, Z), without a word."""
    if not isinstance(given, tuple | list):
        return None
    arrays = (k for k, x in enumerate(given) if hasattr(x, "shape") and tuple(x.shape) == shape)
    return next(arrays, None)


SPREADING = ("dtype", "finite", "none")


def merged(findings: list[Finding]) -> Iterator[Finding]:
    """The first finding of what spreads stands for all; every other stands for itself."""
    first = {f.kind: f for f in reversed(findings) if f.kind in SPREADING}
    for finding in findings:
        if finding.kind not in first:
            yield finding
        elif finding is first[finding.kind]:
            others = [f.tensor for f in findings if f.kind == finding.kind and f is not finding]
            also = f"; so {'is' if len(others) == 1 else 'are'} {' '.join(others)}"
            yield replace(finding, message=finding.message + (also if others else ""))
