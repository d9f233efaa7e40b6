"""Fully sharded data parallel for Lightning: --trainer.strategy fsdp2."""

from __future__ import annotations

from typing import Any

from lightning.pytorch.strategies import ModelParallelStrategy, StrategyRegistry


class FullyShardedStrategy(ModelParallelStrategy):
    """Each process has its share of every layer, and of the examples.

    Lightning's ModelParallelStrategy with one dimension, data: by itself it would make every device
    of a node work on the same examples. `NetworkModule.configure_model` shards the layers, by
    torch's `fully_shard`, which works on processors too, as Lightning's `fsdp` does not. A
    checkpoint is one file, whole or not there, which any number of processes can go on from.
    """

    def __init__(self, save_distributed_checkpoint: bool = False, **options: Any) -> None:
        super().__init__(save_distributed_checkpoint=save_distributed_checkpoint, **options)

    def setup_environment(self) -> None:
        self._data_parallel_size = self.num_nodes * self.num_processes
        self._tensor_parallel_size = 1
        super().setup_environment()


StrategyRegistry.register("fsdp2", FullyShardedStrategy, FullyShardedStrategy.__doc__ or "")
