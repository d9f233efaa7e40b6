"""Facts to print every sentence of `report_wording` with, for the list of all sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EXAMPLES: dict[str, tuple[Mapping[str, Any], ...]] = {
    "unknown-name": ({"tensor": "loss"}, {"tensor": "dW9", "close": "dW2"}),
    "none": (
        {"tensor": "Z1", "dtype": "float64", "is_gradient": False},
        {"tensor": "dA1", "dtype": "float64", "is_gradient": True, "others": ("dZ1", "dW1")},
    ),
    "tuple": (
        {"tensor": "J", "type_name": "list", "n": 3, "shape": (), "element": 1, "has_cache": False},
        {"tensor": "A1", "type_name": "tuple", "n": 2, "shape": (7, 11), "element": 0,
         "has_cache": True},
    ),
    "no-numbers": (
        {"tensor": "Z1", "dtype": "complex128", "expected": "float64"},
        {"tensor": "Z1", "dtype": "object", "expected": "float64", "type_name": "str"},
    ),
    "shape": (
        {"tensor": "db1", "shape": (7,), "expected": (7, 1)},
        {"tensor": "dW2", "shape": (7, 6), "expected": (6, 7)},
    ),
    "not-finite": (
        {"tensor": "Z2", "wrong": 6, "size": 66, "value": "nan", "index": (0, 4)},
        {"tensor": "Z2", "wrong": 6, "size": 66, "value": "nan", "index": (0, 4),
         "others": ("A2",)},
    ),
    "not-finite-before": ({"tensor": "W1", "wrong": 6, "size": 66},),
    "list": ({"tensor": "Z1", "type_name": "list", "expected": "float64"},),
    "dtype": (
        {"tensor": "A1", "dtype": "float64", "expected": "float32", "precision": "float32",
         "others": ("dW1",)},
    ),
    "value": ({"tensor": "dW2"},),
    "chain": (
        {"tensor": "A1@Z2", "base": "A1", "step": "Z2", "is_backward": False},
        {"tensor": "W2@dZ2", "base": "W2", "step": "dZ2", "is_backward": True},
    ),
    "end-to-end": ({"tensor": "dW2"},),
    "later": ({"message": "dW2 is wrong"},),
    "changed": (
        {"function": "", "argument": "W1", "wrong": 3, "size": 35},
        {"function": "linear_backward", "argument": "dZ", "wrong": 3, "size": 28},
    ),
    "call.raised": (
        {"name": "propagate", "type_name": "KeyError", "text": "'b'",
         "where": " (mine.py, line 9: b = params['b'])"},
        {"name": "propagate", "type_name": "ZeroDivisionError", "text": "", "where": ""},
    ),
    "call.where": (
        {"file": "mine.py", "number": 9, "text": "b = params['b']"},
        {"file": "mine.py", "number": 9, "text": ""},
    ),
    "call.second-failed": ({"error": "the file is open already"},),
    "unknown.right-elsewhere": ({"batches": "14, 17"},),
    "unknown.not-repeated": ({"m": 14},),
    "memory.shared": ({"tensor": "Z1", "other": "A1"},),
    "causes.elements": (
        {"causes": "b2 is missing", "size": 66, "batches": (11,), "certain": True, "note": ""},
        {"causes": "b2 is missing", "size": 1, "batches": (11, 14, 17), "certain": True,
         "note": "; in this network they are the same"},
        {"causes": "its sign is flipped", "size": 1, "batches": (), "certain": False,
         "note": "; of wrong numbers of this size one in 40 is given by some mistake"},
    ),
    "causes.updates": ({"causes": "the root is missing"},),
    "causes.doubt": ({"expected": 0.7}, {"expected": 0.025}),
    "finding.before": ({"names": "A0 Z1 A1"},),
    "finding.worst": (
        {"shape": (6, 7), "dtype": "float64", "wrong": 42, "size": 42, "index": (5, 0),
         "values": (-1.02543, -0.0575571, 8e14, 1.2e-15)},
    ),
    "finding.cause": ({"text": "b2 is missing"},),
    "finding.wrong": ({"lines": "Z = W @ A_prev"},),
    "finding.right": ({"line": "Z = W @ A_prev + b"},),
    "finding.yours": ({"line": "mine.py, line 24: Z2 = W2 @ A1"},),
    "report.summary": (
        {"name": "mine, float64", "verdict": "passed", "condition": "", "n_findings": 0, "n": 20,
         "ratio": 0.31},
        {"name": "mine, float64", "verdict": "passed", "condition": "in eval()", "n_findings": 0,
         "n": 20, "ratio": 0.31},
        {"name": "mine, float64", "verdict": "failed", "condition": "", "n_findings": 1, "n": 1,
         "ratio": 8e14},
        {"name": "mine, float64", "verdict": "not judged", "condition": "", "n_findings": 0, "n": 0,
         "ratio": 0.0},
    ),
    "report.mistaken-call": ({"finding": "propagate takes (w), and was called with (w, b, X, Y)"},),
    "report.required": ({"names": "dW1 db1"},),
    "report.blunt": ({"names": "J"},),
    "report.not-checked": ({"names": "dA0"},),
    "report.not-seen": ({"names": "predict, load"},),
    "report.no-bound": ({"n": 3, "tensor": "J"},),
    "report.adapter": ({"adapter": "def run(spec, params, X, Y): ..."},),
}  # fmt: skip
