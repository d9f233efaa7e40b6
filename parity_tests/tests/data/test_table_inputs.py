"""The reference's encoding is the output of scikit-learn's ColumnTransformer, to the bit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from ref_numpy import InputError
from ref_numpy.data.data_spec import DataSpec
from torch_impl.data import Table

pd = pytest.importorskip("pandas")

WORDS = ["Berlin", "Oslo", "São Paulo", "Köln, am Rhein", "x y", "e", "f"]
M = 400
PARTS = ("month", "weekday", "hour")


def frame_of(m: int, seed: int, words: list[str]) -> Any:
    """A table with every kind of column, each with and without holes."""
    rng = np.random.default_rng(seed)
    holes = [rng.random(m) < 0.15 for _ in range(4)]
    share = np.array([2.0**-k for k in range(len(words))])
    town = rng.choice(words, m, p=share / share.sum()).astype(object)
    day = pd.Timestamp("1999-06-01") + pd.to_timedelta(rng.integers(0, 9999 * 24, m), "h")
    frame = pd.DataFrame({
        "size": rng.standard_normal(m) * 10.0 ** rng.integers(-9, 9, m),
        "count": rng.integers(-(2**40), 2**40, m),
        "age": np.where(holes[0], np.nan, rng.random(m)),
        "town": town,
        "home": pd.Series(np.where(holes[1], None, town), dtype=object),
        "member": rng.random(m) < 0.3,
        "paid": pd.Series(np.where(holes[2], None, rng.random(m) < 0.6), dtype=object),
        "seen": pd.Series(day),
        "left": pd.Series(day).where(~holes[3]),
    })  # fmt: skip
    return frame.assign(price=frame["age"].fillna(0) + rng.random(m))


def independently(frame: Any) -> Any:
    """What the columns mean, by pandas alone: the input of scikit-learn."""
    columns: dict[str, Any] = {}
    for name in ("size", "count", "age"):
        columns[name] = frame[name].astype(float)
    for name in ("town", "home"):
        columns[name] = frame[name].astype(object).where(frame[name].notna(), "")
    for name in ("member", "paid"):
        truth = frame[name].astype("boolean").astype("Float64")
        columns[name] = truth.to_numpy(float, na_value=np.nan)
    for name in ("seen", "left"):
        day = frame[name]
        since = day.dt.normalize() - pd.Timestamp("1970-01-01")
        columns[f"{name} days"] = since.dt.days.astype(float)
        parts = {"month": day.dt.month, "weekday": day.dt.isocalendar().day, "hour": day.dt.hour}
        for part, values in parts.items():
            words = values.astype("Int64").astype("string").fillna("")
            columns[f"{name} {part}"] = words.astype(object)
    return pd.DataFrame(columns)


def transformer(
    max_categories: int, min_count: int, date_parts: Sequence[str] = PARTS
) -> ColumnTransformer:
    def encoder() -> OneHotEncoder:
        return OneHotEncoder(
            max_categories=max_categories, min_frequency=min_count,
            handle_unknown="infrequent_if_exist", sparse_output=False,
        )  # fmt: skip

    def steps() -> Iterator[tuple[str, Any, list[str]]]:
        filled = lambda: make_pipeline(  # noqa: E731
            SimpleImputer(missing_values="", strategy="most_frequent"), encoder()
        )
        for name in ("size", "count", "age"):
            yield name, SimpleImputer(strategy="median", add_indicator=True), [name]
        yield "town", filled(), ["town"]
        yield "home", encoder(), ["home"]
        for name in ("member", "paid"):
            yield name, SimpleImputer(strategy="most_frequent", add_indicator=True), [name]
        for name in ("seen", "left"):
            days = f"{name} days"
            yield days, SimpleImputer(strategy="median", add_indicator=True), [days]
            for part in date_parts:
                yield f"{name} {part}", filled(), [f"{name} {part}"]

    return ColumnTransformer([*steps()])


def other_dtypes(frame: Any) -> Iterator[Any]:
    """The same table as pandas' other dtypes have it, and as text."""
    yield frame
    yield frame.convert_dtypes()
    yield frame.astype(
        {"town": "category", "home": "category", "age": "Float64", "paid": "boolean"}
    )
    yield frame.assign(
        seen=frame["seen"].dt.tz_localize("Asia/Tokyo"), left=frame["left"].astype("datetime64[ms]")
    )
    yield {name: frame[name].tolist() for name in reversed([*frame.columns])}
    as_text = frame.astype(object).where(frame.notna(), "").astype(str)
    yield as_text.to_dict("list")
    yield as_text.to_dict("records")


