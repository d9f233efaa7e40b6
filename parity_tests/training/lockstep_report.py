"""A training done twice, as a person reads it: a dozen lines, and a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from parity_tests.checking.console import mark, plain_console
from parity_tests.training.lockstep import Lockstep, StepState, digits
from torch_impl.results.cost_curve import BLUE, ORANGE, curve_axes, write_png

ROWS = 5  # steps of which digits are shown


def show(lockstep: Lockstep) -> int:
    """Print the comparison.

    Returns:
        The exit code: 0, or 1 where rounding does not explain a difference.
    """
    to, n = plain_console(), len(lockstep.states)
    heading = f"{lockstep.network}; {lockstep.optimiser}, torch at {lockstep.precision}"
    to.print(f"[bold]{heading}: {n} steps[/]", soft_wrap=True)
    known = mark(lockstep.outside is not None) if lockstep.bounded else "[dim]–[/]"
    for name, sign, text in (
        ("each step", mark(lockstep.wrong is not None), each_step_line(lockstep)),
        ("side by side", known, side_by_side_line(lockstep)),
    ):
        to.print(f"{name:<15}  {sign} {text}", soft_wrap=True)
    to.print(digits_table(lockstep.states))
    to.print(final_table(lockstep))
    return 0 if lockstep.agrees else 1


def each_step_line(lockstep: Lockstep) -> str:
    """Return the result of the steps that were checked each."""
    checked, wrong = lockstep.checked, [step for step in lockstep.checked if step.error_ratio > 1]
    if wrong:
        first = wrong[0]
        return (
            f"{len(wrong)} of {len(checked)} are outside their error bounds; the first is step "
            f"{first.step}, whose {first.tensor} has an error ratio of {first.error_ratio:.1e}"
        )
    worst = max(checked, key=lambda step: step.error_ratio)
    unbounded = sum(step.unbounded for step in checked)
    more = f"; {unbounded} numbers have no bound" if unbounded else ""
    return (
        f"all {len(checked)} are within their error bounds; the largest error ratio is "
        f"{worst.error_ratio:.3f} ({worst.tensor}, step {worst.step}){more}"
    )


def side_by_side_line(lockstep: Lockstep) -> str:
    """Return the result of both trainings beside each other."""
    n, outside = len(lockstep.bounded), lockstep.outside
    if outside is not None:
        return f"after step {outside.step} torch is outside the accumulated error bound"
    if not n:
        return (
            "the accumulated error bound is larger than the change by training from step 1 on; "
            "this is normal, for instance under Adam at float32: the line above is the result"
        )
    if n == len(lockstep.states):
        return f"torch is within the accumulated error bound at all {n} steps"
    return (
        f"torch is within the accumulated error bound until step {n}; "
        f"then the bound is larger than the change by training"
    )


def digits_table(states: Sequence[StepState]) -> Table:
    """Return the digits that are the same after the first step, the tenth, … and the last."""
    result = table_with("after step", "equal digits of θ", "guaranteed", "of J")
    powers = [10**k for k in range(int(math.log10(len(states))) + 1)]
    steps = sorted({*powers, len(states)})
    for step in [*steps[:1], *steps[1:][-(ROWS - 1) :]]:
        m = states[step - 1]
        bounded = None if m.bound is None else digits(m.bound, m.size)
        result.add_row(str(step), *map(format_digits, (m.digits[0], bounded, m.digits[1])))
    return result


def final_table(lockstep: Lockstep) -> Table:
    """Return the costs of the last epoch and of the test."""
    result = table_with("", "training cost", "validation cost", "test cost", "test accuracy")
    names = {"torch": f"torch {lockstep.precision}", "NumPy": "NumPy float64"}
    for side, name in names.items():
        costs, test = lockstep.costs[side], lockstep.test[side]
        right = "" if math.isnan(test.accuracy) else f"{test.accuracy:.2%}"
        every = (costs["train"][-1], costs["val"][-1], test.cost)
        result.add_row(name, *("–" if math.isnan(c) else f"{c:.6f}" for c in every), right)
    return result


def format_digits(digits: float | None) -> str:
    """Return a number of digits in words."""
    if digits is None:
        return "none"
    return "all" if math.isinf(digits) else f"{max(digits, 0):.1f}"


def table_with(*names: str) -> Table:
    """Return an empty table with these columns."""
    result = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in names:
        result.add_column(name, justify="right" if name else "left")
    return result


def draw_both(lockstep: Lockstep, path: Path) -> None:
    """Draw the costs of both, and the distance of the parameters by step, as a PNG.

    Args:
        lockstep: both trainings.
        path: of the file.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 7), dpi=150, layout="constrained")
    costs, apart = figure.subplots(2, 1)
    parts = (("train", "training", BLUE), ("val", "validation", ORANGE))
    for part, name, colour in parts:
        torchs, numpys = (lockstep.costs[side][part] for side in ("torch", "NumPy"))
        epochs = range(1, len(torchs) + 1)
        dot = "." if len(torchs) < 20 else ""
        # A broad pale line below a thin dashed one: both are seen where they coincide.
        costs.plot(epochs, torchs, color=colour, lw=5, alpha=0.3, label=f"{name}, torch")
        costs.plot(epochs, numpys, color=colour, ls="--", marker=dot, label=f"{name}, NumPy")
    costs.set(xlabel="epoch", ylabel="cost (1/m) Σ L", yscale="log", title="Cost by epoch")

    states = lockstep.states
    steps = [m.step for m in states]
    few = "." if len(states) < 20 else ""
    apart.plot(steps, [m.displacement for m in states], color="0.6", label="change by training")
    bounds = lockstep.bounded
    if bounds:
        apart.plot(
            [m.step for m in bounds],
            [m.bound for m in bounds],
            color=ORANGE,
            ls="--",
            marker="." if len(bounds) < 20 else "",
            label="bound, while smaller",
        )
    far = [m.distance or math.nan for m in states]  # 0 has no logarithm
    apart.plot(steps, far, color=BLUE, marker=few, label="torch − NumPy")
    title = f"Distance of the parameters by step, torch at {lockstep.precision}"
    apart.set(xlabel="step", ylabel="‖·‖ over all parameters", yscale="log", title=title)
    for axes in (costs, apart):
        curve_axes(axes)
    costs.legend(frameon=False)
    # Lines may run anywhere here: below them there is room.
    apart.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.14))
    write_png(figure, path)
