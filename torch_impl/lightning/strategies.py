"""Fully sharded data parallel for Lightning: --trainer.strategy fsdp2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lightning.pytorch.strategies import ModelParallelStrategy, StrategyRegistry

from ref_numpy.errors import InputError

if TYPE_CHECKING:
    from torch.distributed.device_mesh import DeviceMesh

    from torch_impl.twin import Network


class FullyShardedStrategy(ModelParallelStrategy):
    """Each process has its share of every layer, and of the examples.

    Lightning's ModelParallelStrategy with one dimension, data: by itself it would make every device
    of a node work on the same examples. The layers are shared out by `share_out`, with torch's
    `fully_shard`, which works on processors too, as Lightning's `fsdp` does not. A
    checkpoint is one file, whole or not there, from which any number of processes can resume.
    """

    def __init__(self, save_distributed_checkpoint: bool = False, **options: Any) -> None:
        super().__init__(save_distributed_checkpoint=save_distributed_checkpoint, **options)

    def setup_environment(self) -> None:
        self._data_parallel_size = self.num_nodes * self.num_processes
        self._tensor_parallel_size = 1
        super().setup_environment()


def share_out(network: Network, mesh: DeviceMesh, processes: int) -> None:
    """Shard every layer, once.

    Raises InputError where the processes are not to have examples of their own.
    """
    from torch.distributed.fsdp import FSDPModule, fully_shard

    if isinstance(network, FSDPModule):
        return
    if mesh.size() != processes:
        raise InputError(
            f"the strategy shares the examples out among {mesh.size()} of {processes} processes; "
            f"expected all of them: use fsdp2."
        )
    for layer in network.layers.values():
        if any(True for _ in layer.parameters()):
            fully_shard(layer, mesh=mesh)
    fully_shard(network, mesh=mesh)


StrategyRegistry.register("fsdp2", FullyShardedStrategy, FullyShardedStrategy.__doc__ or "")
