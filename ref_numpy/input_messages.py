"""Every sentence with which this package refuses input, by the code of the error.

Sentences about a kind begin with {what}: "layer", "loss" or "optimiser". Their codes begin with
the same word, so that most of these sentences have three codes, or more: "activation" and
"initialiser" have some as well.
"""

from __future__ import annotations

from typing import Any

from ref_numpy.data.data_messages import DATA_MESSAGES
from ref_numpy.data.table_messages import TABLE_MESSAGES
from ref_numpy.errors import InputError, Message, make_input_error
from ref_numpy.graphs.graph_messages import GRAPH_MESSAGES
from ref_numpy.kind_messages import KIND_MESSAGES
from ref_numpy.layer_messages import LAYER_MESSAGES


def array_shape(name: str, shape: Any, expected: str, transpose: bool = False) -> str:
    """Return the sentence for an array of the wrong shape, with the hint to transpose it."""
    hint = f" Examples are columns here: use {name}.T." if transpose else ""
    return f"{name} has shape {shape}; expected {expected}.{hint}"


def layer_returned(method: str, given: str, expected: str, part: str = "") -> str:
    """Return the sentence for a method's result; `part` names the wrong array."""
    return f"{method} returned {f'{part} that ' if part else ''}{given}; expected {expected}."


def layer_shape(layer: str, method: str, given: Any) -> str:
    """Return the sentence for a layer's method that returned no shape, or no shapes by name."""
    expected = 'the shape of each parameter by its name, such as {"g": (3, 1)}'
    if method == "output_shape":
        expected = (
            "the shape of one example's result, a tuple of whole numbers from 1 up such as (3,)"
        )
    return f"{layer}.{method} returned {given!r}; expected {expected}."


def loss_output(loss: str, output: str = "") -> str:
    """Return the sentence for a loss without an `output`, or with one that is not an activation."""
    if not output:
        return (
            f"the loss {loss} reads Z, so it must name its output activation; set output, as in "
            f"output = Sigmoid."
        )
    return (
        f"the loss {loss} has output = {output}; expected the class of an activation, such as "
        f"Sigmoid."
    )


def kind_unknown(what: str, name: Any, known: str, in_file: bool = False) -> str:
    """Return the sentence for a kind that is not registered; `in_file`: a description names it."""
    if in_file:
        return (
            f"the description names the {what} {name!r}, which nothing here defines; import the "
            f"module that does, or use one of {known}."
        )
    return f"unknown {what} {name!r}; expected one of {known}."


