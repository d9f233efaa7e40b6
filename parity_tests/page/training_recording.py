"""The recording of a page: a short training, with a snapshot at some of its iterations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from parity_tests.adapters.candidate import Candidate, precision_granted_by
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.check_candidate import report_on
from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.course.source_lines import line_of
from parity_tests.adapters.kinds_file import import_kinds
from parity_tests.adapters.load import load
from parity_tests.check_messages import input_error
from parity_tests.checking.report import Report
from parity_tests.checking.trace_structure import comparable
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.random_problem import mapped_floats, random_problem
from parity_tests.page.datasets import choose_examples, default_examples
from parity_tests.page.page_request import OWN, PageRequest
from parity_tests.page.plane import size_of_maps
from parity_tests.page.reference_training import train_reference
from parity_tests.page.snapshots import Snapshot, as_float64, take_snapshot
from ref_numpy import Array, Context, NetworkSpec
from ref_numpy.loss import labelled_examples
from ref_numpy.propagation import Inputs
from ref_numpy.terminal import interrupted_afterwards

MOST = 40  # snapshots
BYTES = 2_000_000  # of all snapshots, at most, so that a page stays below 3 MB
NUMBER = 16  # bytes: value, difference and bound
CURVE = 300  # points of the cost


@dataclass(frozen=True)
class PageRecording:
    """Everything that a page shows.

    Attributes:
        name: of the candidate.
        spec: the network.
        p: the candidate's arithmetic.
        data: the data set in words.
        X: (n_x, m), or each input by name.
        Y: (n_y, m).
        learning_rate: of the update.
        report: on the candidate at the snapshot `found`.
        found: the number of the first snapshot at which something is wrong; else 0.
        snapshots: in order.
        curve: (iteration, J) of the reference's training; empty where there is none.
        lines: the candidate's own lines of code, by tensor.
        batch_first: the candidate is torch's, whose tensors are the transposes of ours.
        twin: the candidate is our own twin.
        training: the runs that are shown train.
    """

    name: str
    spec: NetworkSpec
    p: Precision
    data: str
    X: Inputs
    Y: Array
    learning_rate: float
    report: Report
    found: int
    snapshots: list[Snapshot]
    curve: list[tuple[int, float]]
    lines: dict[str, str]
    batch_first: bool
    twin: bool
    training: bool


def record(request: PageRequest, program: Program) -> PageRecording:
    """Train the reference, and run the candidate on all examples at some iterations.

    Args:
        request: the candidate and the problem.
        program: loads and calls the candidate.

    Raises:
        InputError: there is no such candidate or problem, labels are whole numbers, functions of
            the course have a network with state, or nothing acts in a training.
        CandidateError: the candidate gave nothing that can be compared.
    """
    candidate = load(request, program, OWN) if request.candidate else twin(request)
    spec, p = candidate.spec, candidate.p
    if candidate.course and spec.state_shapes:
        raise input_error("page.state", candidate=request.candidate, network=spec.summary)
    if request.training and not spec.acts_in_training:
        raise input_error("twin.nothing-random", network=spec.summary)
    if spec.loss.whole_labels:
        raise input_error("page.whole-labels", loss=spec.loss.kind)
    if candidate.problem:
        refuse_options(request)
        data, (params, X, Y) = "the file's examples", candidate.problem
    else:
        m = default_examples(spec, request.examples)
        data, X, Y = choose_examples(spec, request.data, m, request.seed)
        # Its biases are not 0, which would hide that one is left out.
        params = request.params() or random_problem(spec, 1, request.seed)[0]
    X, Y = mapped_floats(X, lambda x: as_float64(p.round(x))), as_float64(p.round(Y))
    most = most_snapshots(spec, Y.shape[-1])
    m, seed = labelled_examples(spec.loss, Y), request.seed

    def context(t: int) -> Context | None:  # of the iteration t, as the reference trains
        return spec.context(m, True, seed, t) if request.training else None

    report = report_on(candidate, params, X, Y, seed, context(0))
    iterations = 1 if candidate.problem else request.iterations
    training = train_reference(spec, params, X, Y, request.learning_rate, iterations, seed)
    costs, last = training.costs, len(training.costs) - 1
    snapshots = [
        take_snapshot(candidate, t, costs[t], training.at[t], X, Y, training.optimiser, context(t))
        for t in spread(last, most)
    ]
    found = 0
    if not report.findings:
        found = next((k for k, one in enumerate(snapshots) if not is_right(one)), 0)
        if found:
            its = context(snapshots[found].iteration)
            report = report_on(candidate, snapshots[found].params, X, Y, seed, its)
    every = max(1, len(costs) // CURVE)
    return PageRecording(
        candidate.name, spec, p, data, X, Y, training.optimiser.learning_rate, report, found,
        snapshots,
        [] if candidate.problem else [(t, costs[t]) for t in range(0, last + 1, every)],
        own_lines(candidate.course, spec) if candidate.course else {},
        candidate.batch_first, not request.candidate, request.training,
    )  # fmt: skip


def is_right(snapshot: Snapshot) -> bool:
    """Return whether no tensor of a snapshot is wrong."""
    return all(element.right for element in snapshot.elements.values())


def refuse_options(request: PageRequest) -> None:
    """Refuse the options of a training, for a trace file.

    Raises:
        InputError: the request has one.
    """
    given = [n for n in ("data", "iterations", "learning_rate") if getattr(request, n) is not None]
    if given:
        options = " ".join(f"--{name.replace('_', '-')}" for name in given)
        raise input_error("trace-file.page-options", candidate=request.candidate, options=options)


def own_lines(course: Course, spec: NetworkSpec) -> dict[str, str]:
    """Return the line of the candidate that computes each tensor, where it can be found."""
    activations = {s.number: s.layer.kind for s in spec.steps if s.output[0] == "A"}
    source = cache(course.program.source)
    found = {
        n: line_of(n, course.functions, source, course.week, activations)
        for n in comparable(spec, 1)
    }
    return {name: line for name, line in found.items() if line}


def twin(request: PageRequest) -> Candidate:
    """Return the torch twin as a candidate."""
    with interrupted_afterwards():
        from parity_tests.adapters.torch_twin import twin

    if request.kinds:
        import_kinds(request.kinds)
    p = precision_named(request.setting("precision", OWN[None]))
    run, spec = twin(p.name, request.device or "cpu"), request.spec(OWN[None])
    name = run.__name__
    return Candidate(
        name, spec, p,
        trace=partial(run, spec),
        check=lambda params, X, Y, context=None: check(
            run, spec, params, X, Y, p, name, context=context
        ),
        batch_first=True,
        granted_by=precision_granted_by(request, None),
    )  # fmt: skip


def most_snapshots(spec: NetworkSpec, m: int) -> int:
    """Return how many snapshots a page can hold.

    Raises:
        InputError: it cannot hold one.
    """
    shapes = [*comparable(spec, m).values(), *spec.state_shapes.values()]
    shapes += 2 * [*spec.parameter_shapes.values()]
    size = NUMBER * sum(int(np.prod(shape)) for shape in shapes) + size_of_maps(spec)
    if size > BYTES:
        raise input_error(
            "page.too-large", network=spec.summary, m=m, size=size / 1e6, most=BYTES / 1e6
        )
    return min(MOST, BYTES // size)


def spread(last: int, n: int) -> list[int]:
    """Return at most n iterations from the first to the last, close together at first."""
    return sorted({0, *(np.geomspace(1, last + 1, n).round().astype(int) - 1).tolist()})[:n]
