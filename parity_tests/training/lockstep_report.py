"""A training done twice, as a person reads it: a dozen lines, and a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from parity_tests.checking.console import mark, plain_console
from parity_tests.training.lockstep import Lockstep, Moment, digits
from torch_impl.results.cost_curve import BLUE, ORANGE, curve_axes, write_png

ROWS = 5  # steps of which digits are shown


def show(lockstep: Lockstep) -> int:
    """Print it.   Returns the exit code: 0, or 1 where rounding does not explain a difference."""
    to, n = plain_console(), len(lockstep.moments)
    heading = f"{lockstep.network}; {lockstep.optimiser}, torch at {lockstep.precision}"
    to.print(f"[bold]{heading}: {n} steps[/]", soft_wrap=True)
    known = mark(lockstep.outside is not None) if lockstep.bounded else "[dim]–[/]"
    for name, sign, said in (
        ("each step alone", mark(lockstep.wrong is not None), alone(lockstep)),
        ("side by side", known, side_by_side(lockstep)),
    ):
        to.print(f"{name:<15}  {sign} {said}", soft_wrap=True)
    to.print(digits_table(lockstep.moments))
    to.print(final_table(lockstep))
    return 0 if lockstep.agrees else 1


def alone(lockstep: Lockstep) -> str:
    judged, wrong = lockstep.judged, [j for j in lockstep.judged if j.used > 1]
    if wrong:
        j = wrong[0]
        return (
            f"{len(wrong)} of {len(judged)} are not what rounding allows; the first is step "
            f"{j.step}, whose {j.tensor} used {j.used:.1e} × its allowance"
        )
    worst = max(judged, key=lambda j: j.used)
    anything = sum(j.unbounded for j in judged)
    said = f"; {anything} numbers have no bound" if anything else ""
    return (
        f"all {len(judged)} are within what rounding allows; the most that was used is "
        f"{worst.used:.3f} ({worst.tensor}, step {worst.step}){said}"
    )


def side_by_side(lockstep: Lockstep) -> str:
    n, outside = len(lockstep.bounded), lockstep.outside
    if outside is not None:
        return f"after step {outside.step} torch is outside the bound carried from step to step"
    if not n:
        return "the bound carried from step to step exceeds the training itself from step 1 on"
    if n == len(lockstep.moments):
        return f"torch is within the bound carried from step to step, all {n} of them"
    return (
        f"torch is within the bound carried from step to step until step {n}; "
        f"then it exceeds the training itself"
    )


def digits_table(moments: Sequence[Moment]) -> Table:
    """After the first step, the tenth, … and the last."""
    result = columns("after step", "equal digits of θ", "guaranteed", "of J")
    powers = [10**k for k in range(int(math.log10(len(moments))) + 1)]
    steps = sorted({*powers, len(moments)})
    for step in [*steps[:1], *steps[1:][-(ROWS - 1) :]]:
        m = moments[step - 1]
        bounded = None if m.bound is None else digits(m.bound, m.size)
        result.add_row(str(step), *map(written, (m.digits[0], bounded, m.digits[1])))
    return result


def final_table(lockstep: Lockstep) -> Table:
    result = columns("", "training cost", "validation cost", "test cost", "test accuracy")
    names = {"torch": f"torch {lockstep.precision}", "NumPy": "NumPy float64"}
    for side, name in names.items():
        costs, test = lockstep.costs[side], lockstep.test[side]
        right = "" if math.isnan(test.accuracy) else f"{test.accuracy:.2%}"
        every = (costs["train"][-1], costs["val"][-1], test.cost)
        result.add_row(name, *(f"{cost:.6f}" for cost in every), right)
    return result


def written(digits: float | None) -> str:
    if digits is None:
        return "none"
    return "all" if math.isinf(digits) else f"{max(digits, 0):.1f}"


def columns(*names: str) -> Table:
    result = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in names:
        result.add_column(name, justify="right" if name else "left")
    return result


def draw_both(lockstep: Lockstep, path: Path) -> None:
    """The costs of both, and how far apart the parameters are, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 7), dpi=150, layout="constrained")
    costs, apart = figure.subplots(2, 1)
    parts = (("train", "training", BLUE), ("val", "validation", ORANGE))
    for part, name, colour in parts:
        theirs, ours = (lockstep.costs[side][part] for side in ("torch", "NumPy"))
        epochs = range(1, len(theirs) + 1)
        dot = "." if len(theirs) < 20 else ""
        # A broad pale line below a thin dashed one: both are seen where they coincide.
        costs.plot(epochs, theirs, color=colour, lw=5, alpha=0.3, label=f"{name}, torch")
        costs.plot(epochs, ours, color=colour, ls="--", marker=dot, label=f"{name}, NumPy")
    costs.set(xlabel="epoch", ylabel="cost (1/m) Σ L", yscale="log", title="Cost by epoch")

    moments = lockstep.moments
    steps = [m.step for m in moments]
    few = "." if len(moments) < 20 else ""
    apart.plot(steps, [m.moved for m in moments], color="0.6", label="what training moved")
    bounds = lockstep.bounded
    if bounds:
        apart.plot(
            [m.step for m in bounds],
            [m.bound for m in bounds],
            color=ORANGE,
            ls="--",
            marker="." if len(bounds) < 20 else "",
            label="what rounding may come to, while that is less",
        )
    far = [m.apart or math.nan for m in moments]  # 0 has no logarithm
    apart.plot(steps, far, color=BLUE, marker=few, label="torch − NumPy")
    title = f"Distance of the parameters by step, torch at {lockstep.precision}"
    apart.set(xlabel="step", ylabel="‖·‖ over all parameters", yscale="log", title=title)
    for axes in (costs, apart):
        curve_axes(axes)
    costs.legend(frameon=False)
    # Lines may run anywhere here: below them there is room.
    apart.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.14))
    write_png(figure, path)