MESSAGES: dict[str, Message] = {
    **TABLE_MESSAGES,
    # arrays
    "array.type": (
        "{name} is a {type}; expected a NumPy array of shape {expected}: "
        "use np.asarray({name}, dtype=np.float32)."
    ),
    "array.rank-1": (
        "{name} has shape {shape}, a rank-1 array; expected {expected}: "
        "use {name}.reshape({rows}, -1)."
    ),
    "array.shape": array_shape,
    "array.dtype": (
        "{name} has dtype {dtype}; expected a float dtype: use {name}.astype(np.float32)."
    ),
    "array.not-finite": (
        "{name} has {count} value(s) that are not finite, the first is {first} at {index}; "
        "remove or replace them."
    ),
    # parameters
    "parameters.names": (
        "the parameters do not fit the network: missing {missing}, unknown {unknown}; "
        "expected exactly {expected}."
    ),
    "parameters.dtype": (
        "{name} is {dtype} but {other} is {expected}; expected one dtype: use "
        "{name}.astype(np.{expected}), or convert {other}."
    ),
    "initialise.dtype": "dtype is {dtype}; expected a float dtype such as np.float32.",
    # labels
    "labels.dtype": "Y is {dtype} but X is {expected}; use Y.astype(np.{expected}).",
    "labels.not-binary": (
        "Y has the label {label} at {index}; {loss} expects 0 or 1: use (Y == positive_class)."
    ),
    "labels.not-one-hot": (
        "Y's column {column} is not one-hot; cross-entropy expects one 1 and zeros in each column: "
        "use ref_numpy.one_hot(labels, n_y)."
    ),
    "labels.not-integers": (
        "labels have shape {shape} and dtype {dtype}; expected integers of shape (m,) or (1, m): "
        "use labels.reshape(1, -1).astype(int)."
    ),
    "labels.out-of-range": (
        "label {label} of example {example} is out of range; {n_classes} classes have the labels "
        "0 to {last}: renumber the labels or give the network more outputs."
    ),
    **DATA_MESSAGES,
    # weights of examples
    "weights.dtype": "w is {dtype} but X is {expected}; use w.astype(np.{expected}).",
    "weights.negative": (
        "the weight of example {example} is {weight}; expected numbers from 0 up: leave out "
        "examples that are not to count."
    ),
    # the description of a network
    "network.first-layer": "a network begins with a Dense layer, which fixes the size of X.",
    "network.last-layer": (
        "the last layer gives {output}; end with an activation, Identity() for none."
    ),
    "network.output-shape": (
        "the last layer's result is {shape} an example; expected (n_y,), one axis: of the losses "
        "of this package, token_cross_entropy alone takes positions."
    ),
    "network.lambd": "lambd is {lambd}; expected a number from 0 up.",
    "network.loss-and-output": (
        "{loss} was given the output {output}; it is defined on {expected}: change one of the two."
    ),
    "network.output-over-positions": (
        "{loss} was given a softmax over positions; it takes one over the features, Softmax()."
    ),
    "network.layer-dims": ("layer_dims is {layer_dims}; expected at least two sizes, [n_x, n_y]."),
    "network.hidden": (
        "{given} hidden activations were given for {n_hidden} hidden layers; "
        "give one for all, or one for each."
    ),
    "network.format": (
        "the network's description was written by a newer version, in format {format}, and this "
        "version reads formats up to {known}; use the version that wrote it."
    ),
    "network.unreadable": (
        "the network's description cannot be read ({error}); "
        "expected text that NetworkSpec.to_json wrote."
    ),
    # layers
    "dense.units": "a layer was given {n!r} units; expected a whole number from 1 up.",
    "dense.input-size": (
        "Dense({n_prev}, {n}) follows a layer whose result is {shape} an example; "
        "expected {expected}: make the two sizes equal."
    ),
    "huber.delta": "Huber was given delta = {delta}; expected a positive number, such as 1.",
    "token-cross-entropy.smoothing": (
        "TokenCrossEntropy was given smoothing = {smoothing}; expected 0 ≤ smoothing < 1, such as "
        "0.1."
    ),
    "token-cross-entropy.ignored": (
        "TokenCrossEntropy was given ignored = {ignored}; expected a whole number, such as -100."
    ),
    "leaky-relu.slope": (
        "LeakyReLU was given the slope {slope}; expected 0 ≤ slope < 1, such as 0.01."
    ),
    "elu.alpha": "Elu was given alpha = {alpha}; expected a finite number above 0, such as 1.0.",
    "layer.symbol": (
        "the layer {layer} has symbol = {symbol!r}; expected the letters of its result, such as "
        '"Z", or "A" for an activation, and no digit at their end.'
    ),
    "layer.same-name": (
        "{first} and {second} would both be {name}; give one of them another name, or put a layer "
        "between them that begins a new number, such as Dense."
    ),
    "layer.shape": layer_shape,
    "layer.parameter-name": (
        "{layer} has a parameter {name!r}; expected a name of letters that does not end in a "
        "digit, because the layer's number follows it: rename it."
    ),
    "layer.weights": (
        "{layer} has weights = {weights!r}; expected a tuple of some of its parameters, {names}."
    ),
    "layer.returned": layer_returned,
    **LAYER_MESSAGES,
    **KIND_MESSAGES,
    **GRAPH_MESSAGES,
    # losses
    "loss.reads": (
        'the loss {loss} has reads = {reads!r}; expected "A", the output, or "Z", the logits.'
    ),
    "loss.output": loss_output,
    # optimisers and training
    "optimiser.learning-rate": "learning_rate is {value}; expected a positive number.",
    "optimiser.weight-decay": "weight_decay is {value}; expected a number from 0 up.",
    "schedule.updates": "{name} is {given}; expected {least} or more.",
    "schedule.final": "final is {given}; expected 0 < final ≤ 1, a fraction of the rate.",
    "optimiser.beta": "{name} is {value}; expected 0 ≤ {name} < 1.",
    "training.not-finite": (
        "the cost became {J} at step {step}; "
        "use a learning rate below {learning_rate}, or standardise X."
    ),
    "training.batch-size": "batch_size is {batch_size}; expected a whole number from 1 up.",
    "accuracy.regression": (
        "accuracy was called for a network trained with {loss}; "
        "it is defined for classes: look at the cost instead."
    ),
    # weights files
    "weights-file.dtype": (
        "the parameters are {dtype}, which safetensors cannot hold: use float64."
    ),
    "weights-file.missing": ("{path} is not a file; expected weights that ref_numpy.save wrote."),
    "weights-file.unreadable": (
        "{path} is not a readable safetensors file ({error}); write it again with save."
    ),
    "weights-file.no-network": (
        "{path} has no description of a network in its metadata; "
        "expected weights that ref_numpy.save wrote."
    ),
    "weights-file.format": (
        "{path} was written by a newer version, in format {format}, and this version reads formats "
        "up to {known}; use the version that wrote it."
    ),
    "weights-file.parameters": "{path} does not fit its own description: {error}",
    "file.not-written": "{path} cannot be written ({error}); name a file in a folder that exists.",
}


