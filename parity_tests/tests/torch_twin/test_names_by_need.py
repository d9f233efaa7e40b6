"""The names of torch_impl are imported when they are first used; a device names its reason."""

from __future__ import annotations

from importlib import import_module

import pytest
import torch

import torch_impl
from ref_numpy import InputError
from torch_impl import conventions, own_twins, torch_costs, tracing, twin

NAMES = {
    "Network",
    "cost",
    "get_gradients",
    "get_params",
    "load_params",
    "register",
    "run",
    "trace",
}


def test_every_public_name_is_that_of_its_module() -> None:
    modules = (twin, conventions, own_twins, torch_costs, tracing)
    defined = {name: x for m in modules for name, x in vars(m).items() if name in NAMES}
    assert {name: torch_impl.__getattr__(name) for name in torch_impl.__all__} == defined


def test_a_module_of_a_public_name_is_found_and_no_other() -> None:
    assert torch_impl.__getattr__("conventions") is conventions
    with pytest.raises(AttributeError, match="has no attribute 'lightning'"):
        torch_impl.__getattr__("lightning")


def test_a_module_is_found_by_its_earlier_name() -> None:
    assert import_module("torch_impl.network") is twin


def test_a_device_that_torch_refuses_is_named_with_the_first_line_of_its_reason() -> None:
    with pytest.raises(RuntimeError) as by_torch:
        torch.device("no such device")
    with pytest.raises(InputError) as refused:
        tracing.torch_device("no such device")
    assert refused.value.code == "option.device"
    assert refused.value.facts["error"] == str(by_torch.value).splitlines()[0]
