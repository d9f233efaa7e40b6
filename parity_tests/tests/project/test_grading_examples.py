"""The examples for Gradescope and nbgrader run, as those run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from parity_tests.tests.support.paths import PROGRAMS, ROOT

EXAMPLES = ROOT / "lessons" / "examples"
GRADESCOPE = EXAMPLES / "gradescope"
if not GRADESCOPE.is_dir():
    pytest.skip("the lessons are only in a checkout", allow_module_level=True)

pytestmark = pytest.mark.subprocess


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def autograder(tmp_path: Path) -> Path:
    """The folders that Gradescope makes, with the submission of a learner: wrong in dZ1."""
    for folder in ("submission", "results", "source"):
        (tmp_path / folder).mkdir()
    source = (PROGRAMS / "week3.py").read_text(encoding="utf-8").replace("np.power(A1, 2)", "A1")
    (tmp_path / "submission/mine.py").write_text(source, encoding="utf-8")
    parity = f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -m parity_tests "$@"'
    program(tmp_path / "venv/bin/parity", parity)
    return tmp_path


def run(script: str, root: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"AUTOGRADER": str(root), **variables}
    return subprocess.run(
        [GRADESCOPE / script], cwd=root, env=environment, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip


@pytest.mark.slow
def test_gradescope_gets_its_results(autograder: Path) -> None:
    done = run("run_autograder", autograder)
    assert done.returncode == 0, done.stderr
    text = (autograder / "results/results.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    wrong = {test["name"]: test["output"] for test in read["tests"] if not test["score"]}
    assert wrong.keys() == {"dZ1"}
    assert wrong["dZ1"].startswith("dZ1 is wrong, in the backward step of layer 1")
    right = {test["name"] for test in read["tests"] if test["score"]}
    assert {"dW1", "db1", "dW2", "db2", "J", "update_parameters.W1"} <= right
    assert read["score"] == 10.0 * len(right) / (len(right) + 1)
    assert "1 − A" not in text


@pytest.mark.slow
def test_gradescope_gets_results_without_a_program(autograder: Path) -> None:
    (autograder / "submission/mine.py").unlink()
    assert run("run_autograder", autograder).returncode == 0
    read = json.loads((autograder / "results/results.json").read_text(encoding="utf-8"))
    assert (read["score"], read["tests"]) == (0, [])
    assert "has no program" in read["output"]


def test_gradescopes_setup_installs_into_an_environment(tmp_path: Path) -> None:
    """Run with stand-ins for the commands that need the network; they note how they are called."""
    note = f'echo "$(basename "$0") $*" >> "{tmp_path}/calls"'
    made = f'{note}; mkdir -p "$3/bin"; printf "#!/bin/sh\\n%s\\n" \'{note}\' > "$3/bin/pip"'
    program(tmp_path / "bin/apt-get", note)
    program(tmp_path / "bin/python3", f'{made}; chmod +x "$3/bin/pip"')
    (tmp_path / "source").mkdir()
    wheel = tmp_path / "source/backprop_with_proof-0.2.0-py3-none-any.whl"
    wheel.touch()
    done = run("setup.sh", tmp_path, PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[2] == f"python3 -m venv {tmp_path / 'venv'}"
    assert calls[3].startswith("pip install numpy>=2 ")
    assert calls[4] == f"pip install --no-deps {wheel}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "points"),
    [
        ("", "", 10.0),
        ("dZ @ A_prev.T / m", "dZ @ A_prev.T", 10 * (2 / 3)),
        ("return dA_prev", "1/0", 0.0),
    ],
)
def test_nbgrader_gets_its_points(old: str, new: str, points: float) -> None:
    """It takes the number that is the output of the cell that is graded."""
    jupytext, nbclient = pytest.importorskip("jupytext"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    text = (EXAMPLES / "nbgrader_exercise.py").read_text(encoding="utf-8")
    assert old in text
    notebook = jupytext.reads(text.replace(old, new) if old else text, "py:percent")
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", allow_errors=True
    ).execute(cwd=ROOT)
    (cell,) = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
    assert cell.metadata["nbgrader"]["points"] == 10
    kinds = [(x.output_type, x.get("name")) for x in cell.outputs]
    assert ("stream", "stderr") not in kinds  # which nbgrader takes for an error
    (shown,) = [x.data["text/plain"] for x in cell.outputs if x.output_type == "execute_result"]
    assert float(shown) == points
    printed = "".join(x.text for x in cell.outputs if x.output_type == "stream")
    assert "A_prev" not in printed.partition("\n")[2].replace("dA_prev", "")
