"""How a module is called: with the labels where its forward takes them, and in which mode."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from parity_tests.adapters.module_structure import describe_eval_changes
from parity_tests.check_messages import input_error

LABELS = ("targets", "target", "labels")  # of a forward that returns J, too


class Forward(NamedTuple):
    """How a module is called.

    Attributes:
        function: function(module, *inputs, labels) returns what the module does.
        left: the arguments of its forward that keep their defaults.
    """

    function: Callable[..., Any]
    left: tuple[str, ...] = ()


def forward_of(name: str, module: nn.Module, n_inputs: int) -> Forward:
    """Return how a module is called: the labels go to the argument that is named after them.

    Args:
        name: of the module.
        module: the module.
        n_inputs: of the network.

    Raises:
        InputError: its forward requires something else as well.
    """
    every = [
        p for p in inspect.signature(module.forward).parameters.values()
        if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]  # fmt: skip
    labels = next((p for p in every if p.name in LABELS), None)
    others = [p for p in every if p is not labels]
    inputs = [p for p in others if p.kind is not p.KEYWORD_ONLY][:n_inputs]
    others = [p for p in others if p not in inputs]
    if required := [p.name for p in others if p.default is p.empty]:
        raise input_error(
            "modules.required-argument", name=name, argument=required[0], labels=", ".join(LABELS)
        )
    left = tuple(p.name for p in others)
    if labels is None:
        return Forward(without_labels, left)
    if labels.kind is labels.POSITIONAL_ONLY:
        return Forward(partial(with_labels_at, every.index(labels)), left)
    before = every.index(labels) < len(inputs) and labels.kind is not labels.KEYWORD_ONLY
    names = tuple(p.name for p in inputs) if before else ()
    return Forward(partial(with_labels_as, labels.name, names), left)


def without_labels(module: nn.Module, *given: Tensor) -> Any:
    """Return the first result of module(*inputs): without labels no other one is J."""
    result = module(*given[:-1])
    return result[:1] if isinstance(result, tuple | list) else result


def with_labels_at(position: int, module: nn.Module, *given: Tensor) -> Any:
    """Return module(*inputs) with the labels at a position among them."""
    *inputs, labels = given
    return module(*inputs[:position], labels, *inputs[position:])


def with_labels_as(key: str, names: tuple[str, ...], module: nn.Module, *given: Tensor) -> Any:
    """Return module(*inputs, key=labels); with names, the inputs go by these as well."""
    *inputs, labels = given
    if names:
        return module(**dict(zip(names, inputs, strict=True)), **{key: labels})
    return module(*inputs, **{key: labels})


class AllResults(nn.Module):
    """All tensors that a module returns, as one.

    Args:
        module: the module.
        forward: forward(*given) calls it.
        given: the inputs, and the labels.
    """

    def __init__(self, module: nn.Module, forward: Callable[..., Any], given: list[Tensor]) -> None:
        super().__init__()
        self.module, self.of, self.given = module, forward, given
        self.training = module.training

    def forward(self, _: Tensor) -> Tensor:
        """Return them in one row."""
        result = self.of(*self.given)
        every = result if isinstance(result, tuple | list) else (result,)
        return torch.cat([t.flatten() for t in every if isinstance(t, Tensor)] or [torch.empty(0)])


def changes_by_eval(module: nn.Module, forward: Callable[..., Any], given: list[Tensor]) -> str:
    """Describe how eval() changes the results of a module in train(); "" where it does not."""
    return describe_eval_changes(AllResults(module, forward, given), given[0])
