"""A result in Gradescope's format, results.json.

https://gradescope-autograders.readthedocs.io/en/latest/specs/: a test for each name that the score
counts, with its score of the points; the score of all, which Gradescope takes; and the text that
the learner reads. What the program prints stays hidden.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ref_numpy.terminal import printable

VISIBILITIES = ("visible", "after_published", "after_due_date", "hidden")


def gradescope_results(
    result: Mapping[str, Any], points: float, visibility: str, seconds: float
) -> dict[str, Any]:
    """Return what results.json holds.

    Args:
        result: of `judged_submission.result_of`.
        points: of the whole submission.
        visibility: of each test.
        seconds: that the check took.
    """
    parts = result["parts"]
    most = points / max(len(parts), 1)
    tests = [
        {
            "name": name,
            "score": most if right else 0.0,
            "max_score": most,
            "status": "passed" if right else "failed",
            "output": printable(text),
            "output_format": "text",
            "visibility": visibility,
        }
        for name, right, text in parts
    ]
    right = sum(right for _, right, _ in parts)
    output = result["sentence"] if not parts else result["text"].partition("\n")[0]
    return {
        "score": points * right / max(len(parts), 1),
        "execution_time": seconds,
        "output": printable(output),
        "output_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def gradescope_json(results: Mapping[str, Any]) -> bytes:
    """Return the file."""
    return (json.dumps(results, indent=1, ensure_ascii=False) + "\n").encode("utf-8")