@pytest.mark.slow
@pytest.mark.parametrize(("max_categories", "min_count"), [(32, 2), (4, 1), (12, 9), (2, 1)])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_encoding_of_new_rows(
    tmp_path: Path, suffix: str, max_categories: int, min_count: int
) -> None:
    """With holes in columns that had none, unknown words, and in every dtype of pandas."""
    frame = frame_of(M, 0, WORDS)
    path = tmp_path / f"old{suffix}"
    frame.to_csv(path, index=False) if suffix == ".csv" else frame.to_parquet(path)
    data = Table(
        str(path), "price", max_categories=max_categories, min_count=min_count,
        val_fraction=0.25, split_seed=3,
    )  # fmt: skip
    table = data.described.table
    assert table is not None
    train = independently(frame).iloc[data.rows["train"].chosen]
    fitted = transformer(max_categories, min_count).fit(train)

    new = frame_of(300, 1, [*WORDS[1:], "unknown", "NEW"])
    for k, name in enumerate(("size", "count", "town", "member", "seen")):
        new[name] = new[name].astype(object) if new[name].dtype.kind in "ib" else new[name]
        new.loc[7 + k, name] = None
    for part in (frame, new):
        expected = fitted.transform(independently(part))
        assert table.n_features == expected.shape[1]
        for k, given in enumerate(other_dtypes(part)):
            encoded = table.encode(given)
            assert np.array_equal(encoded, expected), (k, part is new)
    assert np.array_equal(
        data.rows["train"].columns["size"][data.rows["train"].chosen], train["size"]
    )


def test_statistics_are_those_of_the_training_part_alone(tmp_path: Path) -> None:
    path = tmp_path / "old.csv"
    frame_of(M, 0, WORDS).to_csv(path, index=False)
    data = Table(str(path), "price", min_count=1)
    spec = data.described
    assert spec.table is not None
    x = np.concatenate([x for x, _ in data.rows["train"].pieces(0, len(data.rows["train"]))])
    numbers = spec.table.are_numbers
    for k, name in enumerate(spec.table.feature_names):
        mu, sigma = spec.inputs.mu[k, 0], spec.inputs.sigma[k, 0]
        if numbers[k]:
            assert np.float32(mu) == np.float32(x[:, k].mean()), name
            assert np.float32(sigma) == np.float32(x[:, k].std()), name
        else:
            assert {*x[:, k]} <= {0, 1}, name
            assert (mu, sigma) == (0, 1), name
    # A median, a word or a day of another part is not among them.
    every = frame_of(M, 0, WORDS)["age"]
    (age,) = (c for c in spec.table.columns if c.name == "age")
    assert age.inputs[0].fill == np.median(every.iloc[data.rows["train"].chosen].dropna())
    assert age.inputs[0].fill != np.median(every.dropna())


@pytest.mark.parametrize("parts", [["hour", "month"], ["weekday"], "hour", []])
def test_parts_of_dates_can_be_left_out(tmp_path: Path, parts: list[str] | str) -> None:
    """The inputs are those of scikit-learn without these; the model's JSON has them alone."""
    frame = frame_of(M, 0, WORDS)
    frame.to_csv(tmp_path / "old.csv", index=False)
    data = Table(str(tmp_path / "old.csv"), "price", date_parts=parts)
    spec = data.described
    kept = [part for part in PARTS if part in parts]
    train = independently(frame).iloc[data.rows["train"].chosen]
    expected = transformer(32, 2, kept).fit(train).transform(independently(frame))
    again = DataSpec.from_json(spec.to_json(), spec.arrays())
    for table in (spec.table, again.table):
        assert table is not None
        assert np.array_equal(table.encode(frame), expected)
    record = data.record()
    assert record is not None
    assert record.options["date_parts"] == kept


def test_a_record_without_date_parts_is_followed(tmp_path: Path) -> None:
    """As versions wrote it that knew no such option: the inputs of its own model count."""
    frame_of(M, 0, WORDS).to_csv(tmp_path / "old.csv", index=False)
    record = Table(str(tmp_path / "old.csv"), "price").record()
    assert record is not None
    options = {name: of for name, of in record.options.items() if name != "date_parts"}
    old = replace(record, options=options)
    same, fewer = (Table(str(tmp_path / "old.csv"), "price", date_parts=p) for p in (None, []))
    assert old.differences(same.record()) == []
    assert len(old.differences(fewer.record())) == 1
    fewer.follow(old)
    assert fewer.described.to_json() == old.spec.to_json()


def test_a_part_that_dates_do_not_have(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        Table("t.csv", "price", date_parts=["month", "year"])
    assert refused.value.code == "table-file.date-part"
    assert refused.value.facts["given"] == "year"


def test_statistics_of_all_numbers_together(tmp_path: Path) -> None:
    """Of whole numbers, whose sums are exact: μ and σ² are fractions."""
    rng = np.random.default_rng(0)
    columns = {name: rng.integers(0, 256, 60) for name in "abc"}
    frame = pd.DataFrame({**columns, "word": rng.choice(["x", "y"], 60), "y": rng.random(60)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    data = Table(str(tmp_path / "t.csv"), "y", standardise="all")
    spec, train = data.described, data.rows["train"].chosen
    assert spec.table is not None
    numbers = [int(v) for name in "abc" for v in frame[name].iloc[train]]
    mean = Fraction(sum(numbers), len(numbers))
    variance = sum((v - mean) ** 2 for v in numbers) / len(numbers)
    for name, mu, sigma in zip(
        spec.table.feature_names, spec.inputs.mu[:, 0], spec.inputs.sigma[:, 0], strict=True
    ):
        if name in columns:
            assert np.float32(mu) == np.float32(float(mean)), name
            assert np.float32(sigma**2) == np.float32(float(variance)), name
        else:
            assert (mu, sigma) == (0, 1), name
