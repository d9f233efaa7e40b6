"""A torch module of any graph as a candidate: run(spec, params, X, Y) by the names of its parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from parity_tests.adapters.graph_modules.module_calls import (
    Forward,
    changes_by_eval,
    forward_of,
)
from parity_tests.adapters.graph_modules.module_places import Places, find_places
from parity_tests.adapters.graph_modules.named_modules import NamedModules
from parity_tests.adapters.graph_modules.observed_modules import check_seen, observing
from parity_tests.adapters.module_structure import evaluating, unfrozen
from parity_tests.adapters.torch_modules import make_module
from parity_tests.adapters.torch_twin import arithmetic, mode_of
from parity_tests.check_messages import input_error
from parity_tests.checking.guarded_calls import Call, call
from ref_numpy import Array, NetworkSpec
from ref_numpy.arrays.axes import Shape
from ref_numpy.propagation import Inputs
from torch_impl import conventions, torch_costs
from torch_impl.torch_private import uncompiled
from torch_impl.tracing import is_float, rounded, torch_device, torch_dtype, widened


def named_run(
    given: NamedModules, name: str, precision: str, device: str | None = None, call: Call = call
) -> Callable[..., dict[str, Any]]:
    """Return run(spec, params, X, Y) by a module, or by the module that a factory returns.

    The module's own parameters are overwritten.

    Args:
        given: the module, and the names of its parts.
        name: of the candidate.
        precision: the name of the arithmetic.
        device: torch's name; None leaves the module on its device.
        call: calls the module.
    """
    mode = mode_of(precision)

    def run(spec: NetworkSpec, params: Mapping[str, Array], X: Inputs, Y: Array) -> dict[str, Any]:
        if not isinstance(given.names, Mapping):
            raise input_error("modules.names", name=name, type=type(given.names).__name__)
        factory = not isinstance(given.module, nn.Module)
        module = call(name, make_module, given.module, spec) if factory else given.module
        if not isinstance(module, nn.Module):
            raise input_error("module.type", name=name, verb="gave", type=type(module).__name__)
        module = uncompiled(module)
        first = next(module.parameters(), torch.empty(0))
        dtype, mixed = torch_dtype(mode["dtype"]), mode.get("autocast")
        where = torch_device(first.device if device is None else device, dtype)
        convert(module, where, dtype)
        places = find_places(name, given, module, spec)
        load_parameters(places, params)
        x = {n: rounded(t, dtype).to(where) for n, t in conventions.to_inputs(spec, X).items()}
        y = rounded(conventions.to_targets(spec, Y), dtype).to(where)
        mixed = None if mixed is None else torch_dtype(mixed)
        own = Forward(given.call) if given.call else forward_of(name, module, len(x))
        forward = partial(call, name, own.function, module)
        with (
            arithmetic(tf32=precision == "tf32"),
            torch.autocast(where.type, mixed, mixed is not None, cache_enabled=False),
        ):
            off = changes_by_eval(module, forward, [*x.values(), y])
            with evaluating(module), unfrozen(module) as was_frozen:
                result = trace(module, name, spec, places, x, y, forward, call)
        thawed = "with its frozen parameters unfrozen" if was_frozen else ""
        loss = "" if "J" in result else "without running a loss of its own"
        left = f"with the default of {', '.join(own.left)}" if own.left else ""
        held = [one.path for every in places.parameters.values() for one in every if one.is_open]
        paths = ", ".join(held)
        square = f"with the square {paths} as (n, n_prev), or else named with .T" if held else ""
        run.__dict__["condition"] = " and ".join(filter(None, (off, thawed, loss, left, square)))
        return result

    run.__name__ = name
    return run


def convert(module: nn.Module, where: torch.device, dtype: torch.dtype) -> None:
    """Move a module to a device and a dtype; what is complex stays so."""
    kept = [
        (part, name, buffer)
        for part in module.modules()
        for name, buffer in part.named_buffers(recurse=False)
        if buffer.is_complex()
    ]
    wide = torch.complex128 if dtype == torch.float64 else torch.complex64
    for part, name, _ in kept:
        setattr(part, name, None)
    module.to(where, dtype)
    for part, name, buffer in kept:
        setattr(part, name, buffer.to(where, wide))


def load_parameters(places: Places, params: Mapping[str, Array]) -> None:
    """Overwrite the module's parameters, and what it remembers."""
    with torch.no_grad():
        for name, every in places.parameters.items():
            for _, parameter, is_transposed, _ in every:
                theirs = params[name].T if is_transposed else params[name]
                theirs = np.ascontiguousarray(theirs).reshape(parameter.shape)
                parameter.copy_(torch.from_numpy(theirs))
        for name, buffer in places.state.items():
            buffer.copy_(torch.from_numpy(params[name].reshape(buffer.shape)))


