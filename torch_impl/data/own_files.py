"""Data sets that are a person's own files: `--data NpzFile --data.path mine.npz`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, cast

from torch_impl.data import array_sources
from torch_impl.data.idx_files import pairs_in, read_idx
from torch_impl.data.image_files import Colours
from torch_impl.data.image_folders import image_folder, image_names
from torch_impl.data.in_memory import ArrayData
from torch_impl.data.named_arrays import ArrayNames
from torch_impl.data.rows import ArrayRows
from torch_impl.data.sources import Examples
from torch_impl.training_messages import input_error

__all__ = [
    "HDF5File",
    "IdxFiles",
    "ImageFolder",
    "MatFile",
    "NpzFile",
]


class ArrayFile(ArrayData):
    """A file of arrays by name. A subclass has the function that reads it.

    Args:
        path: of the file.
        x: the name of its examples; None looks for x or x_train, in capitals too.
        y: of their labels; None looks for the y that belongs to that x.
        x_test: of a test set; None looks for x_test beside x_train.
        y_test: of its labels; None looks for y_test.
        columns: examples are the last axis, as in the course: X (n_x, m), Y (n_y, m).
        weights: the name of the weights of the examples to train with, numbers from 0 up.
        kwargs: see `ArrayData`.
    """

    source: ClassVar[Callable[[str, ArrayNames], tuple[Examples, Examples | None]]]

    def __init__(
        self,
        path: str,
        x: str | None = None,
        y: str | None = None,
        x_test: str | None = None,
        y_test: str | None = None,
        columns: bool = False,
        weights: str | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.path, self.weights = path, weights
        self.names = ArrayNames(x, y, x_test, y_test, columns, weights)

    @property
    def title(self) -> str:
        """The file's path, by which the data set is named."""
        return self.path

    def load(self) -> tuple[Examples, Examples | None]:
        """Read the file."""
        names = replace(self.names, need_weights=self.trained is None)
        return type(self).source(self.path, names)


class NpzFile(ArrayFile):
    """Your own .npz file: x (m, …) and y (m,), or x_train, y_train, x_test, y_test.

    Labels are words, booleans or numbers; rows of several are several labels, or several targets of
    a regression. A file that is only to be predicted has none.
    """

    endings = (".npz",)
    source = staticmethod(array_sources.npz)


class MatFile(ArrayFile):
    """Your own .mat file of MATLAB or Octave, of any version: X (m, …) and y (m, 1) or (1, m).

    The exercises of the course Machine Learning are such files; their label 10, an image of a 0,
    stays 10.
    """

    endings = (".mat",)
    source = staticmethod(array_sources.mat)


class HDF5File(ArrayFile):
    """Your own HDF5 file, with arrays x (m, …) and y (m,) at its top level."""

    endings = (".h5", ".hdf5")
    source = staticmethod(array_sources.hdf5)


class IdxFiles(ArrayData):
    """MNIST, Fashion-MNIST or EMNIST as they are downloaded: IDX files, compressed or not.

    Args:
        folder: with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
            t10k-labels-idx1-ubyte, each perhaps with .gz; those for the test may be absent.
        images: instead of a folder, the file to train with, or to predict.
        labels: the file with its labels.
        test_images: the file to test with.
        test_labels: the file with its labels.
        kwargs: see `ArrayData`.
    """

    images = True
    endings, path_option = (".idx", ".idx3-ubyte", ""), "images"
    path_defaults, beside_path = ("--data.labels", "null"), " --data.labels FILE"

    def __init__(
        self,
        folder: str | None = None,
        images: str | None = None,
        labels: str | None = None,
        test_images: str | None = None,
        test_labels: str | None = None,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if folder is None and images is None:
            raise input_error("data.idx-which")
        self.folder = folder
        self.files = {"images": images, "labels": labels}
        self.test_files = {"images": test_images, "labels": test_labels}

    @property
    def title(self) -> str:
        """The folder, or the file of images."""
        return self.files["images"] or str(self.folder)

    def load(self) -> tuple[Examples, Examples | None]:
        """Read the files that are named; without images of a folder's, the files of the folder."""
        parts = {"train": self.files, "test": self.test_files}
        if self.files["images"] is None:
            parts = pairs_in(str(self.folder))
        arrays = {
            part: {what: read_idx(path) for what, path in files.items() if path is not None}
            for part, files in parts.items()
        }
        found = {
            part: Examples(of["images"], of.get("labels"))
            for part, of in arrays.items()
            if "images" in of
        }
        return found["train"], found.get("test")


class ImageFolder(ArrayData):
    """A folder of images with a folder for each class: photos/cat/1.jpg, photos/dog/2.jpg.

    Or photos/train/cat/1.jpg, …, and photos/test/cat/9.jpg, …. A folder of images alone can be
    predicted. A line of predictions begins with the file's path in the folder.

    Args:
        path: of the folder.
        size: [h, w], to which every image is resized; None where all have one size.
        colours: grey or rgb; auto takes grey where no image has colours, and those of its training
            for a trained network.
        kwargs: see `ArrayData`.
    """

    images = True

    def __init__(
        self,
        path: str,
        size: tuple[int, int] | None = None,
        colours: Colours = "auto",
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if size is not None and min(size) < 1:
            raise input_error("data.size", name="size", given=list(size), least=1)
        self.path, self.size = path, size
        self.colours: Colours = colours

    @property
    def title(self) -> str:
        """The folder's path."""
        return self.path

    def load(self) -> tuple[Examples, Examples | None]:
        """Read the images."""
        colours = self.colours
        if colours == "auto" and self.trained is not None:
            colours = "grey" if len(self.trained.spec.shape) == 2 else "rgb"
        return image_folder(Path(self.path), self.size, colours)

    def read(self) -> None:
        """Read the images, and note the files of the rows to predict."""
        super().read()
        train, test = image_names(Path(self.path))
        for part in {"test", "predict"} & self.rows.keys():
            names = test if part in {"predict", *self.own_parts} else train
            chosen = cast(ArrayRows, self.rows[part]).chosen
            every = names if chosen is None else [names[k] for k in chosen]
            self.row_names[part] = "file", every
