"""A part of a data set: its labels beside a network's outputs, and the baseline's."""

from __future__ import annotations

from typing import Any

import numpy as np

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.layer import Array
from ref_numpy.loss import Loss
from torch_impl.data.batches import Part
from torch_impl.data.datamodule import Data
from torch_impl.data.rows import EncodedRows, targets
from torch_impl.results.metrics import (
    Metrics,
    classification_metrics,
    multilabel_metrics,
    regression_metrics,
)


def metrics_of(part: str, data: Data, A: Array, loss: Loss) -> Metrics:
    """Return the figures of a part as plain numbers, for a file such as report.json.

    Args:
        part: val or test.
        data: the data, with the part train where they are those of the training: the baseline is
            the constant prediction that is best there. Elsewhere it is the most frequent class of
            the part, and the mean of the training's targets if that is known.
        A: (n_y, m), the network's outputs for the part.
        loss: of the network.
    """
    spec, examples = data.described, data.parts[part]
    known: dict[str, Any] = {"task": spec.task}
    if spec.task == "regression":
        y, means = values_of(examples, spec), means_of_training(data)
        return known | regression_metrics(spec.to_predictions(A), y, spec.names, means)
    labels, train = labels_of(examples, spec), data.parts.get("train")
    seen = labels if train is None else labels_of(train, spec)
    known["baseline_from"] = part if train is None else "train"
    P = spec.to_probabilities(A, loss.boundary)
    if spec.task == "multilabel":
        most = 2 * seen.sum(axis=0) > len(seen)
        return known | multilabel_metrics(P, labels, spec.names, most, loss.boundary)
    majority = int(np.bincount(seen, minlength=len(spec.names)).argmax())
    return known | classification_metrics(P, labels, spec.names, majority)


def labels_of(part: Part, spec: DataSpec) -> Array:
    """Return the numbers of the classes (m,), or 0 and 1 of several labels (m, n_y)."""
    if isinstance(part, EncodedRows):
        ys = [targets(spec, y, np.int64) for y in part.rows.labels()]
        y = np.concatenate(ys)
    else:
        y = part[:][1].cpu().numpy()
    return (y if spec.task == "multilabel" else y.reshape(len(y))).astype(np.int64)


def values_of(part: Part, spec: DataSpec) -> Array:
    """Return a regression's targets (m, n_y) float64 in their own units, with all their digits."""
    if isinstance(part, EncodedRows):
        return np.concatenate(
            [np.asarray(y, np.float64).reshape(len(y), -1) for y in part.rows.labels()]
        )
    y = part[:][1].cpu().numpy().astype(np.float64)
    return y if spec.targets is None else spec.targets.invert(y.T).T


def means_of_training(data: Data) -> Array | None:
    """Return the means of the training's targets (n_y,); None where they are not known."""
    spec = data.described
    if spec.targets is not None:
        return spec.targets.mu.ravel()
    train = data.parts.get("train")
    return None if train is None else values_of(train, spec).mean(axis=0)
