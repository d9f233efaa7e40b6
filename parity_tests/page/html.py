"""The page: its template, style and scripts, and a recording as JSON, in one file."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from parity_tests.checking.findings import Finding
from parity_tests.checking.report import in_json
from parity_tests.page.all_steps import all_steps
from parity_tests.page.formula_sheet import every_formula
from parity_tests.page.graph.graph_formulas import every_kind
from parity_tests.page.graph.graph_svg import graph_picture
from parity_tests.page.headline import headline, with_brackets
from parity_tests.page.network_svg import picture
from parity_tests.page.plane import extent
from parity_tests.page.snapshots import Snapshot
from parity_tests.page.step import AFTER, LABELS, LABELS_OF_GRAPH
from parity_tests.page.torch_program import network_line
from parity_tests.page.training_recording import PageRecording
from ref_numpy import Array
from ref_numpy.inputs import named_inputs

ASSETS = Path(__file__).parent / "assets"
SCRIPTS = (
    "recording",
    "heatmap",
    "element",
    "flow",
    "positions",
    "maps",
    "picture",
    "training",
    "tensors",
    "keys",
)


def page(recording: PageRecording) -> str:
    """Write the whole file, which loads nothing from elsewhere."""
    spec, m = recording.spec, recording.Y.shape[-1]
    script = "\n".join((ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    data = json.dumps(in_json(contents(recording)), ensure_ascii=False)
    parts = {
        "title": escape(f"{recording.name}: {spec.summary}"),
        "style": style("page"),
        "network": picture(spec, m) if spec.is_chain else graph_picture(spec, summary=False),
        "formulas": every_formula(spec) if spec.is_chain else every_kind(spec, recording.training),
        "recording": data.replace("<", "\\u003c"),  # tensors may have any name
        "script": script,
    }
    text = (ASSETS / "page.html").read_text(encoding="utf-8")
    return re.sub(r"<!--(\w+)-->", lambda name: parts[name[1]], text)


def style(name: str) -> str:
    """Return the style of every page, then that of this kind of page."""
    return "\n".join((ASSETS / f"{x}.css").read_text(encoding="utf-8") for x in ("base", name))


def contents(r: PageRecording) -> dict[str, Any]:
    """Return the data of the page's scripts."""
    first = r.snapshots[0]
    shapes = {n: e.reference.shape for n, e in first.elements.items()}
    whole = {n: x for n, x in named_inputs(r.spec, r.X).items() if x.dtype.kind in "iu"}
    shapes |= {n: a.shape for n, a in (first.params | whole).items()}
    shapes[LABELS if r.spec.is_chain else LABELS_OF_GRAPH] = r.Y.shape
    X = named_inputs(r.spec, r.X)[r.spec.input]
    steps = all_steps(r.spec, shapes, r.learning_rate, r.twin, r.training)
    # The numbers of names are layers' in a chain alone, where they are put in brackets.
    names = list(shapes)
    numbered = names if r.spec.is_chain else ()
    return {
        "name": r.name,
        "precision": r.report.granted_precision,
        "summary": r.spec.summary,
        "data": r.data,
        "m": r.Y.shape[-1],
        "alpha": r.learning_rate,
        "lambda": r.spec.lambd,
        "headline": headline(r.report, names, r.spec.is_chain),
        "verdict": str(r.report).partition(": ")[2].partition("\n")[0],
        "notes": tuple(with_brackets(x, numbered) for x in r.report.of_less_accurate_formulas),
        "passed": r.report.passed,
        "found": r.found,
        "findings": tuple(encode_finding(finding, numbered) for finding in r.report.findings),
        "alone": any(tensor.function == "update_parameters" for tensor in r.report.tensors),
        "blunt": tuple(tensor.name for tensor in r.report.tensors if not tensor.judged),
        "batchFirst": r.batch_first,
        "twin": r.twin,
        "lines": r.lines,
        "network": network_line(r.spec, r.training) if r.spec.is_chain else "",
        "output": r.spec.output,
        "steps": tuple(map(asdict, steps)),
        "shapes": shapes,
        "Y": encode_base64(r.Y),
        "labels": LABELS if r.spec.is_chain else LABELS_OF_GRAPH,
        "whole": {name: encode_base64(x) for name, x in whole.items()},
        "chain": r.spec.is_chain,
        "moments": tuple(map(encode_snapshot, r.snapshots)),
        "curve": tuple(r.curve),
        "extent": tuple(extent(X)) if first.maps else None,
        "inputs": encode_base64(X) if first.maps else None,
        "maps": encode_maps({"A0": first.maps["A0"]} if first.maps else {}),
    }


def encode_finding(finding: Finding, names: Collection[str]) -> dict[str, Any]:
    """Encode a finding, with its right line, and the wrong line of each cause.

    Args:
        finding: of the report.
        names: of the tensors whose numbers are put in brackets.
    """
    patterns = finding.remark.facts.get("patterns", ()) if finding.remark else ()
    return {
        "tensor": finding.tensor,
        "steps": steps_of(finding),
        "message": with_brackets(finding.message, names),
        "cause": finding.cause and with_brackets(finding.cause, names),
        "yours": finding.yours,
        "line": finding.right_line,
        "wrong": tuple(cause.wrong_line for cause in finding.causes),
        "from_0": any({"which", "index"} & facts.keys() for facts in (finding.facts, *patterns)),
    }


def steps_of(finding: Finding) -> tuple[str, ...]:
    """Return the steps that a finding is shown at.

    "A1@Z2", which a step received, is at both; update_parameters.W1 at the update of W1, and of the
    other parameters in which it is the same mistake.
    """
    function, _, name = finding.tensor.rpartition(".")
    if function == "update_parameters":
        return tuple(n + AFTER for n in (name, *finding.facts.get("others", ())))
    return tuple(finding.tensor.split("@"))


def encode_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """Encode a snapshot.

    Each tensor has the candidate's numbers ("own"), where there are any, and either their
    difference from the reference ("apart") and its bound ("allowed"), or the reference itself and
    the shape of the candidate's tensor.
    """
    tensors: dict[str, Any] = {
        n: {"reference": encode_base64(a)} for n, a in snapshot.params.items()
    }
    for name, (own, reference, bound) in snapshot.elements.items():
        tensors[name] = {} if own is None else {"own": encode_base64(own)}
        if own is None or bound is None:
            tensors[name]["reference"] = encode_base64(reference)
            tensors[name]["shape"] = None if own is None else own.shape
        else:
            tensors[name]["apart"] = encode_base64(own - reference, dtype="<f4")
            tensors[name]["allowed"] = encode_base64(bound, dtype="<f4")
    grid = snapshot.boundary
    return {
        "iteration": snapshot.iteration,
        "J": snapshot.J,
        "tensors": tensors,
        "boundary": None if grid is None else encode_base64(255 * grid, dtype="u1"),
        "maps": encode_maps({n: A for n, A in snapshot.maps.items() if n != "A0"}),
    }


def encode_maps(maps: Mapping[str, Array]) -> dict[str, str]:
    """Encode maps, whose numbers are −1 to 1, as −127 to 127."""
    return {name: encode_base64(np.rint(127 * A), dtype="i1") for name, A in maps.items()}


def encode_base64(*arrays: Array, dtype: str = "<f8") -> str:
    """Encode arrays one after the other, row by row, in base64."""
    with np.errstate(over="ignore"):
        together = np.concatenate([np.asarray(a).astype(dtype).ravel() for a in arrays])
    return base64.b64encode(together.tobytes()).decode("ascii")
