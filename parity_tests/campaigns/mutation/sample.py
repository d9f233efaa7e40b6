"""The command `parity mutation --sample N`: the score of a package, from N of its mutants.

The mutants are drawn at random, each with the same probability and none twice. With k of n killed
the score is k/n, and its interval that of Clopper and Pearson, *The use of confidence or fiducial
limits illustrated in the case of the binomial*, Biometrika 26(4), 1934: whatever the true score is,
it is within the interval of at least 95 % of the samples. The record is not changed.
"""

from __future__ import annotations

import fnmatch
import random
from collections.abc import Mapping

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from scipy.stats import binomtest

from parity_tests.campaigns.mutation.line_coverage import kept, key, record
from parity_tests.campaigns.mutation.mutants import Mutant
from parity_tests.campaigns.mutation.record import Survivor, read
from parity_tests.campaigns.mutation.run import Source, read_sources, tried
from parity_tests.campaigns.mutation.scope import SAMPLED, TRIED, is_in
from parity_tests.campaigns.mutation.worker import warm_up

CONFIDENCE = 0.95


def sample(
    n: int, seed: int, only: str, jobs: int, patience: float, console: Console
) -> dict[Mutant, bool]:
    """Try n mutants of each package, and print a row for each.

    Args:
        n: mutants of a package, or all where it has fewer.
        seed: of the draw.
        only: those of the units that match this pattern; "" for all that are sampled.
        jobs: processes at a time.
        patience: processor time for the tests of a mutant, in seconds.
        console: to print on.

    Returns:
        Whether each mutant survived.
    """
    sources = read_sources({**TRIED, **SAMPLED} if only else SAMPLED)
    every = of_packages(sources, only)
    drawn = {package: draw(of, n, seed) for package, of in every.items()}
    chosen = [mutant for of in drawn.values() for mutant in of]
    warm_up()
    reach = kept() or record(jobs)
    alive: dict[Mutant, bool] = {}
    with Progress(console=console, auto_refresh=False) as progress:
        task = progress.add_task("mutants", total=len(chosen))
        for mutant, lived in tried(chosen, sources, reach, jobs, patience):
            alive[mutant] = lived
            progress.update(task, advance=1, refresh=True)
    show_sample({p: len(of) for p, of in every.items()}, drawn, alive, console)
    return alive


def of_packages(sources: Mapping[str, Source], only: str) -> dict[str, list[Mutant]]:
    """Return the mutants of each package whose units match the pattern."""
    found: dict[str, list[Mutant]] = {}
    for module, source in sources.items():
        package = next(name for name in (*TRIED, *SAMPLED) if is_in(module, name))
        for unit, of in source.mutants.items():
            if fnmatch.fnmatch(key(unit), only or "*"):
                found.setdefault(package, []).extend(of)
    return found


def draw(mutants: list[Mutant], n: int, seed: int) -> list[Mutant]:
    """Draw n of the mutants, or all where there are fewer, in the order of the sources."""
    chosen = random.Random(seed).sample(range(len(mutants)), min(n, len(mutants)))
    return [mutants[i] for i in sorted(chosen)]


def interval(killed: int, n: int) -> tuple[float, float]:
    """Return the interval of the score, by Clopper and Pearson."""
    found = binomtest(killed, n).proportion_ci(CONFIDENCE, method="exact")
    return found.low, found.high


def show_sample(
    totals: Mapping[str, int],
    drawn: Mapping[str, list[Mutant]],
    alive: Mapping[Mutant, bool],
    console: Console,
) -> None:
    """Print a row for each package, and each mutant that survived and that no reason explains."""
    explained = {(name, s) for name, one in read().items() for s in one.survivors if s.why}
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("package", "mutants", "tried", "killed", "equivalent", "surviving", "score", ""):
        table.add_column(column, justify="left" if column == "package" else "right", no_wrap=True)
    surviving: list[Mutant] = []
    for package, of in drawn.items():
        lives = [mutant for mutant in of if alive[mutant]]
        left = [m for m in lives if (key(m.unit), Survivor.of(m)) not in explained]
        killed, surviving = len(of) - len(lives), [*surviving, *left]
        if counted := killed + len(left):
            low, high = interval(killed, counted)
            score = f"{killed / counted:.1%}", f"{low:.1%} to {high:.1%}"
        else:
            score = "", ""
        numbers = totals[package], len(of), killed, len(lives) - len(left), len(left)
        table.add_row(package, *map(str, numbers), *score)
    console.print(table)
    for mutant in surviving:
        console.print(f"\n{key(mutant.unit)}", style="bold", markup=False)
        text = f"- {mutant.before}\n+ {mutant.after}"
        console.print(text, markup=False, soft_wrap=True)
