"""Every sentence about a run's folder, and about a training that begins from it, by its code."""

from __future__ import annotations

from ref_numpy.errors import Message

RUN_MESSAGES: dict[str, Message] = {
    "run.needed": ("{subcommand} needs a run; name its folder, such as lightning_logs/version_0."),
    "run.missing": (
        "{path} is neither a folder nor a file; name the folder of a run, such as "
        "lightning_logs/version_0."
    ),
    "run.no-network": (
        "{path} is not the folder of a run that has trained: it holds no {expected}; name one that "
        "does."
    ),
    "run.not-trained": (
        "{path} is neither a checkpoint (.ckpt) nor a weights file (.safetensors); name one, or "
        "the folder of a run."
    ),
    "run.no-config": (
        "{path} has no config.yaml beside it, which has the options of its run; give them, and "
        "--ckpt_path {path}."
    ),
    "run.no-held-out-part": (
        "{path} has no record of the part of the data that was held out; name a file of examples: "
        "train.py {subcommand} {path} new.npz."
    ),
    "run.data-ending": (
        "{path} has an ending that no data set has; expected one of {known}, or --data with its "
        "options instead."
    ),
    "run.only-weights": (
        "{path} holds weights alone, from which no training resumes; begin a new one with them: "
        "--init_from {path}."
    ),
    "run.own-data": (
        "a run resumes on its own data, and {path} was given; begin a new one on it with the run's "
        "weights: --init_from {run}."
    ),
    "run.more-epochs": (
        "--epochs +{more} adds to the epochs that a run has done, and none is resumed; name it, "
        "train.py resume RUN --epochs +{more}, or give --epochs {more}."
    ),
    "run.nothing-to-take": (
        "no layer of {path} has the shapes of one here ({theirs} there, {ours} here); give sizes "
        "of which one at least is the same, or leave --init_from out."
    ),
}
