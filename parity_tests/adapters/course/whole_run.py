"""A whole run of each week's functions, as a trace.

Each run returns the tensors in the functions' results, and those in the functions' variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.course.backward_calls import (
    by_layer,
    other_activations,
    other_layers_caches,
)
from parity_tests.adapters.course.function_results import (
    Tensors,
    as_dictionary,
    as_tuple,
    entries,
    kept,
    keyed,
)
from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.layer_caches import cached, cached_by_name
from parity_tests.adapters.course.passed_gradients import (
    mixed_numbering,
    one_per_line,
    other_layers_gradients,
)
from parity_tests.adapters.second_course.three_layer_run import run_three_layers
from parity_tests.check_messages import input_error
from parity_tests.checking.findings import Finding
from parity_tests.checking.trace_structure import as_array, comparable
from ref_numpy import Array, NetworkSpec


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


RUNS = {2: week_2, 3: week_3, 4: week_4, 5: run_three_layers}
