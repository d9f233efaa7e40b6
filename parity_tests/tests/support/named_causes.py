"""The causes that a finding names."""

from __future__ import annotations

from parity_tests.checking.findings import Finding


def codes(finding: Finding) -> list[str]:
    return [cause.code for cause in finding.causes]
