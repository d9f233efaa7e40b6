"""Week 4's backward calls are those of their layer, whatever cache they are given."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.edited_programs import with_edits

ONE_CACHE = (PROGRAMS / "one_cache_for_every_layer.py").read_text(encoding="utf-8")


def examined(tmp_path: Path, network: str, *changes: tuple[str, str]) -> Report:
    source = ONE_CACHE
    source = with_edits(source, changes)
    (tmp_path / "mine.py").write_text(source, encoding="utf-8")
    return examine(Request(str(tmp_path / "mine.py"), network=network, examples=11))


@pytest.mark.slow
def test_with_its_own_cache_it_passes(tmp_path: Path) -> None:
    report = examined(
        tmp_path, "5-4-4-1", ("current_cache = caches[1]", "current_cache = caches[l]")
    )
    report.raise_findings()
    assert {"dZ3", "dZ2", "dZ1", "dW1", "dA0"} <= report.judged


@pytest.mark.slow
def test_another_layers_cache_is_one_finding_at_the_layer_that_takes_it(tmp_path: Path) -> None:
    report = examined(tmp_path, "5-4-4-1")
    (finding,) = report.findings
    assert (finding.tensor, finding.kind, finding.layer) == ("dZ1", "cache", 1)
    assert finding.code == "cache.of-another-layer"
    assert finding.message == (
        "the backward step of layer 1 is given the cache of layer 2, caches[1]; expected its own, "
        "caches[0]"
    )
    assert finding.yours is not None
    assert finding.yours.startswith(
        "mine.py, line 47: dA_prev, dW, db = linear_activation_backward("
    )
    # All that is right to the bit is judged, and is not accused.
    assert {"dZ3", "dW3", "db3", "dA2", "dZ2", "dW2", "db2", "dA1"} <= report.judged
    assert {"dZ1", "dW1", "db1", "dA0"} == {n for n in report.not_checked if n[0] == "d"}


@pytest.mark.slow
def test_where_shapes_then_do_not_fit_the_cache_is_the_finding_all_the_same(tmp_path: Path) -> None:
    (finding,) = examined(tmp_path, "5-4-3-1").findings
    assert (finding.code, finding.layer) == ("cache.of-another-layer", 1)


@pytest.mark.slow
def test_the_layers_after_it_are_judged_from_what_they_took(tmp_path: Path) -> None:
    """Layer 2 of four takes layer 3's cache: layer 1 is right, from the dA1 that it was given."""
    change = "current_cache = caches[1]", "current_cache = caches[2 if l == 1 else l]"
    report = examined(tmp_path, "5-4-4-4-1", change)
    assert [(f.tensor, f.code) for f in report.findings] == [("dZ2", "cache.of-another-layer")]
    assert {"dZ1", "dW1", "db1", "dA0"} <= report.judged
    assert {"dZ2", "dW2", "db2", "dA1"}.isdisjoint(report.judged)


@pytest.mark.slow
def test_another_mistake_beside_it_is_found_too(tmp_path: Path) -> None:
    change = "db = np.sum(dZ, axis=1, keepdims=True) / m", "db = np.sum(dZ, axis=1, keepdims=True)"
    report = examined(tmp_path, "5-4-4-1", change)
    assert [f.tensor for f in report.findings] == ["db3", "db2", "dZ1", "linear_backward.db"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "call", ["linear_backward(dZ=dZ, cache=lin)", "linear_backward(dZ, cache=lin)"]
)
def test_a_call_by_keywords_is_seen(tmp_path: Path, call: str) -> None:
    right = "current_cache = caches[1]", "current_cache = caches[l]"
    report = examined(tmp_path, "5-4-4-1", right, ("linear_backward(dZ, lin)", call))
    report.raise_findings()
    assert {"dZ3", "dZ2", "dZ1"} <= report.judged


@pytest.mark.slow
def test_calls_of_copies_are_told_by_their_order(tmp_path: Path) -> None:
    """A cache that was packed again is not a layer's, and its call still the next layer's."""
    right = "current_cache = caches[1]", "current_cache = caches[l]"
    again = "A_prev, W, b = cache\n", "A_prev, W, b = cache = tuple(x.copy() for x in cache)\n"
    packed = "linear_backward(dZ, lin)", "linear_backward(dZ, (lin[0].copy(), lin[1], lin[2]))"
    report = examined(tmp_path, "5-4-4-1", right, again, packed)
    report.raise_findings()
    assert {"dZ3", "dZ2", "dZ1"} <= report.judged