def messages_of_kinds(what: str) -> dict[str, Message]:
    """Return the sentences about "layer", "loss" or "optimiser", by code."""
    article = "an" if what == "optimiser" else "a"
    messages: dict[str, Message] = {
        "type": (
            f"the {{what}} {{given}} is not {article} {{base}}; expected for example {{example}}."
        ),
        "no-kind": (
            "the {what} {cls} needs a kind of its own, its name in files; "
            'define it as class {cls}({base}, kind="…").'
        ),
        "not-frozen": (
            "the {what} {cls} must be a frozen dataclass, so that its fields cannot change; "
            "write @dataclass(frozen=True) above its class."
        ),
        "field": (
            "the {what} {cls} has a field {field} = {value!r}, which a weights file cannot hold; "
            "use numbers and strings, in fields that are not called kind."
        ),
        "kind": (
            "the {what} {cls} was given the kind {kind!r}; expected a string, its name in files."
        ),
        "kind-taken": (
            "the {what} {cls} was given the kind {kind!r}, which is that of {owner}; "
            "give it a kind of its own."
        ),
        "unfinished": (
            "the {what} {cls} defines no {method}; write the method, as the docstring of "
            "ref_numpy.{base} describes."
        ),
        "unknown": kind_unknown,
        "needs-fields": (
            "the {what} {name!r} cannot be made from its name alone ({error}); "
            "give {cls}(…) instead."
        ),
    }
    return {f"{what}.{error}": message for error, message in messages.items()}


MESSAGES |= messages_of_kinds("layer") | messages_of_kinds("loss") | messages_of_kinds("optimiser")
MESSAGES |= {
    "activation.unknown": kind_unknown,
    "activation.needs-fields": MESSAGES["layer.needs-fields"],
    "initialiser.unknown": "unknown {what} {name!r}; expected one of {known}.",
}


def input_error(code: str, **facts: Any) -> InputError:
    """Return the error with this code; its sentence is made from `facts`."""
    return make_input_error(MESSAGES, code, facts)
