"""Every sentence that this package refuses input with, by its code."""

from __future__ import annotations

from typing import Any

from ref_numpy.errors import InputError, Message, make_input_error
from torch_impl.data_messages import DATA_MESSAGES
from torch_impl.export_messages import EXPORT_MESSAGES
from torch_impl.option_messages import OPTION_MESSAGES
from torch_impl.run_messages import RUN_MESSAGES
from torch_impl.text_messages import TEXT_MESSAGES


def without_record(stage: str) -> str:
    """Return the sentence for a checkpoint that an earlier version wrote."""
    if stage == "fit":
        return (
            "the checkpoint was written by a version that did not standardise a regression's "
            "targets, and its network predicts in other units; start a new training, or use the "
            "run's weights.safetensors with ref_numpy."
        )
    return (
        "the checkpoint was written by a version that recorded no statistics, columns and class "
        "names of its data, so new data cannot be prepared for its network; resume its "
        "training with fit, which writes a checkpoint that has them, or use the run's "
        "weights.safetensors with ref_numpy."
    )


def other_network(differences: str, config: str | None = None) -> str:
    """Return the sentence for a checkpoint of another network; `config`: that of its run."""
    option = "--config with its config.yaml" if config is None else f"--config {config}"
    return (
        f"the checkpoint's network is another: {differences}; give the options that it was trained "
        f"with, {option}, or begin a new training with the weights that fit: --init_from."
    )


def no_such_figure(name: str, monitor: str, known: str, validates: bool) -> str:
    """Return the sentence for a callback that looks at a figure that is not logged."""
    option = "--checkpoint.monitor" if name == "BestCheckpoint" else f"{name}'s monitor"
    without = "" if validates else ", since this training has no validation"
    return f"{option} is {monitor!r}, which is not logged{without}; expected one of {known}."


