"""The reference's encoding is the output of scikit-learn's ColumnTransformer, to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from torch_impl.data import Table

pd = pytest.importorskip("pandas")

WORDS = ["Berlin", "Oslo", "São Paulo", "Köln, am Rhein", "x y", "e", "f"]
M = 400


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


def transformer(max_categories: int, min_count: int) -> ColumnTransformer:
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
            for part in ("month", "weekday", "hour"):
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
