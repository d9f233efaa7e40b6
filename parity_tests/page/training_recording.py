"""A short training, and at some of its iterations everything that the candidate computed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from parity_tests.adapters.check_candidate import report_on
from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.source_lines import line_of
from parity_tests.adapters.load import Candidate, load
from parity_tests.check_messages import input_error
from parity_tests.checking.guarded_calls import Call
from parity_tests.checking.layerwise import comparable
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.random_problem import random_problem
from parity_tests.page.datasets import chosen
from parity_tests.page.page_request import ITERATIONS, LEARNING_RATE, OWN, PageRequest
from parity_tests.page.snapshots import Arrays, Moment, moment
from ref_numpy import Array, GradientDescent, NetworkSpec
from ref_numpy.optimisers import Optimiser
from ref_numpy.training import descend

MOST = 40  # moments
BYTES = 2_000_000  # of all moments, at most, so that a page stays below 3 MB
NUMBER = 16  # bytes: value, difference and allowance
CURVE = 300  # points of the cost


@dataclass(frozen=True)
class Recording:
    """report: at the moment of the number `found`, the first at which something is wrong, else the
    first of all.   learning_rate: of the update.   curve: (iteration, J) of the reference's
    training, empty where there is none.   lines: the candidate's own, by tensor.   batch_first:
    the candidate is torch's, whose tensors are the transposes of ours.   twin: it is our own."""

    name: str
    spec: NetworkSpec
    p: Precision
    data: str
    X: Array
    Y: Array
    learning_rate: float
    report: Report
    found: int
    moments: list[Moment]
    curve: list[tuple[int, float]]
    lines: dict[str, str]
    batch_first: bool
    twin: bool


def record(request: PageRequest, call: Call) -> Recording:
    """Train, and run the candidate on all examples at some iterations.

    Raises InputError, and CandidateError where the candidate gave nothing that can be compared.
    """
    candidate = load(request, call, OWN) if request.candidate else twin(request)
    spec, p = candidate.spec, candidate.p
    if candidate.problem:
        refuse_options(request)
        data, (params, X, Y) = "the file's examples", candidate.problem
    else:
        data, X, Y = chosen(spec, request.data, request.examples, request.seed)
        # Its biases are not 0, which would hide that one is left out.
        params, _, _ = random_problem(spec, 1, request.seed)
    X, Y = (p.round(a).astype(np.float64) for a in (X, Y))
    most = how_many(spec, X.shape[1])
    report = report_on(candidate, params, X, Y, request.seed)
    optimiser = GradientDescent(request.learning_rate or LEARNING_RATE)
    iterations = 1 if candidate.problem else request.iterations or ITERATIONS
    at, costs = trained(spec, params, X, Y, optimiser, iterations)
    moments = [
        moment(candidate, t, costs[t], at[t], X, Y, optimiser) for t in spread(iterations - 1, most)
    ]
    found = 0
    if not report.findings:
        found = next((k for k, m in enumerate(moments) if not right(m)), 0)
        if found:
            report = report_on(candidate, moments[found].params, X, Y, request.seed)
    every = max(1, iterations // CURVE)
    return Recording(
        candidate.name, spec, p, data, X, Y, optimiser.learning_rate, report, found, moments,
        [] if candidate.problem else [(t, costs[t]) for t in range(0, iterations, every)],
        own_lines(candidate.course, spec) if candidate.course else {},
        candidate.batch_first, not request.candidate,
    )  # fmt: skip


def right(moment: Moment) -> bool:
    return all(element.right for element in moment.elements.values())


def trained(
    spec: NetworkSpec, params: Arrays, X: Array, Y: Array, optimiser: Optimiser, iterations: int
) -> tuple[list[Arrays], list[float]]:
    """The parameters, and the cost, before each iteration.   Raises InputError."""
    at, costs = [dict(params)], []
    with np.errstate(all="ignore"):  # a cost that is not finite is refused
        for update in descend(spec, params, [(X, Y)] * iterations, optimiser):
            at.append(update.params)
            costs.append(update.J)
    return at, costs


def refuse_options(request: PageRequest) -> None:
    asked = [n for n in ("data", "iterations", "learning_rate") if getattr(request, n) is not None]
    if asked:
        options = " ".join(f"--{name.replace('_', '-')}" for name in asked)
        raise input_error("page.trace-options", candidate=request.candidate, options=options)


def own_lines(course: Course, spec: NetworkSpec) -> dict[str, str]:
    """The line of the candidate that computes each tensor, where it can be told."""
    activations = {s.number: s.layer.kind for s in spec.steps if s.output[0] == "A"}
    functions = {name: course.namespace[name] for name in course.functions}
    found = {n: line_of(n, functions, course.week, activations) for n in comparable(spec, 1)}
    return {name: line for name, line in found.items() if line}


def twin(request: PageRequest) -> Candidate:
    """The reference's own twin, as a candidate."""
    from parity_tests.adapters.torch_twin import twin

    p = precision_named(request.setting("precision", OWN[None]))
    run, spec = twin(p.name, request.device or "cpu"), request.spec(OWN[None])
    name = run.__name__
    return Candidate(
        name, spec, p,
        trace=partial(run, spec),
        check=lambda params, X, Y: check(run, spec, params, X, Y, p, name),
        batch_first=True,
    )  # fmt: skip


def how_many(spec: NetworkSpec, m: int) -> int:
    """How many moments a page can hold.   Raises InputError where it cannot hold one."""
    shapes = [*comparable(spec, m).values(), *(2 * [*spec.parameter_shapes.values()])]
    size = NUMBER * sum(int(np.prod(shape)) for shape in shapes)
    if size > BYTES:
        raise input_error(
            "page.too-large", network=spec.summary, m=m, size=size / 1e6, most=BYTES / 1e6
        )
    return min(MOST, BYTES // size)


def spread(last: int, n: int) -> list[int]:
    """At most n iterations from the first to the last, close together at first."""
    return sorted({0, *(np.geomspace(1, last + 1, n).round().astype(int) - 1).tolist()})[:n]
