"""Weights of classes and of examples, by which their losses count in the cost of a training.

w(i) = c[class of i] v(i) / mean:   c is of the classes, v of the examples, each 1 where it is not
given, and the mean is that over the training part, in which the mean of w is then 1. Training and
validation have weights, with the same c and the same mean; a test has none.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.data.labels import shortened
from ref_numpy.layer import Array
from torch_impl.data.trained_on import fingerprint
from torch_impl.training_messages import input_error

if TYPE_CHECKING:
    from torch_impl.data.rows import Rows

# A label that YAML reads as something else, such as no, is that in the mapping.
ClassWeights = Literal["balanced"] | dict[Any, float]

# The names of both in the first lines of a run, and in the record of a training's data.
OF_CLASSES, OF_EXAMPLES = "class weights", "example weights"
SHOWN = 10  # classes in the first lines of a run


@dataclass(frozen=True)
class Weights:
    """The weights of a training and of its validation.

    Attributes:
        parts: w (m,) float64 of each part that has weights.
        classes: c / mean of each class by its name; None where classes have none.
        record: of what was given, for the record of a training's data.
    """

    parts: Mapping[str, Array]
    classes: Mapping[str, float] | None = None
    record: Mapping[str, Any] = field(default_factory=dict)

    @property
    def notes(self) -> dict[str, str]:
        """Lines for a person, by their names."""
        lines = {}
        if self.classes is not None:
            shown = [f"{shortened(name)} {c:.4g}" for name, c in [*self.classes.items()][:SHOWN]]
            more = ", …" if len(self.classes) > SHOWN else ""
            lines[OF_CLASSES] = ", ".join(shown) + more
        if OF_EXAMPLES in self.record:
            w = self.parts["train"]
            lines[OF_EXAMPLES] = f"{w.min():.4g} to {w.max():.4g}, with the mean 1"
        return lines


NONE = Weights({})


def weights_of_parts(
    spec: DataSpec,
    rows: Mapping[str, Rows],
    of_classes: ClassWeights | None,
    of_examples: Array | None,
    name: str = "w",
) -> Weights:
    """Return the weights of the parts train and val.

    Args:
        spec: the meaning of the labels.
        rows: of each part; where examples have weights, `chosen` are their numbers.
        of_classes: as a person gave them; None where there are none.
        of_examples: v (m,) of all rows of the source; None where there are none.
        name: of these in the source.

    Raises:
        InputError: the classes are others, or there are none; or the weights of the training part
            are all 0.
    """
    if of_classes is None and of_examples is None:
        return NONE
    every: Mapping[str, Any] = {part: rows[part] for part in ("train", "val")}
    parts, record = {part: np.ones(len(of)) for part, of in every.items()}, {}
    if of_examples is not None:
        parts = {part: of_examples[of.chosen] for part, of in every.items()}
        record[OF_EXAMPLES] = f"{name} (content {fingerprint([*parts.values()])[:8]})"
    c: Array | None = None
    if of_classes is not None:
        classes = {part: classes_of(spec, of) for part, of in every.items()}
        c, record[OF_CLASSES] = class_weights(spec, of_classes, classes["train"])
        parts = {part: v * c[classes[part]] for part, v in parts.items()}
    mean = parts["train"].mean()
    if not mean:
        raise input_error("weights.all-zero", m=len(parts["train"]))
    by_name = None if c is None else dict(zip(spec.names, (c / mean).tolist(), strict=True))
    return Weights({part: w / mean for part, w in parts.items()}, by_name, record)


def classes_of(spec: DataSpec, rows: Rows) -> Array:
    """Return the class of every row, (m,).

    Raises:
        InputError: the labels are no classes.
    """
    if spec.task not in ("binary", "classes"):
        raise input_error("weights.task", task=spec.summary)
    return np.concatenate([spec.class_numbers(y) for y in rows.labels()])


def class_weights(
    spec: DataSpec, given: ClassWeights, classes: Array
) -> tuple[Array, ClassWeights]:
    """Return c of each class: m / (k m_c) where it is balanced, else the number that is given.

    Args:
        spec: with the names of the k classes.
        given: as a person gave them.
        classes: of the m examples of the training part, of which m_c are of the class c.

    Returns:
        (k,) float64, and what was given, by the classes' own names.

    Raises:
        InputError: a class has no example to train on, or a name or number is missing or wrong.
    """
    k = len(spec.names)
    if given == "balanced":
        counts = np.bincount(classes, minlength=k)
        if not counts.all():
            raise input_error("weights.no-examples", name=spec.names[int(np.argmin(counts))])
        return len(classes) / (k * counts), given
    by_name = weights_by_name(spec, given)
    return np.array([*by_name.values()], np.float64), by_name


def weights_by_name(spec: DataSpec, given: Any) -> dict[str, float]:
    """Return the weight of each class by its name, in the order of the names.

    Raises:
        InputError: a class is unknown or missing, or a weight is not a number from 0 up.
    """
    if not isinstance(given, Mapping):
        raise input_error("weights.kind", given=given)
    by_name = {name_of(key, spec.names): value for key, value in given.items()}
    unknown = [shortened(name) for name in by_name if name not in spec.names]
    missing = [shortened(name) for name in spec.names if name not in by_name]
    for which, names in (("unknown", unknown), ("missing", missing)):
        if names:
            raise input_error(f"weights.{which}-class", names=", ".join(names), task=spec.summary)
    for name, value in by_name.items():
        if not (isinstance(value, int | float) and np.isfinite(value) and value >= 0):
            raise input_error("weights.of-class", name=name, value=value)
    return {name: float(by_name[name]) for name in spec.names}


def name_of(key: Hashable, names: tuple[str, ...]) -> str:
    """Return the class that a key of YAML names: 1000.0 may be "1e3", and true may be "yes"."""
    if str(key) in names:
        return str(key)
    is_number = isinstance(key, int | float) and not isinstance(key, bool)
    read = number_in if is_number else word_in
    found = (name for name in names if (value := read(name)) is not None and value == key)
    return next(found, str(key))


def number_in(text: str) -> float | None:
    """Return the number that a text is."""
    try:
        return float(text)
    except ValueError:
        return None


def word_in(text: str) -> bool | None:
    """Return true or false where YAML reads a text as such."""
    import yaml  # here: only a mapping needs it

    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    return read if isinstance(read, bool) else None


def check_weights(v: Any, m: int, rows: Array | None = None) -> Array:
    """Check the weights of examples.

    Args:
        v: (m,), or (m, 1) or (1, m), numbers from 0 up.
        m: the examples.
        rows: the number of each in its file; None numbers them from 1.

    Returns:
        (m,) float64.

    Raises:
        InputError: they are something else; the error names the first row.
    """
    v = np.asarray(v)
    if v.shape not in ((m,), (m, 1), (1, m)) or v.dtype.kind not in "biuf":
        raise input_error("weights.shape", shape=v.shape, dtype=v.dtype, m=m)
    v = v.ravel().astype(np.float64)
    bad = ~(np.isfinite(v) & (v >= 0))
    if bad.any():
        first = int(np.argmax(bad))
        row = first + 1 if rows is None else int(rows[first])
        raise input_error("weights.of-example", row=row, value=v[first])
    return v
