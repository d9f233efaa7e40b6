"""The sentences with which parts that users give to their own layers and losses are refused."""

from __future__ import annotations

from ref_numpy.errors import Message

KIND_MESSAGES: dict[str, Message] = {
    "register.type": (
        "{given} cannot be registered; expected the class of a layer or a loss that has a kind, "
        'such as class Softsign(Elementwise, kind="softsign").'
    ),
    "register.kind-taken": (
        "{name} cannot be registered: the kind {kind!r} is that of {owner}; give the class a kind "
        "of its own."
    ),
    "register.part": "{part} of {name} is {given}; expected {expected}.",
    "register.unknown-part": "{name} was given {part}; expected some of {known}.",
}
