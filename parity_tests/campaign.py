"""The campaign: every mistake at every place of several networks, planted, found and explained?"""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.progress import track
from rich.table import Table

from parity_tests.planting import NETWORKS, VERDICTS, planted

PRECISIONS = ("float64", "float32", "bfloat16")


def campaign(console: Console) -> int:
    """A table of the precisions; 1 where a mistake was found elsewhere or explained wrongly."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("precision", "planted", *VERDICTS):
        table.add_column(column, justify="left" if column == "precision" else "right")
    failed = 0
    for precision in PRECISIONS:
        verdicts: Counter[str] = Counter()
        for network in track(NETWORKS, f"{precision:8}", console=console):
            for one in planted(network, precision):
                verdicts[one.verdict] += 1
                if one.verdict in ("wrong", "elsewhere", "unknown"):
                    console.print(f"{precision} {one}", markup=False, soft_wrap=True)
        table.add_row(precision, str(verdicts.total()), *(str(verdicts[v]) for v in VERDICTS))
        failed += verdicts["wrong"] + verdicts["elsewhere"]
    console.print(table)
    return 1 if failed else 0
