"""The sentences about a candidate: its file, its functions, its modules, its trace, by code."""

from __future__ import annotations

from typing import Any

from ref_numpy.errors import Message


def nothing_recognised(candidate: str, known: str, left_out: str = "") -> str:
    """Return the sentence for a file without a known function; `left_out`: cells not executed."""
    aside = f" ({left_out})" if left_out else ""
    return (
        f"{candidate} defines none of the functions that a check knows ({known}){aside}; name the "
        f"function to check: {candidate}:function."
    )


def process_ended(name: str, exit_code: int | None = None, signal: str = "") -> str:
    """Return the sentence for a call that ended its process; with `signal`, for a crash."""
    if signal:
        return f"{name} crashed with {signal}."
    return f"{name} ended the process with exit code {exit_code}; expected it to return."


def module_outputs(name: str, given: str, shape: Any, expected: Any) -> str:
    """Return the sentence for a module's output that is not a tensor, or has another shape."""
    of_shape = "" if shape is None else f" of shape {shape}"
    return f"{name} gave a {given}{of_shape}; expected a tensor of shape {expected}."


CANDIDATE_MESSAGES: dict[str, Message] = {
    # requests and files
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
    # adapters
    "adapt.no-file": "{path} is not a Python file; expected a script.py.",
    "adapt.no-python": (
        "{path} cannot be read as Python; run it first, and correct the line that Python names."
    ),
    "adapt.out": "--out is {out}; expected a name that ends in .py.",
    "adapt.exists": "{out} exists; name another file with --out, or replace it with --force.",
    "adapt.nothing": "{path} has no training loop and no functions; there is nothing to adapt.",
    "adapter.unfinished": (
        '{name}: {names} of Loop is still "?"; replace it by the name in your program, or delete '
        "it."
    ),
    "adapter.no-loop": (
        "{name} has no loop that updates {weights}; give Loop the names of your weights, W1=…, W2=…"
    ),
    "course-file.missing": (
        "{function} of {module} was not found; put {module}.py beside the candidate."
    ),
    # candidates
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
    # functions of the course
    "course.graph": (
        "{name} has functions of the course, whose layers follow one another, and the network "
        "is a graph ({network}); give a function run(spec, params, X, Y)."
    ),
    "course.lambd": "{name} has no λ, as the assignments have none; leave --lambd out.",
    "network.lambd": "{name} is called without a λ; leave --lambd out.",
    "network.layout": (
        "{name} was called with {options}, and works in another layout alone ({layout}); leave "
        "out what is not so."
    ),
    "network.update-precision": (
        "{name} shows its gradients only by updating its parameters, which is read at float64 "
        "alone; leave --precision {precision} out."
    ),
    "course.logistic-regression": (
        "propagate is logistic regression but the network is {network}; expected one layer of one "
        "unit: use --network 784-1 --output sigmoid."
    ),
    "course.one-hidden-layer": (
        "forward_propagation has one hidden layer but the network is {network}; expected two "
        "layers: use --network 784-512-1."
    ),
    # optimisers
    "optimiser.interface": (
        "the candidate is a {type} that does not return a torch.optim.Optimizer; expected a "
        "function that takes torch parameters and returns an optimiser, or an object with start "
        "and update."
    ),
    # torch modules
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
    "modules.unused-name": (
        "{name}: {entry!r}: {place!r} names no step of the network and a module that the program "
        "has; its modules are {known}."
    ),
    "modules.other-parameters": (
        "{name}: {path} holds {held}; expected {expected} of the step {step}; name each parameter "
        "alone instead."
    ),
    "modules.no-parameter": (
        "{name}: nothing that is named holds the network's {parameter}; name its module, or the "
        "parameter itself; not named are {others}."
    ),
    "modules.parameter-shape": (
        "{name}: {path} has the shape {shape}; expected {expected} of the network's {parameter}, "
        "or name it with .T where it is transposed."
    ),
    "modules.extra-parameter": (
        "{name}: {path} is no parameter of the network by these names; name it, or its module."
    ),
    "modules.required-argument": (
        "{name}: its forward requires {argument}, which is no input of the network, nor named as "
        "labels ({labels}); give the call: NamedModules(…, call=lambda module, x, y: …)."
    ),
    "modules.names": (
        "{name} has its names as a {type}; expected a dict such as {{'up': 'layers.0'}}."
    ),
    "modules.no-state": (
        "{name}: nothing that is named holds the network's {state} as a buffer of its size; name "
        "the module that has it as running_mean or running_var, or the buffer itself."
    ),
    "modules.call-number": (
        "{name}: {place} has {number!r} after #; expected the number of a call, from 1."
    ),
    "modules.same-place": (
        "{name}: {place} is named as {tensor} and as {other}; name another place for one of them."
    ),
    "modules.unclear-parameters": (
        "{name}: {path} holds {held}, two of one shape, and their names leave open which is "
        "which; name each of {expected} alone, with .T where it is transposed."
    ),
    "modules.not-run": (
        "{name}: {place} did not run; the functions that {path} calls are {known}."
    ),
    "modules.no-tensor": "{name}: {tensor} is a {type} there; expected a tensor of floats.",
    "modules.result-shape": (
        "{name}: {place} has the shape {shape}; expected {expected} of {tensor}, the features "
        "last; leave the name out, or name another place."
    ),
    # trace files
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
    "network-file.option": "{name} describes its network ({given}); leave {options} out.",
    "trace-file.option": "{name} itself names its network ({given}); leave {options} out.",
    "trace-file.precision": (
        "{path} states its precision, {stated}, and --precision {given} would allow errors that "
        "{stated} does not; leave the option out, or write the file with its right precision."
    ),
}
