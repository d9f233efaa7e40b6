"""Tokens one after the other, each drawn by the probabilities that the network gives it.

    P(v) = e^(z_v / τ) / Σ e^(z / τ),   of the k largest z, or of all

τ, the temperature, below 1 prefers likely tokens, and 0 takes the likeliest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch

from ref_numpy.layer import Array
from torch_impl.twin import Network


def next_tokens(
    network: Network,
    numbers: Sequence[int],
    temperature: float = 1.0,
    top: int | None = None,
    seed: int = 0,
) -> Iterator[int]:
    """Yield the tokens that follow some, without end.

    Args:
        network: takes (m, T) tokens and gives the scores of the next one at each place, which
            depend on no later place.
        numbers: the tokens before, one at least; the network sees the last T.
        temperature: τ, from 0 up.
        top: k, the tokens that may be drawn; None allows all.
        seed: of the random numbers.
    """
    rng, seen = np.random.default_rng(seed), [*numbers]
    while True:
        token = draw(next_scores(network, seen), temperature, top, rng)
        seen.append(token)
        yield token


@torch.inference_mode()
def next_scores(network: Network, numbers: Sequence[int]) -> Array:
    """Return the scores z (V,) of the token after these, at float64.

    Args:
        network: see `next_tokens`.
        numbers: of which the last T are taken; where there are fewer, later places are filled.
    """
    (T,) = network.spec.input_shape
    last = numbers[-T:]
    x = torch.zeros(1, T, dtype=torch.int64)
    x[0, : len(last)] = torch.tensor(last)
    scores = network.eval()(x.to(next(network.parameters()).device))
    return scores[0, len(last) - 1].double().cpu().numpy()


def draw(z: Array, temperature: float, top: int | None, rng: np.random.Generator) -> int:
    """Draw a token by its scores; of equal scores at the border of the k largest, all may be drawn.

    Args:
        z: the scores, (V,).
        temperature: τ.
        top: k, or None.
        rng: gives one random number, unless τ is 0.
    """
    if temperature == 0:
        return int(z.argmax())
    if top is not None and top < len(z):
        z = np.where(z >= np.sort(z)[-top], z, -np.inf)
    sums = np.exp((z - z.max()) / temperature).cumsum()
    u = min(rng.random() * sums[-1], np.nextafter(sums[-1], 0.0))  # below it, whatever rounds
    return int(np.searchsorted(sums, u, side="right"))
