"""The page: its template, style and scripts, and a recording as JSON, in one file."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from parity_tests.checking.findings import Finding
from parity_tests.checking.report import in_json
from parity_tests.page.all_steps import steps
from parity_tests.page.formula_sheet import every_formula
from parity_tests.page.network_svg import picture
from parity_tests.page.snapshots import Moment, extent
from parity_tests.page.training_recording import Recording
from ref_numpy import Array

ASSETS = Path(__file__).parent / "assets"
SCRIPTS = ("recording", "heatmap", "element", "training", "flow", "tensors", "keys")


def page(recording: Recording) -> str:
    """The whole file: it loads nothing."""
    script = "\n".join((ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    data = json.dumps(in_json(contents(recording)), ensure_ascii=False)
    parts = {
        "title": escape(f"{recording.name}: {recording.spec.summary}"),
        "style": (ASSETS / "page.css").read_text(encoding="utf-8"),
        "network": picture(recording.spec, recording.X.shape[1]),
        "formulas": every_formula(recording.spec),
        "recording": data.replace("<", "\\u003c"),  # whatever a candidate calls its tensors
        "script": script,
    }
    text = (ASSETS / "page.html").read_text(encoding="utf-8")
    return re.sub(r"<!--(\w+)-->", lambda name: parts[name[1]], text)


def contents(r: Recording) -> dict[str, Any]:
    """What the scripts need."""
    first = r.moments[0]
    shapes = {n: e.reference.shape for n, e in first.elements.items()}
    shapes |= {n: a.shape for n, a in first.params.items()} | {"Y": r.Y.shape}
    of_two = first.boundary is not None
    return {
        "name": r.name,
        "precision": r.p.name,
        "summary": r.spec.summary,
        "data": r.data,
        "m": r.X.shape[1],
        "alpha": r.learning_rate,
        "lambda": r.spec.lambd,
        "verdict": str(r.report).partition(": ")[2].partition("\n")[0],
        "passed": r.report.passed,
        "found": r.found,
        "findings": tuple(
            {**{key: getattr(f, key) for key in SAID}, "wrong": wrong_lines(f)}
            for f in r.report.findings
        ),
        "batchFirst": r.batch_first,
        "twin": r.twin,
        "lines": r.lines,
        "steps": tuple(asdict(step) for step in steps(r.spec, shapes)),
        "shapes": shapes,
        "Y": numbers(r.Y),
        "moments": tuple(encoded(moment) for moment in r.moments),
        "curve": tuple(r.curve),
        "extent": tuple(extent(r.X)) if of_two else None,
        "inputs": numbers(r.X) if of_two else None,
    }


SAID = ("tensor", "kind", "message", "cause", "line", "yours")


def wrong_lines(finding: Finding) -> tuple[str, ...]:
    return tuple(cause.line for cause in finding.causes)


def encoded(moment: Moment) -> dict[str, Any]:
    """Of each tensor `own`, where there is one, and either its difference from the reference and
    what that may be, or the reference itself and own's shape."""
    tensors: dict[str, Any] = {n: {"reference": numbers(a)} for n, a in moment.params.items()}
    for name, (own, reference, allowed) in moment.elements.items():
        tensors[name] = {} if own is None else {"own": numbers(own)}
        if own is None or allowed is None:
            tensors[name]["reference"] = numbers(reference)
            tensors[name]["shape"] = None if own is None else own.shape
        else:
            tensors[name]["apart"] = numbers(own - reference, dtype="<f4")
            tensors[name]["allowed"] = numbers(allowed, dtype="<f4")
    grid = moment.boundary
    return {
        "iteration": moment.iteration,
        "J": moment.J,
        "tensors": tensors,
        "boundary": None if grid is None else numbers(255 * grid, dtype="u1"),
    }


def numbers(*arrays: Array, dtype: str = "<f8") -> str:
    """One after the other, row by row, in base64."""
    with np.errstate(over="ignore"):
        together = np.concatenate([np.asarray(a).astype(dtype).ravel() for a in arrays])
    return base64.b64encode(together.tobytes()).decode("ascii")
