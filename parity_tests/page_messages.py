"""The sentences about what a page or a picture is asked to show, by code."""

from __future__ import annotations

from ref_numpy.errors import Message

PAGE_MESSAGES: dict[str, Message] = {
    "page.data": "--data is {data!r}; expected random or one of {known}.",
    "page.data-sizes": (
        "{data} has {n_x} inputs and {n_classes} classes but the network is {network}; expected a "
        "network such as {n_x}-8-{n_y}, or --data random."
    ),
    "page.examples": "--examples is {examples}; expected at most {most}, which {data} has.",
    "page.file-name": "--out is {out}; expected a name that ends in .html.",
    "page.docstrings": (
        "the page shows the equations of docstrings, which python -OO leaves out; run it without "
        "-OO, and without PYTHONOPTIMIZE=2."
    ),
    "page.folder": "--out is {out} but {folder} is not a folder; make it first.",
    "page.rows": (
        "{data} has rows of numbers, which {network} does not take; leave --data out, or use "
        "--data random."
    ),
    "page.whole-labels": (
        "the labels of the loss {loss} are whole numbers, and the page shows a column of numbers "
        "for each; use parity check, or the loss cross_entropy with one-hot labels."
    ),
    "page.state": (
        "{candidate} has functions of the course, which know no running statistics, and the "
        "network has them ({network}); give a function run(spec, params, X, Y)."
    ),
    "report.file-name": "--html is {out}; expected a name that ends in .html.",
    "report.folder": "--html is {out} but {folder} is not a folder; make it first.",
    "picture.file-name": "--out is {out}; expected a name that ends in .svg.",
    "picture.missing": (
        "{path} is neither a file nor a folder; expected a file with the text of "
        "NetworkSpec.to_json, a weights.safetensors, or the folder of a run."
    ),
    "picture.unreadable": (
        "{path} cannot be read ({error}); expected the text of NetworkSpec.to_json, in UTF-8."
    ),
    "trace-file.page-options": (
        "{candidate} has its own examples and one set of parameters; leave {options} out."
    ),
    "page.too-large": (
        "{network} with {m} examples has {size:.1f} MB of numbers to show; expected at most "
        "{most:g}: give --network fewer units, or fewer --examples."
    ),
}
