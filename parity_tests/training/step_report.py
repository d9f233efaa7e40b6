"""The report on one update of a training, from the recordings of its processes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import lightning as L
import numpy as np

from parity_tests.check_messages import input_error
from parity_tests.checking.check_trace import check_layers
from parity_tests.checking.findings import Finding, make_finding
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.precisions import TF32, Precision, precision_named
from parity_tests.training.random_numbers import FACTS, context_in, seeds_in
from parity_tests.training.step_recorder import (
    REAL,
    Arrays,
    averaged_names,
    is_whole,
    join_parts,
)
from ref_numpy import Array, NetworkSpec
from ref_numpy.arrays.axes import number_of_examples
from torch_impl import conventions
from torch_impl.cuda_arithmetic import is_tf32
from torch_impl.twin import Network

GIVEN = ("X", "Y", "w", *FACTS)

# What Lightning calls them.
PRECISIONS = {
    "64-true": "float64",
    "32-true": "float32",
    "bf16-true": "bfloat16",
    "16-true": "float16",
    "bf16-mixed": "bf16-mixed",
    "16-mixed": "fp16-mixed",
}


def network_of(module: L.LightningModule) -> Network:
    """Return the module's network.

    Raises:
        InputError: it has none.
    """
    network = getattr(module, "network", None)
    if not isinstance(network, Network):
        raise input_error("monitor.no-network", module=type(module).__name__)
    return network


def precision_of(trainer: L.Trainer, given: str | None = None) -> Precision:
    """Return the arithmetic of the run, or the one that was given.

    Args:
        trainer: its Trainer.
        given: an arithmetic by name; None means that of the Trainer's precision.

    Raises:
        InputError: it is unknown.
    """
    if given is None and trainer.precision not in PRECISIONS:
        known = ", ".join(PRECISIONS)
        raise input_error("monitor.precision", precision=trainer.precision, known=known)
    p = precision_named(given or PRECISIONS[str(trainer.precision)])
    on_cuda = trainer.strategy.root_device.type == "cuda"
    return TF32 if given is None and p.name == "float32" and on_cuda and is_tf32() else p


def check_update(
    name: str,
    network: Network,
    processes: list[list[Arrays]],
    p: Precision,
    *,
    accumulated: int,
    scaled: bool,
    scale: float = 1.0,
    known: Collection[tuple[str, str]] = (),
) -> Report | str:
    """Check an update.

    Args:
        name: of the report.
        network: the network, with its gradients.
        processes: the micro-batches of each process.
        p: the arithmetic of the error bounds.
        accumulated: how many micro-batches there should be.
        scaled: where a gradient overflows, the update is left out, which is not a mistake.
        scale: the factor that the network's gradients still have.
        known: the tensor and kind of findings whose cause is not looked for again.

    Returns:
        The report; or, in words, why there can be none and the next update should be checked.
    """
    spec, parts = network.spec, [part for process in processes for part in process]
    sizes = {number_of_examples(part["X"]) for part in parts}
    if any(len(process) != accumulated for process in processes):
        return "too few batches were left to accumulate"
    if len(sizes) > 1 or not all(sizes):
        return "its batches are not equally large"
    if len(parts) > 1 and spec.couples_examples:
        return "each of its parts is normalised by its own statistics"
    if len(seeds_in(parts)) > 1:
        return "its processes draw random numbers with different seeds"
    params = {n: a.astype(np.float64) for n, a in conventions.get_params(network).items()}
    batch = join_parts(parts, spec)
    params |= {name: batch.pop(name) for name in spec.state_shapes}  # before the forward pass
    gradients = {name: g / scale for name, g in conventions.get_gradients(network).items()}
    if bad := find_not_finite({**params, spec.input: batch["X"]}):
        return Report(name, p.name, (bad,), ())
    activations = {"J", *spec.inputs, *(name for step in spec.steps for name in step.outputs)}
    traces = [{**gradients, **batch}]
    if REAL in batch:  # the layers' results are a replay's, and the update's own may be others
        own = {**gradients, "J": traces[0].pop(REAL), **given_in(batch)}
        if any((p.round(own[n]) != p.round(batch[n])).any() for n in own):
            traces.append(own)
    results = {n: a for n, a in traces[0].items() if n in activations}
    if scaled and find_not_finite(traces[-1]) and not find_not_finite(results):
        return "the gradient scaler left it out"

    p = replace(p, parts=len(parts)) if len(parts) > 1 else p
    reports = [check_batch(name, spec, params, trace, p) for trace in traces]
    if any((f.tensor, f.kind) not in known for report in reports for f in report.findings):
        reports = [check_batch(name, spec, params, trace, p, causes=True) for trace in traces]
        reports[0] = replace(reports[0], notes=wrong_processes(spec, params, processes, p))
    first, *others = reports
    findings = [f for report in others for f in report.findings]
    tensors = [t for report in others for t in report.tensors]
    return replace(first, findings=(*first.findings, *findings), tensors=(*first.tensors, *tensors))


def check_batch(
    name: str, spec: NetworkSpec, params: Arrays, batch: Arrays, p: Precision, causes: bool = False
) -> Report:
    """Check one trace.

    Args:
        name: of the report.
        spec: the network's description.
        params: its parameters.
        batch: the trace, and the X, Y and perhaps weights w and random numbers that it was
            computed from.
        p: the arithmetic of the error bounds.
        causes: whether to look for the causes of findings.
    """
    with np.errstate(over="ignore"):
        given = {*GIVEN, *(n for n in spec.inputs if is_whole(batch.get(n, batch["X"])))}
        trace = {n: a.astype(p.dtype, copy=False) for n, a in batch.items() if n not in given}
    compare = check_trace if causes else check_layers
    given, context = (batch["X"], batch["Y"]), context_in(spec, batch)
    return compare(spec, params, *given, trace, p, name, w=batch.get("w"), context=context)


def given_in(batch: Mapping[str, Array]) -> Arrays:
    """Return what a batch was computed from: X, Y, and perhaps weights w and random numbers."""
    return {name: batch[name] for name in GIVEN if name in batch}


def wrong_processes(
    spec: NetworkSpec, params: Arrays, processes: list[list[Arrays]], p: Precision
) -> tuple[str, ...]:
    """Return in which processes' examples something is wrong, in a sentence, if not in all."""
    wrong = []
    for rank, parts in enumerate(processes):
        share = join_parts(parts, spec)
        share = {n: a for n, a in share.items() if n not in averaged_names(spec)}
        if check_batch("", spec, params, share, p).findings:
            wrong.append(rank)
    if not wrong or len(wrong) == len(processes):
        return ()
    which = f"process{'' if len(wrong) == 1 else 'es'} {', '.join(map(str, wrong))}"
    drifted = "" if 0 in wrong else "; have its weights become others than those of process 0?"
    return (f"  only the examples of {which} of {len(processes)} are wrong{drifted}",)


def find_not_finite(tensors: Mapping[str, Array]) -> Finding | None:
    """Return a finding on the first of the tensors that is not finite, if there is one."""
    for name, array in tensors.items():
        if not np.isfinite(array).all():
            n = int((~np.isfinite(array)).sum())
            return make_finding(
                name, "not-finite", "not-finite-before", shape=array.shape, wrong=n,
                facts={"wrong": n, "size": array.size},
            )  # fmt: skip
    return None
