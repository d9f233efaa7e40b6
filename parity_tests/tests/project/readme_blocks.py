"""Write the outputs in the READMEs (python -m parity_tests.tests.project.readme_blocks [NAME …]).

A block is a fence with a line `<!-- block: NAME -->` above it. A block of Python with a block
`NAME output` is run, and `SHOWN` makes the others by running their commands or programs.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import ref_numpy
from parity_tests import check
from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.campaigns.fault_injection import faulty_run
from parity_tests.checking.findings import Finding
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.adapters.gpt_programs.mistake_table import table_of_gpt_mistakes
from parity_tests.tests.adapters.public_programs.programs import table_of_programs
from parity_tests.tests.project.lesson_notebooks import FOLDER, execute
from parity_tests.tests.project.ten_mistakes import ten_mistakes
from parity_tests.tests.support.paths import PROGRAMS, ROOT
from ref_numpy import NetworkSpec

BLOCK = re.compile(
    r"^<!-- block: (?P<name>[^\n]+) -->\n```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
OUTPUT = " output"


def documents() -> list[Path]:
    """Return the README of the repository and those of its folders."""
    folders = (path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
    own = (path for folder in folders for path in folder.rglob("README.md"))
    return [ROOT / "README.md", *sorted(own)]


def blocks() -> dict[str, str]:
    """Return the text of every block, by name.

    Raises:
        ValueError: Two blocks have one name.
    """
    found: dict[str, str] = {}
    for path in documents():
        for match in BLOCK.finditer(path.read_text(encoding="utf-8")):
            if match["name"] in found:
                raise ValueError(f"two blocks are named {match['name']!r}: rename one")
            found[match["name"]] = match["text"]
    return found


def block(name: str) -> str:
    """Return the text of one block."""
    return blocks()[name]


def run_example(name: str) -> str:
    """Return the output of a block of Python."""
    done = subprocess.run(
        [sys.executable, "-c", block(name)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


def run_command(*arguments: str, folder: Path = ROOT) -> str:
    """Return the output of `parity` with these arguments."""
    done = subprocess.run(
        [sys.executable, "-m", "parity_tests", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout


def shorten(text: str, rows: Sequence[str], end: str = "") -> str:
    """Return a report with these rows of its table, … for the others, and its findings.

    Args:
        text: The printed report.
        rows: The names of the tensors that are kept.
        end: The start of the last line that is kept; empty where no findings are kept.
    """
    lines = text.splitlines()
    table = lines[2 : lines.index("")]
    kept = [line for line in table if line.split(" ")[0] in rows]
    findings: list[str] = []
    if end:
        (last,) = (k for k, line in enumerate(lines) if line.startswith(end))
        findings = lines[lines.index("") : last + 1]
    return "\n".join([*lines[:2], "…", *kept, "…", *findings]) + "\n"


def wrong_derivative() -> str:
    """Return the report on week 3 with the wrong derivative of tanh."""
    source = (PROGRAMS / "week3.py").read_text()
    wrong = source.replace("(1 - np.power(A1, 2))", "(1 - A1)")
    assert wrong != source
    (arguments,) = re.findall(r"parity (check mine.py --network .*?) *#", block("check"))
    with TemporaryDirectory() as folder:
        (Path(folder) / "mine.py").write_text(wrong)
        text = run_command(*arguments.split(), folder=Path(folder))
        return shorten(text, ("dZ2", "dW2", "db2", "dZ1", "dW1", "db1"), "not checked")


def wrong_axis() -> Finding:
    """Return the finding on week 4 with db summed over the units."""
    source = (PROGRAMS / "week4.py").read_text()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mine.py"
        path.write_text(source.replace("axis=1, keepdims", "axis=0, keepdims"))
        return examine(Request(str(path), network="5-4-3-2", examples=11)).findings[0]


def added_gradients() -> Finding:
    """Return the finding on a program that adds the gradients of its calls."""
    spec, sums = NetworkSpec.dense([5, 7, 3], "relu", "softmax"), dict[str, Any]()

    def accumulates(*problem: Any) -> Any:
        trace = ref_numpy.run(*problem)
        sums["dW2"] = sums.get("dW2", 0) + trace["dW2"]
        return trace | sums

    return check(accumulates, spec, *random_problem(spec, 11)).findings[0]


def two_examples() -> Finding:
    """Return the finding on a trace with two wrong examples."""
    spec = NetworkSpec.dense([5, 7, 6, 3], ["relu", "tanh"], "softmax", lambd=0.3)
    problem = random_problem(spec, 11, 3)
    odd = np.isin(np.arange(11), (2, 5))
    trace = faulty_run(spec, *problem, {"Z2": lambda Z: np.where(odd, Z + 1, Z)})
    return check(trace, spec, *problem).findings[0]


def twin_table() -> str:
    """Return the table of the command in the block `twin`, shortened."""
    arguments = block("twin").split("parity ")[1].split()
    return shorten(run_command(*arguments), ("dW2", "db2", "dA1"))


def lesson_check() -> str:
    """Return the output of the last cell of lesson 1, with a solution that forgets b."""
    from nbformat import v4

    answer = (FOLDER / "answers" / "01_vectorisation.py").read_text(encoding="utf-8")
    wrong = answer.replace(" + b\n", "\n")
    assert wrong != answer
    first, check = (
        "from parity_tests import check_functions",
        "print(check_functions(linear_forward))",
    )
    cells = [v4.new_code_cell(source) for source in (first, wrong, check)]
    (output,) = execute(v4.new_notebook(cells=cells)).cells[-1].outputs
    return output.text


SHOWN: dict[str, Callable[[], object]] = {
    "finding": wrong_derivative,
    "finding: wrong axis": wrong_axis,
    "finding: added gradients": added_gradients,
    "finding: two examples": two_examples,
    "twin output": twin_table,
    "lesson output": lesson_check,
    "ten mistakes": ten_mistakes,
    "public programs": table_of_programs,
    "gpt mistakes": table_of_gpt_mistakes,
}


def made(name: str) -> str:
    """Return the text that a block of output should have."""
    if name in SHOWN:
        lines = str(SHOWN[name]()).rstrip("\n").splitlines()
        return "".join(f"{line.rstrip()}\n" for line in lines)
    return run_example(name.removesuffix(OUTPUT))


def outputs() -> list[str]:
    """Return the names of the blocks that are made."""
    found = blocks()
    examples = [name + OUTPUT for name in found if name + OUTPUT in found]
    return [*SHOWN, *(name for name in examples if name not in SHOWN)]


def rewrite(texts: dict[str, str]) -> None:
    """Write these texts into their blocks."""
    for path in documents():
        text = path.read_text(encoding="utf-8")

        def anew(match: re.Match[str]) -> str:
            new = texts.get(match["name"], match["text"])
            return f"<!-- block: {match['name']} -->\n```{match['language']}\n{new}```"

        changed = BLOCK.sub(anew, text)
        if changed != text:
            path.write_text(changed, encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")


def main(names: Sequence[str]) -> int:
    """Make the named blocks, or all, and write them."""
    rewrite({name: made(name) for name in names or outputs()})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
