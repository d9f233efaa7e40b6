"""The residual network: its sizes, its twin, and a program in torch's own words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import torch_impl
from parity_tests import check
from parity_tests.adapters.torch_twin import twin
from parity_tests.checking.verdict import PASSED
from parity_tests.kinds.random_problem import random_problem
from ref_numpy import InputError, initialise
from ref_numpy.graphs.resnet import resnet

IMAGE, N_Y, WIDTHS, M = (2, 7, 6), 3, (4, 5), 5


def test_its_sizes_are_those_of_the_paper() -> None:
    """ResNet-20 has 272,474 parameters with projections: 269,722 of option A and 2,752 of them."""
    spec = resnet()
    shapes = {step.output: step.shape for step in spec.steps}
    assert [shapes[f"stage.{k}.2.a"] for k in range(3)] == [(16, 32, 32), (32, 16, 16), (64, 8, 8)]
    assert (shapes["mean"], shapes["y"]) == ((64,), (10,))
    assert sum(int(np.prod(shape)) for shape in spec.parameter_shapes.values()) == 272_474
    projections = {name for name in shapes if name.endswith("projection")}
    assert projections == {"stage.1.0.projection", "stage.2.0.projection"}
    of_weights = [name for name in spec.weights if "projection" not in name]
    assert len(of_weights) == 20
    assert len([name for name in resnet(n=2, widths=[8, 9]).weights if "proj" not in name]) == 10


def test_its_weights_are_drawn_as_he_says() -> None:
    """N(0, 2/(n_prev f²)): the mean square of N numbers is within 6 √(2/N) of that, relatively."""
    spec = resnet()
    params = initialise(spec, "he", seed=1)
    for name in ("stage.0.1.c1.W", "stage.2.0.c1.W", "stage.2.0.projection.W"):
        W = params[name]
        of_one = (W**2).mean() * W[0].size / 2
        assert abs(of_one - 1) <= 6 * np.sqrt(2 / W.size)
    assert (params["stem.norm.gamma"] == 1).all()


@pytest.mark.parametrize(
    "precision",
    [pytest.param("float64", marks=pytest.mark.slow), "float32"],
)
def test_the_twin_passes(precision: str) -> None:
    """In training: its state after the step is compared as well."""
    spec = resnet(IMAGE, N_Y, 1, WIDTHS, lambd=0.5)
    params, X, Y = random_problem(spec, M)
    context = spec.context(M, training=True)
    report = check(twin(precision), spec, params, X, Y, precision, context=context, calls=1)
    assert report.verdict == PASSED, str(report)


class Block(nn.Module):
    """A basic block as torchvision's resnet.py has it."""

    def __init__(self, n_prev: int, n: int, stride: int = 1) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(n_prev, n, 3, stride, 1, bias=False)
        self.c1_norm = nn.BatchNorm2d(n)
        self.c2 = nn.Conv2d(n, n, 3, 1, 1, bias=False)
        self.c2_norm = nn.BatchNorm2d(n)
        self.projects = n_prev != n or stride != 1
        if self.projects:
            self.projection = nn.Conv2d(n_prev, n, 1, stride, bias=False)
            self.projection_norm = nn.BatchNorm2d(n)

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = functional.relu(self.c1_norm(self.c1(x)))
        out = self.c2_norm(self.c2(out))
        if self.projects:
            identity = self.projection_norm(self.projection(x))
        return functional.relu(out + identity)


def test_a_program_in_torchs_words_computes_the_same() -> None:
    """In evaluation, from raw statistics: the probabilities are torch's to within its rounding.

    The comparison of the steps is the twin's; here the steps are another's words.
    """
    spec = resnet(IMAGE, N_Y, 1, WIDTHS)
    params, X, Y = random_problem(spec, M)
    n, last = WIDTHS
    blocks = {"stage.0.0": Block(n, n), "stage.1.0": Block(n, last, 2)}
    modules: dict[str, nn.Module] = {
        "stem": nn.Conv2d(IMAGE[0], n, 3, 1, 1, bias=False), "stem.norm": nn.BatchNorm2d(n),
        "z": nn.Linear(last, N_Y),
    }  # fmt: skip
    for block, module in blocks.items():
        modules |= {f"{block}.{k.replace('_', '.')}": m for k, m in module.named_children()}
    assert {f"{k}.W" for k, m in modules.items() if not isinstance(m, nn.BatchNorm2d)} == {
        *spec.weights
    }
    for name, module in modules.items():
        module.double().eval()
        of: dict[str, Any] = dict(module.named_parameters()) | dict(module.named_buffers())
        words = {"weight": "gamma" if "norm" in name else "W", "running_mean": "mean",
                 "bias": "beta" if "norm" in name else "b", "running_var": "variance"}  # fmt: skip
        for own, ours in words.items():
            if own in of:
                of[own].data = torch.from_numpy(params[f"{name}.{ours}"]).reshape(of[own].shape)
    x = torch.from_numpy(np.ascontiguousarray(np.moveaxis(X, 0, 1)))
    a = functional.relu(modules["stem.norm"](modules["stem"](x)))
    for block in blocks.values():
        a = block(a)
    logits = modules["z"](a.mean(dim=(2, 3)))
    J = functional.cross_entropy(logits, torch.from_numpy(Y.argmax(axis=0)))
    J.backward()
    trace = {"z": logits.detach().numpy().T, "J": J.detach().numpy()}
    for name, module in modules.items():
        for own, p in module.named_parameters():
            words = {"weight": "gamma" if "norm" in name else "W"}
            ours = words.get(own, "beta" if "norm" in name else "b")
            trace[f"d{name}.{ours}"] = p.grad.numpy().reshape(params[f"{name}.{ours}"].shape)
    report = check(trace, spec, params, X, Y)
    assert report.verdict == PASSED, str(report)
    wrong = {**trace, "dstage.1.0.projection.W": 2 * trace["dstage.1.0.projection.W"]}
    assert check(wrong, spec, params, X, Y).findings


@pytest.mark.parametrize("sizes", [{"n": 0}, {"widths": ()}, {"widths": 4}, {"n_y": 0}])
def test_sizes_that_do_not_fit_are_refused(sizes: Any) -> None:
    with pytest.raises(InputError):
        resnet(**sizes)
    assert torch_impl.Network(resnet(IMAGE, N_Y, 1, WIDTHS))
