"""A network's mistakes, as pictures: which class was taken for which, and the images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ref_numpy.data.labels import shortened
from ref_numpy.layer import Array
from torch_impl.results.cost_curve import write_png

COUNTED = 20  # classes: a matrix of more has no room for numbers
COLOURED = 100  # classes: of more, a row is thinner than a line
SHOWN, ACROSS = 25, 5  # images
LETTERS = 12  # of a class's name


def draw_confusion(labels: Array, predictions: Array, names: Sequence[str], path: Path) -> None:
    """Draw a row for each true class and a column for each predicted one, as a PNG.

    Of more classes than there is room for, those with most mistakes are drawn.

    Args:
        labels: (m,) numbers of the true classes.
        predictions: (m,) numbers of the predicted ones.
        names: of the classes.
        path: of the file.
    """
    from matplotlib.colors import PowerNorm
    from matplotlib.figure import Figure
    from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

    shown = shown_classes(labels, predictions, len(names))
    n, here = len(shown), np.isin(labels, shown) & np.isin(predictions, shown)
    if here.any():
        counts = confusion_matrix(labels[here], predictions[here], labels=shown)
    else:
        counts = np.zeros((n, n), int)
    readable = n <= COUNTED
    side = 3 + 0.32 * min(max(n, 3), COUNTED)
    figure = Figure(figsize=(side, side), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    labels_shown = [short_label(names[int(k)]) for k in shown]
    drawn = ConfusionMatrixDisplay(counts, display_labels=labels_shown).plot(
        ax=axes,
        cmap="Blues",
        include_values=readable,
        colorbar=False,
        xticks_rotation="vertical" if max(map(len, labels_shown)) > 3 else "horizontal",
        # One mistake among a thousand right answers is still to be seen.
        im_kw={"norm": PowerNorm(0.3, vmin=0, vmax=max(counts.max(), 1))},
        text_kw={"fontsize": 9},
    )
    if readable:
        for text, count in zip(axes.texts, counts.flat, strict=True):
            text.set_text(str(count) if count else "")
            *colour, _ = drawn.im_.to_rgba(count)
            text.set_color("black" if is_light(colour) else "white")
    else:
        every = range(0, n, -(-n // COUNTED))
        ticked = [labels_shown[k] for k in every]
        axes.set(xticks=every, yticks=every, xticklabels=ticked, yticklabels=ticked)
        figure.colorbar(drawn.im_, ax=axes, shrink=0.8, label="examples").outline.set_visible(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    right, m = int(np.sum(labels == predictions)), len(labels)
    title = f"{right} of {m} right ({right / m:.1%})"
    if n < len(names):
        title += f"\nthe {n} of {len(names)} classes with most mistakes"
    axes.set(xlabel="predicted", ylabel="true")
    axes.set_title(title, fontsize=None if n == len(names) else 10)
    write_png(figure, path)


def is_light(colour: Sequence[float]) -> bool:
    """Return whether black is seen better than white on a colour (red, green, blue) of sRGB.

    By the contrast of the Web Content Accessibility Guidelines 2.2, (Y₁ + 0.05)/(Y₂ + 0.05).
    """
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in colour]
    Y = float(np.dot([0.2126, 0.7152, 0.0722], linear))
    return (Y + 0.05) ** 2 > 1.05 * 0.05


def shown_classes(labels: Array, predictions: Array, n_classes: int) -> Array:
    """Return the numbers of all classes, or of the COUNTED with most mistakes, in order."""
    if n_classes <= COLOURED:
        return np.arange(n_classes)
    wrong = labels != predictions
    mistakes = sum(np.bincount(of[wrong], minlength=n_classes) for of in (labels, predictions))
    return np.sort(np.argsort(-mistakes, kind="stable")[:COUNTED])


def short_label(name: str) -> str:
    """Return a name that fits beside a row, and that matplotlib does not read as a formula."""
    return shortened(name, LETTERS).replace("$", r"\$")


def draw_mistakes(
    images: Array | None,
    labels: Array,
    predictions: Array,
    probabilities: Array,
    names: Sequence[str],
    path: Path,
    form: str = ".0%",
) -> bool:
    """Draw the images that were taken for another class, the most confident mistake first.

    Args:
        images: (m, h, w) or (m, h, w, 3); None where the data are none.
        labels: (m,) numbers of the true classes.
        predictions: (m,) numbers of the predicted ones.
        probabilities: (m,), each of the predicted class.
        names: of the classes.
        path: of the file.
        form: in which a probability, or a score, is printed.

    Returns:
        Whether there was anything to draw; if not, no file is written.
    """
    from matplotlib.figure import Figure

    wrong = np.flatnonzero(labels != predictions)
    if images is None or not len(wrong):
        return False
    chosen = wrong[np.argsort(-probabilities[wrong], kind="stable")][:SHOWN]
    columns = min(ACROSS, len(chosen))
    rows = -(-len(chosen) // columns)
    # A single mistake still has room for its title.
    figure = Figure(figsize=(max(1.5 * columns, 3), 1.75 * rows + 0.5), dpi=150)
    figure.set_layout_engine("constrained")
    low, high = images.min(), images.max()
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, i in zip(grid, chosen, strict=False):
        pixels = np.clip((images[i] - low) / (high - low or 1), 0, 1)
        axes.imshow(pixels, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        true, taken_for = (short_label(names[int(of[i])]) for of in (labels, predictions))
        apart = "\n" if len(true) + len(taken_for) > LETTERS else " "
        labels_shown = f"{true} →{apart}{taken_for}  ({probabilities[i]:{form}})"
        axes.set_title(labels_shown, fontsize=9)
    figure.suptitle(headline(len(chosen), len(wrong), len(labels)), fontsize=11)
    write_png(figure, path)
    return True


def headline(shown: int, wrong: int, m: int) -> str:
    """Return the title over the images."""
    if shown < wrong:
        return f"The {shown} most confident of {wrong} mistakes among {m}"
    mistakes = "1 mistake" if wrong == 1 else f"{wrong} mistakes"
    return f"{mistakes} among {m}: true → predicted"
