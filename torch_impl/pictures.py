"""What a network got wrong, as pictures: which class was taken for which, and the images."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ref_numpy.layer import Array
from torch_impl.results import write_png

COUNTED = 20  # classes: a matrix of more has no room for numbers
SHOWN, ACROSS = 25, 5  # images


def predicted(A: Array) -> tuple[Array, Array]:
    """The class that each row of A (m, n_y) stands for, and its probability: (m,) each.

    A single output is the probability of class 1, as a sigmoid gives it.
    """
    if A.shape[1] == 1:
        A = np.hstack([1 - A, A])
    return A.argmax(axis=1), A.max(axis=1)


def draw_confusion(labels: Array, predictions: Array, n_classes: int, path: Path) -> None:
    """A row for each true class and a column for each predicted one, as a PNG.

    labels, predictions: (m,) classes 0 … n_classes − 1. Of none there is no number.
    """
    from matplotlib.colors import PowerNorm
    from matplotlib.figure import Figure
    from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

    counts = confusion_matrix(labels, predictions, labels=range(n_classes))
    readable = n_classes <= COUNTED
    side = 3 + 0.32 * min(max(n_classes, 3), COUNTED)
    figure = Figure(figsize=(side, side), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    shown = ConfusionMatrixDisplay(counts).plot(
        ax=axes,
        cmap="Blues",
        include_values=readable,
        colorbar=False,
        # One mistake among a thousand right answers is still to be seen.
        im_kw={"norm": PowerNorm(0.3, vmin=0, vmax=max(counts.max(), 1))},
        text_kw={"fontsize": 9},
    )
    if readable:
        for text, count in zip(axes.texts, counts.flat, strict=True):
            text.set_text(str(count) if count else "")
    else:
        every = range(0, n_classes, -(-n_classes // COUNTED))
        axes.set(xticks=every, yticks=every, xticklabels=every, yticklabels=every)
        figure.colorbar(shown.im_, ax=axes, shrink=0.8, label="examples").outline.set_visible(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    right, m = int(np.trace(counts)), int(counts.sum())
    axes.set(xlabel="predicted", ylabel="true", title=f"{right} of {m} right ({right / m:.1%})")
    write_png(figure, path)


def draw_mistakes(
    images: Array | None, labels: Array, predictions: Array, probabilities: Array, path: Path
) -> bool:
    """The images that were taken for another class, the most confident mistake first, as a PNG.

    images: (m, h, w) or (m, h, w, 3), or None where the data are none.   labels, predictions: (m,)
    probabilities: (m,), each of what was predicted.
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
        said = f"{labels[i]} → {predictions[i]}  ({probabilities[i]:.0%})"
        axes.set_title(said, fontsize=9)
    figure.suptitle(headline(len(chosen), len(wrong), len(labels)), fontsize=11)
    write_png(figure, path)
    return True


def headline(shown: int, wrong: int, m: int) -> str:
    if shown < wrong:
        return f"The {shown} most confident of {wrong} mistakes among {m}"
    mistakes = "1 mistake" if wrong == 1 else f"{wrong} mistakes"
    return f"{mistakes} among {m}: true → predicted"
