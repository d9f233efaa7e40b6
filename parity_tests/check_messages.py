"""Every sentence with which this package refuses input, by the code of the error.

Sentences about a candidate's findings are not input errors: those are in
`checking.report_wording`, `adapters.call_wording` and `diagnosis.cause_wording`.
"""

from __future__ import annotations

from typing import Any

from ref_numpy.errors import InputError, Message, make_input_error


def nothing_recognised(candidate: str, known: str, left_out: str = "") -> str:
    """Return the sentence for a file without a known function; `left_out`: cells not executed."""
    aside = f" ({left_out})" if left_out else ""
    return (
        f"{candidate} defines none of the functions that a check knows ({known}){aside}; name the "
        f"function to check: {candidate}:function."
    )


def unknown_command(name: str, known: str, close: str = "") -> str:
    """Return the sentence for a command that does not exist; `close` is a similar one."""
    hint = f"did you mean {close}?" if close else f"expected one of {known}."
    return f"unknown command {name!r}; {hint}"


def process_ended(name: str, exit_code: int | None = None, signal: str = "") -> str:
    """Return the sentence for a call that ended its process; with `signal`, for a crash."""
    if signal:
        return f"{name} crashed with {signal}."
    return f"{name} ended the process with exit code {exit_code}; expected it to return."


def no_rounding_rule(method: str, error: Exception, operations: str, rules: str) -> str:
    """Return the sentence for a layer or loss whose operations have no rounding rule."""
    return (
        f"{method} cannot be bounded, because it has an operation without a rounding rule "
        f"({error}); write it with {operations}, or add a rule to RULES or FUNCTIONS of {rules}."
    )


