"""Bits a character of an n-gram model, beside which a network is to be seen.

python -m benchmarks.accuracies.text_ngrams [--path FILE] [--most 6]

The model is trained on the part of the text that `--data Text` trains with, and measured on its
part to test. Interpolated Kneser-Ney smoothing, by absolute discounting (Chen & Goodman, *An
Empirical Study of Smoothing Techniques for Language Modeling*, 1998, sections 2.7 and 2.8):

    P(c | h) = (N(h c) − D)/N(h) + D K(h)/N(h) · P(c | h'),    D = n₁ / (n₁ + 2 n₂)

h is the n − 1 characters before, h' without the first of them, K(h) the number of different
characters after h, and n_k how many strings h c were seen k times. Of the longest h, N counts how
often a string was seen; of the others, how many different characters come before it. Below the
shortest h stands 1/V.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ref_numpy.terminal import run_command
from torch_impl.data import Text


@dataclass(frozen=True)
class Order:
    """The counts of strings of one length.

    Attributes:
        counts: N(h c), by h and c.
        totals: N(h), the sum over c.
        discount: D.
    """

    counts: Mapping[str, Mapping[str, int]]
    totals: Mapping[str, int]
    discount: float

    @classmethod
    def of(cls, strings: Mapping[str, int]) -> Order:
        """Take the counts of strings h c apart."""
        counts: dict[str, dict[str, int]] = defaultdict(dict)
        for string, number in strings.items():
            counts[string[:-1]][string[-1]] = number
        totals = {h: sum(of.values()) for h, of in counts.items()}
        once, twice = (sum(n == k for n in strings.values()) for k in (1, 2))
        return cls(counts, totals, once / (once + 2 * twice) if once else 0.0)


class Ngrams:
    """A model of characters.

    Args:
        text: it is trained with.
        n: the longest strings that are counted.
        vocabulary: V, how many different characters there are.
    """

    def __init__(self, text: str, n: int, vocabulary: int) -> None:
        self.n, self.vocabulary = n, vocabulary
        seen = Counter(text[k : k + n] for k in range(len(text) - n + 1))
        orders = [Order.of(seen)]
        for _ in range(n - 1):
            # Each string, once for each different character that comes before it.
            seen = Counter(string[1:] for string in seen)
            orders.append(Order.of(seen))
        self.orders = orders[::-1]  # the shortest first

    def probability(self, before: str, character: str) -> float:
        """Return P(c | h), h being the last n − 1 characters before, or all that there are."""
        p = 1 / self.vocabulary
        for length, order in enumerate(self.orders):
            h = before[len(before) - length :]
            if length > len(before) or h not in order.totals:
                break
            counts, total = order.counts[h], order.totals[h]
            own = max(counts.get(character, 0) - order.discount, 0.0)
            p = (own + order.discount * len(counts) * p) / total
        return p

    def bits(self, text: str) -> float:
        """Compute −(1/m) Σ log₂ P, over the characters of a text."""
        before = [text[max(0, k - self.n + 1) : k] for k in range(len(text))]
        pairs = zip(before, text, strict=True)
        return -math.fsum(math.log2(self.probability(h, c)) for h, c in pairs) / len(text)


def main(args: list[str]) -> None:
    """Print the bits a character of each n."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracies.text_ngrams")
    parser.add_argument("--path", help="of the text; pydoc_data.topics by default")
    parser.add_argument("--most", type=int, default=6, help="the longest n (6)")
    given = parser.parse_args(args)
    data = Text(given.path, test_fraction=0.1)  # as the config gpt_text has it
    print(f"{data.title}, {len(data.text):,} characters, SHA-256 {data.sha256[:12]}…")
    parts = data.texts
    for n in range(1, given.most + 1):
        bits = {
            part: Ngrams(parts["train"], n, data.vocabulary).bits(parts[part])
            for part in ("val", "test")
        }
        print(f"n = {n}   val {bits['val']:.3f}   test {bits['test']:.3f} bits a character")


if __name__ == "__main__":
    sys.exit(run_command(lambda: main(sys.argv[1:]), "benchmarks.accuracies.text_ngrams"))
