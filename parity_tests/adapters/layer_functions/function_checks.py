"""The functions of layers and losses in a file, of any interface: recognised, judged, reported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.candidate_process.program import Program
from parity_tests.adapters.fourth_course.check_named import check_named
from parity_tests.adapters.fourth_course.window_helpers import check_window_helpers
from parity_tests.adapters.layer_functions.function_pairs import FunctionPair
from parity_tests.adapters.layer_functions.layer_checks import JudgedPair, check_pairs
from parity_tests.adapters.layer_functions.loss_checks import JudgedLoss, check_loss
from parity_tests.adapters.layer_functions.loss_names import losses_in
from parity_tests.adapters.layer_functions.pair_calls import PairCaller
from parity_tests.adapters.layer_functions.pair_readings import Stated
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import Precision


@dataclass(frozen=True)
class FunctionChecks:
    """What was recognised in a file.

    Attributes:
        layers: the pairs of functions of layers.
        losses: the reports on functions of losses.
        functions: the names of all functions that were judged.
        unknown: those that have the name of a layer's or a loss's function, and were not.
        has_named: some are of course 4 or of cs231n, which a check knows by their names.
    """

    layers: tuple[JudgedPair, ...]
    losses: tuple[JudgedLoss, ...]
    functions: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    has_named: bool = False

    @property
    def reports(self) -> list[Report]:
        """Every report, that of the layers first."""
        return [*(one.report for one in self.layers), *(one.report for one in self.losses)]

    @property
    def has_gradients(self) -> bool:
        """Whether a function of gradients was called."""
        every = [name for part in self.reports for name in part.names]
        called = {*names_of(one.pair for one in self.layers)} - {
            one.pair.forward for one in self.layers
        }
        return any(map(is_gradient, every)) or bool(called)

    def is_in_another_layout(self) -> bool:
        """Return whether the numbers show that examples are rows, and not as in the course."""
        return any(
            one.confirmed and one.shows_layout and one.reading.layout.rows for one in self.layers
        )

    def inconsistent_scales(self) -> str:
        """Return where the layers' gradients and the loss's are together not those of J; or "".

        Of a J with 1/m either the loss's gradient has it or those of the parameters have.
        """
        layers = [one for one in self.layers if one.is_mean is not None]
        for loss in self.losses:
            of = {n[:1]: not code.startswith("sum") for n, code in loss.scales.items()}
            if {*of} != {"J", "d"} or len({one.is_mean for one in layers}) != 1:
                continue
            is_mean = bool(layers[0].is_mean)
            if of["d"] + is_mean != of["J"]:
                return sentence(
                    "note.inconsistent-scales", function=loss.pair.forward,
                    J="has" if of["J"] else "lacks", d="has it" if of["d"] else "lacks it",
                    layers=", ".join(str(one.pair.backward) for one in layers),
                    dW="are means" if is_mean else "are sums",
                )  # fmt: skip
        return ""

    def report(self, name: str, p: Precision) -> Report:
        """Return one report on all functions, whose results are the evidence."""
        parts = self.reports
        findings = tuple(f for part in parts for f in part.findings)
        mistaken = tuple(f for part in parts for f in part.mistaken)
        tensors = tuple(t for part in parts for t in part.tensors)
        notes = tuple(dict.fromkeys(n for part in parts for n in part.notes))
        evidence = tuple(t.name for t in tensors if is_gradient(t.name))
        required = tuple(n for part in parts for n in part.required)
        if (text := self.inconsistent_scales()) and not findings:
            notes, required = (*notes, text), (*required, "1/m")
        return Report(
            name,
            p.name,
            findings,
            tensors,
            notes=notes,
            evidence=evidence,
            mistaken=mistaken,
            required=required,
        )


def check_functions_of(
    program: Program, own: Mapping[str, Any], p: Precision, seed: int,
    stated: Stated = None, only: Iterable[str] | None = None,
) -> FunctionChecks:  # fmt: skip
    """Check every function of a layer or a loss that a file has.

    Args:
        program: the candidate.
        own: its functions, by name.
        p: the candidate's arithmetic.
        seed: of the random numbers.
        stated: attributes of the layout that are stated; the others are inferred.
        only: the functions to look at; None looks at all.
    """
    functions = {n: f for n, f in own.items() if only is None or n in only}
    caller = PairCaller(program, functions)
    losses = losses_in(functions)
    named = check_named(caller, p, seed)
    helpers = check_window_helpers(caller, p, seed)
    taken = [*names_of(losses), *named.functions, *names_of(one.pair for one in helpers)]
    layers = check_pairs(caller, p, seed, stated, [n for n in functions if n not in taken])
    judged = [
        one for pair in losses if (one := check_loss(caller, pair, p, seed, stated=stated))
    ]  # fmt: skip
    every = (*helpers, *named.judged, *layers.judged)
    names = [*taken[len(names_of(losses)) :], *layers.functions]
    names += names_of(one.pair for one in judged)
    unknown = [*names_of(layers.unknown), *taken]
    return FunctionChecks(
        every, tuple(judged), tuple(names),
        tuple(n for n in unknown if n not in names), bool(helpers or named.judged),
    )  # fmt: skip


def is_gradient(name: str) -> bool:
    """Return whether a result is a gradient: "affine_backward.dW"."""
    return name.rpartition(".")[2].startswith("d")


def names_of(pairs: Iterable[FunctionPair]) -> list[str]:
    """Return the names of the functions of pairs."""
    return [n for pair in pairs for n in (pair.forward, pair.backward) if n is not None]
