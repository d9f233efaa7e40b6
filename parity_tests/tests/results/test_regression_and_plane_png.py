"""The pictures of a regression, and of a network of two inputs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from ref_numpy import Array
from ref_numpy.data.data_spec import DataSpec, Task
from ref_numpy.data.preprocessing import Standardiser
from torch_impl.results.metrics import regression_metrics
from torch_impl.results.plane import GRID, Points, draw_plane
from torch_impl.results.regression import POINTS, draw_predictions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RNG = np.random.default_rng(0)
pytestmark = pytest.mark.filterwarnings("error")


def drawn(values: Array, targets: Array, path: Path) -> None:
    names = [f"y{j}" for j in range(targets.shape[1])]
    outputs = regression_metrics(values, targets, names, None)["outputs"]
    draw_predictions(values, targets, names, outputs, path)


def test_each_example_is_a_point_and_the_diagonal_is_there(
    tmp_path: Path, figures: list[Figure]
) -> None:
    targets, values = np.array([[1.0], [2], [4]]), np.array([[1.5], [2], [3]])
    drawn(values, targets, tmp_path / "regression.png")
    (axes,) = figures[0].axes
    points = axes.collections[0].get_offsets()
    np.testing.assert_array_equal(points, np.concatenate([targets, values], axis=1))
    (line,) = axes.lines
    assert list(line.get_xdata()) == list(line.get_ydata()) == list(axes.get_xlim())
    assert axes.get_xlim() == axes.get_ylim()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("true y0", "predicted y0")
    assert axes.get_title() == "R² = 0.7321"  # 1 − 1.25 / (14/3)
    assert figures[0].get_suptitle() == "3 examples of the test"
    with Image.open(tmp_path / "regression.png") as picture:
        assert picture.format == "PNG"
    assert [path.name for path in tmp_path.iterdir()] == ["regression.png"]


def test_the_number_of_an_output_is_no_name_of_an_axis(
    tmp_path: Path, figures: list[Figure]
) -> None:
    targets = np.arange(3.0)[:, np.newaxis]
    metrics = regression_metrics(targets, targets, ["0"], None)["outputs"]
    draw_predictions(targets, targets, ["0"], metrics, tmp_path / "one.png")
    (axes,) = figures[0].axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("true", "predicted")


@pytest.mark.slow
def test_of_many_outputs_and_examples_some_are_drawn(tmp_path: Path, figures: list[Figure]) -> None:
    """The four outputs with the lowest R², in order, of which the second is constant."""
    m = POINTS + 5
    targets = RNG.standard_normal((m, 6))
    targets[:, 1] = 7
    noise = np.array([0.9, 0, 0.1, 0.8, 0.2, 0.7])
    drawn(targets + noise * RNG.standard_normal((m, 6)), targets, tmp_path / "many.png")
    titles = [axes.get_title().partition(":")[0] for axes in figures[0].axes]
    assert titles == ["output y0", "output y1", "output y3", "output y5"]
    assert len(figures[0].axes[0].collections[0].get_offsets()) == POINTS
    title = figures[0].get_suptitle()
    assert title == f"{POINTS} of {m} examples; the 4 of 6 outputs with the lowest R²"


@pytest.mark.parametrize("y", [0.0, 5.0, 1e9])
def test_equal_targets_are_no_error(tmp_path: Path, figures: list[Figure], y: float) -> None:
    drawn(np.full((3, 1), y), np.full((3, 1), y), tmp_path / "one.png")
    assert figures[0].axes[0].get_title() == "all true values are equal"


TASKS: dict[Task, tuple[tuple[str, ...], int]] = {
    "binary": (("no", "$yes_"), 1), "classes": (("a", "b", "c"), 1), "multilabel": (("u", "v"), 2),
    "regression": (tuple("01234"), 4),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_the_plane_is_in_the_inputs_own_units(
    tmp_path: Path, figures: list[Figure], task: Task
) -> None:
    """Each point of the grid goes through the network once; examples are where they are."""
    names, panels = TASKS[task]
    x = np.array([1000.0, -5]) + RNG.standard_normal((30, 2)) * [10, 1e-3]
    spec = DataSpec((2,), task, names, Standardiser.of(x.T))
    y = RNG.integers(0, len(names), 30)
    if task in ("multilabel", "regression"):
        y = RNG.integers(0, 2, (30, len(names)))
    parts = {"test": Points(x[:10], y[:10]), "train": Points(x[10:], y[10:])}
    grids: list[Array] = []

    def outputs(grid: Array) -> Array:
        grids.append(grid)
        A = RNG.random((spec.n_y, len(grid)))
        return A / A.sum(axis=0) if task == "classes" else A

    draw_plane(parts, spec, outputs, tmp_path / "plane.png")
    (grid,) = grids
    assert grid.shape == (GRID * GRID, 2)
    assert (grid.min(axis=0) < x.min(axis=0)).all()
    assert (grid.max(axis=0) > x.max(axis=0)).all()
    shown = [axes for axes in figures[0].axes if axes.get_xlabel() == "x₁"]
    assert len(shown) == panels
    every = {tuple(row) for row in x.tolist()}
    for axes in shown:
        points = [c.get_offsets() for c in axes.collections if len(c.get_offsets()) > 0]
        here = {tuple(row) for of in points for row in np.asarray(of).tolist()}
        assert every <= here
    words = "examples of the test have a black edge; those of the training are small"
    more = "; the first 4 of 5 outputs" if task == "regression" else ""
    assert figures[0].get_suptitle() == words + more


@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 12, 30])
def test_constant_networks_and_inputs_are_no_error(
    tmp_path: Path, figures: list[Figure], k: int
) -> None:
    """Also one input that never changes, and more classes than have room in a legend."""
    names = tuple(f"a name that is long, {j}" for j in range(k))
    spec = DataSpec((2,), "binary" if k == 2 else "classes", names)
    x = np.stack([RNG.random(k), np.full(k, 3.0)], axis=1)
    parts = {"test": Points(x, np.arange(k))}
    draw_plane(parts, spec, lambda grid: np.zeros((spec.n_y, len(grid))), tmp_path / "p.png")
    assert (figures[0].axes[0].get_legend() is not None) == (k == 2)
    assert figures[0].get_suptitle() == "examples of the test have a black edge"