MESSAGES: dict[str, Message] = {
    "graph.two-positions": (
        "the step {step} ({kind}) has two axes of positions or more, of which torch's layers take "
        "features first and {kind} takes them last: flatten the positions into one axis."
    ),
    "dropout.no-mask": (
        "a network with dropout trains on examples of shape {shape} without their mask; call "
        "network.set_context(spec.context(m, training=True, seed=…, update=…), m) before, or "
        "network.eval()."
    ),
    **DATA_MESSAGES,
    **EXPORT_MESSAGES,
    **RUN_MESSAGES,
    **OPTION_MESSAGES,
    **TEXT_MESSAGES,
    # checkpoints
    "checkpoint.missing": "the checkpoint {path} is not a file; check --ckpt_path.",
    "checkpoint.damaged": (
        "the checkpoint {path} is damaged or not a checkpoint; resume from another one."
    ),
    "checkpoint.unusable": (
        "the checkpoint {path} cannot be resumed ({error}); resume from another one."
    ),
    "checkpoint.code": (
        "the checkpoint {path} holds more than tensors and numbers, which could execute code and "
        "is not read; load it with the program that wrote it, and save its state_dict."
    ),
    "checkpoint.no-training": (
        "{path} holds no checkpoint of a training; expected one that Lightning wrote."
    ),
    "training.no-updates": (
        "--epochs or --trainer.max_steps is 0, so that there is nothing to train; give one or more."
    ),
    "checkpoint.best": ("--ckpt_path best means nothing before a fit; name the file, or last."),
    "checkpoint.no-last": (
        "--ckpt_path last finds no {places}; name the file or, in train.py resume RUN, the folder "
        "of the run, or leave the option out to start a new training."
    ),
    "checkpoint.format": (
        "the checkpoint's description of its data has format {format}, and this version reads "
        "formats up to {newest}; use the version that wrote it."
    ),
    "checkpoint.no-record": without_record,
    "checkpoint.other-data": (
        "the checkpoint's run is another: {differences}; resume with the same data and options, or "
        "begin a new training with its weights: --init_from."
    ),
    "checkpoint.other-batches": (
        "the checkpoint's run is another: {name} {theirs} in the checkpoint, {ours} here; resume "
        "with the same, or begin a new training with its weights: --init_from."
    ),
    "checkpoint.other-place": (
        "the checkpoint was written in the middle of an epoch with {name} {theirs}, and this run "
        "has {ours}: resume it with the same."
    ),
    "checkpoint.other-network": other_network,
    "checkpoint.other-optimiser": (
        "the checkpoint's optimiser has the options {options}, which {ours} does not have; resume "
        "with the same optimiser."
    ),
    # training
    "training.no-checkpoint": (
        "{subcommand} needs a trained network; name the folder of its run, train.py {subcommand} "
        "lightning_logs/version_0, or its checkpoint: --ckpt_path."
    ),
    "training.cost-not-finite": (
        "{name} became {cost} in epoch {epoch}; use a lower learning rate, or more precision than "
        "{precision} gives."
    ),
    "training.weights-not-finite": (
        "training ended with weights that are not finite; use a lower --model.learning_rate, or "
        "more precision than --trainer.precision gives."
    ),
    "training.monitor": no_such_figure,
    "training.shared-examples": (
        "the strategy shares the examples out among {shares} of {processes} processes; expected "
        "all processes to have different examples: use fsdp2."
    ),
    "training.compiled-shards": (
        "--model.compile {compile} makes one graph of the network, whose layers the strategy "
        "shards; leave it out, or use ddp."
    ),
    "tuner.batch-size": (
        "BatchSizeFinder looks for the largest batch that memory has room for, which is seldom the "
        "one that trains best; choose --data.batch_size, or search for it by the validation cost."
    ),
    "tuner.learning-rate": (
        "LearningRateFinder cannot be used {reason}; leave it out, or find the rate in a run of "
        "its own and give it: --model.learning_rate."
    ),
    "schedule.metric": (
        "the schedule looks at {monitor!r}, which is not logged; expected one of {logged}."
    ),
    "schedule.interval": (
        "the schedule that looks at a metric has the interval {interval!r}; expected 'epoch', "
        "since a metric is an epoch's."
    ),
    "predict.processes": (
        "predict was given {processes} processes, and writes one file in the order of the data; "
        "use --trainer.devices 1."
    ),
    "predict.exists": (
        "{path} exists, and holds something else than such predictions; name another file: --out, "
        "or remove it."
    ),
    "predict.out": "{path} cannot be written; name a file in a folder that exists: --out.",
    # twins
    "layer.no-twin": (
        "{name} has no twin in torch; write one, and add it: "
        "torch_impl.register({name}, lambda layer: …)."
    ),
    "layer.other-twin": (
        "the twin of {name}, a {module}, has parameters of {sizes} numbers; expected those of "
        "{shapes}, in that order."
    ),
    "layer.other-state": (
        "the twin of {name}, a {module}, has buffers of {sizes} numbers; expected those of its "
        "state, {shapes}, in that order."
    ),
    "norm.one-column": (
        "a batch norm was given {n} columns to train with, which have no variance; expected 2 "
        "or more: take another batch size, so that an epoch's last batch has more examples too."
    ),
    "twin.positions": (
        "the input of a pooling has {positions} axes of positions; expected 1, 2 or 3: "
        "twin(layer, positions=2) is for images."
    ),
    "twin.no-context": (
        "the twin of {name}, which draws random numbers, cannot take the reference's; give its "
        "module a method take_context(context, *shapes)."
    ),
    "twin.shared-transposed": (
        "{step} shares {name} with a step whose twin in torch holds it transposed to its own; give "
        "{step} a parameter of its own."
    ),
    "training.sharded-state": (
        "{name} has state, running statistics, which would be others in each process of fsdp2; use "
        "ddp, in which all take over those of process 0."
    ),
    "loss.no-twin": (
        "{name} has no criterion in torch; write one, and add it: "
        "torch_impl.register({name}, criterion), where "
        "criterion(outputs, targets), both (m, n_y), is the mean of the L(i)."
    ),
    "optimiser.no-twin": (
        "{name} has no twin in torch; write one, and add it: "
        "torch_impl.torch_optimisers.TWINS[{name}] = lambda optimiser, parameters, lr, "
        "weight_decay: …."
    ),
}


def input_error(code: str, **facts: Any) -> InputError:
    """Return the error with this code; its sentence is made from `facts`."""
    return make_input_error(MESSAGES, code, facts)
