"""The picture of a training's costs."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from torch_impl.results.cost_curve import draw_costs, write_png

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COSTS = {"train": [2.0, 1.0, 0.5], "val": [3.0, 2.5, 2.25]}


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """drawn(costs): the figure that `draw_costs` saved, after a look at the file."""
    from matplotlib.figure import Figure

    def draw(costs: dict[str, list[float]], *more: Any) -> Figure:
        figures: list[Figure] = []
        save = Figure.savefig

        def keep(figure: Figure, path: Path, **options: Any) -> None:
            figures.append(figure)
            assert path.name == ".cost.png.partial"  # hidden until it is whole
            save(figure, path, **options)

        monkeypatch.setattr(Figure, "savefig", keep)
        draw_costs(costs, tmp_path / "cost.png", *more)
        assert [path.name for path in tmp_path.iterdir()] == ["cost.png"]
        with Image.open(tmp_path / "cost.png") as picture:
            assert picture.format == "PNG"
        (figure,) = figures
        return figure

    return draw


@pytest.mark.slow
def test_the_picture_shows_both_costs_of_every_epoch(drawn) -> None:
    from matplotlib.colors import to_rgb

    (axes,) = drawn(COSTS).axes
    lines = [line for line in axes.lines if len(line.get_xdata())]
    assert [list(line.get_xdata()) for line in lines] == [[1, 2, 3], [1, 2, 3]]
    assert [list(line.get_ydata()) for line in lines] == list(COSTS.values())
    colours = [to_rgb(line.get_color()) for line in lines]
    assert colours[0] != colours[1]
    legend = axes.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["training", "validation"]
    assert [to_rgb(line.get_color()) for line in legend.get_lines()] == colours


@pytest.mark.slow
def test_its_axes_are_named_and_the_cost_is_logarithmic(drawn) -> None:
    figure = drawn(COSTS)
    (axes,) = figure.axes
    assert (axes.get_title(), axes.get_xlabel()) == ("Cost by epoch", "epoch")
    assert (axes.get_ylabel(), axes.get_yscale()) == ("cost (1/m) Σ L", "log")
    assert all(tick == round(tick) for tick in axes.get_xticks())


@pytest.mark.slow
def test_a_cost_is_written_without_a_power_of_ten(drawn) -> None:
    (axes,) = drawn({"train": [0.68, 0.672], "val": [0.717, 0.7025]}).axes
    axes.figure.canvas.draw()
    (low, high), labels = axes.get_ylim(), axes.get_yticklabels(which="both")
    seen = {label.get_text() for label in labels if low <= label.get_position()[1] <= high}
    assert seen == {"0.67", "0.68", "0.69", "0.7", "0.71"}


def test_a_single_epoch_is_visible(drawn) -> None:
    """A line through one point has no length: the point is drawn."""
    (axes,) = drawn({"train": [1.0], "val": [2.0]}).axes
    lines = [line for line in axes.lines if len(line.get_xdata())]
    assert len(lines) == 2
    assert all(line.get_marker() not in ("", "None") for line in lines)
    assert [tick for tick in axes.get_xticks() if tick != round(tick)] == []


@pytest.mark.slow
def test_the_accuracy_is_beside_the_cost_and_the_chosen_epoch_marked(drawn) -> None:
    accuracies = {"train": [0.5, 0.75, 1.0], "val": [0.25, 0.5, math.nan]}
    costs, right = drawn(COSTS, accuracies, 1).axes
    assert (right.get_title(), right.get_ylabel()) == ("Accuracy by epoch", "accuracy")
    for axes, curves in ((costs, COSTS), (right, accuracies)):
        *lines, chosen = (line for line in axes.lines if len(line.get_xdata()))
        assert list(chosen.get_xdata()) == [2, 2]
        assert [list(line.get_ydata()) for line in lines] == [
            [value for value in of if not math.isnan(value)] for of in curves.values()
        ]
    assert "epoch 2, chosen" in [text.get_text() for text in costs.get_legend().get_texts()]


@pytest.mark.slow
def test_real_outputs_have_no_accuracy(drawn) -> None:
    nothing = {part: [math.nan] * 3 for part in COSTS}
    (axes,) = drawn(COSTS, nothing, 2).axes
    assert axes.get_title() == "Cost by epoch"


def test_a_cost_that_is_no_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="test"):
        draw_costs({**COSTS, "test": [1.0]}, tmp_path / "cost.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_epoch_without_a_validation_is_no_gap(drawn) -> None:
    (axes,) = drawn({"train": [3.0, 2.0, 1.0], "val": [math.nan, 2.5, math.nan]}).axes
    _, validation = (line for line in axes.lines if len(line.get_xdata()))
    assert (list(validation.get_xdata()), list(validation.get_ydata())) == ([2], [2.5])


def test_letters_that_the_font_lacks_are_no_warning_and_all_else_is(tmp_path: Path) -> None:
    """Of this picture alone: what others are warned of is as before."""
    from matplotlib.figure import Figure

    figure, before = Figure(), list(warnings.filters)
    figure.suptitle("\U0001f700")  # an alchemist's quintessence
    write_png(figure, tmp_path / "it.png")
    assert warnings.filters == before
    figure.savefig = lambda *a, **b: warnings.warn("of another kind", stacklevel=1)
    with pytest.raises(UserWarning, match="of another kind"):
        write_png(figure, tmp_path / "it.png")
