"""The page: its template, style and scripts, and a recording as JSON, in one file."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from parity_tests.page.drawing import picture
from parity_tests.page.formulas import every_formula
from parity_tests.page.moments import Moment, extent
from parity_tests.page.recorded import Recording
from parity_tests.page.steps import steps
from parity_tests.report import Finding, in_json
from ref_numpy import Array

ASSETS = Path(__file__).parent / "assets"
SCRIPTS = ("recording.js", "heatmap.js", "element.js", "training.js", "flow.js")


def page(recording: Recording) -> str:
    """The whole file: it loads nothing."""
    script = "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS)
    data = json.dumps(in_json(contents(recording)), ensure_ascii=False).replace("</", "<\\/")
    parts = {
        "title": escape(f"{recording.name}: {recording.spec.summary}"),
        "style": (ASSETS / "page.css").read_text(encoding="utf-8"),
        "network": picture(recording.spec, recording.X.shape[1]),
        "formulas": every_formula(recording.spec),
        "recording": data,
        "script": script,
    }
    text = (ASSETS / "page.html").read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace(f"<!--{name}-->", part)
    return text


def contents(r: Recording) -> dict[str, Any]:
    """What the scripts need."""
    first = r.moments[0]
    shapes = {n: e.reference.shape for n, e in first.elements.items()}
    shapes |= {n: a.shape for n, a in first.params.items()} | {"Y": r.Y.shape}
    return {
        "name": r.name,
        "precision": r.p.name,
        "summary": r.spec.summary,
        "data": r.data,
        "m": r.X.shape[1],
        "alpha": r.learning_rate,
        "verdict": str(r.report).partition(": ")[2].partition("\n")[0],
        "passed": r.report.passed,
        "findings": tuple(
            {"text": str(f), **{key: getattr(f, key) for key in SAID}, "wrong": wrong_lines(f)}
            for f in r.report.findings
        ),
        "notes": [*r.report.notes],
        "batchFirst": r.batch_first,
        "steps": tuple(asdict(step) for step in steps(r.spec, shapes)),
        "shapes": shapes,
        "params": [*first.params],
        "elements": {n: e.own is not None for n, e in first.elements.items()},
        "Y": numbers(r.Y),
        "moments": tuple(encoded(moment) for moment in r.moments),
        "curve": tuple(r.curve),
        "extent": tuple(extent(r.X)) if first.boundary is not None else None,
        "inputs": numbers(r.X) if first.boundary is not None else None,
    }


SAID = ("tensor", "kind", "message", "cause", "line", "yours")


def wrong_lines(finding: Finding) -> tuple[str, ...]:
    return tuple(cause.line for cause in finding.causes)


def encoded(moment: Moment) -> dict[str, Any]:
    """values: of params, then of elements, float64; apart, allowed: of elements, float32."""
    owns = {n: e.reference if e.own is None else e.own for n, e in moment.elements.items()}
    apart = {n: owns[n] - e.reference for n, e in moment.elements.items()}
    allowed = {n: e.allowed for n, e in moment.elements.items()}
    return {
        "iteration": moment.iteration,
        "values": numbers(*moment.params.values(), *owns.values()),
        "apart": numbers(*apart.values(), dtype="<f4"),
        "allowed": numbers(*allowed.values(), dtype="<f4"),
        "boundary": None if moment.boundary is None
        else numbers(255 * moment.boundary, dtype="u1"),
    }  # fmt: skip


def numbers(*arrays: Array, dtype: str = "<f8") -> str:
    """One after the other, row by row, in base64."""
    with np.errstate(over="ignore"):
        together = np.concatenate([np.asarray(a).astype(dtype).ravel() for a in arrays])
    return base64.b64encode(together.tobytes()).decode("ascii")
