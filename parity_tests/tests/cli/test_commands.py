"""The list of commands: new names in the help, old names still answered."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest

import ref_numpy
from parity_tests.cli.commands import COMMANDS, OLD_NAMES, main
from parity_tests.tests.support.paths import ROOT


def help_of(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    with pytest.raises(SystemExit) as end:
        main([*args, "-h"])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_the_help_lists_every_command_with_one_line(capsys) -> None:
    text = " ".join(help_of(capsys).split())
    for name, command in COMMANDS.items():
        assert f"{name} {command.summary}" in text
    assert not any(f" {old} " in text for old in OLD_NAMES)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_an_example_that_can_be_read(capsys, name: str) -> None:
    text = " ".join(help_of(capsys, name).split())
    example = f"Example: python -m parity_tests {name} {COMMANDS[name].example}".rstrip()
    assert text.endswith(example)


@pytest.mark.parametrize(("old", "new"), OLD_NAMES.items())
def test_an_old_name_is_the_new_command(capsys, old: str, new: str) -> None:
    assert help_of(capsys, old) == help_of(capsys, new)


def test_an_unknown_command_is_answered_with_the_known_ones(capsys) -> None:
    for args, message in (
        (["chekc"], "parity: error: unknown command 'chekc'; did you mean check?\n"),
        (
            ["zzz"],
            f"parity: error: unknown command 'zzz'; expected one of {', '.join(COMMANDS)}.\n",
        ),
        ([], "parity: error: the following arguments are required: command\n"),
        (["check"], "parity: error: the following arguments are required: candidate\n"),
    ):
        with pytest.raises(SystemExit) as end:
            main(args)
        assert end.value.code == 2
        assert capsys.readouterr().err == message


def test_the_version_is_printed(capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"backprop-with-proof {ref_numpy.__version__}\n"


@pytest.mark.slow
def test_the_console_scripts_are_functions_that_exist() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "scripts"
    ]
    assert scripts == {"parity": "parity_tests.cli.start:run", "parity-train": "train:run"}
    call = "import sys; sys.argv = ['/bin/parity', 'check', 'no.py']; " + (
        "from parity_tests.cli.start import run; sys.exit(run())"
    )
    done = subprocess.run(
        [sys.executable, "-c", call], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("parity: error: no.py is not a file")
    assert "def run() -> int:" in (ROOT / "train.py").read_text(encoding="utf-8")
