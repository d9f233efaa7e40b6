"""The learning rates of course 2 that decay: `update_lr` and `schedule_lr_decay`.

Each is called with numbers of which every order of the operations gives the same result.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from parity_tests.adapters.course.functions import Course
from parity_tests.adapters.second_course.number_checks import check_number
from parity_tests.checking.report import Report
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.error_model.precisions import Precision
from parity_tests.kinds.formula_text import ALL, Edit, FormulaText, edit

NAME, START = "learning_rate", "learning_rate0"
EPOCHS = "epoch_num // time_interval"  # ⌊t / T⌋


def decayed_by(t: str, *more: Edit) -> FormulaText:
    """Return the line α = α₀ / (1 + decay t), with the mistakes that people make in it."""
    return FormulaText(NAME, f"{START} / (1 + decay_rate * {t})", (
        edit("missing-1", "the 1 is missing in the denominator", "1 + ", ""),
        edit("minus", "the sum was expected, the difference is used", "1 + ", "1 - "),
        edit("product", "the quotient was expected, the product is used", " / (", " * ("),
        edit("missing-parentheses", "parentheses are missing around the denominator",
             f"(1 + decay_rate * {t})", f"1 + decay_rate * {t}"),
        edit("exponential", "the decay is exponential", ALL, f"{START} * decay_rate**({t})"),
        edit("not-decayed", "it does not decay", ALL, START),
        edit("missing-rate", "the rate of the decay is missing", f"decay_rate * {t}", t),
        edit("missing-epochs", "the number of epochs is missing", f" * {t}", ""),
        *more,
    ))  # fmt: skip


LINES = {
    "update_lr": decayed_by("epoch_num"),
    "schedule_lr_decay": decayed_by(
        f"({EPOCHS})",
        edit("not-rounded", "the number of intervals is not rounded down", "//", "/"),
        edit("rounded-up", "the number of intervals is rounded up, and not down",
             EPOCHS, f"-(-{EPOCHS})"),
        edit("remainder", "the rest of the division was taken, %, instead of its result, //",
             "//", "%"),
        edit("missing-interval", "the interval is missing", f"({EPOCHS})", "epoch_num"),
    ),
}  # fmt: skip
# Epochs, rate, interval: 1 + decay t is 4 or 16; 1650 is no multiple of the interval.
CASES = ((6.0, 0.5, 1.0), (1650.0, 0.5, 250.0), (5.0, 3.0, 1.0))


def check_rate_decay(course: Course, p: Precision) -> Iterator[Report]:
    """Check each of these functions that the candidate has."""
    alpha = float(p.round(np.array(0.7)))
    for name, line in LINES.items():
        if name not in course.functions:
            continue
        for epochs, rate, interval in CASES:
            if interval > 1 and name == "update_lr":
                continue
            given: dict[str, Any] = {
                START: alpha, "epoch_num": int(epochs), "decay_rate": rate,
            }  # fmt: skip
            if name == "schedule_lr_decay":
                given["time_interval"] = int(interval)
            names = {
                START: ErrorArray(alpha, p=p), "decay_rate": ErrorArray(rate, p=p),
                "epoch_num": epochs, "time_interval": interval,
            }  # fmt: skip
            report = check_number(course, name, given, line, names, p)
            yield report
            if report.findings or report.mistaken:
                break
