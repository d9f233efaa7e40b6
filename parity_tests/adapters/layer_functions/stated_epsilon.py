"""A normalisation that is given its ε: a large one shows where it stands in the formula."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from parity_tests.adapters.layer_functions.function_pairs import FunctionPair
from parity_tests.adapters.layer_functions.pair_arguments import SETTINGS
from parity_tests.adapters.layer_functions.pair_calls import PairCaller, Reading
from parity_tests.adapters.layer_functions.pair_trials import trial
from parity_tests.checking.report import Report
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.layer_kind import constants_of

LARGE = 0.25  # of the size of a variance
NAMES = ("eps", "epsilon")


def with_stated_epsilon(
    report: Report, caller: PairCaller, pair: FunctionPair, reading: Reading, p: Precision,
    seed: int,
) -> Report:  # fmt: skip
    """Return the report with what is wrong with a large ε.

    With a small one a missing ε, or one outside of the root, is another small ε that is right. A
    function that does not look up the ε in its settings has one of its own, and is not called.

    Args:
        report: on the functions.
        caller: calls them.
        pair: the functions.
        reading: what they are.
        p: their arithmetic.
        seed: of the random numbers.
    """
    step = reading.step
    is_told = "epsilon" in constants_of(step.layer) and SETTINGS in reading.order
    if (
        report.findings
        or not is_told
        or not looks_up_epsilon(caller, pair.forward, reading, p, seed)
    ):
        return report
    layer = replace(cast(Any, step.layer), epsilon=LARGE)
    large = replace(reading, step=replace(step, layer=layer))
    one = trial(caller, pair, large, p, seed, Counter())
    return replace(report, findings=one.report(pair, p).findings) if one.n_findings else report


def looks_up_epsilon(
    caller: PairCaller, name: str, reading: Reading, p: Precision, seed: int
) -> bool:
    """Return whether a function looks up ε in its dictionary of settings."""
    problem = reading.step.problem(2, seed, p)
    given = {
        n: {k: v for k, v in x.items() if k not in NAMES} if isinstance(x, Mapping) else x
        for n, x in caller.arguments(name, reading, problem).items()
    }
    if problem.state:  # it may look these up as well, and the last one is known alone
        state = {n: reading.layout.given("bias", x) for n, x in problem.state.items()}
        more = {"running_mean": state["mean"], "running_var": state["variance"]}
        given = {n: {**x, **more} if isinstance(x, Mapping) else x for n, x in given.items()}
    _, outcome, _ = caller.program.call(name, given)
    return any(key in NAMES for key in outcome.missing.values())
