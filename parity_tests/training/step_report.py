"""The report on one update of a training, from what its processes recorded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import lightning as L
import numpy as np
import torch

from parity_tests.check_messages import input_error
from parity_tests.checking.check_trace import check_layers
from parity_tests.checking.findings import Finding, kind_of, layer_of
from parity_tests.checking.report import Report
from parity_tests.diagnosis.explained_check import check_trace
from parity_tests.error_model.precisions import TF32, Precision, precision_named
from parity_tests.training.step_recorder import REAL, Arrays, averaged, joined
from ref_numpy import Array, NetworkSpec
from torch_impl import conventions
from torch_impl.twin import Network

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
    """Raises InputError."""
    network = getattr(module, "network", None)
    if not isinstance(network, Network):
        raise input_error("monitor.no-network", module=type(module).__name__)
    return network


def precision_of(trainer: L.Trainer, asked: str | None = None) -> Precision:
    """The arithmetic of the run, unless another was asked for.   Raises InputError."""
    if asked is None and trainer.precision not in PRECISIONS:
        known = ", ".join(PRECISIONS)
        raise input_error("monitor.precision", precision=trainer.precision, known=known)
    p = precision_named(asked or PRECISIONS[str(trainer.precision)])
    on_cuda = trainer.strategy.root_device.type == "cuda"
    return TF32 if asked is None and p.name == "float32" and on_cuda and tf32() else p


def tf32() -> bool:
    """Whether CUDA may multiply float32 as TF32."""
    matmul = torch.backends.cuda.matmul
    if hasattr(matmul, "fp32_precision"):  # from torch 2.9 on
        return matmul.fp32_precision == "tf32"
    return bool(matmul.allow_tf32)


def judged(
    name: str,
    network: Network,
    processes: list[list[Arrays]],
    p: Precision,
    *,
    accumulated: int,
    scaled: bool,
    known: Collection[tuple[str, str]] = (),
) -> Report | str:
    """The report, or why there can be none and the next update should be judged.

    processes: the micro-batches of each.   accumulated: how many these should be.   scaled: where
    a gradient overflows, the update is left out, which is no mistake.   known: the tensor and kind
    of findings whose cause is not looked for again.
    """
    spec, parts = network.spec, [part for process in processes for part in process]
    sizes = {part["X"].shape[-1] for part in parts}
    if any(len(process) != accumulated for process in processes):
        return "too few batches were left to accumulate"
    if len(sizes) > 1 or not all(sizes):
        return "its batches are not equally large"
    params = {n: a.astype(np.float64) for n, a in conventions.get_params(network).items()}
    batch, gradients = joined(parts, spec), conventions.get_gradients(network)
    if bad := not_finite({**params, "A0": batch["X"]}):
        return Report(name, p.name, (bad,), ())
    traces = [{**gradients, **batch}]
    if REAL in batch:  # the layers' results are a replay's, and the update's own may be others
        own = {**gradients, "J": traces[0].pop(REAL), "X": batch["X"], "Y": batch["Y"]}
        if any((p.round(own[n]) != p.round(batch[n])).any() for n in own):
            traces.append(own)
    results = {n: a for n, a in traces[0].items() if n[0] in "AZJ"}
    if scaled and not_finite(traces[-1]) and not not_finite(results):
        return "the gradient scaler left it out"

    p = replace(p, parts=len(parts)) if len(parts) > 1 else p
    reports = [report_on(name, spec, params, trace, p) for trace in traces]
    if any((f.tensor, f.kind) not in known for report in reports for f in report.findings):
        reports = [report_on(name, spec, params, trace, p, causes=True) for trace in traces]
        reports[0] = replace(reports[0], notes=whose(spec, params, processes, p))
    first, *others = reports
    findings = [f for report in others for f in report.findings]
    tensors = [t for report in others for t in report.tensors]
    return replace(first, findings=(*first.findings, *findings), tensors=(*first.tensors, *tensors))


def report_on(
    name: str, spec: NetworkSpec, params: Arrays, batch: Arrays, p: Precision, causes: bool = False
) -> Report:
    """batch: the trace, and the X and Y that it was computed from."""
    with np.errstate(over="ignore"):
        trace = {n: a.astype(p.dtype, copy=False) for n, a in batch.items() if n not in "XY"}
    compare = check_trace if causes else check_layers
    return compare(spec, params, batch["X"], batch["Y"], trace, p, name)


def whose(
    spec: NetworkSpec, params: Arrays, processes: list[list[Arrays]], p: Precision
) -> tuple[str, ...]:
    """In which processes' examples something is wrong, if not in all."""
    wrong = []
    for rank, parts in enumerate(processes):
        share = joined(parts, spec)
        share = {n: a for n, a in share.items() if n in ("X", "Y") or n not in averaged(spec)}
        if report_on("", spec, params, share, p).findings:
            wrong.append(rank)
    if not wrong or len(wrong) == len(processes):
        return ()
    which = f"process{'' if len(wrong) == 1 else 'es'} {', '.join(map(str, wrong))}"
    drifted = "" if 0 in wrong else "; have its weights become others than those of process 0?"
    return (f"  only the examples of {which} of {len(processes)} are wrong{drifted}",)


def not_finite(tensors: Mapping[str, Array]) -> Finding | None:
    """The first of them that holds something else than numbers."""
    for name, array in tensors.items():
        if not np.isfinite(array).all():
            n = int((~np.isfinite(array)).sum())
            text = (
                f"{name} has {n} of {array.size} elements that are not finite, before this update"
            )
            code = f"{kind_of(name)}.not-finite-before"
            return Finding(name, "finite", text, layer_of(name), array.shape, wrong=n, code=code)
    return None
