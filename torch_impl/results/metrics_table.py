"""The figures of a test on the terminal: a few lines, and a table that stays short."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ref_numpy.data.labels import shortened
from ref_numpy.terminal import printable
from torch_impl.wording import counted

SHOWN = 10  # rows of a table
LETTERS = 24  # of a name
UNDEFINED = "–"

Figures = Mapping[str, Any]


def metrics_lines(metrics: Figures, accuracy: str = "test accuracy") -> dict[str, str]:
    """Return the lines above the table by their names, with the baseline's figures.

    Args:
        metrics: of a part.
        accuracy: the name of the first line.
    """
    if metrics["task"] == "regression":
        return {}
    base, m = metrics["baseline"], metrics["examples"]
    right = f"{percent(metrics['accuracy'])} of {counted(m, 'example')}; baseline "
    lines = {accuracy: f"{right}{percent(base['accuracy'])} ({baseline_in_words(metrics)})"}
    if metrics["task"] == "multilabel":
        exact = f"{percent(metrics['exact_matches'])}, of the examples with all labels right"
        lines["exact matches"] = f"{exact}; baseline {percent(base['exact_matches'])}"
        over = "the mean over the labels"
    else:
        balanced = f"{percent(metrics['balanced_accuracy'])}, the mean of the classes' recalls"
        lines["balanced"] = f"{balanced}; baseline {percent(base['balanced_accuracy'])}"
        names = list(metrics["classes"])
        over = "the mean over the classes, each against the rest"
        over = f"of class {shown_name(names[1])}" if len(names) == 2 else over
    lines["AUC"] = "undefined, since the labels are all equal"
    if metrics["auc"] is not None:
        lines["AUC"] = f"{number(metrics['auc'])}, {over}; baseline {base['auc']}"
    return lines


def baseline_in_words(metrics: Figures) -> str:
    """Return the constant prediction in words."""
    where = "the training" if metrics["baseline_from"] == "train" else "these data"
    if metrics["task"] == "multilabel":
        return f"each label's most frequent value in {where}"
    return f"always {shown_name(metrics['baseline']['prediction'])}, most frequent in {where}"


def metrics_table(metrics: Figures) -> tuple[Table | None, list[str]]:
    """Return the table of the classes, labels or outputs, the worst SHOWN of many, and notes."""
    if metrics["task"] == "regression":
        return outputs_table(metrics["outputs"])
    kind, word = ("labels", "label") if metrics["task"] == "multilabel" else ("classes", "class")
    rows = metrics[kind]
    counts = "true" if word == "label" else "examples"
    columns: dict[str, tuple[str, Callable[[Any], str]]] = {
        "precision": ("precision", percent), "recall": ("recall", percent),
        "F1": ("f1", number), "AUC": ("auc", number), counts: ("count", str),
    }  # fmt: skip
    if word == "label":
        columns |= {"accuracy": ("accuracy", percent),
                    "baseline": ("baseline_accuracy", percent)}  # fmt: skip
    elif len(rows) == 2:
        del columns["AUC"]  # it is the same of both
    absent = [name for name, figures in rows.items() if not figures["count"]]
    judged = [name for name, figures in rows.items() if figures["f1"] is not None]
    worst = sorted(judged, key=lambda name: rows[name]["f1"])[:SHOWN]
    names = [name for name in judged if name in {*worst}] if len(judged) <= SHOWN else worst
    table = table_with(word, *columns)
    for name in names:
        cells = (show(rows[name][key]) for key, show in columns.values())
        table.add_row(Text(shown_name(name)), *cells)
    notes = []
    if len(judged) > SHOWN:
        notes.append(f"the {SHOWN} {kind} with the lowest F1, of {len(rows)}")
    if absent:
        named = ", ".join(map(shown_name, absent[:SHOWN])) + (", …" if absent[SHOWN:] else "")
        notes.append(f"without examples here, and in no mean: {named}")
    if any(rows[name]["precision"] is None for name in names):
        notes.append(f"precision {UNDEFINED}: never predicted")
    return (table if names else None), notes


def outputs_table(outputs: Figures) -> tuple[Table, list[str]]:
    """Return the table of a regression's outputs, the worst SHOWN of many, and notes."""
    table = table_with("output", "R²", "RMSE", "MAE", "RMSE, MAE of the mean")
    undefined = [name for name, figures in outputs.items() if figures["r2"] is None]
    by_r2 = sorted(
        outputs, key=lambda name: -math.inf if name in undefined else outputs[name]["r2"]
    )
    names = by_r2[:SHOWN] if len(outputs) > SHOWN else list(outputs)
    for name in names:
        of = outputs[name]
        base = of["baseline"]
        both = "" if base is None else f"{number(base['rmse'])}, {number(base['mae'])}"
        figures = (number(of[key]) for key in ("r2", "rmse", "mae"))
        table.add_row(Text(shown_name(name)), *figures, both)
    notes = []
    if len(outputs) > SHOWN:
        notes.append(f"the {SHOWN} outputs with the lowest R², of {len(outputs)}")
    if undefined:
        notes.append(f"R² {UNDEFINED}: the targets are all equal")
    return table, notes


def show_table(metrics: Figures) -> None:
    """Print the table and its notes."""
    table, notes = metrics_table(metrics)
    console = Console(highlight=False, emoji=False, markup=False)
    print()
    if table is not None:
        console.print(table)
    for note in notes:
        print(f"({note})")
    print()


def table_with(first: str, *names: str) -> Table:
    """Return an empty table with these columns."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column(first, no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def shown_name(name: str) -> str:
    """Return a name on one line; a long one with its beginning and its end, where names differ."""
    line = printable(shortened(name, max(len(name), 1)))
    if len(line) <= LETTERS:
        return line
    tail = LETTERS // 2 - 1
    return f"{line[: LETTERS - 1 - tail]}…{line[-tail:]}"


def percent(share: float | None) -> str:
    """Return 97.22%."""
    return UNDEFINED if share is None else f"{share:.2%}"


def number(figure: float | None) -> str:
    """Return four decimals, or four digits of a number that needs other ones."""
    if figure is None:
        return UNDEFINED
    plain = not figure or 1 <= 1000 * abs(figure) < 1e7
    return f"{figure:.4f}" if plain else f"{figure:.4g}"
