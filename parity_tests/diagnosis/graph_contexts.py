"""The context of a tensor of a graph: the line of its step, and those of a gradient's shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from parity_tests.checking.expected.layerwise import LayerwiseReference
from parity_tests.checking.expected.shares import L2_TERM
from parity_tests.checking.expected.stored_results import stored
from parity_tests.diagnosis.line_functions import (
    FUNCTIONS,
    FUNCTIONS_OF_LINES,
    Probability,
    exponentials,
)
from parity_tests.diagnosis.other_draws import by_other_contexts, by_own_draws
from parity_tests.diagnosis.other_inputs import by_other_inputs
from parity_tests.diagnosis.right_lines import (
    first_gradient_lines,
    formulas_at,
    lines_in_step,
    takes_columns,
)
from parity_tests.diagnosis.share_mistakes import of_shares
from parity_tests.diagnosis.tensor_context import TensorContext, is_right
from parity_tests.error_model.error_array import ErrorArray
from parity_tests.kinds.equivalent_formulas import Formulas
from parity_tests.kinds.formula_text import unlisted
from parity_tests.kinds.known_kinds import kind_of
from parity_tests.kinds.layer_kind import constants_of
from parity_tests.kinds.line_names import in_columns, names_of
from ref_numpy import Array
from ref_numpy.arrays.axes import columns
from ref_numpy.context import Cache
from ref_numpy.graphs.step import Step, next_name

Names = Mapping[str, Any]
OF_LOSS = "J"  # the use of a tensor by the loss, among the shares


def context_in_graph(
    reference: LayerwiseReference, name: str, right: Formulas, candidate: Array
) -> TensorContext:
    """Return the context in which a tensor of a graph is computed.

    Args:
        reference: of the run, with every tensor fixed.
        name: of the tensor.
        right: its value ± error by each formula.
        candidate: the candidate's tensor.
    """
    spec, base = reference.spec, name.removeprefix("d")
    made_by = next((step for step in spec.steps if is_made_by(step, name)), None)
    is_gradient = name in spec.gradients or (made_by is None and name == f"d{spec.output}")
    of_parameter = is_gradient and base in spec.parameter_shapes
    drawn, others = (), ()
    if candidate.shape == right[0].shape:
        drawn = by_own_draws(reference, name, candidate)
        others = by_other_inputs(reference, name, candidate)
    whole = TensorContext(
        "any", None, (unlisted(name),), right, (), None, name,
        averaged=name == "J" or of_parameter or (is_gradient and not spec.per_example),
        loss=spec.loss, of_parameter=of_parameter,
        is_last=is_gradient and base in (spec.loss_reads, spec.output),
        computed=(*by_other_contexts(reference, name), *others), drawn=tuple(drawn),
        tensors=reference.tensors,
    )  # fmt: skip
    met = reference.shares.met.get(base, {}) if is_gradient else {}
    if met:
        shares = tuple(
            with_line(
                replace(whole, by=by, own=own, others=others_of(met, by), computed=(), drawn=()),
                reference, step_of_share(reference, by),
            )
            for by, own in met.items()
        )  # fmt: skip
        missing = of_shares(name, {by: own[0] for by, own in met.items()})
        whole = replace(whole, shares=shares, computed=(*missing, *whole.computed))
        return replace(whole, bindings=({**names_of_any(reference, right)},))
    context = with_line(whole, reference, made_by or step_using(reference, base, is_gradient))
    if not context.is_listed and of_parameter and spec.lambd and base in spec.weights:
        L2 = stored(spec.lambd / reference.m * reference.params[base])
        missing = of_shares(name, {"its step": right[0] - L2, L2_TERM: L2})
        return replace(context, computed=(*missing, *context.computed))
    return context


def others_of(met: Mapping[str, Formulas], by: str) -> tuple[Any, ...]:
    """Return the shares of the other uses."""
    return tuple(share[0] for other, share in met.items() if other != by)


def step_of_share(reference: LayerwiseReference, by: str) -> Step | None:
    """Return the step whose use of a tensor gives a share; None of the loss, and of the L2 term."""
    name = by.partition(", use ")[0]  # of a step that takes a tensor twice
    return next((step for step in reference.spec.backward_steps if step.output == name), None)


def step_using(reference: LayerwiseReference, base: str, is_gradient: bool) -> Step | None:
    """Return the one step that uses a tensor or parameter, from which its gradient comes."""
    steps = reference.spec.backward_steps if is_gradient else ()
    return next((s for s in steps if base in (*s.inputs, *s.parameters.values())), None)


def with_line(
    context: TensorContext, reference: LayerwiseReference, step: Step | None
) -> TensorContext:
    """Return the context with the right line of a step, or of the loss, if the catalogue has one.

    Args:
        context: of the tensor, or of a share in it.
        reference: of the run.
        step: that computes it, forward or backward; None of the loss, and of the L2 term.
    """
    spec, name = reference.spec, context.name
    own = context.own or context.right
    common = names_of_any(reference, own)
    if step is not None:
        bindings = tuple(common | names for names in names_in_step(reference, step, name))
        training = reference.context.training
        lines = lines_in_step(spec, step, name, training, is_whole=not context.by)
        layer = step.layer
    elif context.by in ("", OF_LOSS) and (name == "J" or context.is_last):
        bindings = tuple(common | names for names in names_of_loss(reference, name))
        layer = spec.layers[-1]
        lines = (
            formulas_at(spec, "J", "J", layer, bindings[0])
            if name == "J"
            else first_gradient_lines(spec, name)
        )
    else:
        bindings, lines, layer = (common,), (), None
    there = replace(
        context, bindings=bindings, layer=layer,
        in_columns=step is not None and takes_columns(step),
    )  # fmt: skip
    right = (line for line in lines if is_right(line, bindings, own, there.in_columns))
    line = next(right, None)
    return there if line is None else replace(there, kind=line.left, formulas=(line,))


def names_of_any(reference: LayerwiseReference, own: Formulas) -> dict[str, Any]:
    """Return the names that are known at any tensor; the sizes of a step come with its own."""
    spec, shape = reference.spec, own[0].shape
    return FUNCTIONS_OF_LINES | {
        "np": FUNCTIONS, "right": own[0], "m": reference.m, "lambd": spec.lambd,
        "n": shape[0] if shape else None, "n_prev": None, "n_y": spec.output_shape[0], "n_x": None,
    }  # fmt: skip


def names_in_step(reference: LayerwiseReference, step: Step, name: str) -> list[dict[str, Any]]:
    """Return the names of a step's lines, by each way to compute them.

    They are its inputs, results, parameters and gradients. What a step without parameters gave may
    have been computed again for the backward pass.
    """
    forward = is_made_by(step, name)
    by = step.output if forward else f"d{step.output}"
    caches: list[Cache] = [reference.cache(step, by)]
    if not forward and step.output in reference.recomputed:
        again = reference.recomputed[step.output]
        caches.append(again._replace(inputs=caches[0].inputs))
    d = () if forward else gradients_of_results(reference, step)
    params = reference.parameters(step, by)
    every = [names_of(step.layer, params, cache, *d) for cache in caches]
    if name not in step.outputs and forward:
        every = [*map(in_columns, every)]  # of which the state has one number of each feature
    elif takes_columns(step):
        every = [{n: as_columns(x) for n, x in names.items()} for names in every]
    more: dict[str, Any] = {"np": FUNCTIONS}
    if not forward:
        tensors = reference.tensors
        more |= {f"d{own}": tensors.get(f"d{full}") for own, full in step.parameters.items()}
    # Of an activation another one's line may be used.
    if step.layer.symbol == "A" and isinstance(every[0]["Z"], ErrorArray):
        return [exponentials(names) | names | more for names in every]
    return [names | more for names in every]


def gradients_of_results(reference: LayerwiseReference, step: Step) -> Sequence[Any]:
    """Return the gradient of each result of a step, 0 of one that nothing uses.

    None at all where none is known, as of the last step where the loss takes in its activation.
    """
    every = [f"d{name}" for name in step.outputs]
    if not any(name in reference.known for name in every):
        return ()
    return [reference.gradients_received(name)[0] for name in every]


def is_made_by(step: Step, name: str) -> bool:
    """Return whether the tensor is a result of the step, or its state after it."""
    return name in step.outputs or name in map(next_name, step.state.values())


def as_columns(x: Any) -> Any:
    """Return a tensor of positions as (n, m · T), and any other value as it is."""
    return columns(cast(Array, x)) if isinstance(x, ErrorArray) and x.ndim > 2 else x


def names_of_loss(reference: LayerwiseReference, name: str) -> list[dict[str, Any]]:
    """Return the names of the lines of J and of the first gradient, by each way to compute them."""
    spec, last = reference.spec, reference.spec.steps[-1]
    of = kind_of(spec.loss)
    _, Z, A, Y = reference.of_loss(reference.labels)
    params = reference.parameters(last, last.output)
    names: dict[str, Any] = constants_of(spec.loss) | exponentials({"Z": Z}) | {
        "Z": Z, "A": A, "Y": Y, "n": A.shape[0], "w": reference.w, "loss": spec.loss.forward,
        "dA": reference.known.get(f"d{spec.output}"),
        "g": lambda Z: last.layer.forward(params, reference.context, Z)[0],
        "weights": [reference.params[W] for W in spec.weights],
        "biases": [b for n, b in reference.params.items() if n not in spec.weights],
    }  # fmt: skip
    if of.names is not None:
        names |= of.names(spec.loss, Z, A, Y)
    bindings = [names]
    if name == "J" and of.logarithms is not None:
        bindings.append(names | {"A": Probability.of(of.logarithms, A, Z)})
    if name != "J" and spec.output in reference.recomputed:
        bindings.append(names | {"A": reference.recomputed[spec.output].outputs[0]})
    return bindings
