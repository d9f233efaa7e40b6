"""Optimisers: from parameters θ and gradients dθ to the next θ, as torch.optim updates them.

    optimiser = Adam(learning_rate=0.001)
    state = optimiser.start(params)
    params, state = optimiser.update(params, gradients, state)

α is `learning_rate`; a schedule multiplies it by a factor of each update. Every rule is element by
element and returns new arrays.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple, Self

import numpy as np

from ref_numpy.input_messages import input_error
from ref_numpy.layer import Array
from ref_numpy.registry import register

Memory = tuple[Array, ...]


class State(NamedTuple):
    """The number of updates made, and each parameter's running averages."""

    t: int
    memory: dict[str, Memory]


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


@dataclass(frozen=True)
class Optimiser:
    """θ ← rule(θ, dθ + weight_decay·θ), for every parameter, biases too (torch's `weight_decay`).

    Args:
        learning_rate: α > 0.
        weight_decay: from 0 up.
        schedule: of the learning rate; None leaves it at α.

    Raises:
        InputError: one of them, or an average's β, is outside of its range.
    """

    learning_rate: float = 0.01
    weight_decay: float = 0.0
    schedule: Cosine | None = field(default=None, kw_only=True)

    kinds: ClassVar[dict[str, type[Optimiser]]] = {}
    n_memory: ClassVar[int] = 0

    def __init_subclass__(cls, kind: str) -> None:
        register(Optimiser.kinds, "optimiser", kind, cls)

    def __post_init__(self) -> None:
        if not self.learning_rate > 0:
            raise input_error("optimiser.learning-rate", value=self.learning_rate)
        if not self.weight_decay >= 0:
            raise input_error("optimiser.weight-decay", value=self.weight_decay)
        for name in ("beta", "beta1", "beta2"):
            if not 0 <= getattr(self, name, 0) < 1:
                raise input_error("optimiser.beta", name=name, value=getattr(self, name))

    def start(self, params: Mapping[str, Array]) -> State:
        """Return the state before the first update: t = 0 and zeros."""
        zeros = {name: np.zeros_like(theta) for name, theta in params.items()}
        return State(0, {name: (zero,) * self.n_memory for name, zero in zeros.items()})

    def at(self, t: int) -> Self:
        """Return the optimiser with the learning rate α f(t), and without the schedule."""
        if self.schedule is None:
            return self
        rate = self.learning_rate * self.schedule.factor(t)
        return replace(self, learning_rate=rate, schedule=None)

    def update(
        self, params: Mapping[str, Array], gradients: Mapping[str, Array], state: State
    ) -> tuple[dict[str, Array], State]:
        """Return the parameters and the state after one update.

        Args:
            params: {"W1": …, "b1": …, …}.
            gradients: {"dW1": …, "db1": …, …}, the names of a trace; others are left alone.
            state: of the update before, or of `start`.
        """
        t, now = state.t + 1, self.at(state.t)
        updated, memory = {}, {}
        for name, theta in params.items():
            dtheta = gradients[f"d{name}"]
            if self.weight_decay:
                dtheta = dtheta + self.weight_decay * theta
            updated[name], memory[name] = now.rule(theta, dtheta, state.memory[name], t)
        return updated, State(t, memory)

    @abstractmethod
    def rule(self, theta: Array, dtheta: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        """Return the next θ, and the running averages of which it is made.

        θ − α dθ is written θ + −α dθ, which is the same to the bit: NumPy adds into the temporary
        array of the product, but subtracts into a new one.

        Args:
            theta: θ.
            dtheta: dθ, of θ's shape.
            memory: the running averages before the update, of θ's shape.
            t: the number of this update, from 1 up.
        """
        raise TypeError(f"{type(self).__name__} defines no rule")


@dataclass(frozen=True)
class GradientDescent(Optimiser, kind="gradient_descent"):
    """θ ← θ − α dθ."""

    def rule(self, theta: Array, dtheta: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        """θ ← θ − α dθ."""
        return theta + -self.learning_rate * dtheta, ()


@dataclass(frozen=True)
class Momentum(Optimiser, kind="momentum"):
    """v ← β v + dθ        θ ← θ − α v.

    The course writes v ← β v + (1 − β) dθ: its v is (1 − β) times this one, so that its α is
    this α divided by (1 − β).
    """

    beta: float = 0.9
    n_memory: ClassVar[int] = 1

    def rule(self, theta: Array, dtheta: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        """Compute v ← β v + dθ, then θ ← θ − α v."""
        (v,) = memory
        v = self.beta * v + dtheta
        return theta + -self.learning_rate * v, (v,)


@dataclass(frozen=True)
class RMSProp(Optimiser, kind="rmsprop"):
    """s ← β s + (1 − β) dθ²        θ ← θ − α dθ / (√s + ε).

    Tieleman & Hinton, *Neural Networks for Machine Learning*, lecture 6.5, 2012.
    """

    beta: float = 0.99
    epsilon: float = 1e-8
    n_memory: ClassVar[int] = 1

    def rule(self, theta: Array, dtheta: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        """Compute s ← β s + (1 − β) dθ², then θ ← θ − α dθ / (√s + ε)."""
        (s,) = memory
        s = self.beta * s + (1 - self.beta) * dtheta**2
        return theta + -self.learning_rate * dtheta / (np.sqrt(s) + self.epsilon), (s,)


@dataclass(frozen=True)
class Adam(Optimiser, kind="adam"):
    """v ← β₁ v + (1 − β₁) dθ        s ← β₂ s + (1 − β₂) dθ².

    θ ← θ − α [v / (1 − β₁ᵗ)] / (√[s / (1 − β₂ᵗ)] + ε)

    Kingma & Ba, *Adam: A Method for Stochastic Optimization*, ICLR 2015.
    """

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    n_memory: ClassVar[int] = 2

    def rule(self, theta: Array, dtheta: Array, memory: Memory, t: int) -> tuple[Array, Memory]:
        """Update both averages, then θ by their corrected values."""
        v, s = memory
        v = self.beta1 * v + (1 - self.beta1) * dtheta
        s = self.beta2 * s + (1 - self.beta2) * dtheta**2
        v_corrected = v / (1 - self.beta1**t)
        s_corrected = s / (1 - self.beta2**t)
        root = np.sqrt(s_corrected) + self.epsilon
        return theta + -self.learning_rate * v_corrected / root, (v, s)
