"""Findings of several tensors that one mistake explains, as one finding.

The explainer returns a finding for each, and marks those that have the mistake in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from parity_tests.checking.findings import VALUES, Finding, kind_of, with_facts

GROUP = "group"  # the fact that marks them
TRANSPOSED = ".transposed"  # the end of a cause's code
MANY = 3  # kinds of tensors


def in_group(finding: Finding, group: str) -> Finding:
    """Return the finding with the name of its group."""
    return replace(finding, facts={**finding.facts, GROUP: group})


def with_groups(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings; those of tensors of one kind that have a cause in common as a group.

    Each of the group keeps the causes that all of them have.
    """
    result = [*findings]
    left = [i for i, f in enumerate(findings) if f.causes and f.kind in (*VALUES, "shape")]
    while left:
        first, *others = left
        group, common = [first], codes(findings[first])
        for i in others:
            if is_alike(findings[first], findings[i]) and common & codes(findings[i]):
                group.append(i)
                common &= codes(findings[i])
        left = [i for i in left if i not in group]
        for i in group if len(group) > 1 else ():
            causes = tuple(c for c in findings[i].causes if c.code in common)
            result[i] = in_group(replace(findings[i], causes=causes), findings[first].tensor)
    return result


def with_transposed(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings; those of tensors that are transposed as a group, if most kinds are.

    Examples in rows make every tensor transposed. One kind alone is a mistake in its own line.
    """
    turned = [f for f in findings if any(c.code.endswith(TRANSPOSED) for c in f.causes)]
    if len({kind_of(f.tensor) for f in turned}) < MANY:
        return [*findings]
    every = set(map(id, turned))
    return [only_transposed(f) if id(f) in every else f for f in findings]


def only_transposed(finding: Finding) -> Finding:
    """Return the finding with this cause alone, in the group of all that have it."""
    causes = tuple(c for c in finding.causes if c.code.endswith(TRANSPOSED))
    return in_group(replace(finding, causes=causes), TRANSPOSED)


def codes(finding: Finding) -> set[str]:
    """Return the codes of a finding's causes."""
    return {cause.code for cause in finding.causes}


def is_alike(one: Finding, other: Finding) -> bool:
    """Return whether two findings are of the same kind of tensor, and of the same kind."""
    return (kind_of(one.tensor), one.kind) == (kind_of(other.tensor), other.kind)


def joined(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, those of a group as one."""
    every = [*findings]
    groups: dict[str, list[Finding]] = {}
    for f in every:
        if GROUP in f.facts:
            groups.setdefault(f.facts[GROUP], []).append(f)
    first = {id(group[0]): with_others(group[0], group[1:]) for group in groups.values()}
    return [first.get(id(f), f) for f in every if GROUP not in f.facts or id(f) in first]


def with_others(finding: Finding, others: Sequence[Finding]) -> Finding:
    """Return the finding with the other tensors that it is of: "W1 is wrong, and so is b1"."""
    facts = {name: x for name, x in finding.facts.items() if name != GROUP}
    if not others:
        return replace(finding, facts=facts)
    names = tuple(f.tensor for f in others)
    size = sum(f.size for f in (finding, *others))
    return with_facts(replace(finding, facts=facts), others=names, reproduced=size)
