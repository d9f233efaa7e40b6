"""--hints of the command, and of pytest's plugin: what is hidden is in no output."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from parity_tests.cli.commands import main
from parity_tests.tests.support.paths import PROGRAMS

SECRETS = ("dA * (1 - A", "A² was expected", "mine.py, line 22")
PROBLEM = ("--network", "5-4-1", "--examples", "11")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    source = (PROGRAMS / "week3.py").read_text(encoding="utf-8")
    (tmp_path / "mine.py").write_text(source.replace("np.power(A1, 2)", "A1"), encoding="utf-8")
    return tmp_path / "mine.py"


@pytest.mark.slow
def test_the_command_reveals_as_much_as_it_was_given(mine: Path, capsys: Any) -> None:
    printed = {}
    for level in ("where", "line"):
        assert main(["check", str(mine), *PROBLEM, "--hints", level]) == 1
        printed[level] = capsys.readouterr().out
    assert [s for s in SECRETS if s not in printed["line"]] == []
    assert [s for s in SECRETS if s in printed["where"]] == []
    (row,) = [line.split() for line in printed["where"].split("\n") if line.startswith("dZ1  ")]
    assert row == ["dZ1", "(4,", "11)", "✗"]
    assert main(["check", str(mine), *PROBLEM, "--hints", "what", "--json"]) == 1
    text = capsys.readouterr().out
    report = json.loads(text)
    assert [s for s in SECRETS if s in json.dumps(report, ensure_ascii=False)] == []
    (finding,) = report["findings"]
    assert (report["hints"], finding["wrong"], finding["cause"]) == ("what", 44, None)


@pytest.mark.slow
@pytest.mark.subprocess
def test_the_plugin_writes_no_more_into_a_junit_file(mine: Path) -> None:
    command = (
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "parity_tests",
        "--candidate", "mine.py", *PROBLEM, "--hints", "where", "--junitxml", "out.xml",
    )  # fmt: skip
    done = subprocess.run(
        command, cwd=mine.parent, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 1, done.stdout
    text = done.stdout + (mine.parent / "out.xml").read_text(encoding="utf-8")
    assert "dZ1 is wrong, in the backward step of layer 1" in text
    assert [s for s in SECRETS if s in text] == []


def test_an_unknown_level_is_one_sentence(capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", "mine.py", "--hints", "all"])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("--hints is 'all'; expected one of where, what, line.")
