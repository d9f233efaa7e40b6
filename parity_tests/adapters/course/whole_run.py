"""A whole run of each week's functions, as a trace.

Each run returns the tensors in the functions' results, and those in the functions' variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import ref_numpy
from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.course.backward_calls import (
    by_layer,
    other_activations,
    other_layers_caches,
)
from parity_tests.adapters.course.cache_forms import arrays_of, form_of, named_arrays, text_of
from parity_tests.adapters.course.functions import (
    Course,
    as_dictionary,
    as_tuple,
    kept,
    keyed,
    own_key,
    result_finding,
)
from parity_tests.adapters.course.passed_gradients import (
    mixed_numbering,
    one_per_line,
    other_layers_gradients,
)
from parity_tests.check_messages import input_error
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import CandidateError
from parity_tests.checking.trace_structure import as_array, comparable
from ref_numpy import Array, NetworkSpec

Tensors = dict[str, Any]


def results(
    course: Course,
    week: int,
    spec: NetworkSpec,
    params: Tensors,
    X: Array,
    Y: Array,
    findings: list[Finding],
) -> tuple[Tensors, Tensors]:
    """Return the tensors in the functions' results, and those in their variables besides."""
    copies = {n: a.copy() for n, a in params.items()}
    trace, held = RUNS[week](course, spec, copies, X.copy(), Y.copy(), findings)
    shapes = comparable(spec, X.shape[-1])
    return trace, {n: a for n, a in held.items() if n not in trace and a.shape == shapes.get(n)}


def trace_of(
    course: Course, week: int, spec: NetworkSpec, params: Tensors, X: Array, Y: Array
) -> tuple[Tensors, list[Finding]]:
    """Return all tensors by canonical name, and the findings of calls that failed."""
    findings: list[Finding] = []
    trace, held = results(course, week, spec, params, X, Y, findings)
    return {**held, **trace}, findings


def week_2(
    course: Course, spec: NetworkSpec, params: Tensors, X: Array, Y: Array, findings: list[Finding]
) -> tuple[Tensors, Tensors]:
    """propagate(w, b, X, Y) → ({"dw": …, "db": …}, cost)        w: (n_x, 1)   b: a scalar."""
    if spec.parameter_shapes != {"W1": (1, *spec.input_shape), "b1": (1, 1)}:
        raise input_error("course.logistic-regression", network=spec.summary)
    w, b = params["W1"].T.copy(), params["b1"][0, 0]
    given = {"w": w, "b": b, "X": X, "Y": Y}
    result = course.attempt("propagate", given, as_tuple("grads, cost"), findings, held=True)
    if result is None:
        return {}, {}
    grads, cost = result
    found = course.outcome.held
    trace = entries(grads, {"dw": "dW1", "db": "db1"}, "propagate", findings, course)
    for key, name, shape in (("dw", "dW1", w.shape), ("db", "db1", ())):
        given = trace.get(name)
        array = as_array(given)
        if array.dtype.kind not in "fiub":
            continue  # a check of any trace says what it is
        if array.shape not in (shape, shape or (1, 1)):
            wrong = array.shape
            del trace[name]
            facts = {"key": key, "shape": wrong, "expected": shape, "parameter": key[1]}
            text = sentence("result.gradient-shape", **facts)
            code = f"{name[:-1]}.shape"
            findings.append(Finding(name, "shape", text, 1, wrong, code=code, facts=facts))
        else:
            array = array.reshape(spec.parameter_shapes[name[1:]])
            trace[name] = array.tolist() if isinstance(given, list | tuple) else array
    names = {"Z": "Z1", "z": "Z1", "A": "A1", "dZ": "dZ1", "dz": "dZ1"}
    return {"J": kept(cost)} | trace, {names[n]: a for n, a in found.items() if n in names}


def week_3(
    course: Course, spec: NetworkSpec, params: Tensors, X: Array, Y: Array, findings: list[Finding]
) -> tuple[Tensors, Tensors]:
    """Run week 3's functions.

    forward_propagation(X, parameters) → (A2, {"Z1": …, "A1": …, "Z2": …, "A2": …}), then
    backward_propagation(parameters, cache, X, Y) → {"dW1": …, "db1": …, "dW2": …, "db2": …}.
    """
    if len(spec.weights) != 2:
        raise input_error("course.one-hidden-layer", network=spec.summary)
    given = {"X": X, "parameters": params}
    forward = course.attempt("forward_propagation", given, as_tuple("A2, cache"), findings)
    if forward is None:
        return {}, {}
    A2, cache = forward
    trace = cached_by_name(course, cache, A2, (spec, params, X), findings)
    trace |= {"A2": kept(A2)}  # the returned A2 counts, not that of the cache
    cost = cost_of(course, A2, Y, params, findings)
    trace |= {} if cost is None else {"J": kept(cost)}
    given = {"parameters": params, "cache": cache, "X": X, "Y": Y}
    grads = course.attempt("backward_propagation", given, as_dictionary, findings, held=True)
    if grads is not None:
        names = {n: n for n in ("dW1", "db1", "dW2", "db2")}
        trace |= keyed(grads, names, "backward_propagation", findings, course)
    return trace, course.outcome.held


