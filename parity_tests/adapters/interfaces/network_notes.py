"""How a program was read, in words for the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.interfaces.convention_fits import Fit
from parity_tests.adapters.interfaces.layout import Layout

GRADIENTS = {
    "returned": "returned",
    "kept": "kept in the object",
    "updated": "read off the update of the parameters",
    "held": "those in the program's variables before its update, which was not judged",
    "returned-updated": "read off the updated parameters that are returned",
}


def notes_on(fit: Fit, facts: Mapping[str, Any], layout: Layout) -> tuple[str, ...]:
    """Return the notes on a reading: what is called, and which conventions the numbers have."""
    c = fit.conventions
    owner, gradients = facts["holder"], GRADIENTS[facts["gradients"]]
    if facts["engine"]:
        notes = [sentence("note.made-of-engine", engine=owner)]
    else:
        calls = ", ".join(facts["functions"])
        parts = [
            "one example at a time" if facts["one"] else "",
            layout.describe(biases=facts["biases"]),
            "" if facts["biases"] else "no biases",
            f"labels are {facts['labels']}",
            f"J is a {c.cost}" if c.cost else f"no J, gradients of a {c.gradients}",
            f"gradients are {gradients}",
        ]
        called = f"{owner}: {calls}" if owner else calls
        called = f"{calls} of {owner}" if facts["loop"] else called
        conventions = ", ".join(filter(None, parts))
        notes = [sentence("note.read-as", called=called, conventions=conventions)]
    fixed = {n: x for n, x in facts["fixed"].items() if n not in facts["penalties"]}
    if fixed:
        given = ", ".join(f"{n} = {x:g}" for n, x in fixed.items())
        notes.append(sentence("note.fixed-arguments", given=given))
    if facts["loop"]:
        notes.append(sentence("note.loop-names", named=facts["loop"]))
    if fit.others:
        notes.append(sentence("note.also-fits", others=" and ".join(fit.others)))
    if not fit.forward_agrees:
        notes.append(sentence("note.no-reading-agrees", network=c.spec.summary))
    return tuple(notes)
