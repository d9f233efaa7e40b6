"""The sentences about texts, and about what a network writes after them, by code."""

from __future__ import annotations

from ref_numpy.errors import Message

TEXT_MESSAGES: dict[str, Message] = {
    "text.unreadable": "{path} cannot be read ({error}); expected a file of text in UTF-8.",
    "text.short": (
        "{title} has {tokens} tokens {purpose}; expected more than --data.T, {T}: give a longer "
        "text, or shorter blocks."
    ),
    "text.unknown-character": (
        "the text has {character!r} as its character {position}, which is none of the {size} of "
        "the vocabulary; leave it out, or train on a text that has it."
    ),
    "text.byte-pairs": (
        "--data.byte_pairs is {given}; expected {least} or more, since each of the 256 bytes is a "
        "token, or none of it for characters."
    ),
    "text.no-tokenizers": (
        "a vocabulary of byte pairs needs the package tokenizers, which is not installed; pip "
        "install tokenizers, or leave --data.byte_pairs out."
    ),
    "checkpoint.other-text": (
        "the checkpoint's run read another text from {title}, with the SHA-256 {theirs}…, and this "
        "one has {ours}…; give the same text, or begin a new training: --init_from."
    ),
    "generate.no-text": (
        "{path} was not trained on --data Text, and has no vocabulary to write with; name a run "
        "that was."
    ),
    "generate.weights-alone": (
        "{path} has no vocabulary, which is in a run's checkpoints; name the run's folder."
    ),
    "generate.size": "--{name} is {given}; expected {expected}.",
    "generate.no-prompt": (
        "--prompt is empty; give one character or more, of which the network goes further."
    ),
}