def module_outputs(name: str, given: str, shape: Any, expected: Any) -> str:
    """Return the sentence for a module's output that is not a tensor, or has another shape."""
    of_shape = "" if shape is None else f" of shape {shape}"
    return f"{name} gave a {given}{of_shape}; expected a tensor of shape {expected}."


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
    # cli
    "command.unknown": unknown_command,
    "twin.nothing-random": (
        "--training has no effect on {network}, which draws no random numbers and has no state; "
        "leave it out, or give a network with a layer such as dropout or batch_norm."
    ),
    "twin.two-networks": ("{file} describes the network already; leave {options} out."),
    # adapters: requests and files
    "request.network": "--network is {network!r}; expected sizes such as 64-32-10.",
    "request.device": (
        "--device {device} is for torch modules, and {candidate} is not one; leave it out."
    ),
    "file.missing": "{path} is not a file; expected a path.py, a notebook.ipynb or a module.",
    "kinds.missing": "--kinds {path} is not a Python file; expected a path.py with your layers.",
    "file.no-python": "{path} is not a Python file; expected a path.py or a notebook.ipynb.",
    "module.missing": (
        "there is no module {name!r}; expected a path.py, a notebook.ipynb, a trace.npz or "
        "trace.safetensors, or a package.module that can be imported from here."
    ),
    "notebook.unreadable": (
        "{path} is not a readable notebook ({error}); expected one of format 4, as Jupyter saves "
        "it."
    ),
    "course-file.missing": (
        "{function} of {module} was not found; put {module}.py beside the candidate."
    ),
    # adapters: candidates
    "candidate.nothing-recognised": nothing_recognised,
    "candidate.no-function": "{where} defines no {name}; expected one of {known}.",
    "candidate.interface": (
        "{name} is a {type} that does not take (spec, params, X, Y); expected such a function, or "
        "a torch.nn.Module."
    ),
    "candidate.unknown-function": (
        "{name} is not a function that a check knows; expected some of {known}."
    ),
    "candidate.no-functions": "no function was given; expected some of {known}.",
    "op.unknown-kind": "there is no kind of layer or loss {kind!r}; expected one of {known}.",
    "op.no-sample": (
        "no layer of the kind {kind!r} is known to check a function on; give one instead of its "
        "name, and the shapes of one example of its inputs: check_op(…, {kind}(…), shapes=[(5,)])."
    ),
    "op.arguments": (
        "{function} does not take the inputs and parameters of {kind}, or returns no array of the "
        "result's shape; expected a function of the inputs, then the parameters."
    ),
    "op.unknown-setting": "{kind} has no setting {name!r}; expected one of {known}.",
    "candidate.unreadable": process_ended,
    "call.crashed": process_ended,
    "call.no-return": (
        "{call} did not return within {seconds:g} s; look for a loop that does not end, or allow "
        "more with --time-limit."
    ),
    "call.memory": (
        "{call} was ended, because it took more than {limit} of memory; look for an array that "
        "grows, or allow more with --memory-limit."
    ),
    "call.malformed": (
        "{name} cannot be judged, because its process gave another answer than its results "
        "({error}); look for code that changes Python, NumPy or this package while it runs."
    ),
    # adapters: functions of the course
    "course.lambd": "{name} has no λ, as the assignments have none; leave --lambd out.",
    "course.logistic-regression": (
        "propagate is logistic regression but the network is {network}; expected one layer of one "
        "unit: use --network 784-1 --output sigmoid."
    ),
    "course.one-hidden-layer": (
        "forward_propagation has one hidden layer but the network is {network}; expected two "
        "layers: use --network 784-512-1."
    ),
    # adapters: optimisers
    "optimiser.interface": (
        "the candidate is a {type} that does not return a torch.optim.Optimizer; expected a "
        "function that takes torch parameters and returns an optimiser, or an object with start "
        "and update."
    ),
    # adapters: torch modules
    "module.type": (
        "{name} {verb} a {type}; expected a torch.nn.Module, or a function run(spec, params, X, Y)."
    ),
    "module.outputs": module_outputs,
    "module.other-sizes": (
        "{name} has layers of {inputs} inputs but the network is {network}; use --network with the "
        "sizes of its layers."
    ),
    "module.scripted": "{name} is scripted, and its layers cannot be seen; give it unscripted.",
    "module.parameters": (
        "{name}: {layer} ({type}) holds {held}; expected layers with a weight (n, n_prev) and a "
        "bias (n,), as nn.Linear has."
    ),
    "module.layer-twice": "{name} runs {layer} twice; expected every layer once.",
    "module.shared-parameter": (
        "{name} has layers that share a weight or a bias; expected each to have its own."
    ),
    "module.no-layers": (
        "{name} runs none of its layers ({layers}) as a module; expected calls such as self.fc1(x)."
    ),
    "module.layer-sizes": (
        "{name} runs layers of the sizes {sizes} but the network is {network}; use --network "
        "{sizes}, or change the module."
    ),
    "module.not-a-chain": (
        "{name} is not a chain of known layers: {why}; expected an activation alone between two "
        "layers, such as relu, leaky_relu, sigmoid, tanh or softmax."
    ),
    # adapters: trace files
    "trace-file.missing": "{path} is not a file; expected a trace, .npz or .safetensors.",
    "trace-file.unreadable": ("{path} is not a readable {kind} file ({error}); write it again."),
    "trace-file.dtype": "a tensor has the dtype {dtype}, which NumPy lacks; store float32 instead.",
    "trace-file.text": (
        "{path} has {name} as an array of {dtype} of shape {shape}; expected one text: "
        "np.array(text)."
    ),
    "trace-file.suffix": ("{path} is neither .npz nor .safetensors; give it one of these endings."),
    "trace-file.inputs": (
        "{path} has no {missing}; expected the inputs X, Y and the parameters {parameters} beside "
        "the computed tensors."
    ),
    "trace-file.format": (
        "{path} was written by a newer version, in format {format}, and this version reads formats "
        "up to {known}; use the version that wrote it."
    ),
    "trace-file.option": "{name} itself names its network ({given}); leave {options} out.",
    "trace-file.precision": (
        "{path} states its precision, {stated}, and --precision {given} would allow errors that "
        "{stated} does not; leave the option out, or write the file with its right precision."
    ),
    # page
    "page.data": "--data is {data!r}; expected random or one of {known}.",
    "page.data-sizes": (
        "{data} has {n_x} inputs and {n_classes} classes but the network is {network}; expected a "
        "network such as {n_x}-8-{n_y}, or --data random."
    ),
    "page.examples": "--examples is {examples}; expected at most {most}, which {data} has.",
    "page.file-name": "--out is {out}; expected a name that ends in .html.",
    "page.docstrings": (
        "the page shows the equations of docstrings, which python -OO leaves out; run it without "
        "-OO, and without PYTHONOPTIMIZE=2."
    ),
    "page.folder": "--out is {out} but {folder} is not a folder; make it first.",
    "page.graph": (
        "{candidate} has functions of the course, whose layers follow one another, and the network "
        "is a graph ({network}); give a function run(spec, params, X, Y)."
    ),
    "page.rows": (
        "{data} has rows of numbers, which {network} does not take; leave --data out, or use "
        "--data random."
    ),
    "page.whole-labels": (
        "the labels of the loss {loss} are whole numbers, and the page shows a column of numbers "
        "for each; use parity check, or the loss cross_entropy with one-hot labels."
    ),
    "page.state": (
        "{network} has state, running statistics, and a page shows no steps of a state; draw the "
        "network with parity graph, or compare its twin with parity twin --training."
    ),
    "picture.file-name": "--out is {out}; expected a name that ends in .svg.",
    "picture.missing": (
        "{path} is neither a file nor a folder; expected a file with the text of "
        "NetworkSpec.to_json, a weights.safetensors, or the folder of a run."
    ),
    "picture.unreadable": (
        "{path} cannot be read ({error}); expected the text of NetworkSpec.to_json, in UTF-8."
    ),
    "trace-file.page-options": (
        "{candidate} has its own examples and one set of parameters; leave {options} out."
    ),
    "page.too-large": (
        "{network} with {m} examples has {size:.1f} MB of numbers to show; expected at most "
        "{most:g}: give --network fewer units, or fewer --examples."
    ),
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
