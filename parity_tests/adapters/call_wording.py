"""Every sentence of the findings, the notes and the messages of the adapters, by its code."""

from __future__ import annotations

from typing import Any

SENTENCES: dict[str, str] = {
    # A function of the course, its result and its calls.
    "result.form": "{function} returned {error}",
    "result.form-within": "{function} returned, within its result, {error}",
    "result.missing-keys": "{function} returned no {missing}; its keys are {keys}",
    "result.order": "{function} returns ({given}); expected ({expected}), in this order",
    "result.cache": "{function}'s cache is {given}; the course's is {expected}",
    "result.caches": (
        "L_model_forward's caches are not {L} times ((A_prev, W, b), Z), one a layer"
    ),
    "result.gradient-shape": "{key} has shape {shape}; expected {expected}, that of {parameter}",
    "cache.of-another-layer": (
        "the backward step of layer {l} is given the cache of layer {other}, caches[{index}]; "
        "expected its own, caches[{expected}]"
    ),
    "activation.of-another-layer": (
        'the backward step of layer {l} is given "{given}"; expected "{expected}"'
    ),
    "call.raised-but-for-equal": (
        "{message}; with {n} units in every layer and {n} examples it returns, and {of} is wrong"
    ),
    "gradient.of-another-layer": (
        "the backward step of layer {l} is given dA{other} instead of dA{l}, which the step of "
        "layer {next} returned"
    ),
    "gradient.of-another-layers": (
        "the backward step of layer {l} is given dA{other} instead of dA{l}, which the step of "
        "layer {next} returned; the same line gives dA{other} to the step{plural} of layer{plural} "
        "{layers}"
    ),
    "gradient.two-numberings": (
        "L_model_backward numbers dA in two ways: the result of layer {own}'s backward step is "
        'named "dA{own}", and that of layer {of_before}\'s is named "dA{before}"'
    ),
    "gradient.two-numberings-raised": (
        "L_model_backward numbers dA in two ways: the result of layer {own}'s backward step is "
        'named "dA{own}", and that of layer {of_before}\'s is named "dA{before}"; it raised '
        "{type_name}: {text}"
    ),
    "gradient.after-update": (
        "{tensor} depends on the learning rate: a parameter was updated before the backward pass "
        "had used it"
    ),
    # An operator of an engine.
    "operator.value": (
        "{operator} of {engine} is wrong: with a = {a:g} and b = {b:g} it is "
        "{given:.{digits}g}; expected {expected:.{digits}g}"
    ),
    "operator.gradient": (
        "{operator} of {engine} passes back a wrong gradient of {part}: with a = {a:g}, b = {b:g} "
        "and the gradient {w:g} of the result it is {given:.{digits}g}; "
        "expected {expected:.{digits}g}"
    ),
    "operator.added": (
        "{operator} of {engine} does not add to the gradient of {part} where {part} is used twice: "
        "of w * ({operator}) * a * b, with a = {a:g}, b = {b:g} and w = {w:g}, it is "
        "{given:.{digits}g}; expected {expected:.{digits}g}"
    ),
    "note.operators": "the operators of {engine}, each alone, are right: {names}",
    "unit-check": "{function}, alone on random numbers: {message}",
    # An optimiser.
    "theta.value": "theta after update {t} is wrong",
    # An adapter that was written.
    "adapt.loop": "{program}: one round of the loop in {place} is taken as one step of training",
    "adapt.recognised": "recognised: {named}",
    "adapt.mark": "not recognised: {meaning} ({guesses})",
    "adapt.other-loop": (
        "not looked at: the loop in {place}; for it, give Loop its names and line=, its first line"
    ),
    "adapt.fill-in": (
        '{out} is written: replace each "?" in it by your name; then run: parity check {out}'
    ),
    "adapt.check": (
        "{out} is written: correct a name where it is wrong; then run: parity check {out}"
    ),
    "adapt.not-needed": (
        "{program} needs no adapter, and none is written; run: parity check {program}"
    ),
    "adapt.functions": (
        "{program} has no loop that updates factors of matrix products; {out} is written, with a "
        "function run that calls yours: complete it, then run the command in its first lines"
    ),
    # A call that was guessed wrongly.
    "mistaken-call.arguments": "{function} expects ({takes}); the check called it with ({given})",
    "mistaken-call.missing-key": (
        "{function} looks up {key} in {argument}, which has {keys}; is it of another network or "
        "edition, or is {key} misspelt? {error}"
    ),
    "mistaken-call.network": (
        "{function} was tried as the program of a network: {calls} raised {error}"
    ),
    "mistaken-call.made-up-arguments": (
        "{function} was read as {network}, with wrong numbers, and was made with {arguments} = "
        "0.01, which the check does not know: call it from a run(spec, params, X, Y)"
    ),
    "mistaken-call.unknown-network": (
        "{function} was read as {network}, and its numbers are not of that network: it may be "
        "wrong, or have another activation, loss, penalty or optimiser; state --hidden, --output "
        "and --loss"
    ),
    "mistaken-call.clips": (
        "{function} was read as {network}, and its numbers are not of that network: it clips "
        "numbers, perhaps its gradients, which cannot be judged then; make the limit an argument "
        "named clip, or take it out"
    ),
    "mistaken-call.other-passes": (
        "{function} was read as {network}, with wrong numbers, and has other functions or classes "
        "that look like a forward or backward pass, which may belong to it"
    ),
    "mistaken-call.several-updates": (
        "{function} updates the parameters more than once in a call with more examples: its "
        "batches have a size that the check does not know"
    ),
    "note.fixed-arguments": "called with {given}: what other values do was not checked",
    "mistaken-call.other-scale": (
        "{function} has a J that is a {cost}, and all its gradients are right as those of a "
        "{gradients}: a factor is missing, or its learning rate makes up for it; state "
        "--gradients {option} if that is meant"
    ),
    "mistaken-call.negative-gradients": (
        "the gradients of {function} are those of −J: state --gradients negative-mean or "
        "negative-sum if it adds them to its parameters"
    ),
    "mistaken-call.unknown-arguments": (
        "{function} takes ({takes}); expected the gradient of the result, then the cache"
    ),
    "mistaken-call.no-layout": (
        "{function} raises an exception in every layout that was tried (examples as columns or "
        "rows, W as (n, n_prev) or (n_prev, n)); the first: {error}"
    ),
    # The penalty of the weights, called with a strength that is not 0.
    "penalty.finding": "with {name} = {value}, {message}",
    "note.penalty.of-cost": (
        "with {name} = {value}, J has + {form}, and the gradients are those of that J"
    ),
    "note.penalty.of-gradients": (
        "with {name} = {value}, the gradients have + {form}, and there is no J to compare them with"
    ),
    "note.penalty.lines": (
        "with {name} = {value}, J has + {form}: that of λ/(2m) ΣW² with λ = lambd = {lambd:g}"
    ),
    "note.penalty.unused": "{name} changes neither J nor the gradients",
    "note.penalty.form": (
        "with {name} = {value}, what is added to J and to the gradients is not of {forms}, with "
        "all W and no b: these gradients were not judged"
    ),
    "note.penalty.biases": (
        "with {name} = {value}, J has the squares of the biases too: what this adds to db was not "
        "judged"
    ),
    "note.penalty.not-in-J": (
        "with {name} = {value}, the gradients are others, and J is the same: these gradients were "
        "not judged"
    ),
    "note.penalty.raised": "with {name} = {value}, {error}: these gradients were not judged",
    # Functions of one layer.
    "layer.evaluation": "{function} in evaluation, with running statistics: {message}",
    "note.state-not-checked": (
        "{function} was called in training alone: running statistics and evaluation were not "
        "checked"
    ),
    "note.state-given": "not judged: what {function} does to {names}, which it was given",
    "note.state-right": (
        "{function} was called in evaluation, too, and keeps the running statistics of a batch"
    ),
    "note.state-not-seen": (
        "{function} was called in evaluation, too; {names} after a batch could not be read"
    ),
    "note.state-wrong": (
        "{function} was called in evaluation, too; {names} after a batch is not momentum times "
        "the one before, and 1 - momentum times that of the batch, or the reverse"
    ),
    "note.state-unbiased": (
        "{function}: the running variance has the batch's divided by N - 1, as torch's has; "
        "cs231n's is divided by N"
    ),
    "layer.default-momentum": (
        "{function} without a momentum in its settings: {name} has mostly the batch's value, and "
        "little of the one before"
    ),
    "layer.test-mode": "{function} in test mode, where nothing is dropped: {message}",
    "note.test-mode": "{function} was called in test mode, too",
    "note.training-alone": "{function} was called in training alone: its test mode was not checked",
    # Functions of course 4 and of cs231n.
    "mistaken-call.no-image-layout": (
        "{function} gives no result of the expected shape, with images as (m, H, W, n) or as "
        "(m, n, H, W); the first: {error}"
    ),
    "note.older-arrays": (
        "{function} takes float() of an array with dimensions, which raises an exception from "
        "NumPy 2.4 on; it was called with arrays that allow it, as older versions do: use b.item()"
    ),
    "note.sizes": "the findings are those with {constants}",
    "note.sizes-raised": "not judged with {constants}: {error}",
    "note.ties": "{function}, where several numbers are equal to the maximum: {cause}",
    "note.given-result": (
        "{function}: given the result of {of} as {argument}; with anything else it was not compared"
    ),
    "note.inconsistent-scales": (
        "{function}'s J {J} 1/m and its gradient {d}, and the gradients of {layers} {dW}: together "
        "they are not those of J"
    ),
    "note.layer": "{functions}: {kind}{convention}",
    "note.order-of-gradients": "{function} returns ({given}), in this order",
    "note.reference-layout": (
        "findings have shapes, indices and lines of the reference: examples are columns, W is "
        "(n, n_prev), biases are (n, 1)"
    ),
    "convention.sums": "gradients are sums over the examples",
    "convention.means": "gradients are means over the examples",
    "convention.constant": "{name} is {value}",
    "convention.cost.mean": "the cost is the mean over the examples",
    "convention.cost.sum": "the cost is the sum over the examples",
    "convention.cost.mean-of-all": "the cost is the mean over examples and outputs",
    "convention.cost.mean-not-halved": "the cost is the mean over the examples, without 1/2",
    "convention.cost.sum-not-halved": "the cost is the sum over the examples, without 1/2",
    "convention.cost.mean-of-all-not-halved": (
        "the cost is the mean over examples and outputs, without 1/2"
    ),
    "convention.gradient.mean": "its gradient has 1/m",
    "convention.gradient.sum": "its gradient is of each example's loss, without 1/m",
    "convention.gradient.mean-of-all": "its gradient is of the mean over examples and outputs",
    "convention.gradient.mean-not-halved": "its gradient has 2/m",
    "convention.gradient.sum-not-halved": (
        "its gradient is of each example's loss, without 1/m, times 2"
    ),
    "convention.gradient.mean-of-all-not-halved": (
        "its gradient is of the mean over examples and outputs, times 2"
    ),
    # Course 2.
    "dropout.mask-shape": "{function}: the mask {name} has shape {shape}; expected {expected}",
    "dropout.no-mask": "{function}: {name} is no mask: its numbers are not 0 and 1",
    "dropout.share": (
        "{function}: {kept} of {size} units stay, which chance does not explain; expected about "
        "keep_prob = {keep_prob} of them"
    ),
    "initial.not-zero": "{function}: {name} is not zero; expected zeros",
    "initial.equal": "{function}: all numbers of {name} are equal; expected random ones",
    "initial.scale": (
        "{function}: the standard deviation of {name} is {std}, which chance does not explain; "
        "expected {expected}"
    ),
    "batches.sizes": (
        "{function}: of {m} examples the mini-batches have {given}; expected {expected}"
    ),
    "batches.columns": (
        "{function}: the columns of the mini-batches are not those of X; expected whole examples"
    ),
    "batches.apart": "{function}: the columns of X and of Y are in two orders, with m = {m}",
    "batches.examples": (
        "{function}: with m = {m}, examples are missing or stand there twice; the first that are "
        "missing: {lost}"
    ),
    "batches.order": "{function}: the examples are in their old order, with m = {m}",
    "batches.seed": "{function}: the order does not follow from the seed, with seed = {seed}",
    "note.other-generator": (
        "{function} uses another random generator than np.random.seed(seed) and "
        "np.random.permutation(m): its order was judged by its properties alone"
    ),
    # Notes of a report.
    "note.printed": "the candidate printed {lines}, which went to standard error",
    "note.supplied": "not defined, so that the reference's were used: {names} (as in week {week})",
    "note.single-functions": "single functions only: there is none of {drivers}",
    "note.read-as": "read as {called}; inferred from its numbers: {conventions}",
    "note.loop-names": "in the loop {named}",
    "note.one-output": (
        "judged with one output: with several the results fit no network, and were not judged"
    ),
    "note.one-layer": (
        "judged with one layer: with several its calls give no gradients of the parameters' shapes"
    ),
    "note.made-of-engine": (
        "a network was computed with {engine}, and J, the sum of ½ (a − y)², was passed back by "
        "its backward()"
    ),
    "note.also-fits": "its results also fit {others}; state --loss, --cost or --gradients",
    "note.no-reading-agrees": (
        "no convention makes the forward pass agree with the reference; the closest one was used: "
        "{network}"
    ),
    "note.not-checked-alone": "not checked alone: {message}",
    "note.total-cost": (
        "compute_cost returns the total of the examples, as in the assignment on mini-batches: it "
        "was divided by m"
    ),
    "note.other-start": (
        "not checked: {function} begins at other parameters at each call, with one seed of "
        "np.random too"
    ),
    "note.other-rate": (
        "not checked: the steps of {function}, whose learning rate is not that of update_parameters"
    ),
    "note.model-arguments": "{function} was not run with {others}",
    "note.declared": "declared by {option}, and so no finding",
    "note.declared-unused": "{option} declares what no compared tensor shows",
    "note.rounded": "{names} were rounded to {precision} before the comparison",
    "note.sharper": "the file states {stated}; {precision} allows smaller errors",
    "result.unexpected": "the operation has no result {name}; expected {expected}",
    "note.other-numbers": "not judged at other numbers, in another order and sign: {text}",
    "note.blind": "with these inputs it would pass, too: {answers}",
    "note.cache": (
        "{function}'s cache is {given}; the course's is {expected}: recognised by its numbers"
    ),
    "note.keys": "{function} has the keys {given} instead of {expected}",
    "note.left-out": "left out: {text}",
    "note.not-executed": (
        "not executed: {places}; this file trains, plots or asks on import, so that only its "
        "imports, definitions and plain values are executed"
    ),
    "note.import-raised": "{error}; only its imports, definitions and plain values are checked",
}  # fmt: skip


def sentence(code: str, **facts: Any) -> str:
    """Return the sentence of this code, made from its facts."""
    return SENTENCES[code].format(**facts)
