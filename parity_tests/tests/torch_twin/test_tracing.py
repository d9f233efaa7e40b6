"""How torch runs for a trace: dtypes, mixed precision, torch.compile, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode

import torch_impl
from parity_tests.adapters.torch_modules import module_run
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import InputError, NetworkSpec
from torch_impl import conventions

CLASSES = NetworkSpec.dense([5, 7, 3], "tanh")
BINARY = NetworkSpec.dense([5, 7, 2], "tanh", "sigmoid")
REAL = NetworkSpec.dense([5, 7, 2], "tanh", "identity")


@pytest.mark.parametrize("spec", [CLASSES, BINARY, REAL], ids=lambda spec: spec.loss.kind)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_a_dtype_is_that_of_every_tensor(spec: NetworkSpec, dtype: torch.dtype) -> None:
    """By name or itself; labels too, or the cost would be float64. bfloat16 widens to float32."""
    problem = random_problem(spec, 11)
    name = str(dtype).removeprefix("torch.")
    trace = torch_impl.run(spec, *problem, dtype=dtype)
    expected = "float32" if name == "bfloat16" else name
    assert {tensor.dtype.name for tensor in trace.values()} == {expected}
    named = torch_impl.run(spec, *problem, dtype=name)
    for tensor, value in trace.items():
        np.testing.assert_array_equal(named[tensor], value)


@pytest.mark.parametrize("mixed", ["bfloat16", torch.bfloat16])
def test_mixed_precision_multiplies_in_the_narrow_type(mixed: Any) -> None:
    problem = random_problem(CLASSES, 11, dtype=np.float32)
    trace = torch_impl.run(CLASSES, *problem, autocast=mixed)
    single = torch_impl.run(CLASSES, *problem)
    for name in ("Z1", "Z2"):
        narrow = torch.from_numpy(trace[name]).bfloat16().float().numpy()
        np.testing.assert_array_equal(trace[name], narrow)
        assert np.any(single[name] != narrow)


@pytest.mark.parametrize("name", ["nn", "Tensor", "float63", "int64", torch.int32, torch.complex64])
def test_other_dtypes_are_refused(name: Any) -> None:
    for option in ("dtype", "autocast"):
        with pytest.raises(InputError, match=r"^dtype .* is not a float dtype of torch; expected"):
            torch_impl.run(CLASSES, *random_problem(CLASSES, 11), **{option: name})


def test_the_twin_checks_its_inputs() -> None:
    params, X, Y = random_problem(CLASSES, 11)
    with pytest.raises(InputError, match="X has 1 value"):
        torch_impl.run(CLASSES, params, np.where(X[0, 0] == X, np.nan, X), Y)
    with pytest.raises(InputError, match="the parameters do not fit the network"):
        torch_impl.run(CLASSES, {**params, "W3": X}, X, Y)
    with pytest.raises(InputError, match="is not one-hot"):
        torch_impl.run(CLASSES, params, X, 2 * Y)


@pytest.mark.slow
def test_every_network_is_compiled_and_as_one_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also after the eight that torch would compile by itself."""
    asked, compiled = [], torch.compile

    def compile_(network: Any, **options: Any) -> Any:
        asked.append(options)
        return compiled(network, **options)

    monkeypatch.setattr(torch, "compile", compile_)
    for n in range(1, 11):
        spec = NetworkSpec.dense([2, n, 1], "tanh", "sigmoid")
        problem = random_problem(spec, 5)
        plain = torch_impl.run(spec, *problem)
        assert len(asked) == n - 1
        trace = torch_impl.run(spec, *problem, backend="eager")
        assert asked == [{"backend": "eager", "fullgraph": True}] * n
        for name, value in plain.items():
            np.testing.assert_array_equal(trace[name], value)


