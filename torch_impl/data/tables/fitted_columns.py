"""The inputs of a column, fitted by scikit-learn's transformers on the training part alone.

number            SimpleImputer, the median, with an indicator
true or false     SimpleImputer, the most frequent, with an indicator
category          OneHotEncoder; where the training has holes these are a word of their own, else
SimpleImputer, the most frequent
date              its days as a number, its month, weekday and hour, or some of them, as categories
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ref_numpy.data.data_spec import DataSpec
from ref_numpy.data.preprocessing import Standardiser
from ref_numpy.data.table_inputs import DATE_WORDS, Input, NumberInput, WordInput, parts_of
from ref_numpy.data.table_values import Kind
from ref_numpy.data.tables import Column
from ref_numpy.layer import Array
from torch_impl.data.tables.column_kinds import Found, why_no_numbers
from torch_impl.training_messages import input_error

CONSTANT = "one value"
EMPTY = "no value"
MANY_WORDS = "another word in most rows"
NO_WORD: Any = ""  # which scikit-learn takes, and its annotations do not
NOTHING = np.array([])
ROW_NUMBERS = "numbers of the rows"


@dataclass(frozen=True)
class Limits:
    """Which words have an input of their own.

    Args:
        max_categories: the most inputs of a column; rarer words then share one.
        min_count: words in fewer examples of the training share an input.
        date_parts: of a date, beside its days.
    """

    max_categories: int = 32
    min_count: int = 2
    date_parts: tuple[str, ...] = DATE_WORDS


def known_date_parts(given: Sequence[str] | None) -> tuple[str, ...]:
    """Return the parts of a date that are named, in the order of their inputs; None names all.

    Raises:
        InputError: there is no such part.
    """
    if given is None:
        return DATE_WORDS
    for part in given:
        if part not in DATE_WORDS:
            raise input_error("table-file.date-part", given=part, known=", ".join(DATE_WORDS))
    return tuple(part for part in DATE_WORDS if part in given)


def fit_columns(
    columns: Mapping[str, Array],
    train: Array | None,
    found: Mapping[str, Found],
    named: set[str],
    limits: Limits,
    comma: bool = False,
) -> tuple[tuple[Column, ...], dict[str, str]]:
    """Fit every column.

    Args:
        columns: the values of each column (m,), in the form of its kind.
        train: the numbers of the rows in the training part.
        found: the kind of each column, or why it cannot be an input.
        named: columns that a person called categories, which are never left out for their words.
        limits: of words, and of a date's parts.
        comma: numbers that are text have a comma before the decimals.

    Returns:
        The columns that have inputs; the others with the reason.
    """
    fitted: list[Column] = []
    left_out: dict[str, str] = {}
    for name, (kind, form, left) in found.items():
        every = NOTHING if left else columns[name]
        values = NOTHING if left else every[train]
        reason = left or why_left_out(name, kind, values, name in named)
        if reason == MANY_WORDS:
            reason = why_no_numbers(every, comma) or reason
        inputs = () if reason else fit_column(kind, values, limits)
        if inputs:
            fitted.append(Column(name, kind, inputs, form))
        else:
            left_out[name] = reason or CONSTANT
    return tuple(fitted), left_out


def fit_column(kind: Kind, values: Array, limits: Limits) -> tuple[Input, ...]:
    """Fit a column's inputs; those that would be constant are left out."""
    inputs: list[Input] = []
    for part, of_part in parts_of(kind, values).items():
        if part in DATE_WORDS and part not in limits.date_parts:
            continue
        fitted = transformer_for(kind, part, of_part, limits).fit(of_part.reshape(-1, 1))
        found = described(part, fitted)
        if len(found.names) > 1 or (isinstance(found, NumberInput) and varies(of_part)):
            inputs.append(found)
    return tuple(inputs)


