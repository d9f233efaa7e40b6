"""Classes that a training cannot learn: no example of its training part has them."""

from __future__ import annotations

import numpy as np

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.data.labels import shortened
from torch_impl.data.rows import Rows

SHOWN = 8


def unseen_classes(spec: DataSpec, train: Rows) -> str:
    """Return the names of the classes without an example in the training part; "" for none.

    A class is an output if any part has it, also the test set alone.

    Args:
        spec: the meaning of the labels.
        train: the training part.
    """
    if spec.task not in ("binary", "classes"):
        return ""
    seen = np.zeros(len(spec.names), bool)
    for y in train.labels():
        seen[spec.class_numbers(y)] = True
    unseen = [shortened(name) for name, one in zip(spec.names, seen, strict=True) if not one]
    return ", ".join(unseen[:SHOWN]) + (", …" if len(unseen) > SHOWN else "")
