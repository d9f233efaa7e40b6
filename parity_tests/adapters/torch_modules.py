"""Any torch.nn.Module as a candidate: its fully connected layers, in the order in which they run.

Each must hold a weight (n, n_prev) and a bias (n,), as nn.Linear does; modules and functions
between them are seen through the next layer's input. The module may return logits, probabilities or
log-probabilities (log_softmax); the cost is torch's own for each.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from parity_tests.adapters.module_chain import check_chain
from parity_tests.adapters.module_structure import (
    describe_eval_changes,
    evaluating,
    layers_in_running_order,
    refuse_other_inputs,
    unfrozen,
)
from parity_tests.adapters.torch_twin import arithmetic, mode_of
from parity_tests.check_messages import input_error
from parity_tests.checking.guarded_calls import Call, call
from ref_numpy import Array, CrossEntropy, NetworkSpec
from torch_impl import conventions, torch_costs
from torch_impl.torch_private import is_compiled, uncompiled
from torch_impl.tracing import torch_device, torch_dtype, widened


def module_run(
    given: Any, name: str, precision: str, device: str | None = None, call: Call = call
) -> Callable[..., dict[str, Any]]:
    """Return run(spec, params, X, Y) by a module, or by the module that a factory returns.

    The module's own parameters are overwritten. The function raises InputError where the module has
    not the network's layers.

    Args:
        given: the module, or the factory, which is called with the description of the network if it
            takes an argument.
        name: of the module.
        precision: the name of the arithmetic.
        device: torch's name; None leaves the module on its device.
        call: calls the module.
    """
    mode = mode_of(precision)

    def run(spec: NetworkSpec, params: Mapping[str, Array], X: Array, Y: Array) -> dict[str, Any]:
        factory = callable(given) and not isinstance(given, nn.Module)
        module = call(name, make_module, given, spec) if factory else given
        if not isinstance(module, nn.Module):
            verb = "gave" if factory else "is"
            raise input_error("module.type", name=name, verb=verb, type=type(module).__name__)
        first = next(module.parameters(), torch.empty(0))
        dtype, mixed = torch_dtype(mode["dtype"]), mode.get("autocast")
        where = torch_device(first.device if device is None else device, dtype)
        module = module.to(where, dtype)
        # Rounded first: not every device has float64.
        x, y = conventions.to_batch(X).to(dtype), conventions.to_targets(spec, Y)
        y = y.to(dtype) if y.is_floating_point() else y
        x, y = x.to(where), y.to(where)
        mixed = None if mixed is None else torch_dtype(mixed)
        refuse_other_inputs(name, module, spec)
        with (
            arithmetic(tf32=precision == "tf32"),
            # Its cache would keep the parameters of before they were overwritten.
            torch.autocast(where.type, mixed, mixed is not None, cache_enabled=False),
        ):
            changed = call(name, describe_eval_changes, uncompiled(module), x)
            with evaluating(module), unfrozen(module) as was_frozen:
                thawed = "with its frozen parameters unfrozen" if was_frozen else ""
                run.__dict__["condition"] = " and ".join(filter(None, (changed, thawed)))
                return trace(module, name, spec, params, x, y, call)

    run.__name__ = name
    return run


def make_module(factory: Callable[..., Any], spec: NetworkSpec) -> Any:
    """Call the factory, with the description of the network if it takes an argument."""
    required = [
        q for q in inspect.signature(factory).parameters.values()
        if q.default is q.empty and q.kind in (q.POSITIONAL_ONLY, q.POSITIONAL_OR_KEYWORD)
    ]  # fmt: skip
    return factory(spec) if required else factory()


def trace(
    module: nn.Module,
    name: str,
    spec: NetworkSpec,
    params: Mapping[str, Array],
    x: Tensor,
    y: Tensor,
    call: Call = call,
) -> dict[str, Any]:
    """Return the module's tensors on one batch, with the reference's parameters, names and shapes.

    Hooks add a zero to each layer's input and output; the zero's gradient is that tensor's. A
    gradient that does not reach its tensor is None.
    """
    layers = layers_in_running_order(module, name, spec, x, call)
    load_params(layers, params)
    seen, outputs = observe_layers(module, name, layers, x, call)
    tensors, outputs = dict(seen), outputs_of(name, outputs, spec, len(x))
    check_chain(name, spec, layers, partial(call, name, uncompiled(module)), x, hooked)
    zeros = {n: torch.zeros_like(tensor).requires_grad_() for n, tensor in seen.items()}
    zero = torch.zeros_like(outputs).requires_grad_()

    def keep(n: str, tensor: Tensor) -> Tensor:
        tensors[n] = tensor
        return tensor + zeros[n]

    module.zero_grad(set_to_none=True)
    forget_compiled(module)
    with hooked(layers, keep):
        outputs = outputs_of(name, call(name, module, x), spec, len(x)) + zero
        kind = kind_of(outputs, tensors[f"Z{len(layers)}"], spec)
        J = cost(spec, kind, outputs, y, [layer.weight for layer in layers])
        call(f"{name}, backward,", J.backward)

    result: dict[str, Any] = {n: conventions.from_batch(widened(t, x)) for n, t in tensors.items()}
    result["J"] = conventions.array(J)
    if kind == "outputs":
        result[spec.output] = conventions.from_batch(widened(outputs, x))
        zeros[spec.output] = zero
    for n, z in zeros.items():
        grad = None if z.grad is None else widened(z.grad, x)
        result[f"d{n}"] = None if grad is None else conventions.from_batch_gradient(grad)
    for l, layer in enumerate(layers, start=1):
        for n, parameter in ((f"W{l}", layer.weight), (f"b{l}", layer.bias)):
            grad, shape = parameter.grad, spec.parameter_shapes[n]
            result[f"d{n}"] = None if grad is None else conventions.array(grad).reshape(shape)
    return result


def forget_compiled(module: nn.Module) -> None:
    """Compile again, since code that was compiled without hooks runs without them."""
    if any(is_compiled(m) for m in module.modules()):
        torch.compiler.reset()


def load_params(layers: list[Any], params: Mapping[str, Array]) -> None:
    """Overwrite the layers' parameters."""
    with torch.no_grad():
        for l, layer in enumerate(layers, start=1):
            layer.weight.copy_(torch.from_numpy(params[f"W{l}"]))
            layer.bias.copy_(torch.from_numpy(params[f"b{l}"].reshape(-1)))