def transformer_for(kind: Kind, part: str, values: Array, limits: Limits) -> Any:
    """Return scikit-learn's transformer for values (m, 1), not fitted yet.

    Args:
        kind: of the column.
        part: of a date.
        values: (m,), of which it only matters whether some are missing.
        limits: of words.
    """
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    if values.dtype.kind == "f":
        strategy = "most_frequent" if kind == "boolean" else "median"
        return SimpleImputer(strategy=strategy, add_indicator=True)
    encoder = OneHotEncoder(
        max_categories=limits.max_categories,
        min_frequency=limits.min_count,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
    )
    if kind == "category" and (values == "").any():
        return encoder
    return make_pipeline(SimpleImputer(missing_values=NO_WORD, strategy="most_frequent"), encoder)


def described(part: str, fitted: Any) -> Input:
    """Describe what a fitted transformer does."""
    if hasattr(fitted, "statistics_"):
        indicated = fitted.indicator_ is not None and len(fitted.indicator_.features_) > 0
        return NumberInput(part, float(fitted.statistics_[0]), indicated)
    imputer, encoder = fitted if hasattr(fitted, "steps") else (None, fitted)
    rare = encoder.infrequent_categories_[0]
    few = set() if rare is None else {*rare}
    words = tuple(str(word) for word in encoder.categories_[0] if word not in few)
    fill = "" if imputer is None else str(imputer.statistics_[0])
    return WordInput(part, fill, words, rare is not None)


def why_left_out(name: str, kind: Kind, values: Array, named: bool) -> str:
    """Return why a column is no input; "" where it may be one."""
    if kind == "category":
        known = values[values != ""]
        different = len({*known})
        if not len(known):
            return EMPTY
        return MANY_WORDS if different > len(known) / 2 and not named else ""
    if kind == "date":
        return "" if not np.isnat(values).all() else EMPTY
    if np.isnan(values).all():
        return EMPTY
    return ROW_NUMBERS if kind == "number" and are_row_numbers(name, values) else ""


def are_row_numbers(name: str, values: Array) -> bool:
    """Return whether a column has another whole number in every row, and the name of an index."""
    label = name.strip().lower()
    index = label in ("", "index", "id", "row") or label.startswith("unnamed:")
    index = index or label.endswith(("_id", " id")) or name.endswith("Id")
    whole = index and not np.isnan(values).any() and bool((values == np.round(values)).all())
    return whole and len(np.unique(values)) == len(values)


def varies(values: Array) -> bool:
    """Return whether there are two numbers."""
    return bool(np.nanmin(values) < np.nanmax(values))


def with_bits_as_they_are(spec: DataSpec, together: bool = False) -> DataSpec:
    """Take μ = 0 and σ = 1 of inputs that are 0 or 1.

    Of a rare word σ is small, and X would be large in the few examples that have it.

    Args:
        spec: of a table, with the statistics of each input.
        together: the others have those of all of them.
    """
    if spec.inputs is None or spec.table is None:
        return spec
    numbers = spec.table.are_numbers
    mu, sigma = (of[numbers] for of in (spec.inputs.mu, spec.inputs.sigma))
    if together and numbers.any():
        mu, sigma = statistics_together(mu, sigma)
    every = Standardiser(np.zeros((spec.n_x, 1)), np.ones((spec.n_x, 1)))
    every.mu[numbers], every.sigma[numbers] = mu, sigma
    return replace(spec, inputs=every)


def statistics_together(mu: Array, sigma: Array) -> tuple[Array, Array]:
    """Return the statistics of the numbers of n columns together.

    μ = (1/n) Σₖ μₖ        σ² = (1/n) Σₖ (σₖ² + (μₖ − μ)²)

    Args:
        mu: the mean of each column (n, 1).
        sigma: the standard deviation of each (n, 1), none of them 0.

    Returns:
        μ and σ, (1, 1).
    """
    mean = mu.mean(keepdims=True)
    return mean, np.sqrt((sigma**2 + (mu - mean) ** 2).mean(keepdims=True))
