"""The cache of course 2's forward propagation: (Z1, A1, W1, b1, Z2, …), or in another form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from parity_tests.adapters.course.cache_forms import (
    arrays_of,
    filled,
    form_of,
    named_arrays,
    text_of,
)
from parity_tests.adapters.course.function_results import Tensors, kept, own_key
from parity_tests.adapters.course.functions import Course, result_finding
from parity_tests.checking.findings import Finding
from parity_tests.checking.trace_structure import as_array
from ref_numpy import Array

Shapes = Mapping[str, tuple[int, ...]]


def read_cache(
    course: Course, function: str, cache: Any, names: Sequence[str], exact: Tensors, near: Tensors,
    findings: list[Finding],
) -> tuple[Tensors, Any]:  # fmt: skip
    """Read a cache: as the course's, by its keys, or by its numbers.

    Args:
        course: the functions, which note another form.
        function: that returned it.
        cache: of the function.
        names: what the course's holds, in its order.
        exact: arrays that one of the cache may equal, by name: X, A3, the parameters.
        near: the reference's arrays, of the shapes of the others.
        findings: to which that of another form is added.

    Returns:
        Its arrays by name, and its form, as `cache_forms.form_of` has it; None of the course's.
    """
    every = {**near, **exact}
    own = cache if isinstance(cache, tuple | list) else ()
    if len(own) == len(names) and all(
        n[0] == "D" or as_array(x).shape == np.shape(every[n])
        for n, x in zip(names, own, strict=True)
    ):
        return {n: kept(x) for n, x in zip(names, own, strict=True)}, None
    found = dict[str, Array]()
    if isinstance(cache, Mapping):
        found = {n: cache[own_key(cache, n)] for n in names if own_key(cache, n) in cache}
    rest = {n: x for n, x in near.items() if n not in found}
    found |= {n: x for n, x in named_arrays([*arrays_of(cache)], exact, rest).items()
              if n not in found}  # fmt: skip
    form = form_of(cache, found)
    facts = {"function": function, "given": text_of(form), "expected": f"({', '.join(names)})"}
    if not {"Z1", "A1"} & {*found}:
        findings.append(result_finding("result.cache", function, facts))
        return {}, None
    course.note("note.cache", **facts)
    course.recognised.add(function)
    return {n: kept(x) for n, x in found.items() if n in names}, form


def cache_to_give(form: Any, names: Sequence[str], values: Tensors) -> Any:
    """Return a cache of a form with these arrays; None where the form has another one.

    Args:
        form: of the candidate's own cache; None is the course's.
        names: what the course's holds, in its order.
        values: the arrays by name.
    """
    if form is None:
        return tuple(values[n] for n in names)
    try:
        return filled(form, values)
    except KeyError:
        return None
