"""What the random layers of a training step draw with: the run's seed, the update, the examples.

A network with state has such a context too, which says that it trains.

The monitor's recordings have these facts of each example, so that the parts of a batch are joined
with them, and each process says its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lightning as L
import numpy as np

from parity_tests.check_messages import input_error
from ref_numpy import Array, Context, NetworkSpec
from torch_impl.lightning.module import NetworkModule
from torch_impl.twin import Network

FACTS = "its seed", "its update", "its example"  # no names of tensors, which have no spaces


def check_says_its_context(module: Any, network: Network) -> None:
    """Check that a module says what its random layers draw with, if it has any.

    Raises:
        InputError: it does not.
    """
    if network.random_steps and not isinstance(module, NetworkModule):
        raise input_error("monitor.random-layers", module=type(module).__name__)


def context_due(trainer: L.Trainer, module: Any, network: Network, m: int) -> Context | None:
    """Return the context of this training step; None where training is as evaluation.

    It follows from the trainer's own count of updates and batches, so that the masks of the update
    before are found.

    Args:
        trainer: the trainer.
        module: its module.
        network: the module's.
        m: the examples of this process's batch.
    """
    if not network.spec.acts_in_training:
        return None
    if not network.random_steps and not isinstance(module, NetworkModule):
        return network.spec.context(m, training=network.training)
    return module.context_of(trainer.global_step, m)


def training_context(module: NetworkModule, m: int, update: int) -> Context | None:
    """Return the context of a batch of m examples; None where training is as evaluation.

    It is that of `NetworkModule.context_of` in one process that accumulates nothing.

    Args:
        module: the network, with the seed of its run.
        m: the number of examples.
        update: how many updates were made before.
    """
    spec = module.network.spec
    if not spec.acts_in_training:
        return None
    return spec.context(m, training=True, seed=module.seed, update=update)


def facts_of(context: Context, m: int) -> dict[str, Array]:
    """Return what the random numbers of each of m examples follow from, (1, m) each."""
    examples = np.arange(m) if context.examples is None else context.examples
    numbers = context.seed % 2**64, context.update, examples  # as masks take a seed
    each = zip(FACTS, numbers, strict=True)
    return {name: np.broadcast_to(np.asarray(x, np.uint64), (1, m)) for name, x in each}


def context_in(spec: NetworkSpec, batch: Mapping[str, Array]) -> Context | None:
    """Return the context of a recorded batch; None where training is as evaluation."""
    if FACTS[0] not in batch:
        return None
    seed, update, examples = (batch[name][0] for name in FACTS)
    context = spec.context(len(examples), training=True, seed=int(seed[0]), update=int(update[0]))
    return context._replace(examples=examples)


def seeds_in(parts: list[dict[str, Array]]) -> set[int]:
    """Return the seeds of some parts: one, or none where training is as evaluation."""
    return {int(part[FACTS[0]][0, 0]) for part in parts if FACTS[0] in part}
