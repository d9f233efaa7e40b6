"""Every sentence with which this package refuses input, by the code of the error.

Sentences about a candidate's findings are not input errors: those are in
`checking.report_wording`, `adapters.call_wording` and `diagnosis.cause_wording`.
"""

from __future__ import annotations

from typing import Any

from parity_tests.candidate_messages import CANDIDATE_MESSAGES
from parity_tests.grade_messages import GRADE_MESSAGES
from parity_tests.page_messages import PAGE_MESSAGES
from ref_numpy.errors import InputError, Message, make_input_error


def unknown_command(name: str, known: str, close: str = "") -> str:
    """Return the sentence for a command that does not exist; `close` is a similar one."""
    hint = f"did you mean {close}?" if close else f"expected one of {known}."
    return f"unknown command {name!r}; {hint}"


def no_rounding_rule(method: str, error: Exception, operations: str, rules: str) -> str:
    """Return the sentence for a layer or loss whose operations have no rounding rule."""
    return (
        f"{method} cannot be bounded, because it has an operation without a rounding rule "
        f"({error}); write it with {operations}, or add a rule to RULES or FUNCTIONS of {rules}."
    )


MESSAGES: dict[str, Message] = {
    # error_model
    "precision.unknown": "precision {name!r} is unknown; expected one of {known}.",
    # kinds
    "loss.no-random-labels": (
        "{loss}.check_labels accepts none of the random labels that {module} knows; add such "
        "labels there, or check with labels of your own."
    ),
    "layer.no-rounding-rule": no_rounding_rule,
    "loss.no-rounding-rule": no_rounding_rule,
    # operations
    "bound.dtype": (
        "numbers of type {dtype} have no arithmetic of their own; pass precision=, one of {known}."
    ),
    "operation.failed": (
        "{method} failed with the inputs as NumPy's arrays ({error}); write the operation so that "
        "it takes exactly the inputs that the computation takes."
    ),
    "operation.no-rounding-rule": no_rounding_rule,
    "operation.another-path": (
        "{method} computes something else on value ± error than on plain numbers; write it without "
        "branches on an array's values and without changing views in place (np.where, y[i] = …)."
    ),
    "operation.results": (
        "a result is a {type}; expected an array, or a tuple or dictionary of arrays."
    ),
    "operation.complex": (
        "an array is of {dtype}; expected real numbers, such as its .real and .imag."
    ),
    "operation.inputs": (
        "inputs is a {type}; expected a tuple of the arrays that the kernel and the operation "
        "take, inputs=(x,)."
    ),
    "operation.options": (
        "{options} are of functions of one layer, and have no effect on a kernel; leave them out, "
        "or check a backward pass as an operation of its own."
    ),
    # checking
    "context.type": (
        "context is a {type}; expected a ref_numpy.Context, such as Context(training=True, seed=1)."
    ),
    "context.examples": (
        "context.examples has the shape {shape}; expected ({m},), a number for each example, or "
        "None, which numbers them from 0."
    ),
    "draws.no-reader": (
        "the random numbers of {layer} cannot be read off its results: let the candidate take an "
        "argument context and draw those of the reference; or give the layer's LayerKind a "
        "function `drawn`."
    ),
    "draws.no-result": (
        "the candidate draws its own random numbers, and its trace has no {tensor}, which would "
        "show them; add {tensor} to the trace, or let the candidate take an argument context and "
        "draw those of the reference."
    ),
    "parts.coupled-examples": (
        "the batch is {parts} parts, and {name} ({kind}) takes statistics of each part, so that "
        "the parts cannot be checked as one batch; check each part alone, as a batch."
    ),
    "params.type": "params is a {type}; expected a mapping {{'W1': …}}.",
    "array.no-numbers": "{name} is a {type} that holds no numbers; expected an array.",
    "array.not-real": "{name} is an array of {dtype}; expected an array of real numbers.",
    "trace.type": (
        "{name} gave a {type}; expected a mapping of canonical names to arrays, such as "
        "{{'Z1': …, 'A1': …, 'dW1': …}}."
    ),
    "trace.no-tensors": (
        "{name} gave none of this network's tensors; expected some of {expected}."
    ),
    "require.unknown-tensor": (
        "--require {name}: this network has no such tensor; expected names or kinds of {known}."
    ),
    "hints.unknown": "--hints is {hints!r}; expected one of {known}.",
    # cli
    "command.unknown": unknown_command,
    "twin.nothing-random": (
        "--training has no effect on {network}, which draws no random numbers and has no state; "
        "leave it out, or give a network with a layer such as dropout or batch_norm."
    ),
    **GRADE_MESSAGES,
    **CANDIDATE_MESSAGES,
    **PAGE_MESSAGES,
    # campaigns
    "engine.unknown": "engine {name!r} is unknown; expected some of {known}.",
    "engine.not-installed": (
        "{name} is left out, since {missing} is not installed; use "
        "pip install 'backprop-with-proof[engines]', and for a compiler the system's packages."
    ),
    "engine.no-precision": "{name} is not checked at {precisions}: {reason}.",
    "engine.no-device": "{name} is left out on {device}; it is checked on the CPU alone.",
    "engine.none": "nothing can be checked. {notes}",
    "record.unreadable": (
        "{path} is not a file of results ({error}); expected one that --record wrote."
    ),
    "record.other-code": (
        "the results in {path} are of other code than the present one; give --record a new name."
    ),
    "mutation.suite-fails": "the suite fails without any mutant: {tests}; make it pass first.",
    "fuzz.kind": "--kind is {kind!r}; expected one of {known}.",
    "crash-recovery.failed": "train.py ended with exit code {exit_code}: {output}",
    # training
    "monitor.every-n-steps": (
        "every_n_steps is {given}; expected a whole number of updates from 1 up."
    ),
    "monitor.on-finding": "on_finding is {given!r}; expected 'warn' or 'stop'.",
    "monitor.strategy": (
        "the strategy {strategy} may split a network among processes and ParityMonitor checks "
        "networks that are not split: use --trainer.strategy ddp, or leave it out."
    ),
    "monitor.random-layers": (
        "ParityMonitor knows the random numbers that a NetworkModule's layers draw, and not those "
        "of {module}; make it a subclass of torch_impl.lightning.module.NetworkModule."
    ),
    "monitor.compiled-step": (
        "the training step did not run `network` where hooks see it; to compile, give the network "
        "alone: --model.compile inductor."
    ),
    "monitor.compiled-state": (
        "ParityMonitor computes a compiled step again, and {network} has state, running "
        "statistics, which each step changes; train it without --model.compile, or without the "
        "monitor."
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
        "configure_optimizers gives a {given}; a comparison expects one torch.optim.Optimizer: "
        "leave out the schedule."
    ),
    "training.epochs": "epochs is {epochs}; expected a whole number from 1 up.",
    "training.step-cost-not-finite": (
        "the cost became {cost} at step {step}; use a learning rate below {learning_rate}, or "
        "standardise X."
    ),
    "training.validation-not-finite": (
        "the validation cost became {cost} in epoch {epoch}; use a learning rate below "
        "{learning_rate}, or standardise X."
    ),
    "training.no-reference": (
        "the NumPy reference has no {options}; leave it out (precisions are 32-true and 64-true, "
        "optimisers --model.optimiser's)."
    ),
}


def input_error(code: str, **facts: Any) -> InputError:
    """Return the error with this code; its sentence is made from `facts`."""
    return make_input_error(MESSAGES, code, facts)