def trace(
    module: nn.Module,
    name: str,
    spec: NetworkSpec,
    places: Places,
    x: Mapping[str, Tensor],
    y: Tensor,
    forward: Callable[..., Any],
    call: Call = call,
) -> dict[str, Any]:
    """Return the tensors that the module shows on one batch, with the reference's names and shapes.

    A zero is added to each; its gradient is that tensor's.

    Args:
        module: the module, with the parameters of the run.
        name: of the module.
        spec: the network.
        places: of its tensors in the module.
        x: the inputs.
        y: the labels.
        forward: forward(*inputs, labels) calls the module.
        call: calls the backward pass.
    """
    inputs = {n: t.detach().requires_grad_(is_float(t)) for n, t in x.items()}
    tensors: dict[str, Tensor] = {}

    def look(n: str, tensor: Tensor) -> Tensor:
        tensors[n] = tensor.detach().clone()
        return tensor

    with torch.no_grad(), observing(module, places, look) as observer:
        outputs, J = outputs_of(name, forward(*inputs.values(), y), spec, len(y))
    check_seen(name, observer, places)
    of = dict(tensors)
    if spec.loss_reads not in tensors and J is None:
        of[spec.loss_reads] = outputs
    zeros = {
        n: torch.zeros_like(t).requires_grad_() for n, t in of.items() if n not in observer.in_place
    }

    def keep(n: str, tensor: Tensor) -> Tensor:
        tensors[n] = tensor.detach().clone()
        return tensor + zeros[n] if n in zeros else tensor

    module.zero_grad(set_to_none=True)
    with observing(module, places, keep):
        outputs, J = outputs_of(name, forward(*inputs.values(), y), spec, len(y))
    if spec.loss_reads not in places.results:
        outputs = keep(spec.loss_reads, outputs)
    result: dict[str, Any] = {} if J is None else {"J": conventions.array(J)}
    if J is None:  # ours, for the gradients alone
        J = with_penalty(spec, places, torch_costs.mean_loss(spec, outputs, y), len(y))
    call(f"{name}, backward,", J.backward)
    like = next((t for t in (*inputs.values(), *module.parameters()) if is_float(t)), outputs)
    shapes = spec.trace_shapes(len(y))
    for n, tensor in tensors.items():
        result[n] = in_columns(name, spec, n, widened(tensor, like), shapes[n], places)
    m = len(y) if spec.per_example else 1
    for n, leaf in {**inputs, **zeros}.items():
        if is_float(leaf):
            grad = None if leaf.grad is None else widened(leaf.grad, like)
            theirs = grad if grad is None else in_columns(name, spec, n, grad, shapes[n], places)
            result[f"d{n}"] = theirs if theirs is None else m * theirs
    for n, ((_, parameter, is_transposed, _), *_) in places.parameters.items():
        if parameter.grad is None:
            result[f"d{n}"] = None
            continue
        theirs = conventions.array(parameter.grad)
        theirs = theirs.T if is_transposed and theirs.ndim > 1 else theirs
        result[f"d{n}"] = np.ascontiguousarray(theirs).reshape(shapes[f"d{n}"])
    return result


def outputs_of(name: str, given: Any, spec: NetworkSpec, m: int) -> tuple[Tensor, Tensor | None]:
    """Return the module's outputs, (m, …, n_y), and J, None where it returns outputs alone.

    Raises:
        InputError: they are not a tensor, or have another shape.
    """
    outputs, *others = given if isinstance(given, tuple | list) else (given,)
    n_y, *positions = spec.output_shape
    expected = (m, *positions, n_y)
    if not isinstance(outputs, Tensor) or outputs.numel() != np.prod(expected):
        raise input_error(
            "module.outputs", name=name, given=type(outputs).__name__, expected=expected,
            shape=tuple(outputs.shape) if isinstance(outputs, Tensor) else None,
        )  # fmt: skip
    J = next((t for t in others if isinstance(t, Tensor) and t.numel() == 1), None)
    return outputs.reshape(expected), None if J is None else J.reshape(())


def with_penalty(spec: NetworkSpec, places: Places, J: Tensor, m: int) -> Tensor:
    """Return J + (λ/2m) Σ ‖W‖²."""
    if not spec.lambd:
        return J
    weights = [places.parameters[W][0].parameter for W in spec.weights]
    return J + spec.lambd / (2 * m) * sum(W.square().sum() for W in weights)


def in_columns(
    name: str, spec: NetworkSpec, tensor: str, x: Tensor, expected: Shape, places: Places
) -> Array:
    """Return (m, …, n) as (n, m, …): the last axis first, and of images that of the channels.

    Leading axes that a program has joined, such as (m h, T, d), are taken apart.

    Raises:
        InputError: it has another shape.
    """
    array = conventions.array(x)
    n, *others = expected
    if array.ndim < len(expected) and array.shape[-1] == n and array.size == np.prod(expected):
        array = array.reshape(*others, n)
    of_images = any(".convolutional." in type(step.layer).__module__ for step in spec.steps)
    axis = 1 if of_images and array.ndim > 3 else -1
    moved = np.moveaxis(array, axis, 0) if array.ndim else array
    if moved.shape != tuple(expected):
        place = places.results.get(tensor) or places.inputs.get(tensor, "the module's output")
        raise input_error(
            "modules.result-shape", name=name, place=str(place), shape=tuple(array.shape),
            tensor=tensor, expected=(*others, n),
        )  # fmt: skip
    return moved
