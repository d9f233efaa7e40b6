"""A short training, and at some of its iterations everything that the candidate computed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from parity_tests.calls import Call
from parity_tests.checking import check
from parity_tests.examining import report_on
from parity_tests.examples import random_problem
from parity_tests.isolation import comparable
from parity_tests.loading import Candidate, load
from parity_tests.page.moments import Moment, moment
from parity_tests.page.problem import chosen
from parity_tests.page.request import OWN, PageRequest
from parity_tests.precision import Precision, precision_named
from parity_tests.report import Report
from ref_numpy import Array, GradientDescent, InputError, NetworkSpec
from ref_numpy.training import descend

MOST = 40  # moments
BYTES = 2_000_000  # of all moments, at most, so that a page stays below 3 MB
NUMBER = 16  # bytes: value, difference and allowance
CURVE = 300  # points of the cost


@dataclass(frozen=True)
class Recording:
    """report: at the first moment.   curve: (iteration, J).   batch_first: the candidate is
    torch's, whose tensors are the transposes of ours."""

    name: str
    spec: NetworkSpec
    p: Precision
    data: str
    X: Array
    Y: Array
    learning_rate: float
    report: Report
    moments: list[Moment]
    curve: list[tuple[int, float]]
    batch_first: bool


def record(request: PageRequest, call: Call) -> Recording:
    """Train, and run the candidate on all examples at some iterations.

    Raises InputError, and CandidateError where the candidate gave nothing that can be compared.
    """
    candidate = load(request, call, OWN) if request.candidate else twin(request)
    spec, p = candidate.spec, candidate.p
    if candidate.problem:
        data, (params, X, Y), iterations = "the file's examples", candidate.problem, 1
    else:
        data, X, Y = chosen(spec, request.data, request.examples, request.seed)
        # Its biases are not zero, which would hide that one is left out.
        params, iterations = random_problem(spec, 1, request.seed)[0], request.iterations
    X, Y = (p.round(a).astype(np.float64) for a in (X, Y))
    most = how_many(spec, X.shape[1])
    report = report_on(candidate, params, X, Y, request.seed)
    optimiser = GradientDescent(request.learning_rate)
    at, curve = [params], []
    with np.errstate(all="ignore"):  # a cost that is not finite is refused
        for t, update in enumerate(descend(spec, params, [(X, Y)] * iterations, optimiser)):
            at.append(update.params)
            if t % max(1, iterations // CURVE) == 0:
                curve.append((t, update.J))
    moments = [moment(candidate, t, at[t], X, Y, optimiser) for t in spread(iterations - 1, most)]
    return Recording(
        candidate.name, spec, p, data, X, Y, request.learning_rate, report, moments, curve,
        candidate.batch_first,
    )  # fmt: skip


def twin(request: PageRequest) -> Candidate:
    """The reference's own twin, as a candidate."""
    from parity_tests.twin import twin

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
        raise InputError(
            f"{spec.summary} with {m} examples has {size / 1e6:.1f} MB of numbers to show; "
            f"expected at most {BYTES / 1e6:g}: give --network fewer units, or fewer --examples."
        )
    return min(MOST, BYTES // size)


def spread(last: int, n: int) -> list[int]:
    """At most n iterations from the first to the last, close together at first."""
    return sorted({0, *(np.geomspace(1, last + 1, n).round().astype(int) - 1).tolist()})[:n]
