"""GPT-2 as a graph: its twin, and a program in torch's own words, are within the bounds."""

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
from ref_numpy import InputError
from ref_numpy.graphs.gpt import gpt

V, T, N, H, M = 11, 5, 6, 2, 4


@pytest.mark.parametrize(
    ("fused", "precision"),
    [
        (False, "float64"),
        pytest.param(True, "float32", marks=pytest.mark.slow),
        pytest.param(True, "bfloat16", marks=pytest.mark.slow),
    ],
)
def test_the_twin_of_two_blocks_passes(fused: bool, precision: str) -> None:
    spec = gpt(V, T, N, H, 2, fused)
    report = check(torch_impl.run, spec, *random_problem(spec, M), precision, calls=1)
    assert report.verdict == PASSED, str(report)


class GPT(nn.Module):
    """One block as karpathy/nanoGPT's model.py has it, without dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(V, N), nn.Embedding(T, N)
        self.blocks = nn.ModuleList(
            nn.ModuleDict({
                "ln_1": nn.LayerNorm(N), "c_attn": nn.Linear(N, 3 * N), "proj": nn.Linear(N, N),
                "ln_2": nn.LayerNorm(N), "c_fc": nn.Linear(N, 4 * N), "down": nn.Linear(4 * N, N),
            }) for _ in range(1)
        )  # fmt: skip
        self.ln_f = nn.LayerNorm(N)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits, (m, T, V)."""
        x = self.wte(tokens) + self.wpe(torch.arange(T))
        for b in self.blocks:
            block: Any = b
            q, k, v = block["c_attn"](block["ln_1"](x)).split(N, dim=2)
            q, k, v = (y.view(M, T, H, N // H).transpose(1, 2) for y in (q, k, v))
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + block["proj"](y.transpose(1, 2).reshape(M, T, N))
            hidden = functional.gelu(block["c_fc"](block["ln_2"](x)), approximate="tanh")
            x = x + block["down"](hidden)
        return self.ln_f(x) @ self.wte.weight.T


def names_in(model: GPT) -> dict[str, tuple[nn.Parameter, bool]]:
    """Each parameter by its canonical name, and whether it stands there transposed."""
    found = {"wte.E": (model.wte.weight, True), "wpe.P": (model.wpe.weight, True)}
    modules: dict[str, Any] = {"ln_f": model.ln_f}
    steps = {"ln_1": "ln_1", "c_attn": "attn.c_attn", "proj": "attn.c_proj", "ln_2": "ln_2",
             "c_fc": "mlp.c_fc", "down": "mlp.c_proj"}  # fmt: skip
    for k, b in enumerate(model.blocks):
        block: Any = b
        modules |= {f"h.{k}.{name}": block[own] for own, name in steps.items()}
    for name, module in modules.items():
        own = ("gamma", "beta") if isinstance(module, nn.LayerNorm) else ("W", "b")
        found |= {
            f"{name}.{own[0]}": (module.weight, False),
            f"{name}.{own[1]}": (module.bias, False),
        }
    return found


def test_a_program_in_torchs_words_has_the_gradients() -> None:
    """Only J and the parameters' gradients are seen: the bounds are those of the whole network.

    They grow from norm to norm: of two blocks they would be as large as the first one's gradients.
    """
    spec = gpt(V, T, N, H, 1)
    params, X, Y = random_problem(spec, M)
    model = GPT().double()
    parameters = names_in(model)
    assert parameters.keys() == params.keys()
    for name, (parameter, is_transposed) in parameters.items():
        own = params[name].T if is_transposed else params[name].reshape(parameter.shape)
        parameter.data = torch.from_numpy(np.ascontiguousarray(own))
    tokens: Any = X["tokens"] if isinstance(X, dict) else X
    logits = model(torch.from_numpy(tokens.astype(np.int64)))
    J = functional.cross_entropy(
        logits.flatten(0, 1), torch.from_numpy(Y.astype(np.int64)).flatten()
    )
    J.backward()
    trace = {"J": J.detach().numpy()}
    for name, (parameter, is_transposed) in parameters.items():
        gradient: Any = parameter.grad
        of = gradient.numpy().T if is_transposed else gradient.numpy().reshape(params[name].shape)
        trace[f"d{name}"] = np.ascontiguousarray(of)
    report = check(trace, spec, params, X, Y)
    assert report.verdict == PASSED, str(report)
    wrong = {**trace, "dh.0.attn.c_attn.W": trace["dh.0.attn.c_attn.W"] * np.sqrt(N // H)}
    assert check(wrong, spec, params, X, Y).findings


@pytest.mark.parametrize("sizes", [(V, T, N, 4, 1), (V, T, N, H, 0), (0, T, N, H, 1)])
def test_sizes_that_do_not_fit_are_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(InputError):
        gpt(*sizes)
