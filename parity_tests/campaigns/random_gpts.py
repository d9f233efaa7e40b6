"""Random networks of the builders of GPT-2 and Llama, for the campaign of false positives."""

from __future__ import annotations

import numpy as np

from ref_numpy import NetworkSpec, gpt, llama

MOST_HEADS, MOST_PAIRS, MOST_PLACES, MOST_TOKENS, MOST_BLOCKS, MOST_HIDDEN = 4, 4, 12, 40, 3, 24


def random_gpt(rng: np.random.Generator) -> NetworkSpec:
    """Return a GPT-2 or a Llama: one to three blocks, of one to four heads, steps apart or fused.

    Args:
        rng: of the random numbers.
    """
    vocabulary, T = int(rng.integers(2, MOST_TOKENS + 1)), int(rng.integers(1, MOST_PLACES + 1))
    heads, blocks = (int(rng.integers(1, most + 1)) for most in (MOST_HEADS, MOST_BLOCKS))
    pairs, is_fused = int(rng.integers(1, MOST_PAIRS + 1)), bool(rng.random() < 1 / 2)
    if rng.random() < 1 / 2:
        d = 2 * pairs - int(rng.integers(2))  # an odd number of features a head as well
        return gpt(vocabulary, T, heads * d, heads, blocks, is_fused)
    kv_heads = int(rng.choice([h for h in range(1, heads + 1) if heads % h == 0]))
    hidden = int(rng.integers(1, MOST_HIDDEN + 1))
    base = float(10 ** rng.uniform(1, 6))
    epsilon = float(10 ** rng.uniform(-6, -4))
    return llama(
        vocabulary, T, heads * 2 * pairs, heads, blocks, hidden, kv_heads, base, epsilon, is_fused
    )
