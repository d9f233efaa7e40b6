"""Classes that may be one: their names differ in capitals or blanks alone, as Yes and yes do."""

from __future__ import annotations

from collections import defaultdict

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.data.labels import shortened

SHOWN = 4


def alike_classes(spec: DataSpec) -> str:
    """Return the names of classes that may be meant as one: "No, no; Yes, yes"; "" for none.

    Args:
        spec: the meaning of the labels.
    """
    if spec.task not in ("binary", "classes"):
        return ""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in spec.names:
        groups["".join(name.split()).casefold()].append(shortened(name))
    alike = [", ".join(names) for names in groups.values() if len(names) > 1]
    return "; ".join(alike[:SHOWN]) + ("; …" if len(alike) > SHOWN else "")
