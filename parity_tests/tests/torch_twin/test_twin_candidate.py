"""The reference and its torch twin: the same weights, and every tensor within rounding."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import ref_numpy
import torch_impl
from parity_tests.cli.commands import main
from parity_tests.kinds.cases import M, network_cases
from parity_tests.kinds.random_problem import random_problem
from parity_tests.tests.support.paths import ROOT
from ref_numpy import Dense, InputError, Layer, Loss, NetworkSpec
from torch_impl import conventions

CASES = network_cases()
SMALL = NetworkSpec.dense([5, 7, 3], "tanh")


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_names_shapes_and_dtypes_of_a_trace(dtype: str) -> None:
    params, X, Y = random_problem(SMALL, M)
    trace = torch_impl.run(SMALL, params, X, Y, dtype=dtype)
    assert {name: np.shape(t) for name, t in trace.items()} == SMALL.trace_shapes(M)
    assert list(trace) == list(ref_numpy.run(SMALL, params, X, Y))
    expected = np.dtype("float32" if dtype == "bfloat16" else dtype)
    assert {t.dtype for t in trace.values()} == {expected}


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_weights_are_shared_exactly_both_ways(dtype: type) -> None:
    params, _, _ = random_problem(SMALL, M, dtype=dtype)
    network = torch_impl.Network(SMALL).to(conventions.to_batch(params["b1"]).dtype)
    torch_impl.load_params(network, params)
    state = network.state_dict()
    np.testing.assert_array_equal(state["layers.Z1.weight"].numpy(), params["W1"])
    np.testing.assert_array_equal(state["layers.Z2.bias"].numpy(), params["b2"][:, 0])
    back = torch_impl.get_params(network)
    assert list(back) == list(params)
    for name, value in params.items():
        np.testing.assert_array_equal(back[name], value, strict=True)


def test_the_twin_is_ordinary_torch() -> None:
    params, X, Y = random_problem(SMALL, M)
    network = torch_impl.Network(SMALL).double()
    torch_impl.load_params(network, params)
    x, y = torch.from_numpy(X.T.copy()), torch.from_numpy(Y.argmax(axis=0))
    plain = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 3)).double()
    for mine, theirs in zip(plain.parameters(), network.parameters(), strict=True):
        mine.data = theirs.data.clone()
    nn.CrossEntropyLoss()(plain(x), y).backward()
    torch_impl.cost(network, network(x), y).backward()
    for mine, theirs in zip(plain.parameters(), network.parameters(), strict=True):
        assert mine.grad is not None
        assert theirs.grad is not None
        assert torch.equal(mine.grad, theirs.grad)


def test_tracing_leaves_the_module_as_it_was() -> None:
    params, X, Y = random_problem(SMALL, M)
    network = torch_impl.Network(SMALL).double()
    torch_impl.load_params(network, params)
    x, y = conventions.to_batch(X), conventions.to_targets(SMALL, Y)
    torch_impl.cost(network, network(x), y).backward()
    before = {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}
    torch_impl.trace(network, x[:4], y[:4])
    assert not any(module._forward_hooks for module in network.modules())
    for name, p in network.named_parameters():
        assert p.grad is not None
        assert torch.equal(p.grad, before[name])
    assert not x.requires_grad


@pytest.mark.parametrize("name", Loss.kinds)
def test_labels_survive_the_way_to_torch_and_back(name: str) -> None:
    chains = [spec for spec in CASES.values() if spec.loss.kind == name]
    output = "identity" if Loss.kinds[name].of_scores else "softmax"
    spec = chains[0] if chains else NetworkSpec.dense([5, 7, 3], output=output, loss=name)
    _, _, Y = random_problem(spec, M)
    back = conventions.from_targets(spec, conventions.to_targets(spec, Y))
    np.testing.assert_array_equal(back, Y)


def test_an_array_of_torchs_is_a_copy() -> None:
    tensor = torch.zeros(2, requires_grad=True)
    copied = conventions.array(tensor)
    copied[0] = 1
    assert tensor.tolist() == [0, 0]


def test_before_backward_there_are_no_gradients() -> None:
    assert torch_impl.get_gradients(torch_impl.Network(SMALL)) == {}


def test_every_layer_and_loss_has_a_twin() -> None:
    """And its part of the proof: each kind is a file below each of these folders.

    Beside them no other file is, but in a folder of kinds that share something.
    """
    for folder, kinds in (("layers", Layer.kinds), ("losses", Loss.kinds)):
        for package in ("ref_numpy", "torch_impl", "parity_tests/kinds"):
            below = ROOT / package / folder
            assert {*kinds} <= {path.stem for path in below.rglob("*.py")}, package
            assert {path.stem for path in below.glob("*.py")} - {"__init__"} <= {*kinds}, package


def test_the_twin_never_calls_the_references_mathematics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shared mathematics would make parity vacuous."""
    params, X, Y = random_problem(SMALL, M)

    def forbidden(*args: object) -> None:
        raise AssertionError("torch_impl called the reference's mathematics")

    for kind in (*Layer.kinds.values(), *Loss.kinds.values()):
        for method in ("forward", "backward", "gradients", "g", "g_prime", "decode"):
            if hasattr(kind, method):
                monkeypatch.setattr(kind, method, forbidden)
    with pytest.raises(AssertionError, match="mathematics"):
        ref_numpy.run(SMALL, params, X, Y)
    assert list(torch_impl.run(SMALL, params, X, Y)) == list(SMALL.trace_shapes(M))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "cuda:99"}, "device 'cuda:99' cannot be used here"),
        ({"device": "gpu"}, "device 'gpu' cannot be used here"),
        ({"dtype": "int64"}, "dtype 'int64' is not a float dtype of torch"),
        ({"backend": "inducktor"}, "backend 'inducktor' is unknown to torch.compile"),
        ({"dtype": "float63"}, "dtype 'float63' is not a float dtype of torch"),
    ],
)
def test_bad_device_or_dtype_is_one_sentence(options: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        torch_impl.run(SMALL, *random_problem(SMALL, M), **options)


def test_a_dtype_that_torch_lacks_is_refused() -> None:
    problem = random_problem(SMALL, M, dtype=np.longdouble)
    with pytest.raises(InputError, match="is not a float dtype of torch"):
        torch_impl.run(SMALL, *problem)


def test_the_table_command(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["twin", "--network", "5-7-3", "--examples", "11", "--hidden", "tanh"]
    for precision in ("float64", "bfloat16"):
        assert main([*command, "--precision", precision]) == 0
        printed = capsys.readouterr().out
        for name in SMALL.trace_shapes(11):
            assert f"\n{name} " in printed
        assert printed.count("✓") == len(SMALL.trace_shapes(11))
        assert f"torch on cpu, {precision}: passed; 14 tensors compared" in printed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--network", "5-x"], "--network is '5-x'; expected sizes such as"),
        (["--device", "gpu"], "device 'gpu' cannot be used here"),
        (["--hidden", "swish"], "swish"),
    ],
)
def test_a_bad_option_of_the_command_is_one_sentence(options, message, capsys) -> None:
    assert main(["twin", *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_the_command_refuses_a_batch_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["twin", "--examples", "0"])
    assert stopped.value.code == 2
    assert "'0'; expected a whole number from 1 up" in capsys.readouterr().err


def test_a_finding_is_exit_code_1(monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    run = torch_impl.run

    def wrong(*problem, **options):
        trace = run(*problem, **options)
        return trace | {"dW1": 2 * trace["dW1"]}

    monkeypatch.setattr(torch_impl, "run", wrong)
    assert main(["twin", "--network", "5-7-3"]) == 1
    printed = capsys.readouterr().out
    assert printed.count("✗") == 1
    assert "dW1 is wrong; everything before it agrees" in printed


def test_a_layer_kind_without_a_rule_of_its_own_fails_loudly() -> None:
    with pytest.raises(TypeError, match="defines no forward"):
        Layer().forward({}, np.zeros((2, 3)))
    with pytest.raises(InputError, match=r"Dense\(4, 2\) follows a layer whose result is \(3,\)"):
        NetworkSpec.chain((Dense(2, 3), Dense(4, 2)), ref_numpy.SquaredError())
