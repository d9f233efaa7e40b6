"""Whether a torch module is a chain: A[l] a known activation of Z[l], and of nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from parity_tests.check_messages import input_error
from parity_tests.checking.guarded_calls import CandidateError
from ref_numpy import NetworkSpec

# The layers of torch.nn.functional that may stand between two fully connected ones; activations
# written with other operations are compared. Dropout does nothing in eval().
KNOWN = {
    "relu", "leaky_relu", "sigmoid", "tanh", "softmax", "log_softmax", "elu", "gelu", "silu",
    "softplus", "dropout", "alpha_dropout", "feature_alpha_dropout",
}  # fmt: skip
LAYERS = {name for name in dir(F) if not name.startswith("_")} - KNOWN

Hooked = Callable[[list[Any], Callable[[str, Tensor], Tensor | None]], Any]


class LayersOfTorch(TorchFunctionMode):
    """Notes which layers of torch.nn.functional are called between two fully connected ones.

    They are in `after`, by the number of the fully connected layer that ran last.
    """

    def __init__(self) -> None:
        super().__init__()
        self.after: dict[int, list[str]] = defaultdict(list)
        self.last: int | None = 0

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        name = getattr(func, "__name__", "").rstrip("_")
        if self.last is not None and name in LAYERS:
            self.after[self.last].append(name)
        return func(*args, **(kwargs or {}))


def check_chain(
    name: str,
    spec: NetworkSpec,
    layers: list[Any],
    forward: Callable[[Tensor], Tensor],
    x: Tensor,
    hooked: Hooked,
) -> None:
    """Run the module on x as it is, and with other numbers instead of every Z but one.

    Args:
        name: of the module, for the message.
        spec: the network that it should be.
        layers: its fully connected layers, in the order in which they run.
        forward: runs it, in eval().
        x: the batch.
        hooked: within hooked(layers, hook), layer l's input goes through hook("A<l−1>", …), and its
            output through hook("Z<l>", …).

    Raises:
        InputError: the module is random, layer 1 does not take the examples, a layer of another
            kind stands between two layers, or A[l] is not computed from Z[l] alone.
    """
    found = LayersOfTorch()
    first = tensors_of(layers, forward, x, hooked, found=found)
    L = len(layers)
    if any(not same(t, first[n]) for n, t in tensors_of(layers, forward, x, hooked).items()):
        refuse(name, "two runs on the same examples differ, in eval() too")
    for l in range(L + 1):
        activation = next((s.layer.kind for s in spec.steps if s.output == f"A{l}"), "")
        allowed = {activation.replace("_", "")} | ({"logsigmoid"} if l == L else set())
        others = [kind for kind in found.after[l] if kind.replace("_", "") not in allowed]
        if others:
            refuse(name, f"{between(l, L)} there is torch's {others[0]}")
    if not same(first["A0"].reshape(x.shape), x):
        refuse(name, "its first layer does not take the examples as they are")
    for l in range(1, L + 1):
        fixed = {n: t if n == f"Z{l}" else t + 1 for n, t in first.items() if n[0] == "Z"}
        try:
            again = tensors_of(layers, forward, x + 1, hooked, fixed)
        except CandidateError:  # it cannot take such numbers
            continue
        if not same(again[f"A{l}"], first[f"A{l}"]):
            tensor = f"the input of layer {l + 1}" if l < L else "its output"
            refuse(name, f"{tensor} is computed from more than Z{l}")


def tensors_of(
    layers: list[Any],
    forward: Callable[[Tensor], Tensor],
    x: Tensor,
    hooked: Hooked,
    fixed: Mapping[str, Tensor] | None = None,
    found: LayersOfTorch | None = None,
) -> dict[str, Tensor]:
    """Return A0 Z1 A1 … Z[L] A[L] of one run, as they are when the run has computed them.

    Args:
        layers: the fully connected layers.
        forward: runs the module.
        x: the batch.
        hooked: as for `check_chain`.
        fixed: a tensor by which each Z is replaced.
        found: notes the layers of torch on the way.
    """
    result: dict[str, Tensor] = {}
    mode = found or LayersOfTorch()

    def note(n: str, tensor: Tensor) -> Tensor | None:
        mode.last = None if n[0] == "A" else int(n[1:])
        result[n] = tensor.clone()
        return None if fixed is None or n[0] == "A" else fixed[n].clone()

    with torch.no_grad(), hooked(layers, note), mode:
        outputs = forward(x)
    return {**result, f"A{len(layers)}": outputs}


def same(one: Tensor, other: Tensor) -> bool:
    """Return whether two tensors are equal to the bit; NaN is NaN."""
    equal = (one == other) | ((one != one) & (other != other))
    return one.shape == other.shape and bool(equal.all())


def between(l: int, L: int) -> str:
    """Name the place after layer l of L."""
    before = f"Z{l}" if l else "the examples"
    return f"between {before} and {f'Z{l + 1}' if l < L else 'its output'}"


def refuse(name: str, why: str) -> None:
    """Refuse a module that is not a chain.

    Raises:
        InputError: always.
    """
    raise input_error("module.not-a-chain", name=name, why=why)
