"""Llama as a graph: its twin, and a program in torch's own words, are within the bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import torch_impl
from parity_tests import check
from parity_tests.checking.verdict import PASSED
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import InputError, NetworkSpec
from ref_numpy.graphs.llama import llama
from ref_numpy.graphs.public_weights import from_public, to_public

V, T, N, H, GROUPS, HIDDEN, M = 11, 5, 8, 4, 2, 7, 3


@pytest.mark.parametrize(
    ("fused", "precision"),
    [
        (False, "float64"),
        pytest.param(True, "float32", marks=pytest.mark.slow),
        pytest.param(True, "bfloat16", marks=pytest.mark.slow),
    ],
)
def test_the_twin_of_two_blocks_passes(fused: bool, precision: str) -> None:
    spec = llama(V, T, N, H, 2, HIDDEN, GROUPS, fused=fused)
    report = check(torch_impl.run, spec, *random_problem(spec, M), precision, calls=1)
    assert report.verdict == PASSED, str(report)


def test_it_is_the_same_network_from_its_text() -> None:
    spec = llama(V, T, N, H, 2, HIDDEN, GROUPS, base=500.0)
    again = NetworkSpec.from_json(spec.to_json())
    assert again == spec
    assert "4 rotary" in again.summary
    assert "tokens (m, 5) → probabilities (11, m, 5)" in again.summary


class Llama(nn.Module):
    """One block with Llama's names, the angles of its positions as complex numbers."""

    def __init__(self) -> None:
        super().__init__()
        d = N // H
        self.embed_tokens = nn.Embedding(V, N)
        linear: Any = {
            "self_attn": {"q_proj": (N, N), "k_proj": (N, GROUPS * d), "v_proj": (N, GROUPS * d),
                          "o_proj": (N, N)},
            "mlp": {"gate_proj": (N, HIDDEN), "up_proj": (N, HIDDEN), "down_proj": (HIDDEN, N)},
        }  # fmt: skip
        parts: dict[str, nn.Module] = {
            name: nn.ModuleDict({n: nn.Linear(*sizes, bias=False) for n, sizes in each.items()})
            for name, each in linear.items()
        }
        norms = ("input_layernorm", "post_attention_layernorm")
        parts |= {name: nn.RMSNorm(N, eps=1e-5) for name in norms}
        self.layers = nn.ModuleList([nn.ModuleDict(parts)])
        self.norm, self.lm_head = nn.RMSNorm(N, eps=1e-5), nn.Linear(N, V, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits, (m, T, V)."""
        x = self.embed_tokens(tokens)
        for each in self.layers:
            block: Any = each
            x = x + self.attention(block["self_attn"], block["input_layernorm"](x))
            y, mlp = block["post_attention_layernorm"](x), block["mlp"]
            gate = functional.silu(mlp["gate_proj"](y))
            x = x + mlp["down_proj"](gate * mlp["up_proj"](y))
        return self.lm_head(self.norm(x))

    def attention(self, part: Any, x: Tensor) -> Tensor:
        """Return causal attention, each head of keys for two of queries."""
        q, k, v = (
            part[name](x).view(len(x), T, h, N // H).transpose(1, 2)
            for name, h in (("q_proj", H), ("k_proj", GROUPS), ("v_proj", GROUPS))
        )
        o = functional.scaled_dot_product_attention(
            rotated(q), rotated(k), v, is_causal=True, enable_gqa=True
        )
        return part["o_proj"](o.transpose(1, 2).reshape(len(x), T, N))


def rotated(x: Tensor) -> Tensor:
    """Return (x_1 + i x_2) e^{i t θ}, the two halves of the features as one complex number."""
    d = x.shape[-1]
    speed = torch.tensor(1e4, dtype=x.dtype) ** (-torch.arange(0, d, 2, dtype=x.dtype) / d)
    angles = torch.arange(T, dtype=x.dtype)[:, None] * speed
    turned = torch.complex(*x.chunk(2, dim=-1)) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat((turned.real, turned.imag), dim=-1)


def test_a_program_in_torchs_words_has_the_gradients() -> None:
    """Its state_dict has Llama's names, by which weights and gradients are exchanged."""
    spec = llama(V, T, N, H, 1, HIDDEN, GROUPS)
    params, X, Y = random_problem(spec, M)
    tokens: Any = X
    model = Llama().double()
    model.load_state_dict({n: torch.from_numpy(x) for n, x in to_public(spec, params).items()})
    logits, y = model(torch.from_numpy(tokens)), torch.from_numpy(Y)
    J = functional.cross_entropy(logits.flatten(0, 1), y.flatten())
    J.backward()
    gradients = {n: np.asarray(p.grad) for n, p in model.named_parameters()}
    trace = {f"d{n}": x for n, x in from_public(spec, gradients).items()}
    trace |= {"J": J.detach().numpy(), "lm_head": np.moveaxis(logits.detach().numpy(), -1, 0)}
    report = check(trace, spec, params, X, Y)
    assert report.verdict == PASSED, str(report)
    name = "dlayers.0.self_attn.q_proj.W"
    wrong = {**trace, name: trace[name] * np.sqrt(N // H)}
    assert [finding.tensor for finding in check(wrong, spec, params, X, Y).findings] == [name]


@pytest.mark.parametrize(
    "sizes",
    [(V, T, 9, H, 1, HIDDEN), (V, T, N, H, 0, HIDDEN), (V, T, N, H, 1, 0), (V, T, N, N, 1, 5),
     (V, T, N, H, 1, HIDDEN, 3), (V, T, N, 0, 1, HIDDEN)],
)  # fmt: skip
def test_sizes_that_do_not_fit_are_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(InputError):
        llama(*sizes)
