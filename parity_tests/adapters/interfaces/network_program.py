"""The program of a network of another interface, found from its file alone.

The candidate's process finds readings: calls that work. Here their numbers are compared with the
reference, and the conventions are told by them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.candidate_process.wire import Malformed
from parity_tests.adapters.interfaces.convention_fits import Fit, fits
from parity_tests.adapters.interfaces.conventions import Problem, layout_of
from parity_tests.adapters.interfaces.gradient_places import RETURNED_UPDATED, UPDATED
from parity_tests.adapters.interfaces.network_notes import notes_on
from parity_tests.adapters.interfaces.network_run import NetworkProgram, result_of
from parity_tests.adapters.interfaces.reading_order import (
    is_a_layer_among_others,
    is_better,
    is_nearer,
    is_shallower,
    leaves_out_a_loss,
    may_be_mean,
    worth_of,
)
from parity_tests.adapters.interfaces.scales import OPTIONS
from parity_tests.adapters.interfaces.stated_layout import contradiction, is_as_stated
from parity_tests.adapters.mistaken_calls import mistaken_call
from parity_tests.adapters.request import Request
from parity_tests.check_messages import input_error
from parity_tests.checking.findings import Finding
from parity_tests.error_model.precisions import Precision, precision_named
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import Loss, NetworkSpec
from ref_numpy.layers.dense import Dense
from ref_numpy.layers.leaky_relu import LeakyReLU

# Sizes that are pairwise different (only an engine of three activations has two equal ones), and
# outputs of which every mean is an exact multiple.
SIZES = ((9, 7, 5, 4), (9, 7, 4), (9, 4), (9, 8, 7, 5, 4))
ONE_OUTPUT = tuple((*dims[:-1], 1) for dims in SIZES)
M = 11  # examples of the calls that are tried

HIDDEN = ("relu", "tanh", "sigmoid")
OUTPUTS = (
    ("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy"),
    ("sigmoid", "squared_error"), ("identity", "squared_error"), ("tanh", "squared_error"),
)  # fmt: skip
# Those that are tried where none of these has the program's forward results.
RARER_HIDDEN = (
    *(LeakyReLU(slope) for slope in (0.01, 0.1, 0.2)), "elu", "softplus", "identity", "silu",
    "gelu", "gelu_tanh",
)  # fmt: skip
RARER_OUTPUTS = (
    ("relu", "squared_error"), ("softmax", "squared_error"), ("identity", "absolute_error"),
    ("identity", "multiclass_hinge"),
)  # fmt: skip


def find_network_program(request: Request, program: Program) -> NetworkProgram | None:
    """Return the program of a network that a candidate's file holds; None where there is none.

    Args:
        request: the candidate, and what the user says about the problem.
        program: the candidate, which was loaded.

    Raises:
        InputError: the request names a network that there is not, or a layout that it has not.
    """
    p = precision_named(request.precision or "float64")
    best: tuple[Fit, dict[str, Any]] | None = None
    others: list[dict[str, Any]] = []
    is_of_one = False  # output, where a forward pass of several is right, too
    for options in options_of(request):
        found = best_of(request, program, options, p, others)
        if found and (best is None or is_better(found, best) or is_nearer(found, best)):
            is_of_one = best is not None and best[0].n_forward == found[0].n_forward > 0
            best = found
        if best and best[0].all_agree and not may_be_mean(*best) and not leaves_out_a_loss(*best):
            break
    if best is None:
        if others:
            raise contradiction(request, others[0])
        return None
    fit, reading = best
    facts, name = reading["facts"], request.candidate
    if request.lambd:
        raise input_error("network.lambd", name=name)
    if facts["gradients"] in (UPDATED, RETURNED_UPDATED) and p.name != "float64":
        raise input_error("network.update-precision", name=name, precision=p.name)
    notes = notes_on(fit, facts, layout_of(facts))
    notes += (sentence("note.one-output"),) if is_of_one else ()
    notes += (sentence("note.one-layer"),) if facts["one_layer"] else ()
    return NetworkProgram(
        program, reading["number"], fit.conventions, facts, notes,
        tuple(reading["not_seen"]), tuple(reading["unchecked"]), fit.agree,
    )  # fmt: skip


def network_calls_tried(program: Program) -> tuple[Finding, ...]:
    """Return the calls of a file that holds parameters of a network, but raised or gave nothing."""

    def read(answer: Any) -> tuple[Finding, ...]:
        return tuple(
            mistaken_call("network", {"function": str(f), "calls": str(c), "error": str(e)})
            for f, c, e in answer[:MOST_TRIED]
        )

    return program.explore("the program", read, "calls_tried")


MOST_TRIED = 3  # that a report lists


def best_of(
    request: Request, program: Program, options: Sequence[Sequence[int]], p: Precision,
    others: list[dict[str, Any]],
) -> tuple[Fit, dict[str, Any]] | None:  # fmt: skip
    """Return the reading of a network of these sizes that fits best, and how.

    The facts of readings in another layout than is stated are added to `others`.
    """
    best: tuple[Fit, dict[str, Any]] | None = None
    dtype = p.round(np.zeros(1)).dtype.name
    holders = program.explore("the program", holders_of, "find_holders", options, dtype)
    for number, sizes in enumerate(holders):
        own = max(fits_of(request, program, number, sizes, p, others), key=worth_of, default=None)
        if own is None or (best and is_shallower(own, best)):
            continue
        fit, before = own[0], best and best[0]
        fits_more = before and not before.forward_agrees and fit.worth > before.worth
        if best is None or fits_more or is_better(own, best):
            best = own
        if best and best[0].all_agree:
            break
    return best


def options_of(request: Request) -> Iterator[Sequence[Sequence[int]]]:
    """Yield the sizes of networks to try: those that were asked for, or several outputs, or one."""
    if request.network is not None:
        request.spec()
        yield [[int(n) for n in request.network.split("-")]]
        return
    yield [list(dims) for dims in SIZES]
    yield [list(dims) for dims in ONE_OUTPUT]


def fits_of(
    request: Request, program: Program, holder: int, sizes: Sizes, p: Precision,
    others: list[dict[str, Any]],
) -> Iterator[tuple[Fit, dict[str, Any]]]:  # fmt: skip
    """Yield the readings of a holder of parameters that work, each with its best conventions."""
    specs = [*networks(request, sizes)]
    if not specs:
        return
    is_wide = sizes.dims[-1] > 1
    problem = example_problem(specs[0], request.seed, p)
    found = program.explore("the program", readings_of, "find_readings", holder, *problem, is_wide)
    if not found and "relu" in sizes.hidden:  # which may be 0 for every example, and its gradients
        problem = example_problem(specs[0], request.seed + 1, p)
        found = program.explore(
            "the program", readings_of, "find_readings", holder, *problem, is_wide
        )
    for reading in found:
        if is_a_layer_among_others(reading, sizes.dims):
            continue
        if not is_as_stated(request, reading["facts"]):
            others.append(reading["facts"])
            continue
        every = fits_of_reading(request, sizes, reading, problem, p)
        if every:
            yield every[0], reading


def example_problem(spec: NetworkSpec, seed: int, p: Precision) -> Problem:
    """Return random parameters, inputs and labels: one-hot of several outputs, else 0 and 1."""
    params, X, _ = random_problem(spec, M, seed)
    n_y, rng = spec.output_shape[0], np.random.default_rng(seed)
    Y = np.eye(n_y)[:, rng.integers(0, n_y, M)] if n_y > 1 else rng.integers(0, 2, (1, M)) * 1.0
    return {n: p.round(a) for n, a in params.items()}, p.round(X), p.round(Y)


def fits_of_reading(
    request: Request, sizes: Sizes, reading: dict[str, Any], problem: Problem, p: Precision
) -> list[Fit]:
    """Return the best conventions of a reading, if there are any."""
    given = {"cost": request.cost, "gradients": request.gradients}
    stated = {n: OPTIONS[x] for n, x in given.items() if x}
    every = fits([*networks(request, sizes)], reading, problem, p, stated)
    if not (every and every[0].all_forward_agree):
        rarer = [*networks(request, sizes, rarer=True)]
        rarer += mixed_networks(request, sizes, reading["words"])
        better = fits(rarer, reading, problem, p, stated) if rarer else []
        every = better if better and better[0].all_forward_agree else every
    return every


def networks(request: Request, sizes: Sizes, rarer: bool = False) -> Iterator[NetworkSpec]:
    """Yield the networks of these sizes that a program may be of.

    Args:
        request: what the user says about the network.
        sizes: of the network.
        rarer: those with the other activations of the hidden layers, or of the output.
    """
    dims = sizes.dims
    known = request.hidden or sizes.hidden
    hidden = [known] if known else HIDDEN if len(dims) > 2 else HIDDEN[:1]
    pairs = [(each, output) for each in hidden for output in (RARER_OUTPUTS if rarer else OUTPUTS)]
    if rarer and not known and len(dims) > 2:
        pairs += [(each, output) for each in RARER_HIDDEN for output in OUTPUTS]
    for each, (output, loss) in pairs:
        every = each.split(",") if isinstance(each, str) and "," in each else each
        if request.output not in (None, output) or request.loss not in (None, loss):
            continue
        # A softmax of one output is 1, and every gradient 0: any network would fit.
        if dims[-1] == 1 and (output == "softmax" or Loss.kinds[loss].one_class):
            continue
        spec = NetworkSpec.dense(dims, every, output, loss)
        yield spec if sizes.biases else without_biases(spec)


def mixed_networks(request: Request, sizes: Sizes, words: Collection[str]) -> Iterator[NetworkSpec]:
    """Yield the networks whose hidden layers have several activations, of those that it uses."""
    n, used = len(sizes.dims) - 2, [each for each in HIDDEN if each in words]
    if request.hidden or sizes.hidden or n > MOST_MIXED:
        return
    for each in product(used, repeat=n):
        if len({*each}) > 1:
            mixed = replace(sizes, hidden=",".join(each))
            yield from networks(request, mixed)


MOST_MIXED = 3  # hidden layers, each of which may have its own activation


def without_biases(spec: NetworkSpec) -> NetworkSpec:
    """Return the network without biases."""
    layers = [replace(x, bias=False) if isinstance(x, Dense) else x for x in spec.layers]
    return NetworkSpec.chain(layers, spec.loss, spec.lambd)


@dataclass(frozen=True)
class Sizes:
    """A network that a candidate's process found.

    Attributes:
        dims: n_x, …, n_y.
        biases: whether there are any.
        hidden: the activations of the hidden layers, where names say them.
    """

    dims: list[int]
    biases: bool
    hidden: str


def holders_of(answer: Any) -> list[Sizes]:
    """Return the sizes of each network that the candidate's process found.

    Raises:
        Malformed: the sizes are those of none.
    """
    every = [
        Sizes([*map(whole, one["dims"])], bool(one["biases"]), str(one["hidden"])) for one in answer
    ]
    if not all(1 <= len(sizes.dims) - 1 <= MOST_LAYERS for sizes in every):
        raise Malformed("sizes that are none")
    return every


MOST_LAYERS = 200


def whole(n: Any) -> int:
    """Return a number of units, if it is one.

    Raises:
        Malformed: it is not.
    """
    if type(n) is not int or not 0 < n < 10**6:
        raise Malformed("sizes that are none")
    return n


def readings_of(answer: Any) -> list[dict[str, Any]]:
    """Return the readings of a holder."""
    return [
        {
            "number": int(one["number"]), "facts": dict(one["facts"]), **result_of(one),
            "words": [*map(str, one["words"])],
            "not_seen": [*map(str, one["not_seen"])], "unchecked": [*map(str, one["unchecked"])],
        }
        for one in answer
    ]  # fmt: skip
