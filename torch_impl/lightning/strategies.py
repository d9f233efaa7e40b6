"""Fully sharded data parallel for Lightning: --trainer.strategy fsdp2."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from lightning.pytorch.strategies import StrategyRegistry

from torch_impl.lightning.private_api import DataParallelMesh
from torch_impl.training_messages import input_error

if TYPE_CHECKING:
    from torch.distributed.device_mesh import DeviceMesh

    from torch_impl.twin import Network


class FullyShardedStrategy(DataParallelMesh):
    """Each process has its share of every layer, and of the examples.

    The layers are sharded by `shard_layers`, with torch's `fully_shard`, which works on processors
    too, as Lightning's `fsdp` does not. A checkpoint is one file, whole or not there, from which
    any number of processes can resume.

    Args:
        save_distributed_checkpoint: write a folder with a file of each process instead.
        options: those of Lightning's ModelParallelStrategy.
    """

    def __init__(self, save_distributed_checkpoint: bool = False, **options: Any) -> None:
        super().__init__(save_distributed_checkpoint=save_distributed_checkpoint, **options)

    def teardown(self) -> None:
        """End the writing of checkpoints too, as Lightning's other strategies do."""
        super().teardown()
        self.checkpoint_io.teardown()


def check_compile(strategy: Any, compile: str | None) -> None:
    """Raise InputError where the strategy shards a network that is to be compiled."""
    if compile is not None and isinstance(strategy, DataParallelMesh):
        raise input_error("training.compiled-shards", compile=compile)


def shard_layers(network: Network, mesh: DeviceMesh, processes: int) -> None:
    """Shard every layer, once; those that share a parameter as one unit, with the whole network.

    FSDP2 gathers a unit before its module runs and frees it after: a parameter of two units would
    be sharded twice, and be two. The whole network's unit stays gathered until the update.

    Args:
        network: the network.
        mesh: the processes, in the dimension of the data.
        processes: how many there are in all.

    Raises:
        InputError: some processes would have no examples of their own, or a layer has state, of
            which each would have another.
    """
    from torch.distributed.fsdp import FSDPModule, fully_shard

    if isinstance(network, FSDPModule):
        return
    if mesh.size() != processes:
        raise input_error("training.shared-examples", shares=mesh.size(), processes=processes)
    if network.spec.steps_with_state:
        name = network.spec.steps_with_state[0].output
        raise input_error("training.sharded-state", name=name)
    uses = Counter(name for step in network.spec.steps for name in {*step.parameters.values()})
    for step in network.spec.steps:
        layer = network.module_of(step)
        if step.parameters and all(uses[name] == 1 for name in step.parameters.values()):
            fully_shard(layer, mesh=mesh)
    fully_shard(network, mesh=mesh)


StrategyRegistry.register("fsdp2", FullyShardedStrategy, FullyShardedStrategy.__doc__ or "")
