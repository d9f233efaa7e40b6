"""Times of a training step as the record of benchmarks has them."""

from __future__ import annotations

from benchmarks.training_steps import Row

WHERE = {"dtype": "float32", "threads": 1, "device": "cpu"}


def row(network: str, m: int, **seconds: float) -> Row:
    times = {name: [own] * 3 for name, own in seconds.items()}
    return Row.of(times, network=network, m=m, **WHERE)
