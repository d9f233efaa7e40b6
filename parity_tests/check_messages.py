"""Every sentence that this package refuses input with, by its code."""

from __future__ import annotations

from typing import Any

from ref_numpy.errors import InputError, Message, make_input_error

MESSAGES: dict[str, Message] = {
    # training
    "monitor.every-n-steps": (
        "every_n_steps is {given}; expected a whole number of updates from 1 up."
    ),
    "monitor.on-finding": "on_finding is {given!r}; expected 'warn' or 'stop'.",
    "monitor.strategy": (
        "the strategy {strategy} may split a network among processes and ParityMonitor checks "
        "whole ones: use --trainer.strategy ddp, or leave it out."
    ),
    "monitor.compiled-step": (
        "the training step did not run `network` where hooks see it; to compile, give the network "
        "alone: --model.compile inductor."
    ),
    "monitor.no-network": (
        "{module} has no attribute `network` that is a torch_impl.Network; ParityMonitor checks "
        "torch_impl.lightning.module.NetworkModule."
    ),
    "monitor.precision": (
        "the error bounds are not known for the precision {precision}; expected {known}, or "
        "ParityMonitor's own option `precision`."
    ),
    "lockstep.options": (
        "precision is {precision} and every is {every}; expected one of {known}, and a whole "
        "number from 1 up."
    ),
    "lockstep.optimiser": (
        "configure_optimizers gives a {given}; a comparison takes one torch.optim.Optimizer: leave "
        "out the schedule."
    ),
    "train.epochs": "epochs is {epochs}; expected a whole number from 1 up.",
    "train.step-cost-not-finite": (
        "the cost became {cost} at step {step}; use a learning rate below {learning_rate}, or "
        "standardise X."
    ),
    "train.validation-not-finite": (
        "the validation cost became {cost} in epoch {epoch}; use a learning rate below "
        "{learning_rate}, or standardise X."
    ),
    "train.no-reference": (
        "the NumPy reference has no {options}; leave it out (precisions are 32-true and 64-true, "
        "optimisers --model.optimiser's)."
    ),
}


def input_error(code: str, **facts: Any) -> InputError:
    """Return the error with this code; its sentence is made from `facts`."""
    return make_input_error(MESSAGES, code, facts)
