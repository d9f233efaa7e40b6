"""The record of mutants, mutants.json.

It has each unit's fingerprint and number of mutants, and those mutants that survive, each with the
reason why it is equivalent; and which units have changed and wait for theirs to be tried.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parity_tests.campaigns.mutation.mutants import Mutant

RECORD = Path(__file__).with_name("mutants.json")


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test kills: see `Mutant`.

    Attributes:
        before: the text of the statement before the change.
        after: the text after it.
        why: the reason why it is equivalent; "" where there is none yet.
        ordinal: how many earlier mutants have the same texts.
    """

    before: str
    after: str
    why: str = field(default="", compare=False)
    ordinal: int = 0

    @classmethod
    def of(cls, mutant: Mutant) -> Survivor:
        """Return a mutant as a survivor without a reason."""
        return cls(mutant.before, mutant.after, ordinal=mutant.ordinal)

    def to_json(self) -> dict[str, Any]:
        """Return the survivor as the record has it."""
        texts = {"before": self.before, "after": self.after, "why": self.why}
        return texts | ({"ordinal": self.ordinal} if self.ordinal else {})


@dataclass(frozen=True)
class Judged:
    """A unit's fingerprint, the number of its mutants, and those that survive.

    Attributes:
        fingerprint: of the unit's code.
        mutants: how many it has.
        survivors: those that no test kills.
        waiting: whether the unit has changed, and its mutants have not been tried since.
    """

    fingerprint: str
    mutants: int
    survivors: tuple[Survivor, ...] = ()
    waiting: bool = False

    @property
    def unexplained(self) -> list[Survivor]:
        """The survivors without a reason."""
        return [survivor for survivor in self.survivors if not survivor.why]


Record = dict[str, Judged]


def read() -> Record:
    """Read the record; it is empty where there is no file."""
    if not RECORD.is_file():
        return {}
    data = json.loads(RECORD.read_text(encoding="utf-8"))
    return {
        name: Judged(
            one["fingerprint"],
            one["mutants"],
            tuple(Survivor(**survivor) for survivor in one.get("survivors", [])),
            one.get("waiting", False),
        )
        for name, one in data.items()
    }


def write(judged: Record) -> None:
    """Write the record, whole or not at all."""
    data = {}
    for name, one in sorted(judged.items()):
        data[name] = {"fingerprint": one.fingerprint, "mutants": one.mutants}
        if one.waiting:
            data[name]["waiting"] = True
        if one.survivors:
            data[name]["survivors"] = [survivor.to_json() for survivor in one.survivors]
    text = json.dumps(data, indent=1, ensure_ascii=False)
    partial = RECORD.with_suffix(".partial")
    partial.write_text(f"{text}\n", encoding="utf-8")
    partial.replace(RECORD)