def observe_layers(
    module: nn.Module, name: str, layers: list[Any], x: Tensor, call: Call
) -> tuple[dict[str, Tensor], Tensor]:
    """Return each layer's input and output, A0 Z1 A1 …, and the module's outputs."""
    seen: dict[str, Tensor] = {}

    def note(n: str, tensor: Tensor) -> None:
        seen[n] = tensor

    with torch.no_grad(), hooked(layers, note):
        return seen, call(name, uncompiled(module), x)


@contextmanager
def hooked(layers: list[Any], hook: Callable[[str, Tensor], Tensor | None]) -> Iterator[None]:
    """Within it, each layer's input and output go through hook(name, tensor): "A<l−1>", "Z<l>".

    A hook that returns None leaves the tensor as it is.
    """

    def before(l: int):
        def change(layer: nn.Module, inputs: tuple, options: dict[str, Any]) -> Any:
            """A layer may be called as layer(x) or as layer(input=x)."""
            given = [*inputs, *options.values()]
            new = hook(f"A{l - 1}", given[0])
            if new is None:
                return None
            return ((new, *inputs[1:]), options) if inputs else ((), dict.fromkeys(options, new))

        return change

    def after(l: int):
        return lambda layer, inputs, output: hook(f"Z{l}", output)

    with ExitStack() as stack:
        for l, layer in enumerate(layers, start=1):
            handle = layer.register_forward_pre_hook(before(l), with_kwargs=True)
            stack.callback(handle.remove)
            stack.callback(layer.register_forward_hook(after(l)).remove)
        yield


def outputs_of(name: str, given: Any, spec: NetworkSpec, m: int) -> Tensor:
    """Return the module's outputs as (m, n_y).

    Raises:
        InputError: they are not a tensor, or have another shape.
    """
    (n_y,) = spec.output_shape
    squeezed = isinstance(given, Tensor) and n_y == 1 and given.numel() == m
    if not isinstance(given, Tensor) or (given.shape != (m, n_y) and not squeezed):
        raise input_error(
            "module.outputs",
            name=name,
            given=type(given).__name__,
            shape=tuple(given.shape) if isinstance(given, Tensor) else None,
            expected=(m, n_y),
        )
    return given.reshape(m, n_y)


def kind_of(outputs: Tensor, Z: Tensor, spec: NetworkSpec) -> str:
    """Return the kind of outputs: "logits", "logarithms" of probabilities, or "outputs" A[L]."""
    if spec.loss.reads == "A":
        return "outputs"
    if torch.equal(outputs, Z.reshape(outputs.shape)):
        return "logits"
    return "logarithms" if bool((outputs <= 0).all()) else "outputs"


def cost(spec: NetworkSpec, kind: str, outputs: Tensor, y: Tensor, weights: list[Tensor]) -> Tensor:
    """Compute J by torch's criterion for this kind of outputs."""
    m, n_y = outputs.shape
    if kind == "logits" or spec.loss.reads == "A":
        J = torch_costs.mean_loss(spec, outputs, y)
    elif isinstance(spec.loss, CrossEntropy):
        J = F.nll_loss(outputs if kind == "logarithms" else outputs.log(), y)
    else:
        with torch.autocast(outputs.device.type, enabled=False):
            p = outputs.exp() if kind == "logarithms" else outputs
            J = n_y * F.binary_cross_entropy(p.to(y.dtype), y)
    if spec.lambd:
        J = J + spec.lambd / (2 * m) * sum(W.square().sum() for W in weights)
    return J
