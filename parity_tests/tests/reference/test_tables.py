"""A table's columns as numbers, by a description, with NumPy alone."""

from __future__ import annotations

import csv
import datetime
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ref_numpy
from parity_tests.tests.support.new_process import python
from ref_numpy import DataSpec, InputError, NetworkSpec, Standardiser, initialise
from ref_numpy.data.table_inputs import NumberInput, WordInput, parts_of
from ref_numpy.data.table_values import MISSING, to_booleans, to_dates, to_numbers, to_words
from ref_numpy.data.tables import Column, TableSpec

TABLE = TableSpec(
    (
        Column("age", "number", (NumberInput("", 30.5, True),)),
        Column("sex", "category", (WordInput("", "m", ("f", "m"), True),)),
        Column("port", "category", (WordInput("", "", ("", "S"), False),)),
        Column("adult", "boolean", (NumberInput("", 1.0, False),)),
        Column(
            "on",
            "date",
            (
                NumberInput("", 19000.0, True),
                WordInput("month", "2", ("1", "2"), False),
                WordInput("hour", "0", ("0", "23"), True),
            ),
        ),
    ),
    {"price": "number"},
)
NAMES = (
    "age", "age missing", "sex=f", "sex=m", "sex rare", "port missing", "port=S", "adult",
    "on", "on missing", "on month=1", "on month=2", "on hour=0", "on hour=23", "on hour rare",
)  # fmt: skip
TEXT = """price,port,age,sex,adult,on,else
1,S,0.1,f,true,1970-01-02,a
2,,,,,,b
3,Q, 7 ,x,FALSE,2024-02-29T23:59:59Z,c
"""
EXPECTED = [
    [0.1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 0],
    [30.5, 1, 0, 1, 0, 1, 0, 1, 19000, 1, 0, 1, 1, 0, 0],
    [7, 0, 0, 0, 1, 0, 0, 0, 19782, 0, 0, 1, 0, 1, 0],
]


def rows() -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(TEXT))]


def as_columns() -> dict[str, list]:
    return {name: [row[name] for row in rows()] for name in rows()[0]}


def test_rows_of_text_and_columns_of_any_kind_are_the_same_numbers() -> None:
    assert TABLE.feature_names == NAMES
    typed: dict[str, Any] = {
        "on": [datetime.date(1970, 1, 2), None, datetime.datetime(2024, 2, 29, 23, 59, 59)],
        "age": np.array([0.1, np.nan, 7]),
        "port": np.array(["S", "", "Q"]),
        "sex": ["f", None, "x"],
        "adult": [True, None, 0],
    }
    for columns in (rows(), as_columns(), typed):
        x = TABLE.encode(columns)
        assert x.dtype == np.float64
        assert x.tolist() == EXPECTED


def test_the_forms_that_are_read_are_read_as_themselves() -> None:
    values = TABLE.read(rows())
    again = TABLE.read(values)
    for name, array in values.items():
        np.testing.assert_array_equal(again[name], array)
        assert again[name].dtype == array.dtype


def test_json_holds_all_of_it() -> None:
    assert TableSpec.from_fields(json.loads(json.dumps(TABLE.as_fields()))) == TABLE


def test_which_inputs_are_numbers() -> None:
    numbers = [name for name, own in zip(NAMES, TABLE.are_numbers, strict=True) if own]
    assert numbers == ["age", "on"]
    assert TABLE.summary == "1 number, 1 boolean, 2 categories, 1 date → 15 inputs"


@pytest.mark.parametrize("text", sorted(MISSING))
def test_text_that_means_nothing_is_missing_in_every_kind(text: str) -> None:
    assert np.isnan(to_numbers([f" {text} "])).all()
    assert np.isnan(to_booleans([text])).all()
    assert np.isnat(to_dates([text])).all()
    assert to_words([text]).tolist() == [""]


def test_numbers_of_every_kind() -> None:
    given = ["1e3", 2, 2.5, True, None, np.float32(0.5), Decimal("0.1"), 2**70, "9007199254740993"]
    expected = [1000, 2, 2.5, 1, np.nan, 0.5, 0.1, 2.0**70, 2.0**53]
    np.testing.assert_array_equal(to_numbers(given), expected)
    np.testing.assert_array_equal(to_numbers(["0,1", "-3"], comma=True), [0.1, -3])


def test_words_of_every_kind() -> None:
    given = [" a ", b"b", 3, 3.0, 2.5, None, datetime.date(2024, 1, 2)]
    assert to_words(given).tolist() == ["a", "b", "3", "3", "2.5", "", "2024-01-02"]
    assert to_words(np.array([12345.0, np.nan])).tolist() == ["12345", ""]


def test_the_parts_of_a_date_are_those_of_the_calendar() -> None:
    """Over 400 years, leap years and centuries too, beside Python's own calendar."""
    first = datetime.datetime(1899, 12, 31, 1, 2, 3)
    moments = [first + datetime.timedelta(days=37 * k, hours=7 * k) for k in range(3900)]
    parts = parts_of("date", to_dates(moments))
    epoch = datetime.date(1970, 1, 1)
    assert parts[""].tolist() == [(moment.date() - epoch).days for moment in moments]
    assert parts["month"].tolist() == [str(moment.month) for moment in moments]
    assert parts["weekday"].tolist() == [str(moment.isoweekday()) for moment in moments]
    assert parts["hour"].tolist() == [str(moment.hour) for moment in moments]


