"""The learning rate by the number of updates: α(t) = α f(t), t being the updates made before.

optimiser = Adam(0.001, schedule=Cosine(updates=1000, warmup=100))
optimiser.at(0).learning_rate        # 0.001 / 101
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ref_numpy.input_messages import input_error


@dataclass(frozen=True)
class Cosine:
    """f(t) = (t + 1)/(w + 1) for t < w,  then r + (1 − r) (1 + cos(π (t − w)/(n − w)))/2.

    From t = n on, f(t) = r. Loshchilov & Hutter, *SGDR*, ICLR 2017, without restarts; the warm-up
    as Goyal et al., *Accurate, Large Minibatch SGD*, 2017, have it.

    Args:
        updates: n, of the whole training.
        warmup: w, the updates before the rate is α.
        final: r, the fraction of α at the end, more than 0.

    Raises:
        InputError: a number is outside of its range.
    """

    updates: int
    warmup: int = 0
    final: float = 0.1

    def __post_init__(self) -> None:
        for name, given, least in (("updates", self.updates, 1), ("warmup", self.warmup, 0)):
            if given < least:
                raise input_error("schedule.updates", name=name, given=given, least=least)
        if not 0 < self.final <= 1:
            raise input_error("schedule.final", given=self.final)

    def factor(self, t: int) -> float:
        """Return f(t).

        Args:
            t: the updates before this one, from 0 up.
        """
        if t < self.warmup:
            return (t + 1) / (self.warmup + 1)
        if t >= self.updates:
            return self.final
        done = (t - self.warmup) / (self.updates - self.warmup)
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * done)) / 2