@pytest.mark.parametrize("spec", [CLASSES, BINARY, REAL], ids=lambda spec: spec.loss.kind)
def test_the_output_is_what_the_network_predicts(spec: NetworkSpec) -> None:
    params, X, Y = random_problem(spec, 11)
    network = torch_impl.Network(spec).double()
    torch_impl.load_params(network, params)
    predicted = network.predict(conventions.to_batch(X)).detach()
    trace = torch_impl.trace(network, conventions.to_batch(X), conventions.to_targets(spec, Y))
    np.testing.assert_array_equal(trace["A2"], conventions.from_batch(predicted))


def test_an_input_that_has_a_gradient_keeps_it() -> None:
    params, X, Y = random_problem(CLASSES, 11)
    network = torch_impl.Network(CLASSES).double()
    torch_impl.load_params(network, params)
    x, y = conventions.to_batch(X).requires_grad_(), conventions.to_targets(CLASSES, Y)
    torch_impl.cost(network, network(x), y).backward()
    assert x.grad is not None
    before = x.grad.clone()
    trace = torch_impl.trace(network, x, y)
    assert torch.equal(x.grad, before)
    np.testing.assert_array_equal(trace["dA0"], 11 * before.numpy().T)


class WithoutFloat64(TorchFunctionMode):
    """A device "mps" whose tensors are on the CPU, and which refuses float64, as Apple's does."""

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        every = [*args, *kwargs.values()]
        if any(isinstance(a, torch.device) and a.type == "mps" for a in every):
            cpu = torch.device("cpu")
            args = [cpu if isinstance(a, torch.device) else a for a in args]
            kwargs = {n: cpu if isinstance(a, torch.device) else a for n, a in kwargs.items()}
            result = function(*args, **kwargs)
            if isinstance(result, torch.Tensor) and result.dtype == torch.float64:
                raise TypeError("Cannot convert a MPS Tensor to float64 dtype")
            return result
        return function(*args, **kwargs)


@pytest.mark.parametrize("spec", [CLASSES, BINARY, REAL], ids=lambda spec: spec.loss.kind)
def test_a_device_without_float64_computes_what_it_can(spec: NetworkSpec) -> None:
    problem = random_problem(spec, 11)
    module = torch.nn.Sequential(
        torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, spec.output_shape[0])
    )
    mine = module_run(module, "mine", "float32", "mps")
    with WithoutFloat64():
        trace = torch_impl.run(spec, *problem, device="mps", dtype="float32")
        tensors = mine(spec, *problem)
        with pytest.raises(InputError) as refused:
            torch_impl.run(spec, *problem, device="mps", dtype="float64")
    assert refused.value.code == "option.device"
    for name, value in torch_impl.run(spec, *problem, dtype="float32").items():
        np.testing.assert_array_equal(trace[name], value)
    assert {tensor.dtype.name for tensor in tensors.values()} == {"float32"}


def test_every_tensor_has_the_inputs_dtype_also_where_halves_computed_it() -> None:
    spec = NetworkSpec.dense([3, 4, 2])
    params, X, Y = random_problem(spec, 5, seed=1)
    narrow = {name: a.astype(np.float32) for name, a in params.items()}
    trace = torch_impl.run(
        spec, narrow, X.astype(np.float32), Y.astype(np.float32), autocast="float16"
    )
    assert {name: a.dtype for name, a in trace.items() if a.dtype != np.float32} == {}


def test_weights_are_checked_and_have_the_dtype_of_the_run() -> None:
    spec = NetworkSpec.dense([3, 4, 2])
    params, X, Y = random_problem(spec, 5, seed=1)
    w = np.array([[0.1, 2, 0.3, 1, 0]])
    trace = torch_impl.run(spec, params, X, Y, w, dtype="float32")
    assert {name: a.dtype for name, a in trace.items() if a.dtype != np.float32} == {}
    with pytest.raises(InputError) as refused:
        torch_impl.run(spec, params, X, Y, -w)
    assert refused.value.code == "weights.negative"
