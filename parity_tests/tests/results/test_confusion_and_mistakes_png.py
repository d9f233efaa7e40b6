"""The pictures of what a network got wrong, and the images behind them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from ref_numpy import Array, InputError
from torch_impl.data import CourseHDF5, Digits, NpzFile, TwoMoons, sources
from torch_impl.data.sources import Examples
from torch_impl.results.classification import draw_confusion, draw_mistakes, is_light

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RNG = np.random.default_rng(0)


def numbers(n: int) -> list[str]:
    """The names of classes that have none."""
    return list(map(str, range(n)))


def test_the_confusion_matrix_has_the_counts(tmp_path: Path, figures: list[Figure]) -> None:
    """A row is a true class; what never happened has no number."""
    labels, predictions = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 2, 1, 0, 2])
    draw_confusion(labels, predictions, numbers(4), tmp_path / "confusion.png")
    (axes,) = figures[0].axes
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["2", "", "1", "", "1", "1", "", "", "", "", "1", "", "", "", "", ""]
    assert axes.get_title() == "4 of 6 right (66.7%)"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0", "1", "2", "3"]
    assert [path.name for path in tmp_path.iterdir()] == ["confusion.png"]
    with Image.open(tmp_path / "confusion.png") as picture:
        assert picture.format == "PNG"


def test_a_count_is_legible_on_its_colour(tmp_path: Path, figures: list[Figure]) -> None:
    """Black on the lighter blues: where a grey of sRGB is 118 or more."""
    predictions = np.repeat([0, 1, 2, 3], [1, 9, 30, 60])
    draw_confusion(np.zeros(100, int), predictions, numbers(4), tmp_path / "confusion.png")
    (axes,) = figures[0].axes
    colours = [text.get_color() for text in axes.texts if text.get_text()]
    assert colours == ["black", "black", "white", "white"]
    assert [is_light([grey / 255] * 3) for grey in (0, 117, 118, 255)] == [False, False, True, True]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "counts", "ticks"), [(2, 4, 2), (20, 400, 20), (21, 0, 11), (100, 0, 20)]
)
def test_many_classes_have_colours_alone(
    tmp_path: Path, figures: list[Figure], n: int, counts: int, ticks: int
) -> None:
    """And a scale with their meaning."""
    draw_confusion(np.arange(n), np.arange(n), numbers(n), tmp_path / "confusion.png")
    axes, *scale = figures[0].axes
    assert len(axes.texts) == counts
    assert len(axes.get_xticks()) == len(axes.get_yticks()) == ticks
    assert [bar.get_ylabel() for bar in scale] == (["examples"] if not counts else [])


def mistakes(path: Path, images: Array | None, right: int = 2) -> bool:
    """Of 2 right and 3 wrong predictions."""
    labels, predictions = np.array([4, 1, 2, 3, 5]), np.array([4, 7, 8, 9, 5])
    predictions = labels if right == 5 else predictions
    probabilities = np.array([0.99, 0.5, 0.75, 0.25, 0.99])
    return draw_mistakes(images, labels, predictions, probabilities, numbers(10), path)


@pytest.mark.slow
def test_of_very_many_classes_those_with_most_mistakes_are_shown(
    tmp_path: Path, figures: list[Figure]
) -> None:
    """Of 100,000, whose whole matrix would take 80 GB: true 70,000 + k is taken k times for k."""
    labels = np.concatenate([np.full(k, 70_000 + k) for k in range(1, 30)])
    predictions = labels - 70_000
    right = np.arange(500)
    every = [np.concatenate([of, right]) for of in (labels, predictions)]
    draw_confusion(*every, numbers(100_000), tmp_path / "confusion.png")
    (axes,) = figures[0].axes
    assert axes.get_title() == (
        "500 of 935 right (53.5%)\nthe 20 of 100000 classes with most mistakes"
    )
    shown = [*range(20, 30), *range(70_020, 70_030)]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(map(str, shown))
    counts = np.zeros((20, 20), int)
    for k in range(10):
        counts[10 + k, k], counts[k, k] = 20 + k, 1
    assert [text.get_text() for text in axes.texts] == [str(n) if n else "" for n in counts.flat]


@pytest.mark.slow
def test_names_are_any_text(tmp_path: Path, figures: list[Figure]) -> None:
    """No formula, no line break, and letters that the font has not: neither error nor warning."""
    names = ["$x_", "a\nb", "猫", "a name that is far too long"]
    said = [r"\$x_", "a·b", "猫", "a name that…"]
    labels = np.arange(4)
    draw_confusion(labels, labels[::-1], names, tmp_path / "confusion.png")
    assert [label.get_text() for label in figures[0].axes[0].get_yticklabels()] == said
    images = np.ones((4, 2, 2))
    draw_mistakes(images, labels, labels[::-1], np.ones(4), names, tmp_path / "mistakes.png")
    titles = [" ".join(axes.get_title().split()) for axes in figures[1].axes]
    pairs = zip(said, said[::-1], strict=True)
    assert titles[:4] == [f"{true} → {taken_for} (100%)" for true, taken_for in pairs]


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 3)], ids=["grey", "colour"])
def test_the_most_confident_mistake_is_first(
    tmp_path: Path, figures: list[Figure], shape: tuple[int, ...]
) -> None:
    images = RNG.integers(0, 256, (5, *shape))
    images[0].flat[:2] = 0, 255
    assert mistakes(tmp_path / "mistakes.png", images)
    (figure,) = figures
    assert figure.get_suptitle() == "3 mistakes among 5: true → predicted"
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["2 → 8  (75%)", "1 → 7  (50%)", "3 → 9  (25%)"]
    for axes, i in zip(figure.axes, (2, 1, 3), strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), images[i] / 255)
        assert axes.images[0].get_clim() == (0, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["mistakes.png"]


@pytest.mark.slow
def test_at_most_25_mistakes_are_shown(tmp_path: Path, figures: list[Figure]) -> None:
    m = 30
    probabilities = np.linspace(0.5, 1, m)
    labels, images = np.zeros(m, int), np.zeros((m, 2, 2))
    assert draw_mistakes(
        images, labels, labels + 1, probabilities, numbers(2), tmp_path / "many.png"
    )
    (figure,) = figures
    assert figure.get_suptitle() == "The 25 most confident of 30 mistakes among 30"
    assert [len(axes.images) for axes in figure.axes] == [1] * 25
    assert figure.axes[0].get_title() == "0 → 1  (100%)"


@pytest.mark.slow
def test_one_mistake_is_a_picture_and_six_are_six(tmp_path: Path, figures: list[Figure]) -> None:
    for m in (1, 6):
        labels = np.zeros(m, int)
        draw_mistakes(
            np.ones((m, 8, 8)), labels, labels + 1, np.ones(m), numbers(2), tmp_path / "few.png"
        )
    assert figures[0].get_suptitle() == "1 mistake among 1: true → predicted"
    assert [len(axes.images) for axes in figures[1].axes] == [1] * 6 + [0] * 4


def test_where_there_is_nothing_to_see_nothing_is_written(tmp_path: Path) -> None:
    assert not mistakes(tmp_path / "mistakes.png", None)
    assert not mistakes(tmp_path / "mistakes.png", np.ones((5, 2, 2)), right=5)
    assert list(tmp_path.iterdir()) == []


def test_the_digits_are_shown_as_they_came() -> None:
    """Whole numbers 0 … 16, whatever μ and σ made of them."""
    data = Digits()
    pictures = data.pictures("test")
    assert pictures is not None
    assert (data.image_shape, pictures.shape) == ((8, 8), (360, 8, 8))
    every = {image.tobytes() for image in sources.digits().x}
    assert {image.tobytes() for image in pictures} <= every
    raw = Digits(standardise="none").pictures("test")
    np.testing.assert_array_equal(raw, pictures)
    train = data.pictures("train")  # of which only the standardised ones are kept
    assert train is not None
    assert {(np.rint(image) + 0).tobytes() for image in train} <= every  # −0 + 0 is 0


SHAPES = [
    ((6, 4, 3), None, (4, 3), (6, 4, 3)),
    ((6, 4, 3, 1), None, (4, 3, 1), (6, 4, 3)),
    ((6, 4, 5, 3), None, (4, 5, 3), (6, 4, 5, 3)),
    ((6, 3, 4, 5), None, (3, 4, 5), (6, 4, 5, 3)),
    ((6, 60), [4, 5, 3], (4, 5, 3), (6, 4, 5, 3)),
    ((6, 60), [3, 4, 5], (3, 4, 5), (6, 4, 5, 3)),
    ((6, 60), [1, 6, 10], (1, 6, 10), (6, 6, 10)),
    ((6, 60), [6, 10], (6, 10), (6, 6, 10)),
    ((6, 60), None, None, None),
    ((6, 4, 5, 2), None, None, None),
]


@pytest.mark.parametrize(("x", "given", "shape", "seen"), SHAPES)
def test_an_image_has_the_shape_of_one_or_an_image_shape(
    tmp_path: Path, x: tuple, given: list[int] | None, shape: tuple | None, seen: tuple | None
) -> None:
    pixels = RNG.integers(0, 256, x)
    np.savez(tmp_path / "mine.npz", x_train=pixels, y_train=np.arange(6) % 2, x_test=pixels,
             y_test=np.arange(6) % 2)  # fmt: skip
    data = NpzFile(str(tmp_path / "mine.npz"), image_shape=given, val_fraction=0.4)
    pictures = data.pictures("test")
    assert data.image_shape == shape
    assert (None if pictures is None else pictures.shape) == seen
    assert data.standardise == ("features" if given is None else "all")
    if given == [3, 4, 5] and pictures is not None:
        np.testing.assert_array_equal(
            np.rint(pictures), np.moveaxis(pixels.reshape(6, 3, 4, 5), 1, -1)
        )


@pytest.mark.parametrize("shape", [[8, 9], [64], [2, 2, 16], [-8, -8], [64, 1, 1, 1]])
def test_a_shape_that_an_example_cannot_have_is_refused(
    monkeypatch: pytest.MonkeyPatch, shape: list[int]
) -> None:
    rows = Examples(RNG.random((20, 64)), np.arange(20) % 2)
    monkeypatch.setattr(sources, "digits", lambda: rows)
    with pytest.raises(InputError) as caught:
        Digits(image_shape=shape).setup("fit")
    assert str(caught.value) == (
        f"image_shape is {shape} and an example has 64 numbers; expected [h, w], [h, w, c] or "
        "[c, h, w] whose product is 64, with 1 or 3 channels c."
    )


def test_what_is_no_image_has_no_picture() -> None:
    assert TwoMoons().pictures("test") is None
    assert CourseHDF5("x.h5").image_shape is None  # before it is read
