"""A table of one's own: `--data Table --data.path cars.csv --data.target price`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ref_numpy.data.table_values import Kind
from ref_numpy.data.tables import TableSpec
from torch_impl.data.batches import Batches
from torch_impl.data.in_memory import part_numbers
from torch_impl.data.rows import EncodedRows
from torch_impl.data.source_data import SourceData, held_out_rows, spec_of, with_statistics
from torch_impl.data.tables.column_kinds import Found, kind_of, read_columns, values_of
from torch_impl.data.tables.fitted_columns import (
    Limits,
    fit_columns,
    known_date_parts,
    with_bits_as_they_are,
)
from torch_impl.data.tables.table_files import ENDINGS, Layout, check_names, listed, read_table
from torch_impl.data.tables.table_notes import columns_note, reasons_of
from torch_impl.data.tables.table_parts import TestTable, rows_of_parts
from torch_impl.data.tables.table_rows import TableRows, content_of, some_rows
from torch_impl.data.tables.table_targets import (
    check_few_classes,
    check_known,
    classes_of,
    labels_of,
)
from torch_impl.data.tables.table_weights import weights_in
from torch_impl.data.tasks import RequestedTask
from torch_impl.data.trained_on import TrainedOn
from torch_impl.training_messages import input_error

if TYPE_CHECKING:
    import pandas as pd

Names = list[str] | str | None


class Table(SourceData):
    """Your own table: a CSV, TSV, Parquet or Excel file with a column to predict.

    Numbers, true and false, words, dates and missing values become inputs as the training part has
    them; the description is part of the model. Rows without a target are left out.

    Args:
        path: of the file.
        target: the column to predict, or several: '[height,weight]'; needed in the training alone.
        test_path: of a file with a test set of its own; None holds out `test_fraction`.
        ignore: columns that are no inputs: '[name,ticket]'.
        weights: a column of numbers from 0 up, by which examples count in the costs of training
            and validation; it is no input.
        categories: columns of numbers that are names, such as zip codes: '[zip]'.
        date_parts: of a date, beside its days: '[month, weekday, hour]', or some of these; '[]'
            takes the days alone. None takes all; a part that does not vary is left out.
        max_categories: the most inputs of a column of words; rarer words then share one.
        min_count: words in fewer examples of the training part share an input.
        separator: of text; None recognises one of , ; tab |.
        decimal_comma: numbers that are text have a comma before the decimals: 3,14.
        header: the first line has the columns' names; false calls them 0, 1, ….
        sheet: of an Excel file: its name, or its number from 0.
        encoding: of text, such as latin-1 or utf-16.
        val_fraction: of the training examples, held out to choose the model by; 0 trains with all
            of them, and the last epoch is chosen.
        test_fraction: of all examples, held out where there is no test_path.
        task: binary, classes, multilabel or regression; auto infers it from the target.
        standardise: numbers have the mean 0 and the standard deviation 1 in the training part, each
            column's (features), or those of all columns together (all), where these are alike, such
            as pixels; and so have a regression's targets. Or none. Inputs that are 0 or 1 stay so.
        split_seed: of the split.
        kwargs: see `Data`.
    """

    endings = ENDINGS
    beside_path = " --data.target COLUMN, the COLUMN to predict"

    def __init__(
        self,
        path: str,
        target: Names = None,
        test_path: str | None = None,
        ignore: Names = None,
        weights: str | None = None,
        categories: Names = None,
        date_parts: Names = None,
        max_categories: int = 32,
        min_count: int = 2,
        separator: str | None = None,
        decimal_comma: bool = False,
        header: bool = True,
        sheet: int | str = 0,
        encoding: str = "utf-8",
        val_fraction: float = 0.1,
        test_fraction: float = 0.2,
        task: RequestedTask = "auto",
        standardise: Literal["features", "all", "none"] = "features",
        split_seed: int = 0,
        **kwargs,
    ) -> None:
        super().__init__(val_fraction, test_fraction, task, **kwargs)
        for name, least in (("max_categories", 2), ("min_count", 1)):
            given = {"max_categories": max_categories, "min_count": min_count}[name]
            if given < least:
                raise input_error("data.size", name=name, given=given, least=least)
        self.path, self.test_path = path, test_path
        self.target, self.ignore = as_list(target), as_list(ignore)
        self.categories, self.weights = as_list(categories), weights
        parts = known_date_parts(None if date_parts is None else as_list(date_parts))
        self.limits = Limits(max_categories, min_count, parts)
        self.layout = Layout(separator, decimal_comma, header, sheet, encoding)
        self.standardise, self.split_seed = standardise, split_seed

    @property
    def title(self) -> str:
        """The file's path, by which the data set is named."""
        return self.path

    @property
    def options(self) -> dict[str, Any]:
        """The options that determine the split, the inputs and the statistics."""
        return {
            **super().options,
            "split_seed": self.split_seed,
            "ignore": self.ignore,
            "categories": self.categories,
            "date_parts": [*self.limits.date_parts],
            "max_categories": self.limits.max_categories,
            "min_count": self.limits.min_count,
        }

    def read(self) -> None:
        """Read the file, as a training needs it or as a trained network takes it."""
        if self.trained is None:
            self.learn()
        else:
            self.take(self.trained)

    def learn(self) -> None:
        """Derive the kinds of the columns, the task, the inputs and the statistics."""
        frame = read_table(self.path, self.layout, self.categories)
        found = self.kinds_in(frame)
        kinds: dict[str, Kind] = {name: found.pop(name).kind for name in self.target}
        labels = labels_of(frame, kinds, self.layout.decimal_comma)
        if labels is None:
            target = listed(self.target)
            raise input_error("table-file.no-labelled", target=target, path=self.path)
        check_few_classes(self.target, self.task, labels.y, self.layout.decimal_comma)
        columns = some_rows(read_columns(frame, found, self.layout.decimal_comma), labels.known)
        test = self.read_test(kinds, self.categories)
        ys = [labels.y] if test is None or test.labels is None else [labels.y, test.labels.y]
        spec = spec_of((1,), ys, self.task)
        if spec.task not in ("binary", "classes"):
            spec = replace(spec, names=tuple(self.target))
        numbers = part_numbers(len(labels.y), classes_of(spec, labels.y), self.options)
        fitted, left_out = fit_columns(
            columns,
            numbers["train"],
            found,
            {*self.categories},
            self.limits,
            self.layout.decimal_comma,
        )
        if not fitted:
            reasons = reasons_of(left_out) or "there is none"
            raise input_error("table-file.no-inputs", path=self.path, left_out=reasons)
        table = TableSpec(fitted, kinds, self.layout.decimal_comma)
        columns = {column.name: columns[column.name] for column in fitted}
        self.fingerprint = content_of(columns, labels.y)
        spec = replace(spec, shape=(table.n_features,), table=table)
        self.rows = rows_of_parts(table, columns, labels.y, numbers, test)
        self.row_names = held_out_rows(self.rows, np.flatnonzero(labels.known))
        self.notes = columns_note(
            table, columns, left_out, self.target, labels.known, self.categories
        )
        if self.standardise != "none":
            spec = with_statistics(spec, self.rows["train"], True)
        self.spec = with_bits_as_they_are(spec, together=self.standardise == "all")
        self.weigh(spec, weights_in(frame, self.weights, labels.known, self.layout.decimal_comma))

    def take(self, trained: TrainedOn) -> None:
        """Give the table as a network takes it that was trained already.

        Of the table that it was trained on these are the held-out rows, or its own test set; of
        another one all rows.
        """
        spec, table = trained.spec, trained.spec.table
        if table is None:
            raise input_error("table-file.not-trained", path=self.path)
        kinds = {**{column.name: column.kind for column in table.columns}, **table.targets}
        as_text = [name for name, kind in kinds.items() if kind == "category"]
        frame = read_table(self.path, self.layout, as_text)
        every = table.read({name: values_of(frame[name]) for name in frame.columns})
        self.spec, self.own_parts, self.row_names = spec, set(), {}
        self.notes = columns_note(table, every)
        labels = labels_of(frame, table.targets, table.decimal_comma)
        if labels is None:
            self.rows = self.all_of_other(TableRows(table, every, None))
            return
        check_known(spec, labels)
        columns = some_rows(every, labels.known)
        self.fingerprint = content_of(columns, labels.y)
        if self.fingerprint == trained.fingerprint:
            test = self.read_test(table.targets, as_text)
            self.check_own_parts(trained.options)
            numbers = part_numbers(len(labels.y), classes_of(spec, labels.y), trained.options)
            self.rows = rows_of_parts(table, columns, labels.y, numbers, test)
            self.row_names = held_out_rows(self.rows, np.flatnonzero(labels.known))
            self.weigh(spec, weights_in(frame, self.weights, labels.known, table.decimal_comma))
            return
        self.rows = self.all_of_other(TableRows(table, columns, labels.y))
        if not labels.known.all():
            self.rows["predict"] = TableRows(table, every, None)

    def read_test(self, kinds: Mapping[str, Kind], as_text: Iterable[str]) -> TestTable | None:
        """Read the test set's own file, if there is one."""
        self.own_parts = set()
        if self.test_path is None:
            return None
        frame = read_table(self.test_path, self.layout, as_text)
        labels = labels_of(frame, kinds, self.layout.decimal_comma)
        self.own_parts = set() if labels is None else {"test"}
        return TestTable(frame, labels)

    def kinds_in(self, frame: pd.DataFrame) -> dict[str, Found]:
        """Return the kind of every column but those to ignore.

        Raises:
            InputError: there is no target, or an option names no column.
        """
        columns = [*frame.columns]
        if not self.target:
            raise input_error("table-file.no-target", columns=listed(columns))
        for option in ("target", "ignore", "categories"):
            check_names(f"--data.{option}", getattr(self, option), columns, self.path)
        check_names("--data.weights", as_list(self.weights), columns, self.path)
        if self.weights in self.target:
            raise input_error("weights.is-target", name=self.weights)
        ignored = {*self.ignore, self.weights}
        used = (name for name in columns if name in self.target or name not in ignored)
        return {
            name: Found("category")
            if name in self.categories
            else kind_of(frame[name], self.layout.decimal_comma)
            for name in used
        }

    def labelled_batches(self, part: str) -> Batches:
        """Return the batches of a part whose predictions are to be compared with the target.

        Raises:
            InputError: the table has no values of the target.
        """
        examples = self.parts[part]
        if isinstance(examples, EncodedRows) and not examples.rows.labelled:
            target = listed(self.spec.table.targets) if self.spec and self.spec.table else ""
            raise input_error("table-file.no-labels", path=self.path, target=target)
        return super().labelled_batches(part)


def as_list(names: Names) -> list[str]:
    """Return one name, several or none as a list, each once."""
    return [names] if isinstance(names, str) else [*dict.fromkeys(names or [])]
