"""A torch module's layers: their order, whether they are a chain, and what the mode changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd
from torch.nn.parameter import UninitializedParameter

from parity_tests.calls import Call
from ref_numpy import InputError, NetworkSpec

# Autograd's names of layers that ref_numpy has not. What people compute by hand is made of other
# operations, and is compared.
OTHER_LAYERS = (
    "Gelu", "Silu", "Elu", "Softplus", "Mish", "Hardtanh", "Hardswish", "Hardsigmoid", "LogSigmoid",
    "Prelu", "Rrelu", "Glu", "Softshrink", "Hardshrink", "NativeLayerNorm", "NativeBatchNorm",
    "NativeGroupNorm", "NativeDropout", "MaxPool", "AvgPool", "AdaptiveAvgPool", "Convolution",
    "ScaledDotProduct", "Addmm", "Mm", "Bmm", "Embedding",
)  # fmt: skip

Hooked = Callable[[list[Any], Callable[[str, Tensor], Tensor | None]], Any]


def refuse_other_inputs(name: str, module: nn.Module, spec: NetworkSpec) -> None:
    """Raises InputError where no layer takes as many inputs as the examples have."""
    n_x, weights = spec.input_shape[0], [p for p in module.parameters() if p.ndim == 2]
    lazy = any(isinstance(p, UninitializedParameter) for p in module.parameters())
    if weights and not lazy and not any(W.shape[1] == n_x for W in weights):
        takes = ", ".join(map(str, dict.fromkeys(W.shape[1] for W in weights)))
        raise InputError(
            f"{name} has layers of {takes} inputs but the network is {spec.summary}; use --network "
            f"with the sizes of its layers.",
            "module.other-sizes",
        )


def in_running_order(
    module: nn.Module, name: str, spec: NetworkSpec, x: Tensor, call: Call
) -> list[Any]:
    """The layers that hold parameters, as one batch goes through them.   Raises InputError."""
    if isinstance(module, torch.jit.ScriptModule):
        raise InputError(f"{name} is scripted, and its layers cannot be seen; give it unscripted.")
    with torch.no_grad():
        call(name, plain(module), x)  # after which lazy layers have their sizes
    every = plain(module).named_modules()
    holders = {n: m for n, m in every if any(True for _ in m.parameters(recurse=False))}
    for n, layer in holders.items():
        parameters = {k: p for k, p in layer._parameters.items() if p is not None}
        W, b = parameters.get("weight"), parameters.get("bias")
        if len(parameters) != 2 or W is None or b is None or W.ndim != 2 or b.shape != W.shape[:1]:
            held = ", ".join(f"{k} {tuple(p.shape)}" for k, p in parameters.items()) or "nothing"
            raise InputError(
                f"{name}: {n or 'the module itself'} ({type(layer).__name__}) holds {held}; "
                f"expected layers with a weight (n, n_prev) and a bias (n,), as nn.Linear has."
            )
    order: list[str] = []
    with ExitStack() as stack:
        for n, layer in holders.items():
            hook = layer.register_forward_pre_hook(lambda layer, inputs, n=n: order.append(n))
            stack.callback(hook.remove)
        with torch.no_grad():
            call(name, plain(module), x)
    twice = next((n for n in order if order.count(n) > 1), None)
    if twice:
        raise InputError(f"{name} runs {twice} twice; expected every layer once.")
    layers: list[Any] = [holders[n] for n in order]
    if not layers:
        raise InputError(
            f"{name} runs none of its layers ({', '.join(holders) or 'it has none'}) as a module; "
            f"expected calls such as self.fc1(x)."
        )
    sizes = [layer.weight.shape for layer in layers]
    expected = [spec.parameter_shapes[W] for W in spec.weights]
    if sizes != expected:
        dims = "-".join(map(str, [sizes[0][1], *(n for n, _ in sizes)]))
        raise InputError(
            f"{name} runs layers of the sizes {dims} but the network is {spec.summary}; "
            f"use --network {dims}, or change the module."
        )
    return layers


def plain(module: nn.Module) -> nn.Module:
    """The module that torch.compile was given."""
    inner = getattr(module, "_orig_mod", module)
    return inner if isinstance(inner, nn.Module) else module


def refuse_what_is_no_chain(
    name: str,
    spec: NetworkSpec,
    layers: list[Any],
    forward: Callable[[Tensor], Tensor],
    x: Tensor,
    hooked: Hooked,
) -> None:
    """Run the module once, with each Z[l] cut off from what it was computed from.

    Args:
        name: of the module, for the message.
        spec: the network that it should be.
        layers: its fully connected layers, in the order in which they run.
        forward: runs it.
        x: the batch.
        hooked: within hooked(layers, hook), what layer l takes goes through hook("A<l−1>", …), and
            what it gives through hook("Z<l>", …).

    Raises:
        InputError: where A[l] is computed from something else than Z[l], as by a skip connection,
            or by an operation that is a layer of another kind.
    """
    cut = {"A0": x.detach().requires_grad_()}
    taken: dict[str, Tensor] = {}

    def cut_off(n: str, tensor: Tensor) -> Tensor | None:
        if n[0] == "A":
            taken[n] = tensor
            return None
        cut[n] = tensor.detach().requires_grad_()
        return cut[n].clone()  # which may be changed in place

    with torch.enable_grad(), hooked(layers, cut_off):
        outputs = forward(cut["A0"])
    L = len(layers)
    for l in range(1, L + 1):
        tensor, what = (taken[f"A{l}"], f"layer {l + 1}") if l < L else (outputs, "its output")
        leaves, operations = reached_from(tensor)
        others = [n for n, leaf in cut.items() if leaf in leaves and n != f"Z{l}"]
        if others:
            refuse(name, f"{what} is computed from {' and '.join(others)} as well as Z{l}")
        own = next(s.layer.kind for s in spec.steps if s.output == f"A{l}")
        for operation in operations:
            kind = next((k for k in OTHER_LAYERS if operation.startswith(k)), None)
            last_logarithm = l == L and kind == "LogSigmoid"  # of a probability
            if kind and kind.lower() != own.replace("_", "") and not last_logarithm:
                refuse(name, f"between Z{l} and {f'Z{l + 1}' if l < L else what} there is a {kind}")


def refuse(name: str, what: str) -> None:
    raise InputError(
        f"{name} is not a chain of the layers that I know: {what}; expected an activation alone "
        f"between two layers, such as relu, leaky_relu, sigmoid, tanh or softmax.",
        "module.not-a-chain",
    )


def reached_from(tensor: Tensor) -> tuple[set[Tensor], set[str]]:
    """The leaves of autograd's graph that a tensor is computed from, and the names of the
    operations on the way: "Gelu"."""
    leaves, operations, seen = set[Tensor](), set[str](), set[Any]()
    left = [tensor.grad_fn]
    while left:
        node: Any = left.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            leaves.add(node.variable)
        else:
            operations.add(node.name().partition("Backward")[0])
        left += [following for following, _ in node.next_functions]
    return leaves, operations


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


def what_eval_changes(module: nn.Module, x: Tensor) -> str:
    """In words, where the module is in train() and computes something else there; else "".

    It is run on x in both modes; what it draws and what it keeps is as before.
    """
    parts = [part for part in module.modules() if part.training]
    if not parts:
        return ""
    kept = {n: buffer.clone() for n, buffer in module.named_buffers()}
    with torch.no_grad(), torch.random.fork_rng():
        in_train = module(x)
        with evaluating(module):
            in_eval = module(x)
        for n, buffer in module.named_buffers():
            buffer.copy_(kept[n])
    same = isinstance(in_train, Tensor) and torch.equal(in_train, in_eval)
    names = [str(part) for part in parts if has_a_mode(part)]
    if same and not names:
        return ""
    which = ", ".join(dict.fromkeys(names)) or "what its forward does in train() alone"
    return f"in eval(), which switches off {which}"


def has_a_mode(part: nn.Module) -> bool:
    if isinstance(part, _DropoutNd):
        return part.p > 0
    return isinstance(part, _NormBase | nn.RReLU)
