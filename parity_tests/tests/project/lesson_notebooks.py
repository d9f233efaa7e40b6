"""Write the lessons' notebooks (python -m parity_tests.tests.project.lesson_notebooks [NAME …]).

A notebook is the text beside it, run in a new kernel. The output of the last cell is left out: it
checks an exercise that is not solved yet, and its report shows the right line. A NAME is the start
of a lesson's file name, such as 03; without one all are written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from parity_tests.tests.support.paths import ROOT

FOLDER = ROOT / "lessons"
LESSONS = sorted(FOLDER.glob("[0-9][0-9]_*.py"))


def read(path: Path) -> Any:
    """Return the notebook of an .ipynb, or of the text beside it."""
    import jupytext

    return jupytext.read(path)


def execute(notebook: Any) -> Any:
    """Run every cell in a new kernel, in the lessons' folder, and return the notebook.

    On one thread: matrices this small take longer on several.

    Raises:
        CellExecutionError: a cell raised an exception.
    """
    import nbclient

    client = nbclient.NotebookClient(
        notebook, timeout=600, kernel_name="python3", coalesce_streams=True
    )
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return client.execute(cwd=FOLDER, env=os.environ | one_thread)


def executed(path: Path) -> Any:
    """Return the notebook of a lesson's text with the outputs that are stored."""
    notebook = execute(read(path))
    for k, cell in enumerate(notebook.cells):
        cell.id = f"cell-{k}"  # not a random one: a notebook that was run again differs little
        cell.metadata.pop("execution", None)
    notebook.cells[-1].outputs, notebook.cells[-1].execution_count = [], None
    return notebook


def main(names: Sequence[str]) -> int:
    """Write the notebooks of the named lessons, or of all."""
    import jupytext

    for path in LESSONS:
        if not names or path.name.startswith(tuple(names)):
            jupytext.write(executed(path), path.with_suffix(".ipynb"))
            print(f"written: {path.with_suffix('.ipynb').relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
