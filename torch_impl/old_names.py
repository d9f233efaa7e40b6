"""The modules of this package whose names were others in earlier versions."""

from __future__ import annotations

# By the old name below the package, which must stay importable: configs and imports have it.
RENAMED = {
    "torch_impl.arrays": "torch_impl.data.in_memory",
    "torch_impl.batches": "torch_impl.data.batches",
    "torch_impl.checkpoints": "torch_impl.lightning.checkpoints",
    "torch_impl.command_line": "torch_impl.lightning.command_line",
    "torch_impl.datamodule": "torch_impl.data.datamodule",
    "torch_impl.datasets": "torch_impl.data.sources",
    "torch_impl.epoch": "torch_impl.lightning.epoch_sums",
    "torch_impl.given_options": "torch_impl.lightning.options.given_options",
    "torch_impl.images": "torch_impl.data.images",
    "torch_impl.labels": "torch_impl.data.tasks",
    "torch_impl.module": "torch_impl.lightning.module",
    "torch_impl.moments": "torch_impl.data.running_statistics",
    "torch_impl.network": "torch_impl.twin",
    "torch_impl.optimisers": "torch_impl.torch_optimisers",
    "torch_impl.pictures": "torch_impl.results.classification",
    "torch_impl.prediction_file": "torch_impl.results.prediction_file",
    "torch_impl.progress": "torch_impl.lightning.progress_bar",
    "torch_impl.recorded": "torch_impl.lightning.module_record",
    "torch_impl.rows": "torch_impl.data.rows",
    "torch_impl.schedules": "torch_impl.lightning.lr_schedules",
    "torch_impl.shard_files": "torch_impl.data.shards.shard_files",
    "torch_impl.sharded": "torch_impl.data.shards.shard_data",
    "torch_impl.shards": "torch_impl.data.shards.shard_rows",
    "torch_impl.source": "torch_impl.data.source_data",
    "torch_impl.strategies": "torch_impl.lightning.strategies",
    "torch_impl.trained": "torch_impl.data.trained_on",
    "torch_impl.unobserved": "torch_impl.lightning.fast_path",
}
