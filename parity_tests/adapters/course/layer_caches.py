"""The cache that a layer's forward function returns: what it holds, in the names of the course."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import ref_numpy
from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.course.cache_forms import arrays_of, form_of, named_arrays, text_of
from parity_tests.adapters.course.function_results import (
    Given,
    Tensors,
    entries,
    kept,
    keyed,
    own_key,
)
from parity_tests.adapters.course.functions import Course, result_finding
from parity_tests.checking.comparison import gives
from parity_tests.checking.findings import Finding
from parity_tests.checking.trace_structure import as_array
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from ref_numpy import Array


def cache_finding(
    function: str, cache: Any, expected: str, arguments: Mapping[str, Any], own: Mapping[str, Any],
    p: Precision,
) -> tuple[Finding, Any] | None:  # fmt: skip
    """Return the finding that a cache is not the course's, and its form; None where it is.

    Args:
        function: its name.
        cache: that it returned.
        expected: the course's, such as "((A_prev, W, b), Z)".
        arguments: of the function.
        own: its results.
        p: its arithmetic.
    """
    arrays = {n: x for n, x in arguments.items() if hasattr(x, "dtype")}
    has_both = "Z" in own and "A_prev" in arrays
    Z = {"Z": own["Z"]} if has_both and is_sum(own["Z"], arrays, p) else {}
    form = form_of(cache, {**Z, **arrays, **own})
    given = text_of(form)
    if given == expected:
        return None
    facts = {"function": function, "given": given, "expected": expected}
    text = sentence("result.cache", **facts)
    return Finding(function, "result", text, code="result.cache", facts=facts), form


def is_sum(Z: Any, arguments: Mapping[str, Array], p: Precision) -> bool:
    """Return whether Z = W A_prev + b, which A may equal as well: that of the identity."""
    W, A_prev, b = (ErrorArray(arguments[n], p=p) for n in ("W", "A_prev", "b"))
    return gives(W @ A_prev + b, as_array(Z), p)


def cached_by_name(
    course: Course, cache: Any, A2: Any, given: Given, findings: list[Finding]
) -> Tensors:
    """Read Z1, A1, Z2 and A2 from week 3's cache: by their keys, or by their numbers."""
    names = {n: n for n in ("Z1", "A1", "Z2", "A2")}
    keys = cache if isinstance(cache, Mapping) else {}
    if all(own_key(keys, n) in keys for n in names):
        return keyed(keys, names, "forward_propagation", findings, course)
    spec, params, X = given
    exact = {"A2": as_array(A2), "X": X, **params}
    near = ref_numpy.forward(spec, params, X)[0]
    found = named_arrays([*arrays_of(cache)], exact, {n: near[n] for n in names})
    lacks_keys = bool(keys) and not {*names} <= {*found}
    if lacks_keys or not {"Z1", "A1"} & {*found}:
        return entries(cache, names, "forward_propagation", findings, course)
    form = text_of(form_of(cache, found))
    expected = "{Z1, A1, Z2, A2}"
    course.note("note.cache", function="forward_propagation", given=form, expected=expected)
    course.recognised.add("forward_propagation")
    return {n: kept(x) for n, x in found.items() if n in names}


def cached(course: Course, caches: Any, AL: Any, given: Given, findings: list[Finding]) -> Tensors:
    """Read Z[l], A[l−1], and the W[l] that the backward step will take, from week 4's caches.

    They may stand in any order and form, and ReLU's cache may be A[l]. Where they stand as in the
    course, an array counts as what stands there, whatever its numbers are.
    """
    spec, params, X = given
    L, trace = len(spec.weights), Tensors()
    near = ref_numpy.forward(spec, params, X)[0]
    every = [*caches] if isinstance(caches, tuple | list) and len(caches) == L else []
    last = as_array(AL)
    for l in range(len(every), 0, -1):
        tensors = {"A_prev": near[f"A{l - 1}"], "Z": near[f"Z{l}"], "A": near[f"A{l}"]}
        exact = {"W": params[f"W{l}"], "b": params[f"b{l}"], **({"A_prev": X} if l == 1 else {})}
        shapes = {n: x.shape for n, x in (tensors | exact).items()}
        found = as_the_course = standing(every[l - 1], shapes)
        found = found or named_arrays([*arrays_of(every[l - 1])], exact, tensors)
        found = found if {"A_prev", "Z"} <= {*found} else standing(every[l - 1])
        if not found:
            findings.append(result_finding("result.caches", "L_model_forward", {"L": L}))
            return {}
        trace |= {f"A{l - 1}": kept(found["A_prev"])}
        trace |= {f"W{l}@dZ{l}": kept(found["W"])} if "W" in found else {}
        is_A = np.array_equal(as_array(found["Z"]), last) and not np.array_equal(*pair_of(near, l))
        trace |= {} if is_A else {f"Z{l}": kept(found["Z"])}
        if is_A or not as_the_course:
            course.recognised.add("L_model_forward")
        last = as_array(found["A_prev"])
    if not every:
        findings.append(result_finding("result.caches", "L_model_forward", {"L": L}))
    return trace


def pair_of(near: Mapping[str, Array], l: int) -> tuple[Array, Array]:
    """Return the reference's Z[l] and A[l]; they are equal after the identity."""
    return near[f"Z{l}"], near[f"A{l}"]


def standing(cache: Any, shapes: Mapping[str, tuple[int, ...]] | None = None) -> Tensors:
    """Return the arrays of ((A_prev, W, b), Z) by name; {} of another form.

    Args:
        cache: of a layer.
        shapes: those that the arrays must have; None takes any.
    """
    try:
        linear_cache, Z = cache
        if not isinstance(linear_cache, tuple | list):
            return {}
        A_prev, W, _ = linear_cache
    except (TypeError, ValueError):
        return {}
    found = {"A_prev": A_prev, "W": W, "Z": Z}
    is_so = all(as_array(x).shape == shapes[n] for n, x in found.items()) if shapes else True
    return found if is_so else {}