def cost_of(course: Course, AL: Array, Y: Array, params: Tensors, findings: list[Finding]) -> Any:
    """Call compute_cost(AL, Y); an older edition of week 3 also takes the parameters."""
    given = {"AL": AL, "Y": Y, "parameters": params}
    given = dict(list(given.items())[: max(course.takes("compute_cost"), 2)])
    return course.attempt("compute_cost", given, lambda cost: cost, findings)


def entries(
    result: Any,
    names: Mapping[str, str],
    function: str,
    findings: list[Finding],
    course: Course | None = None,
) -> dict[str, Any]:
    """Read the entries of a dictionary within a result, as `keyed` does."""
    try:
        return keyed(as_dictionary(result), names, function, findings, course)
    except CandidateError as error:
        facts = {"function": function, "error": str(error)}
        findings.append(result_finding("result.form-within", function, facts))
        return {}


def week_4(
    course: Course, spec: NetworkSpec, params: Tensors, X: Array, Y: Array, findings: list[Finding]
) -> tuple[Tensors, Tensors]:
    """Run week 4's functions.

    L_model_forward(X, parameters) → (AL, caches), then L_model_backward(AL, Y, caches) → grads,
    where caches[l − 1] = ((A[l−1], W[l], b[l]), Z[l]).
    """
    L = len(spec.weights)
    given = {"X": X, "parameters": params}
    forward = course.attempt("L_model_forward", given, as_tuple("AL, caches"), findings)
    if forward is None:
        return {}, {}
    AL, caches = forward
    trace = cached(course, caches, AL, (spec, params, X), findings) | {f"A{L}": kept(AL)}
    is_complete = not isinstance(caches, tuple | list) or len(caches) == L
    cost = cost_of(course, AL, Y, params, findings)
    trace |= {} if cost is None else {"J": kept(cost)}
    given = {"AL": AL, "Y": Y, "caches": caches}
    if not is_complete:  # what goes back through other layers is no mistake of its own
        return trace, {}
    grads = course.attempt(
        "L_model_backward", given, as_dictionary, findings, held=True, noted=True
    )
    calls, found = course.outcome.calls, course.outcome.held
    taken = by_layer(calls.get("linear_activation_backward", ()), L)
    direct = by_layer(calls.get("linear_backward", ()), L)
    course.passed_at = {l: call.line for l, call in (direct | taken).items()}
    raised = findings[-1] if findings and findings[-1].code == "call.raised" else None
    keys = course.outcome.gradients
    mixed = mixed_numbering(keys, L, raised if grads is None else None)
    trace |= {f"dZ{l}": call.d for l, call in direct.items()}
    if grads is not None and mixed:
        trace |= {f"dA{L - keys[n] - 1}": kept(grads[n]) for n in grads if n in keys}
        grads = {n: x for n, x in grads.items() if n not in keys}
    if grads is not None:
        trace |= numbered(grads, spec, X.shape[1], findings, course)
    wrong = (
        other_layers_caches(calls, L)
        or other_activations(calls, activations_of(spec))
        or other_layers_gradients(calls, L)
    )
    if (wrong or mixed) and grads is None and raised:
        findings.remove(raised)  # because of that cache, or of that gradient
    findings += [*one_per_line(wrong.values()), *filter(None, [mixed])]
    for l in wrong:
        trace = without_layer(trace, l)
    first = found["dAL"] if "dAL" in found else taken[L].d if L in taken else None
    return trace, {} if first is None else {f"dA{L}": first}


def activations_of(spec: NetworkSpec) -> dict[int, str]:
    """Return the kind of each layer's activation, by the layer's number."""
    return {step.number: step.layer.kind for step in spec.steps if step.output[0] == "A"}


def without_layer(trace: Tensors, l: int) -> Tensors:
    """Leave out the results of layer l's backward step, which were computed from a wrong cache.

    The dA[l−1] that layer l − 1 then took is not checked; that layer is checked from it.
    """
    consequences = {f"dZ{l}", f"W{l}@dZ{l}", f"dW{l}", f"db{l}", f"dA{l - 1}"}
    taken = {f"dA{l - 1}@dA{l - 1}": trace[n] for n in (f"dA{l - 1}",) if n in trace and l > 1}
    return {n: x for n, x in trace.items() if n not in consequences} | taken


Given = tuple[NetworkSpec, Tensors, Array]  # the network, its parameters, X


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


def numbered(
    grads: Mapping[str, Any], spec: NetworkSpec, m: int, findings: list[Finding],
    course: Course | None = None,
) -> Tensors:  # fmt: skip
    """Give week 4's gradients their canonical names.

    The older edition's name of dA[l−1], which the backward step of layer l returns, is "dAl"; the
    newer edition's "dA(l−1)", which may keep dA[L] as "dAL".
    """
    L = len(spec.weights)
    names = {f"d{name}": f"d{name}" for name in spec.parameter_shapes}
    last = as_array(grads.get(f"dA{L}", 0)).shape
    n_prev = spec.parameter_shapes[f"W{L}"][1]
    older = "dA0" not in grads and last == (n_prev, m)
    there = [l for l in range(L + 1) if f"dA{l}" in grads]
    dA = {f"dA{l}": f"dA{l - 1 if older else l}" for l in there}
    return keyed(grads, names, "L_model_backward", findings, course) | keyed(
        grads, dA, "L_model_backward", findings
    )


RUNS = {2: week_2, 3: week_3, 4: week_4}
