"""A test for each part of torch that is used without being public.

Where an upgrade of torch breaks one: torch_impl/torch_private.py is the place to look.
"""

from __future__ import annotations

import pytest
import torch
from torch import nn

from torch_impl.torch_private import DROPOUTS, NORMS, is_compiled, uncompiled


@pytest.mark.parametrize(
    ("module", "base"),
    [
        (nn.BatchNorm1d(3), NORMS), (nn.BatchNorm2d(3), NORMS), (nn.InstanceNorm1d(3), NORMS),
        (nn.Dropout(), DROPOUTS), (nn.Dropout2d(), DROPOUTS), (nn.AlphaDropout(), DROPOUTS),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_modules_with_a_mode_have_these_bases(module: nn.Module, base: type) -> None:
    """Else the notes of a check do not name the layers that eval() switches off."""
    assert isinstance(module, base)


@pytest.mark.parametrize("module", [nn.LayerNorm(3), nn.Linear(3, 3), nn.ReLU()], ids=str)
def test_modules_without_a_mode_have_not(module: nn.Module) -> None:
    assert not isinstance(module, NORMS | DROPOUTS)


def test_a_compiled_module_is_recognised() -> None:
    """Else hooks on it record nothing: Module._compiled_call_impl, OptimizedModule._orig_mod."""
    plain, in_place = nn.Linear(2, 2), nn.Linear(2, 2)
    in_place.compile(backend="eager")
    wrapped = torch.compile(plain, backend="eager")
    assert not is_compiled(plain)
    assert is_compiled(in_place)
    assert is_compiled(wrapped)
    assert uncompiled(wrapped) is plain
    assert uncompiled(plain) is plain


def test_an_attribute_of_that_name_is_no_compiled_module() -> None:
    module = nn.Linear(2, 2)
    module._orig_mod = "a name"  # pyright: ignore
    assert uncompiled(module) is module
