"""A candidate is called again with other numbers of examples: multiples of a tile, and others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from parity_tests import check
from parity_tests.checking.guarded_calls import CandidateLost
from parity_tests.checking.judged import Calls
from parity_tests.checking.other_problems import TILE, other_sizes
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.repeated_calls import PROBLEM, SPEC, changing
from ref_numpy import Array


@pytest.mark.slow
def test_the_rest_of_a_larger_batch_in_a_buffer_is_found() -> None:
    """The buffer grows with m, and a sum over it all has columns of the larger batch before."""
    buffers: list[Array] = []

    def buffered(trace: Any, n: int, problem: Any) -> Any:
        dZ2, m = trace["dZ2"], problem[2].shape[1]
        if not buffers or buffers[0].shape[1] < m:
            buffers[:] = [np.zeros_like(dZ2)]
        buffers[0][:, :m] = dZ2
        return trace | {"db2": buffers[0].sum(axis=1, keepdims=True) / m}

    for m in (11, 64, 100):
        buffers.clear()
        (finding,) = check(changing(buffered), SPEC, *random_problem(SPEC, m)).findings
        assert finding.tensor == "db2"


@pytest.mark.parametrize("m", [*range(1, 200), 256, 1000, 4096])
def test_one_number_of_examples_is_a_multiple_of_the_tile_and_one_has_a_rest(m: int) -> None:
    every = [m, *other_sizes(m)]
    assert any(n % TILE == 0 for n in every)
    assert any(n > TILE and n % 8 for n in every)
    assert len(set(every)) == len(every) <= 3


@pytest.mark.parametrize("tile", [8, 16, 64])
@pytest.mark.parametrize("m", [11, 64, 256])
def test_a_last_tile_that_is_left_out_is_found(m: int, tile: int) -> None:
    def tiled(trace: Any, n: int, problem: Any) -> Any:
        whole = max(problem[2].shape[1] // tile, 1) * tile
        db2 = trace["dZ2"][:, :whole].sum(axis=1, keepdims=True) / problem[2].shape[1]
        return trace | {"db2": db2}

    report = check(changing(tiled), SPEC, *random_problem(SPEC, m))
    assert [f.tensor for f in report.findings] == ["db2"]
    if m == 64:
        assert "with m = 79, no multiple of 8" in str(report.findings[0])


def test_an_error_at_multiples_of_the_tile_alone_is_found() -> None:
    wrong = changing(lambda t, n, p: t if p[2].shape[1] % TILE else t | {"J": 2 * t["J"]})
    (finding,) = check(wrong, SPEC, *PROBLEM).findings
    assert finding.code == "J.value-later-size"
    assert finding.facts["where"] == ("with m = 64, a multiple of 64",)


def test_the_end_of_the_process_names_the_call() -> None:
    """It is no finding like others: there is nothing more to call."""

    def crashes(trace: Any, n: int, problem: Any) -> Any:
        if problem[2].shape[1] == 79:
            raise CandidateLost("mine crashed with SIGSEGV", "call.crashed")
        return trace

    with pytest.raises(
        CandidateLost, match="failed with m = 79, no multiple of 8: mine cra"
    ) as end:
        check(changing(crashes), SPEC, *PROBLEM)
    assert end.value.code == "call.crashed"


def test_a_program_for_one_m_is_not_judged_at_another() -> None:
    def fixed(trace: Any, n: int, problem: Any) -> Any:
        if problem[2].shape[1] != 11:
            raise ValueError("compiled for 11 examples")
        return trace

    report = check(changing(fixed), SPEC, *PROBLEM)
    assert report.passed
    assert report.calls == Calls(2, (11, 11))
    assert report.notes == (
        "not judged with m = 79, no multiple of 8, where it failed: compiled for 11 examples",
        "not judged with m = 64, a multiple of 64, where it failed: compiled for 11 examples",
    )
