"""The false-positive campaign: random correct candidates, of which none may be refused."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table

from parity_tests.campaigns.candidate_results import (
    ENGINE_FAILED,
    NOT_FINITE,
    NOT_JUDGED,
    OUTCOMES,
    PASSED,
    REFUSED,
    UNSUPPORTED,
    Key,
    Result,
    open_record,
)
from parity_tests.campaigns.engines.engine_table import Engine, engines_named, rows_of
from parity_tests.campaigns.random_candidates import Problem, random_candidate
from parity_tests.checking import verdict
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check
from parity_tests.error_model.precisions import precision_named
from parity_tests.kinds.cases import COMBINED
from torch_impl.tracing import torch_device


def check_candidate(
    engine: Engine, precision: str, problem: Problem, device: str = "cpu"
) -> tuple[Result, Report | None]:
    """Compute a problem by an engine, and check it.

    Returns:
        The result, and the report; no report where the engine fails.
    """
    about = engine.name, precision, device, problem.seed, problem.kind
    p, given = precision_named(precision), problem.rounded_to(precision)
    try:
        with np.errstate(all="ignore"):
            trace = engine.run(*given, precision=p.format, device=device, context=problem.context)
    except Exception as error:  # a compiler may fail in many ways
        return Result(
            *about, ENGINE_FAILED, why=traceback.format_exception_only(error)[-1].strip()
        ), None
    on = p.on(device.partition(":")[0])
    report = check(trace, *given, on, engine.name, context=problem.context)
    # For an engine that has no gradients the forward pass is evidence enough.
    report = replace(report, evidence=tuple(tensor.name for tensor in report.tensors))
    worst = max(report.tensors, key=lambda tensor: tensor.ratio)
    result = Result(
        *about,
        outcome_of(report),
        why=report.declare or " ".join(dict.fromkeys(f.tensor for f in report.findings)),
        tensors=len(report.tensors),
        not_judged=sum(not tensor.judged for tensor in report.tensors),
        ratio=worst.ratio,
        worst=worst.name,
        suspicious=" ".join(finding.tensor for finding in report.suspicions),
        sums_ratio=max((judgement.ratio for judgement in report.sums), default=0.0),
    )
    return result, report


def outcome_of(report: Report) -> str:
    """Return the outcome of a check of a correct candidate."""
    if report.verdict == verdict.PASSED:
        return PASSED
    if report.declare:
        return UNSUPPORTED
    if report.verdict == verdict.NOT_JUDGED:
        return NOT_JUDGED
    if all(finding.kind == "not-finite" for finding in report.findings):
        return NOT_FINITE
    return REFUSED


def campaign(
    engines: Sequence[str],
    precisions: Sequence[str],
    n: int,
    seed: int,
    device: str,
    record: str,
    strict: bool,
    console: Console,
    activations: tuple[str, ...] = COMBINED,
) -> int:
    """Check n problems at each precision of each engine; print those refused, and a table.

    Args:
        engines: their names; "all" names every one that is installed.
        precisions: at which to check; none given, all that an engine has.
        n: the number of problems.
        seed: of the first of them.
        device: torch's.
        record: a file of results, which is resumed; "" for none.
        strict: a suspicion of the second level counts as a refusal.
        console: where to print.
        activations: of the networks.

    Returns:
        0; 1 where a candidate is refused; 2 where an engine raises.

    Raises:
        InputError: an engine, precision or device is unknown, or none can be checked.
    """
    torch_device(device)
    rows, notes = rows_of(engines_named(engines), precisions, device)
    for note in notes:
        console.print(note, markup=False, soft_wrap=True)
    torch.set_num_threads(1)  # the networks are small
    tasks = [(engine, precision, at) for engine, precision in rows for at in range(seed, seed + n)]
    with open_record(record, activations) as recorder:
        results = recorder.results
        to_do = [task for task in tasks if key_of(*task, device) not in results]
        for engine, precision, at in track(to_do, "checking", console=console):
            problem = random_candidate(
                at, precision, engine.data_sets_per_graph, activations, engine.graphs, engine.gpts
            )
            result, report = check_candidate(engine, precision, problem, device)
            recorder.add(result)
            for line in lines_about(result, problem, report, activations):
                console.print(line, markup=False, soft_wrap=True)
    done = [results[key_of(*task, device)] for task in tasks]
    console.print(table_of(done))
    outcomes = Counter(result.outcome for result in done)
    suspicious = sum(bool(result.suspicious) for result in done)
    console.print(
        f"{len(done)} random correct candidates from seed {seed} on {device}: "
        f"{outcomes[REFUSED]} refused, {suspicious} suspicious"
    )
    if outcomes[REFUSED] or (strict and suspicious):
        return 1
    return 2 if outcomes[ENGINE_FAILED] else 0


def key_of(engine: Engine, precision: str, seed: int, device: str) -> Key:
    """Return the key of a candidate's result."""
    return engine.name, precision, device, seed


def lines_about(
    result: Result, problem: Problem, report: Report | None, activations: tuple[str, ...] = COMBINED
) -> Iterator[str]:
    """Yield what to print about a candidate that is refused, suspicious or not computed."""
    if result.outcome == ENGINE_FAILED:
        yield f"{problem}: {result.engine} failed: {result.why}"
    elif result.outcome == REFUSED or result.suspicious:
        yield f"{problem}\n{report}"
    if result.outcome in (ENGINE_FAILED, REFUSED, NOT_FINITE) or result.suspicious:
        on = "" if result.device == "cpu" else f" --device {result.device}"
        if activations != COMBINED:
            on += "".join(f" --hidden {g}" for g in activations)
        yield (
            f"again: parity false-positives --engine {result.engine} "
            f"--precision {result.precision}{on} --seed {result.seed} --candidates 1"
        )


def table_of(results: Sequence[Result]) -> Table:
    """Return a table with a row for each engine and precision, and the outcomes that occurred.

    Its last columns: which share of the tensors was not judged, the largest ratios of the second
    level and of the first, and the seed and tensor that have the latter.
    """
    occurred = {result.outcome for result in results} - {PASSED} | {REFUSED}
    shown = [outcome for outcome in OUTCOMES if outcome in occurred]
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for column in ("engine", "precision"):
        table.add_column(column, no_wrap=True)
    for column in ("n", *shown, "not judged", "2nd level", "ratio"):
        table.add_column(column, justify="right", min_width=min(8, len(column)))
    table.add_column("at seed", no_wrap=True)
    for (engine, precision), group in groupby(results, key=lambda r: (r.engine, r.precision)):
        of = list(group)
        outcomes = Counter(result.outcome for result in of)
        worst = max(of, key=lambda result: result.ratio)
        not_judged, tensors = (sum(getattr(r, n) for r in of) for n in ("not_judged", "tensors"))
        table.add_row(
            engine, precision, str(len(of)), *(str(outcomes[outcome]) for outcome in shown),
            f"{not_judged / max(tensors, 1):.1%}",
            f"{max(result.sums_ratio for result in of):.2f}", f"{worst.ratio:.3g}",
            f"{worst.seed} {worst.worst}",
        )  # fmt: skip
    return table
