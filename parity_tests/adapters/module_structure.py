"""A torch module's layers in the order in which they run, and the effects of its mode."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter

from parity_tests.check_messages import input_error
from parity_tests.checking.guarded_calls import Call
from ref_numpy import NetworkSpec
from torch_impl.torch_private import DROPOUTS, NORMS, uncompiled


def refuse_other_inputs(name: str, module: nn.Module, spec: NetworkSpec) -> None:
    """Check that a layer takes as many inputs as the examples have.

    Raises:
        InputError: none does.
    """
    n_x, weights = spec.input_shape[0], [p for p in module.parameters() if p.ndim == 2]
    lazy = any(isinstance(p, UninitializedParameter) for p in module.parameters())
    if weights and not lazy and not any(W.shape[1] == n_x for W in weights):
        takes = ", ".join(map(str, dict.fromkeys(W.shape[1] for W in weights)))
        raise input_error("module.other-sizes", name=name, inputs=takes, network=spec.summary)


def layers_in_running_order(
    module: nn.Module, name: str, spec: NetworkSpec, x: Tensor, call: Call
) -> list[Any]:
    """Return the layers that hold parameters, in the order in which a batch goes through them.

    Args:
        module: the module.
        name: of the module.
        spec: the network that the module should be.
        x: the batch.
        call: calls the module.

    Raises:
        InputError: they are not the network's layers.
    """
    if isinstance(module, torch.jit.ScriptModule):
        raise input_error("module.scripted", name=name)
    with torch.no_grad():
        call(name, uncompiled(module), x)  # after which lazy layers have their sizes
    every = uncompiled(module).named_modules()
    holders = {n: m for n, m in every if any(True for _ in m.parameters(recurse=False))}
    for n, layer in holders.items():
        parameters = dict(layer.named_parameters(recurse=False, remove_duplicate=False))
        W, b = parameters.get("weight"), parameters.get("bias")
        if len(parameters) != 2 or W is None or b is None or W.ndim != 2 or b.shape != W.shape[:1]:
            held = ", ".join(f"{k} {tuple(p.shape)}" for k, p in parameters.items()) or "nothing"
            raise input_error(
                "module.parameters",
                name=name,
                layer=n or "the module itself",
                type=type(layer).__name__,
                held=held,
            )
    order: list[str] = []
    with ExitStack() as stack:
        for n, layer in holders.items():
            hook = layer.register_forward_pre_hook(lambda layer, inputs, n=n: order.append(n))
            stack.callback(hook.remove)
        with torch.no_grad():
            call(name, uncompiled(module), x)
    twice = next((n for n in order if order.count(n) > 1), None)
    if twice:
        raise input_error("module.layer-twice", name=name, layer=twice)
    layers: list[Any] = [holders[n] for n in order]
    if len({id(p) for layer in layers for p in layer.parameters(recurse=False)}) < 2 * len(layers):
        raise input_error("module.shared-parameter", name=name)
    if not layers:
        raise input_error("module.no-layers", name=name, layers=", ".join(holders) or "it has none")
    sizes = [layer.weight.shape for layer in layers]
    expected = [spec.parameter_shapes[W] for W in spec.weights]
    if sizes != expected:
        dims = "-".join(map(str, [sizes[0][1], *(n for n, _ in sizes)]))
        raise input_error("module.layer-sizes", name=name, sizes=dims, network=spec.summary)
    return layers


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Within it, every part of the module is in eval(); after it, as it was."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def describe_eval_changes(module: nn.Module, x: Tensor) -> str:
    """Describe how eval() changes a module that is in train(); "" where it changes nothing.

    The module is run on x in both modes; random states and buffers are restored.
    """
    parts = [part for part in module.modules() if part.training]
    if not parts:
        return ""
    with torch.no_grad(), torch.random.fork_rng():
        with evaluating(module):
            in_eval = module(x)
        kept = {n: buffer.clone() for n, buffer in module.named_buffers()}
        try:
            in_train = module(x)
        except Exception as error:
            return f"in eval(), since it raised {type(error).__name__} in train()"
        finally:
            for n, buffer in module.named_buffers():
                buffer.copy_(kept[n])
    same = isinstance(in_train, Tensor) and torch.equal(in_train, in_eval)
    names = [str(part).replace(", inplace=False", "") for part in parts if has_a_mode(part)]
    if same and not names:
        return ""
    which = ", ".join(dict.fromkeys(names)) or "a part of its forward that runs in train() alone"
    return f"in eval(), which switches off {which}"


def has_a_mode(part: nn.Module) -> bool:
    """Return whether a part computes something else in train() than in eval()."""
    if isinstance(part, DROPOUTS):
        return bool(part.p)
    return isinstance(part, NORMS | nn.RReLU)


@contextmanager
def unfrozen(module: nn.Module) -> Iterator[bool]:
    """Within it, every parameter has a gradient; yield whether one had none before."""
    frozen = [p for p in module.parameters() if not p.requires_grad]
    for p in frozen:
        p.requires_grad_()
    try:
        yield bool(frozen)
    finally:
        for p in frozen:
            p.requires_grad_(False)
