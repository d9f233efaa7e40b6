"""One training done twice: right ones agree, a planted mistake is seen at its first step."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning as L
import numpy as np
import pytest
import torch

from parity_tests.tests.support.tiny_training import moons, network
from parity_tests.training.lockstep import Lockstep, compare
from parity_tests.training.lockstep_report import draw_both, show
from ref_numpy import InputError
from torch_impl import conventions, torch_costs
from torch_impl.data import NpzFile
from torch_impl.lightning.module import NetworkModule
from torch_impl.torch_optimisers import AVERAGES


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("optimiser", ["gradient_descent", "momentum", "rmsprop", "adam"])
def test_torch_and_numpy_agree(optimiser: str, precision: str) -> None:
    """Every step alone, and together for at least the first five."""
    module = network(optimiser=optimiser, learning_rate=0.01, weight_decay=0.01, lambd=0.3)
    before = conventions.get_params(module.network)
    result = compare(module, moons(), 2, precision)
    assert result.agrees
    assert [j.step for j in result.checked] == [m.step for m in result.states] == list(range(1, 11))
    assert sum(j.unbounded for j in result.checked) == 0
    assert len(result.bounded) >= 5
    assert result.bounded == result.states[: len(result.bounded)]
    assert all(m.bound < m.displacement for m in result.bounded if m.bound is not None)
    u = {"float32": 2.0**-24, "float64": 2.0**-53}[precision]
    assert min(*result.states[0].digits) >= -math.log10(10 * u)  # all but the last
    for name, theta in conventions.get_params(module.network).items():
        np.testing.assert_array_equal(theta, before[name])


@pytest.mark.slow
def test_batches_per_step_changes_no_batch_and_no_score() -> None:
    one, three = (
        compare(network(batches_per_step=n), moons(batches_per_step=n), 2, "float64")
        for n in (1, 3)
    )
    assert one == three
    assert one.test["torch"].m == one.test["NumPy"].m == 20
    assert one.test["torch"].right == one.test["NumPy"].right
    assert [len(costs) for side in one.costs.values() for costs in side.values()] == [2] * 4


def test_every_third_step_is_checked() -> None:
    result = compare(network(), moons(), 2, every=3)
    assert [j.step for j in result.checked] == [1, 4, 7, 10]
    assert len(result.states) == 10


class Planted(NetworkModule):
    """Its optimiser is not that of its description: `planted` gives it."""

    planted: Any = None

    def configure_optimizers(self):
        return type(self).planted(self.parameters())


SGD, ADAM = torch.optim.SGD, torch.optim.Adam
WRONG = [
    ("gradient_descent", lambda p: SGD(p, lr=0.01 * (1 + 2**-10)), 1, "W1 after the update"),
    ("gradient_descent", lambda p: SGD(p, lr=0.01, maximize=True), 1, "W1 after the update"),
    ("gradient_descent", lambda p: SGD(p, lr=math.nan), 1, "W1 after the update"),
    ("momentum", lambda p: SGD(p, lr=0.01, momentum=0.8), 2, "momentum_buffer of W1"),
    ("momentum", lambda p: SGD(p, lr=0.01, momentum=0.9, nesterov=True), 1, "W1 after the update"),
    ("adam", lambda p: ADAM(p, lr=0.01, betas=(0.9, 0.99)), 1, "exp_avg_sq of W1"),
    ("adam", lambda p: ADAM(p, lr=0.01, weight_decay=0.5), 1, "exp_avg of W1"),
    ("adam", lambda p: torch.optim.Adagrad(p, lr=0.01), 1, "exp_avg of W1"),
]


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(("optimiser", "planted", "step", "tensor"), WRONG)
def test_a_wrong_optimiser_is_seen_at_its_first_step(
    monkeypatch, capsys, optimiser: str, planted: Any, step: int, tensor: str, precision: str
) -> None:
    monkeypatch.setattr(Planted, "planted", staticmethod(planted))
    L.seed_everything(3, verbose=False)
    module = Planted(2, 1, "sigmoid", [4], "tanh", optimiser=optimiser, learning_rate=0.01)
    result = compare(module, moons(), 1, precision)
    assert result.wrong is not None
    assert result.outside is not None
    assert (result.wrong.step, result.wrong.tensor) == (step, tensor)
    assert result.outside.step <= 2  # Adam's first step is α sign(dθ), whatever β₁ and β₂ are
    assert show(result) == 1
    printed = capsys.readouterr().out
    assert f"the first is step {step}, whose {tensor} has an error ratio of " in printed
    assert (
        f"after step {result.outside.step} torch is outside the accumulated error bound" in printed
    )


def test_a_wrong_gradient_is_seen_before_the_update(monkeypatch: pytest.MonkeyPatch) -> None:
    """J twice as large: the first tensor of the step that is wrong, not what follows from it."""
    cost = torch_costs.cost
    monkeypatch.setattr(torch_costs, "cost", lambda *given: 2 * cost(*given))
    assert (wrong := compare(network(), moons(), 1).wrong) is not None
    assert (wrong.step, wrong.tensor) == (1, "J")


def test_torchs_averages_are_zeros_before_the_first_update() -> None:
    module = network(optimiser="adam")
    optimizer: Any = module.configure_optimizers()
    kinds = AVERAGES[type(module.optimiser)]
    params = conventions.get_params(module.network)
    averages = conventions.get_averages(module.network, optimizer, kinds)
    for name, both in averages.items():
        assert [x.shape for x in both] == [params[name].shape] * 2
        assert not np.any(both)
    assert not optimizer.state  # and asking leaves none
    module(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    (v, s), dW = conventions.get_averages(module.network, optimizer, kinds)["W1"], {}
    dW = conventions.get_gradients(module.network)["dW1"]
    np.testing.assert_array_equal(np.sign(v), np.sign(dW))
    assert np.all(s[dW != 0] > 0)


@pytest.fixture(scope="module")
def both() -> Lockstep:
    return compare(network(learning_rate=0.01), moons(), 25)


@pytest.mark.slow
def test_the_comparison_is_a_dozen_lines(
    both: Lockstep, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show(both) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 12
    head = "2-4-1 (tanh, sigmoid), binary_cross_entropy; Adam, torch at float32: 125 steps"
    assert lines[0].strip() == head
    assert lines[1].startswith("each step        ✓ all 125 are within their error bounds")
    assert lines[2].startswith("side by side     ✓ torch is within the accumulated error bound")
    assert [line.split()[0] for line in lines[4:8]] == ["1", "10", "100", "125"]
    names = [line.split()[:2] for line in lines[-2:]]
    assert names == [["torch", "float32"], ["NumPy", "float64"]]
    for line, side in zip(lines[-2:], ("torch", "NumPy"), strict=True):
        assert line.split()[-4:] == [
            f"{both.costs[side]['train'][-1]:.6f}",
            f"{both.costs[side]['val'][-1]:.6f}",
            f"{both.test[side].cost:.6f}",
            f"{both.test[side].accuracy:.2%}",
        ]


@pytest.mark.slow
def test_many_steps_are_a_dozen_lines_too_and_a_bound_may_say_nothing(
    both: Lockstep, capsys: pytest.CaptureFixture[str]
) -> None:
    states = [replace(both.states[0], step=i + 1, bound=None) for i in range(20000)]
    assert show(replace(both, states=states)) == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 12
    assert "– the accumulated error bound is larger than the change by training" in printed
    assert " none " in printed


@pytest.mark.slow
def test_the_picture_has_both_curves_and_the_bound(
    both: Lockstep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    kept: list[Figure] = []
    save = Figure.savefig
    monkeypatch.setattr(Figure, "savefig", lambda f, *a, **o: (kept.append(f), save(f, *a, **o)))
    draw_both(both, tmp_path / "both.png")
    costs, apart = kept[0].axes
    drawn = {line.get_label(): list(line.get_ydata()) for line in costs.lines}
    for part, name in (("train", "training"), ("val", "validation")):
        for side in ("torch", "NumPy"):
            assert drawn[f"{name}, {side}"] == both.costs[side][part]
    moved, bound, far = (list(line.get_ydata()) for line in apart.lines)
    assert moved == [m.displacement for m in both.states]
    assert bound == [m.bound for m in both.bounded]
    assert far == [m.distance for m in both.states]
    assert (costs.get_yscale(), apart.get_yscale()) == ("log", "log")
    for axes in (costs, apart):  # every name can be read
        names = axes.get_legend().get_window_extent()
        assert kept[0].bbox.x0 <= names.x0 < names.x1 <= kept[0].bbox.x1
    assert [path.name for path in tmp_path.iterdir()] == ["both.png"]


def test_real_outputs_have_no_accuracy(tmp_path: Path, capsys) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "line.npz", x=rng.standard_normal((60, 3)), y=rng.standard_normal((60, 2)))
    data = NpzFile(str(tmp_path / "line.npz"))
    module = NetworkModule(data.n_x, data.n_y, data.output, hidden_units=[3])
    result = compare(module, data, 2)
    assert result.agrees
    assert show(result) == 0
    assert "%" not in capsys.readouterr().out


def test_options_of_compare_that_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for options in ({"precision": "tf32"}, {"every": 0}):
        with pytest.raises(InputError, match="expected one of float32, float64, and a whole"):
            compare(network(), moons(), 1, **options)
    with pytest.raises(InputError, match="epochs is 0; expected"):
        compare(network(), moons(), 0)
    monkeypatch.setattr(Planted, "planted", staticmethod(lambda p: ([SGD(p, 0.1)], [])))
    with pytest.raises(
        InputError, match="configure_optimizers gives a tuple; a comparison expects"
    ):
        compare(Planted(2, 1, "sigmoid"), moons(), 1)
    module = NetworkModule(2, 1, "sigmoid", [4], learning_rate=1e300)
    with pytest.raises(InputError, match="the cost became"):
        compare(module, moons(), 2, "float64")
