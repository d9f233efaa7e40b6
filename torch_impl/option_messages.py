"""The sentences about options and configs, by code."""

from __future__ import annotations

from ref_numpy.errors import Message
from torch_impl.wording import closest


def unknown_backend(backend: str, known: str) -> str:
    """Return the sentence for a backend that torch does not have: the one that is alike, or all."""
    expected = closest(backend, known.split(", ")) or f"one of {known}"
    return f"backend {backend!r} is unknown to torch.compile; expected {expected}."


OPTION_MESSAGES: dict[str, Message] = {
    "config.unknown": "the config {name} is not a file; expected one, or one of {known}.",
    "config.not-utf-8": (
        "the config {path} is not text in UTF-8 (byte {position}); save it as UTF-8."
    ),
    "config.not-yaml": "the config {path}{line} is not YAML ({problem}); correct it.",
    "config.no-options": (
        "the config {path} holds {holds}; expected options, such as `model: {{learning_rate: "
        "0.01}}`."
    ),
    "checkpoint.no-option": (
        "the checkpoint's record of its data has no {names}, without which its held-out part "
        "cannot be found; use another checkpoint, or other data."
    ),
    "option.no-effect": "{option} has no effect {where}; {instead}.",
    "loss.task": (
        "--model.loss is {loss}, and the labels are {words}; expected {expected}, or no "
        "--model.loss."
    ),
    "option.data-file": "--data names a data set, and {given} is {what}; use {instead}.",
    "option.data-unknown": "--data {given} is no data set; expected {known}.",
    "option.checkpoint-times": (
        "every_n_steps is {every_n_steps}, every_n_minutes {every_n_minutes} and epoch_seconds "
        "{epoch_seconds}; expected numbers from 0 up."
    ),
    "network-file.unreadable": (
        "--model.network {path} cannot be read ({error}); expected a file with the text that "
        "NetworkSpec.to_json wrote."
    ),
    "network-file.sizes": (
        "the network of --model.network takes {inputs} and gives {outputs}, and the data have "
        "{n_x} inputs and {n_y} outputs; expected one input, ({n_x},) or images of as many pixels, "
        "and ({n_y},)."
    ),
    "network-file.tokens": (
        "the network of --model.network takes {inputs}, and an example of the data has {n_x} whole "
        "numbers; expected one input of so many, WholeNumbers."
    ),
    "network-file.needed": (
        "examples of whole numbers, such as tokens, need the description of a network that takes "
        "them: give --model.network FILE, or the name of a builder, such as gpt."
    ),
    "network-options.unknown": (
        "--model.network_options has {options}, which the network {builder} does not take; "
        "expected some of {known}."
    ),
    "network-options.missing": (
        "the network {builder} needs {options}; add --model.network_options with a value of each."
    ),
    "schedule.endless": (
        "--model.schedule {schedule} needs the number of updates; give --epochs or "
        "--trainer.max_steps."
    ),
    "schedule.unknown": "--model.schedule is {given}; expected cosine.",
    "network-file.loss": (
        "the network of --model.network has the loss {loss}, and the labels are {words}; expected "
        "{expected}."
    ),
    "option.backend": unknown_backend,
    "option.dtype": (
        "dtype {dtype!r} is not a float dtype of torch; expected float64, float32, bfloat16 or "
        "float16."
    ),
    "option.device": (
        "device {device!r} cannot be used here ({error}); expected cpu, or cuda where "
        "torch.cuda.is_available()."
    ),
}
