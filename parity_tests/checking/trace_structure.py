"""Structure before values: names, shapes, dtype and finiteness of a trace."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.checking.findings import Finding, layer_of, make_finding, with_facts
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array, NetworkSpec, WholeNumbers
from ref_numpy.graphs.step import Shape

Shapes = Mapping[str, tuple[int, ...]]


def comparable(spec: NetworkSpec, m: int) -> dict[str, Shape]:
    """Return name and shape of every tensor that a trace may hold, dA[L] included.

    Whole numbers, such as tokens, are none: a step takes those that it is given.
    """
    whole = [name for name, shape in spec.inputs.items() if isinstance(shape, WholeNumbers)]
    shapes = {name: shape for name, shape in spec.trace_shapes(m).items() if name not in whole}
    place = list(shapes).index("J") + 1
    names = [*list(shapes)[:place], f"d{spec.output}", *list(shapes)[place:]]
    return {name: shapes[name.removeprefix("d")] if name not in shapes else shapes[name]
            for name in names}  # fmt: skip


def sound(
    trace: Mapping[str, Any], shapes: Shapes, parameter_shapes: Shapes, p: Precision
) -> tuple[dict[str, Array], list[Finding]]:
    """Return the tensors that can be computed with, and a finding for each of the others.

    Numbers that are not finite spread from tensor to tensor, so that only the first such tensor is
    a finding, and so with None; a dtype is reported once, with all tensors that have it.

    Args:
        trace: anything by canonical name.
        shapes: of the tensors of this network, in dataflow order.
        parameter_shapes: of its parameters, which a step may have received as W2@dZ2.
        p: the candidate's arithmetic.

    Returns:
        The tensors at float64, and the findings.
    """
    tensors: dict[str, Array] = {}
    findings: list[Finding] = []
    place = {name: i for i, name in enumerate(shapes)}
    every = {**parameter_shapes, **shapes}
    names = sorted(trace, key=lambda name: place.get(str(name).rpartition("@")[-1], len(place)))
    for name in names:
        array = as_array(trace[name])
        if array.dtype.kind in "fiub" and isinstance(trace[name], int | float):
            array = array.astype(p.dtype)  # a Python number, as the course's cost, has no precision
        problem = problem_of(str(name), array, every, shapes, p, trace[name])
        if problem is None or problem.kind == "dtype":
            tensors[name] = array.astype(np.float64, copy=False)
        if problem is not None:
            findings.append(problem)
    return tensors, [*merged(findings)]


def not_finite(trace: Mapping[str, Any], shapes: Shapes) -> dict[str, Array]:
    """Return where the tensors of these shapes are infinite or NaN."""
    arrays = {name: as_array(x) for name, x in trace.items() if name in shapes}
    return {
        name: ~np.isfinite(x)
        for name, x in arrays.items()
        if x.dtype.kind == "f" and x.shape == shapes[name]
    }


def tensors_named(names: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """Return those of the known tensors that have these names, such as dW1, or kinds, such as dW.

    Raises:
        InputError: no tensor has one of these names.
    """
    found: list[str] = []
    for name in names:
        every = [n for n in known if name in (n, n.rstrip("0123456789"))]
        if not every:
            raise input_error("require.unknown-tensor", name=name, known=" ".join(known))
        found += every
    return tuple(dict.fromkeys(found))


def as_array(given: Any) -> Array:
    """Return NumPy's array of it, or of a tensor's numbers (bfloat16 widens exactly to float32).

    JAX's arrays of bfloat16 are of a type that NumPy has no arithmetic for.

    Where NumPy can make none, an array of objects.
    """
    try:
        if hasattr(given, "detach"):
            given = given.detach().cpu()
            given = given.float() if str(given.dtype) == "torch.bfloat16" else given
        array = np.asarray(given)
        return array.astype(np.float32) if array.dtype.name == "bfloat16" else array
    except (ValueError, TypeError, RuntimeError):
        return np.asarray(None)


def problem_of(
    name: str, array: Array, every: Shapes, shapes: Shapes, p: Precision, given: Any
) -> Finding | None:
    """Return the first problem of a tensor's name, type, shape, finiteness and dtype.

    Args:
        name: that the candidate gave it.
        array: NumPy's array of it.
        every: the shapes of tensors and parameters.
        shapes: of the tensors.
        p: the candidate's arithmetic.
        given: the tensor as the candidate gave it.
    """
    base, at, by = name.partition("@")
    if base not in every or (not at and base not in shapes) or (at and by not in shapes):
        close = difflib.get_close_matches(name, shapes, n=1)
        finding = make_finding(
            name, "unknown-name", "unknown-name", facts={"close": "".join(close)}
        )
        return replace(finding, layer=None, code="tensor.unknown-name")
    expected, type_name = str(np.dtype(p.dtype)), type(given).__name__
    is_number = array.dtype.kind in "fiub"

    def problem(kind: str, reason: str, facts: dict[str, Any], **fields: Any) -> Finding:
        fields |= {"shape": array.shape, "dtype": str(array.dtype), "size": array.size}
        finding = make_finding(name, kind, reason, facts=facts, **fields)
        return replace(finding, layer=layer_of(base))

    if given is None:
        is_gradient = base.startswith("d") and base[1:] in every
        return problem("none", "none", {"dtype": expected, "is_gradient": is_gradient})
    if (k := index_of_shape(every[base], given)) is not None:
        has_cache = isinstance(given, tuple) and len(given) == 2
        facts = {"type_name": type_name, "n": len(given), "shape": every[base], "element": k,
                 "has_cache": has_cache}  # fmt: skip
        return problem("shape" if is_number else "no-numbers", "tuple", facts)
    if not is_number:
        facts = {"dtype": str(array.dtype), "expected": expected}
        facts |= {} if isinstance(given, np.ndarray) else {"type_name": type_name}
        return problem("no-numbers", "no-numbers", facts)
    if array.shape != every[base]:
        return problem("shape", "shape", {"shape": array.shape, "expected": every[base]})
    if not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))
        index = tuple(int(i) for i in bad[0])
        facts = {"wrong": len(bad), "size": array.size, "value": str(array[index]), "index": index}
        return problem("not-finite", "not-finite", facts, wrong=len(bad), index=index)
    if isinstance(given, list | tuple):
        return problem("dtype", "list", {"type_name": type_name, "expected": expected})
    if str(array.dtype) not in p.dtypes:
        facts = {"dtype": str(array.dtype), "expected": expected, "precision": p.name}
        return problem("dtype", "dtype", facts)
    return None


def index_of_shape(shape: tuple[int, ...], given: Any) -> int | None:
    """Return where a tuple or list holds an array of this shape, instead of being one.

    NumPy silently makes one array of a pair (A, Z).
    """
    if not isinstance(given, tuple | list):
        return None
    arrays = (k for k, x in enumerate(given) if hasattr(x, "shape") and tuple(x.shape) == shape)
    return next(arrays, None)


SPREADING = ("dtype", "not-finite", "none")


def merged(findings: list[Finding]) -> Iterator[Finding]:
    """Yield the findings, of each problem that spreads only the first, with the others' names."""
    first = {f.kind: f for f in reversed(findings) if f.kind in SPREADING}
    for finding in findings:
        if finding.kind not in first:
            yield finding
        elif finding is first[finding.kind]:
            others = [f.tensor for f in findings if f.kind == finding.kind and f is not finding]
            yield with_facts(finding, others=tuple(others)) if others else finding
