"""Check one function, or a pair of functions, against a kind of layer or loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from parity_tests.adapters.candidate_process.in_this_process import program_here
from parity_tests.adapters.interfaces.layout import Layout
from parity_tests.adapters.layer_functions.function_checks import is_gradient
from parity_tests.adapters.layer_functions.function_pairs import FunctionPair
from parity_tests.adapters.layer_functions.layer_checks import check_pair
from parity_tests.adapters.layer_functions.loss_checks import check_loss
from parity_tests.adapters.layer_functions.one_step import OneStep
from parity_tests.adapters.layer_functions.pair_calls import PairCaller
from parity_tests.adapters.layer_functions.pair_readings import readings_of
from parity_tests.adapters.layer_functions.step_samples import (
    samples_of,
    steps_of,
    with_and_without_positions,
)
from parity_tests.adapters.operations.check_kernel import check_kernel
from parity_tests.adapters.operations.operation_results import Operation
from parity_tests.adapters.operations.result_precisions import Precisions
from parity_tests.check_messages import input_error
from parity_tests.checking.report import Report, engine
from parity_tests.error_model.precisions import Precision, precision_named
from ref_numpy import Layer, Loss


def check_op(
    forward: Callable[..., Any],
    kind: str | Layer | Operation,
    backward: Callable[..., Any] | None = None,
    *,
    inputs: Sequence[Any] = (),
    layout: Layout | None = None,
    shapes: Sequence[Any] = (),
    precision: Precisions = None,
    seed: int = 0,
    **settings: Any,
) -> Report:
    """Compare any function, or pair of functions, with a kind of layer or loss, or with NumPy.

        check_op(affine_forward, "dense", affine_backward)
        check_op(my_norm, "layer_norm", my_norm_backward, epsilon=1e-8)
        check_op(softmax_loss, "cross_entropy")
        check_op(my_kernel, softmax_in_numpy, inputs=(x,))      # any callable, any operation

    Args:
        forward: takes the inputs and the parameters, or the outputs and the labels; returns the
            result, or a tuple that begins with it.
        kind: the name of a kind in the registry, such as "dense" or "huber"; or a layer; or the
            same mathematics in a few lines of NumPy, on `inputs`, in one way or several.
        backward: takes the gradient of the result and what `forward` returned beside it; returns
            the gradients.
        inputs: of a kernel and the operation that `kind` is: arrays of any library.
        layout: of the arrays; None infers it.
        shapes: of one example of each input, where `kind` is a layer: [(5,)].
        precision: the arithmetic of the functions; of several the first that holds. None is
            float64, and of a kernel that of the type of its results, float32 inside of halves.
        seed: of the random numbers.
        settings: constants of the kind that differ from their defaults.

    Returns:
        The report. It passes where all results are within their bounds, and gradients among them
        where `backward` is given.

    Raises:
        InputError: there is no such kind or setting, or the functions take other arguments.
    """
    if not isinstance(kind, str | Layer):
        own = {"backward": backward, "layout": layout, "shapes": shapes, **settings}
        if options := [option for option, given in own.items() if given not in (None, ())]:
            raise input_error("operation.options", options=", ".join(options))
        return check_kernel(forward, kind, inputs, precision, seed)
    name, of_gradients = name_of(forward, "forward"), name_of(backward, "backward")
    functions = {name: forward} | ({of_gradients: backward} if backward is not None else {})
    pair = FunctionPair(name, of_gradients if backward is not None else None, (str(kind),))
    caller = PairCaller(program_here(functions), functions)
    stated = None if layout is None else vars(layout)
    p = precision_named(precision if isinstance(precision, str | Precision) else "float64")
    if isinstance(kind, str) and kind in Loss.kinds and not settings:
        loss = check_loss(caller, replace(pair, kinds=(kind,)), p, seed, stated=stated)
        report = loss and loss.report
    else:
        steps = steps_for(kind, shapes, settings)
        found = readings_of(caller, pair, p, seed, stated, steps)
        one = check_pair(caller, pair, found, p, seed, layout, layout is not None, Counter())
        report = one and one.report
    if report is None:
        raise input_error("op.arguments", function=name, kind=kind_name(kind))
    every = [tensor.name for tensor in report.tensors]
    evidence = [n for n in every if is_gradient(n)] if backward is not None else every
    return replace(
        report, candidate=", ".join(functions), evidence=tuple(evidence), seed=seed,
        engine=engine(), not_checked=(),
    )  # fmt: skip


def steps_for(kind: str | Layer, shapes: Sequence[Any], settings: dict[str, Any]) -> list[OneStep]:
    """Return the kind as one step, with positions and without."""
    if isinstance(kind, Layer):
        return [*steps_of(kind, with_and_without_positions([*shapes] or [(5,)]))]
    return [*samples_of(kind, **settings)]


def kind_name(kind: str | Layer) -> str:
    """Return the name of a kind."""
    return kind if isinstance(kind, str) else kind.kind


def name_of(function: Any, default: str) -> str:
    """Return a function's name; a lambda has none."""
    name = getattr(function, "__name__", default)
    return name if name.isidentifier() else default
