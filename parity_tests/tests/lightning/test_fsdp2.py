"""The layers of a network shared out by `fully_shard`: which, over which processes, and once."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import torch.distributed as dist

import ref_numpy
from parity_tests.tests.support.graphs.graph_networks import (
    batches,
    graph_of_everything,
    known,
    whole_problem,
)
from parity_tests.tests.support.train_args import SMALL
from ref_numpy import BatchNorm, Dense, Identity, InputError, NetworkSpec, SquaredError, Tanh
from torch_impl import conventions, torch_costs
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.strategies import FullyShardedStrategy, shard_layers
from torch_impl.twin import Network

if not dist.is_available():
    pytest.skip("torch.distributed is not available", allow_module_level=True)
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor


@pytest.fixture
def mesh() -> Iterator[DeviceMesh]:
    """One process, with Lightning's names for two dimensions."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        yield init_device_mesh("cpu", (1, 1), mesh_dim_names=("data_parallel", "tensor_parallel"))
    finally:
        dist.destroy_process_group()


def configured(mesh: DeviceMesh | None, processes: int = 1, **options: Any) -> NetworkModule:
    module = NetworkModule(5, 3, hidden_units=[4], **options)
    module._device_mesh = mesh
    trainer = SimpleNamespace(world_size=processes, strategy=FullyShardedStrategy())
    module._trainer = trainer  # pyright: ignore[reportAttributeAccessIssue]
    module.configure_model()
    return module


def test_every_layer_with_parameters_is_shared_out(mesh: DeviceMesh) -> None:
    module = configured(mesh)
    assert isinstance(module.network, FSDPModule)
    for layer in module.network.layers.values():
        assert isinstance(layer, FSDPModule) == any(True for _ in layer.parameters())
    x = torch.ones(2, 5)
    for parameter in module.network.parameters():
        assert isinstance(parameter, DTensor)
        assert parameter.device_mesh.mesh_dim_names == ("data_parallel",)
    assert module.network(x).shape == (2, 3)
    kinds = [type(layer) for layer in module.network.modules()]
    module.configure_model()  # Lightning asks again for a test after a fit
    assert [type(layer) for layer in module.network.modules()] == kinds


def test_layers_that_share_a_parameter_are_one_unit(mesh: DeviceMesh) -> None:
    """Two units would hold two: the gradient is the sum of both uses, and there is one DTensor."""
    with known():
        spec = NetworkSpec.from_graph(graph_of_everything())
        problem = whole_problem(spec, 4, 1, np.float32)
        right = ref_numpy.run(spec, *problem)
        network = Network(spec)
        conventions.load_params(network, problem[0])
    shard_layers(network, mesh["data_parallel"], 1)
    units = {name for name, layer in network.layers.items() if isinstance(layer, FSDPModule)}
    assert units == {"h/0", "out"}
    assert all(isinstance(p, DTensor) for p in network.parameters())
    first, second = (network.layers[name].get_parameter("weight") for name in ("h/2", "values/"))
    assert first is second
    targets = torch.from_numpy(problem[2].T.copy())
    torch_costs.cost(network, network(*batches(problem[1]).values()), targets).backward()
    for name, gradient in conventions.get_gradients(network).items():
        np.testing.assert_array_equal(gradient, right[name], err_msg=name)


def test_without_a_mesh_nothing_is() -> None:
    module = configured(None)
    assert not isinstance(module.network, FSDPModule)


def test_every_process_is_to_have_examples_of_its_own(mesh: DeviceMesh) -> None:
    with pytest.raises(InputError) as refused:
        configured(mesh, processes=2)
    assert str(refused.value) == (
        "the strategy shares the examples out among 1 of 2 processes; "
        "expected all processes to have different examples: use fsdp2."
    )


def test_sharded_layers_are_not_compiled(mesh: DeviceMesh) -> None:
    """Before, torch's own traceback: a graph of the network knows nothing of the shards."""
    with pytest.raises(InputError) as refused:
        configured(mesh, compile="aot_eager")
    assert refused.value.code == "training.compiled-shards"
    assert configured(None, compile="aot_eager").network is not None


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_train_py_refuses_it_before_processes_begin(
    run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--trainer.strategy", "fsdp2", "--model.compile", "aot_eager")
    with pytest.raises(SystemExit) as ended:
        run("fit", *SMALL, *options)
    assert ended.value.code == 2
    assert "--model.compile aot_eager makes one graph" in capsys.readouterr().err


def test_a_network_with_state_is_refused() -> None:
    """Each process would have running statistics of its own."""
    layers = Dense(3, 4), BatchNorm(4), Tanh(), Dense(4, 1), Identity()
    network = Network(NetworkSpec.chain(layers, SquaredError()))
    mesh: Any = SimpleNamespace(size=lambda: 2)
    with pytest.raises(InputError) as refused:
        shard_layers(network, mesh, 2)
    assert (refused.value.code, refused.value.facts["name"]) == ("training.sharded-state", "N1")
