"""Small trainings on short texts, of whose labels many do not count."""

from __future__ import annotations

from typing import Any

import lightning as L
import numpy as np
import torch

from parity_tests.kinds.known_kinds import built_in_loss
from ref_numpy import Array, NetworkSpec, TokenCrossEntropy
from torch_impl.data.batches import Batches, TensorPairs
from torch_impl.data.texts.tokens import Texts, TokenData
from torch_impl.lightning.module import NetworkModule

M, T, V, N_Y = 3, 4, 7, 8  # examples of a batch, tokens of each, different tokens, classes
COUNTED = (0, 1, 12, 5, 2)  # labels that count in each batch
IGNORED = -100


def spec(lambd: float = 0.5) -> NetworkSpec:
    graph = built_in_loss("token_cross_entropy").graph
    assert graph is not None
    return NetworkSpec.from_graph(graph(), TokenCrossEntropy(smoothing=0.1), lambd)


def module(lambd: float = 0.5, **options: Any) -> NetworkModule:
    """The same weights at every call, and plain gradient descent."""
    L.seed_everything(2, verbose=False)
    options = {"optimiser": "gradient_descent", "learning_rate": 0.1} | options
    return NetworkModule(T, N_Y, "tokens", network=spec(lambd).to_json(), **options)


def texts() -> tuple[Array, Array]:
    """Tokens and labels (m, T), in each batch as many as COUNTED says."""
    rng, m = np.random.default_rng(4), len(COUNTED) * M
    x, y = rng.integers(0, V, (m, T)), rng.integers(0, N_Y, (m, T))
    for k, n in enumerate(COUNTED):
        batch = y[k * M : (k + 1) * M].reshape(-1)  # a view
        batch[rng.permutation(M * T)[n:]] = IGNORED
    return x, y


class TinyTexts(TokenData):
    """The same, of which some are held out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"batch_size": M, "val_fraction": 0.25, "test_fraction": 0.2} | options)

    def load(self) -> tuple[Texts, None]:
        return Texts(*texts()), None


def batches(**options: Any) -> Batches:
    """In their order."""
    return Batches(TensorPairs(*map(torch.from_numpy, texts())), M, **options)