def test_a_date_is_what_the_clock_shows_in_its_own_zone() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=9))
    given = ["2024-01-01T00:30+09:00", datetime.datetime(2024, 1, 1, 0, 30, tzinfo=zone)]
    assert to_dates(given).astype(str).tolist() == ["2024-01-01T00:30:00"] * 2
    assert to_dates(["31.12.2024 7:05"], "%d.%m.%Y %H:%M").astype(str) == ["2024-12-31T07:05:00"]


def fails(columns: Any) -> InputError:
    with pytest.raises(InputError) as refused:
        TABLE.encode(columns)
    return refused.value


def test_a_missing_column_is_named_with_the_most_similar_one() -> None:
    columns = as_columns()
    columns["agee"] = columns.pop("age")
    error = fails(columns)
    assert error.code == "table.column-missing"
    assert error.facts["name"] == "age"
    assert error.facts["similar"] == "agee"


@pytest.mark.parametrize(
    ("column", "value"),
    [("age", "old"), ("age", "1_000"), ("adult", "2"), ("on", "yesterday"), ("on", 3.5)],
)
def test_a_value_of_another_kind_is_named_with_its_row(column: str, value: Any) -> None:
    columns = as_columns()
    columns[column][2] = value
    error = fails(columns)
    assert error.code == "table.value"
    assert (error.facts["column"], error.facts["row"]) == (column, 3)
    assert str(value) in error.facts["value"]


def test_other_mistakes_have_their_own_codes() -> None:
    columns = as_columns()
    assert fails({**columns, "sex": ["f"]}).code == "table.lengths"
    assert fails({**columns, "age": [1, "-inf", 2]}).code == "table.infinite"
    assert fails([[1, 2], [3, 4]]).code == "table.columns"


# A network on a table


def spec_with(table: TableSpec) -> DataSpec:
    n = table.n_features
    sigma = np.where(table.are_numbers, 10.0, 1)[:, np.newaxis]
    inputs = Standardiser(np.zeros((n, 1)), sigma)
    return DataSpec((n,), "binary", ("no", "yes"), inputs, table=table)


def test_columns_are_encoded_and_standardised() -> None:
    spec = spec_with(TABLE)
    expected = np.array(EXPECTED) / spec.inputs.sigma.T
    for x in (rows(), as_columns(), np.array(EXPECTED), EXPECTED):
        np.testing.assert_array_equal(spec.to_X(x, np.float64), expected.T)


def test_a_description_with_a_table_has_a_format_of_its_own() -> None:
    spec = spec_with(TABLE)
    text = spec.to_json()
    assert json.loads(text)["format"] == 2
    back = DataSpec.from_json(text, spec.arrays())
    assert back.table == TABLE
    assert back.to_json() == text
    plain = DataSpec((2,), "binary", ("no", "yes"))
    assert json.loads(plain.to_json())["format"] == 1
    assert "table" not in json.loads(plain.to_json())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"format": 2}, "table.format"),
        ({"columns": [{"name": "a"}]}, "data-spec.unreadable"),
        ({"targets": {"a": "colour"}}, "data-spec.unreadable"),
        ({"columns": []}, "table.size"),
    ],
)
def test_a_damaged_description_is_one_sentence(change: dict, code: str) -> None:
    spec = spec_with(TABLE)
    fields = json.loads(spec.to_json())
    fields["table"] |= change
    with pytest.raises(InputError) as refused:
        DataSpec.from_json(json.dumps(fields), spec.arrays())
    assert refused.value.code == code


def test_columns_for_a_network_without_a_table_are_refused() -> None:
    with pytest.raises(InputError) as refused:
        DataSpec((2,), "binary", ("no", "yes")).to_X({"a": [1], "b": [2]})
    assert refused.value.code == "table.no-table"


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    spec = NetworkSpec.dense([TABLE.n_features, 4, 1], "tanh", "sigmoid")
    path = tmp_path / "weights.safetensors"
    params = {k: v.astype(np.float32) for k, v in initialise(spec, seed=1).items()}
    ref_numpy.save(path, spec, params, spec_with(TABLE))
    return path


def test_a_model_predicts_from_its_file_or_its_folder(weights: Path) -> None:
    for path in (weights, weights.parent, str(weights)):
        model = ref_numpy.load_model(path)
        probabilities = model.probabilities(rows())
        assert probabilities.shape == (3, 2)
        assert model.predict(rows()).tolist() == [
            ("no", "yes")[int(second > first)] for first, second in probabilities
        ]
        np.testing.assert_array_equal(model.probabilities(as_columns()), probabilities)


def test_a_model_needs_neither_torch_nor_pandas_nor_scikit_learn(weights: Path) -> None:
    output = python(
        f"""
import ref_numpy
print(ref_numpy.load_model({str(weights)!r}).predict({rows()!r}).tolist())
print([name for name in ("torch", "pandas", "sklearn", "scipy") if name in sys.modules])
"""
    )
    assert output.splitlines() == [
        str(ref_numpy.load_model(weights).predict(rows()).tolist()),
        "[]",
    ]


def test_a_folder_without_weights_and_a_regression_without_probabilities(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        ref_numpy.load_model(tmp_path)
    assert refused.value.code == "model.no-weights"
    spec = NetworkSpec.dense([2, 1], output="identity")
    ref_numpy.save(tmp_path / "weights.safetensors", spec, initialise(spec))
    model = ref_numpy.load_model(tmp_path)
    assert model.predict(np.ones((3, 2))).shape == (3, 1)
    with pytest.raises(InputError) as refused:
        model.probabilities(np.ones((3, 2)))
    assert refused.value.code == "model.no-probabilities"
