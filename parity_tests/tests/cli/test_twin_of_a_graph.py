"""`parity twin --network FILE`: a graph of a file, evaluated or in training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parity_tests.cli.commands import main
from parity_tests.tests.support.graphs.dropping_networks import residual
from ref_numpy import NetworkSpec


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "net.json"
    path.write_text(residual().to_json(), "utf-8")
    return str(path)


def test_a_graph_is_compared_in_training_and_without(file: str, capsys: Any) -> None:
    assert main(["twin", "--network", file, "--examples", "11"]) == 0
    output = capsys.readouterr().out
    assert "passed; " in output
    # A parameter is named after its step, and is no result of a function that was called alone.
    assert "\ndk.W " in output
    assert "function alone" not in output
    assert main(["twin", "--network", file, "--examples", "11", "--training", "--seed", "3"]) == 0
    assert "passed in training; " in capsys.readouterr().out


def test_options_without_an_effect_are_refused(file: str, tmp_path: Path, capsys: Any) -> None:
    plain = tmp_path / "plain.json"
    plain.write_text(NetworkSpec.dense([5, 3]).to_json(), "utf-8")

    def refused(*options: str) -> str:
        assert main(["twin", *options]) == 2
        return capsys.readouterr().err

    both = refused("--network", file, "--hidden", "relu", "--lambd", "1")
    assert "describes its network (" in both
    assert "leave --hidden --lambd out" in both
    for network in (("--network", str(plain)), ("--network", "5-3"), ()):
        assert "--training has no effect on" in refused(*network, "--training")
    assert "is neither a file nor a folder" in refused("--network", str(tmp_path / "missing.json"))
