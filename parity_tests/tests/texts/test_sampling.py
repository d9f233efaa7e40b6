"""What a network writes: the tokens that are drawn, and what is refused."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest
import torch

import ref_numpy
from ref_numpy import InputError
from ref_numpy.graphs.gpt import gpt
from torch_impl import conventions
from torch_impl.generation.generate_command import check_numbers
from torch_impl.generation.sampling import draw, next_scores, next_tokens
from torch_impl.twin import Network

T, V = 5, 7


class Given:
    """Random numbers that are known."""

    def __init__(self, u: float) -> None:
        self.u = u

    def random(self) -> float:
        return self.u


def drawn(u: float, z: list[float], temperature: float = 1.0, top: int | None = None) -> int:
    rng: Any = Given(u)
    return draw(np.log(z), temperature, top, rng)


def test_a_token_is_drawn_by_its_probability() -> None:
    """Weights 1, 4, 3: up to 1/8 the first, up to 5/8 the second."""
    z = [1.0, 4.0, 3.0]
    for u, token in ((0, 0), (0.12, 0), (0.13, 1), (0.62, 1), (0.63, 2), (1 - 2**-53, 2)):
        assert drawn(u, z) == token
    # Of the two likeliest, 4/7; at τ = 1/2 the weights are squared: 1, 16, 9.
    for u, token in ((0, 1), (0.57, 1), (0.58, 2)):
        assert drawn(u, z, top=2) == token
    for u, token in ((0.03, 0), (0.04, 1), (0.65, 1), (0.66, 2)):
        assert drawn(u, z, temperature=0.5) == token
    assert drawn(0.9, z, top=1) == drawn(0.9, z, temperature=0) == 1
    assert drawn(0.9, z, top=3) == drawn(0.9, z, top=4) == 2


@pytest.fixture(scope="module")
def network() -> Network:
    network = Network(spec := gpt(V, T, 6, 2, 1))
    params = ref_numpy.initialise(spec, "he", 3)
    conventions.load_params(network.double(), params)
    return network


def test_scores_are_those_of_the_last_place_whatever_follows(network: Network) -> None:
    x = np.random.default_rng(0).integers(0, V, 2 * T)
    for n in range(1, 2 * T + 1):
        last = x[max(0, n - T) : n]
        whole = np.zeros((1, T), np.int64)
        whole[0, : len(last)] = last
        with torch.no_grad():
            z = network(torch.from_numpy(whole))[0, len(last) - 1].numpy()
        np.testing.assert_array_equal(next_scores(network, x[:n].tolist()), z)


def test_the_likeliest_tokens_are_those_of_the_reference(network: Network) -> None:
    params = conventions.get_params(network)
    seen = [1, 2]
    for token in islice(next_tokens(network, seen, temperature=0), 4):
        X = np.zeros((1, T), np.int64)
        X[0, : len(seen)] = seen
        A = ref_numpy.forward(network.spec, params, X)[0][network.spec.output]
        assert token == A[:, 0, len(seen) - 1].argmax()
        seen = [*seen, token][-T:]


def test_a_seed_decides_the_text(network: Network) -> None:
    texts = [[*islice(next_tokens(network, [1], seed=seed), 30)] for seed in (0, 0, 1)]
    assert texts[0] == texts[1] != texts[2]
    assert {*texts[0]} <= {*range(V)}
    assert any(a != b for a, b in pairwise(texts[0]))


@pytest.mark.parametrize(
    "given", [(0, 1.0, None), (1, -0.5, None), (1, float("nan"), None), (1, 1.0, 0)]
)
def test_numbers_that_mean_nothing_are_refused(given: tuple[Any, ...]) -> None:
    with pytest.raises(InputError) as refused:
        check_numbers(*given)
    assert refused.value.code == "generate.size"
