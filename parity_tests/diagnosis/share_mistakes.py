"""Mistakes in the sum of a gradient's shares: one is missing, is there twice, or is alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from parity_tests.checking.causes import Cause
from parity_tests.checking.expected.shares import L2_TERM, total
from parity_tests.diagnosis.cause_wording import CAUSES
from parity_tests.diagnosis.tensor_context import Computed


def of_shares(name: str, shares: Mapping[str, Any]) -> Iterator[Computed]:
    """Yield that a share is missing, is the only one, or was added twice."""
    right = " + ".join(f"share of {by}" for by in shares)
    for by, share in shares.items():
        others = [x for other, x in shares.items() if other != by]
        given = {
            "share-missing": others,
            "share-twice": [share, share, *others],
            "share-alone": [share] if len(others) > 1 else [],
        }
        for code, some in given.items():
            if some:
                facts = {"by": by, "n": len(shares) - (L2_TERM in shares)}
                text = f"{name} = {WRONG_SUMS[code].format(by=by)}"
                sentence = CAUSES[
                    "L2-missing" if (code, by) == ("share-missing", L2_TERM) else code
                ]
                cause = Cause(f"share.{code}", sentence, text, f"{name} = {right}", facts)
                yield Computed(cause, total(some))


WRONG_SUMS = {
    "share-missing": "all shares but that of {by}",
    "share-twice": "all shares, that of {by} twice",
    "share-alone": "share of {by}",
}
