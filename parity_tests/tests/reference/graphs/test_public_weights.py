"""Checkpoints of GPT-2 with its own names: read, written, and refused in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from safetensors.numpy import save_file
from torch import Tensor, nn
from torch.nn import functional

from parity_tests import check
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import InputError, NetworkSpec
from ref_numpy.graphs.gpt import gpt
from ref_numpy.graphs.llama import llama
from ref_numpy.graphs.public_weights import from_public, load_public, save_public, to_public

V, T, N, H, LAYERS, M = 11, 5, 6, 2, 2, 3


class Conv1D(nn.Module):
    """GPT-2's dense layer: x W + b, W (n_prev, n)."""

    def __init__(self, n: int, n_prev: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(n_prev, n)), nn.Parameter(torch.randn(n))

    def forward(self, x: Tensor) -> Tensor:
        """Return x W + b."""
        return x @ self.weight + self.bias


class Block(nn.Module):
    """A block whose parts have GPT-2's names."""

    def __init__(self) -> None:
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(N), nn.LayerNorm(N)
        self.attn = nn.ModuleDict({"c_attn": Conv1D(3 * N, N), "c_proj": Conv1D(N, N)})
        self.attn.register_buffer("bias", torch.ones(1, 1, T, T).tril())
        self.mlp = nn.ModuleDict({"c_fc": Conv1D(4 * N, N), "c_proj": Conv1D(N, 4 * N)})

    def forward(self, x: Tensor) -> Tensor:
        """Return x + attention, then + mlp."""
        y = self.attn["c_attn"](self.ln_1(x))
        q, k, v = (part.unflatten(2, (H, N // H)).transpose(1, 2) for part in y.chunk(3, dim=2))
        scores = q @ k.mT / (N // H) ** 0.5
        mask: Any = self.attn.get_buffer("bias")
        weights = scores.masked_fill(mask == 0, -torch.inf).softmax(dim=-1)
        x = x + self.attn["c_proj"]((weights @ v).transpose(1, 2).flatten(2))
        hidden = functional.gelu(self.mlp["c_fc"](self.ln_2(x)), approximate="tanh")
        return x + self.mlp["c_proj"](hidden)


class GPT2(nn.Module):
    """GPT-2 in the usual form, with lm_head tied to wte."""

    def __init__(self) -> None:
        super().__init__()
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(V, N), "wpe": nn.Embedding(T, N),
            "h": nn.ModuleList(Block() for _ in range(LAYERS)), "ln_f": nn.LayerNorm(N),
        })  # fmt: skip
        self.lm_head = nn.Linear(N, V, bias=False)
        self.lm_head.weight = self.transformer["wte"].weight  # pyright: ignore

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits, (m, T, V)."""
        parts: Any = self.transformer
        x = parts["wte"](tokens) + parts["wpe"](torch.arange(T))
        for block in parts["h"]:
            x = block(x)
        return self.lm_head(parts["ln_f"](x))


def tensors_of(model: nn.Module) -> dict[str, Any]:
    return {name: x.detach().numpy().copy() for name, x in model.state_dict().items()}


def test_a_checkpoint_of_torch_has_the_logits_here(tmp_path: Path) -> None:
    """With masks, a prefix and the tied head in the file; the bounds are those of the network."""
    torch.manual_seed(0)
    model, spec = GPT2().double(), gpt(V, T, N, H, LAYERS)
    save_file(tensors_of(model), tmp_path / "model.safetensors")
    params = load_public(tmp_path / "model.safetensors", spec)
    _, X, Y = random_problem(spec, M)
    tokens: Any = X
    logits = model(torch.from_numpy(tokens))
    J = functional.cross_entropy(logits.flatten(0, 1), torch.from_numpy(Y).flatten())
    J.backward()
    theirs = {n: np.asarray(p.grad) for n, p in model.named_parameters()}
    trace = {f"d{n}": x for n, x in from_public(spec, theirs).items()}
    trace |= {"J": J.detach().numpy(), "lm_head": np.moveaxis(logits.detach().numpy(), -1, 0)}
    report = check(trace, spec, params, X, Y)
    report.raise_findings()
    by_name = {tensor.name: tensor for tensor in report.tensors}
    assert by_name["lm_head"].judged
    assert by_name["J"].judged


@pytest.mark.parametrize(
    "spec", [gpt(V, T, N, H, LAYERS), llama(V, T, 8, 4, 1, 7, 2), llama(V, T, 2, 1, 1, 1)]
)
def test_what_is_written_is_read(spec: NetworkSpec, tmp_path: Path) -> None:
    params, _, _ = random_problem(spec, M)
    save_public(tmp_path / "model.safetensors", spec, params)
    again = load_public(tmp_path / "model.safetensors", spec)
    assert again.keys() == params.keys()
    assert all(np.array_equal(again[name], x) and again[name].shape == x.shape
               for name, x in params.items())  # fmt: skip


def test_bfloat16_is_read_as_float32(tmp_path: Path) -> None:
    """As Llama's checkpoints are written, with the prefix of the whole model."""
    spec = llama(V, T, 8, 4, 1, 7, 2)
    params, _, _ = random_problem(spec, M)
    theirs = {n: torch.from_numpy(x).bfloat16() for n, x in to_public(spec, params).items()}
    named = {n if n == "lm_head.weight" else f"model.{n}": x for n, x in theirs.items()}
    safetensors.torch.save_file(named, tmp_path / "model.safetensors")
    again = to_public(spec, load_public(tmp_path / "model.safetensors", spec))
    for name, tensor in theirs.items():
        assert again[name].dtype == np.float32
        assert np.array_equal(again[name], tensor.float().numpy()), name


def test_names_and_shapes_are_those_of_gpt_2() -> None:
    spec = gpt(V, T, N, H, LAYERS)
    torch.manual_seed(0)
    theirs = {name.removeprefix("transformer."): x.shape for name, x in GPT2().named_parameters()}
    params, _, _ = random_problem(spec, M)
    assert {name: x.shape for name, x in to_public(spec, params).items()} == theirs


@pytest.mark.parametrize(
    ("change", "code", "name"),
    [
        ({"h.1.mlp.c_fc.bias": None}, "public-weights.missing", "h.1.mlp.c_fc.bias"),
        ({"wte.weight": np.ones((V, N + 1))}, "public-weights.shape", "wte.weight"),
        ({"h.0.mlp.c_fc.weight": np.ones((4 * N, N))}, "public-weights.shape",
         "h.0.mlp.c_fc.weight"),
        ({"h.2.ln_1.weight": np.ones(N)}, "public-weights.others", "h.2.ln_1.weight"),
        ({"lm_head.weight": np.ones((V, N))}, "public-weights.untied", "lm_head.weight"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_is_one_sentence(change: Any, code: str, name: str) -> None:
    spec = gpt(V, T, N, H, LAYERS)
    params, _, _ = random_problem(spec, M)
    given = {n: x for n, x in {**to_public(spec, params), **change}.items() if x is not None}
    with pytest.raises(InputError) as refused:
        from_public(spec, given, "model.safetensors")
    assert refused.value.code == code
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


def test_another_network_has_no_public_names() -> None:
    spec = NetworkSpec.dense([4, 3, 2])
    params, _, _ = random_problem(spec, M)
    with pytest.raises(InputError) as refused:
        to_public(spec, params)
    assert refused.value.code == "public-weights.network"
