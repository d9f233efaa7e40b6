"""Tables as they are written: separators, kinds of columns, options, and what is refused."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ref_numpy import InputError
from torch_impl.data import Table
from torch_impl.data.tables.column_kinds import DAY_OR_MONTH, kind_of
from torch_impl.data.tables.fitted_columns import CONSTANT, EMPTY, MANY_WORDS, ROW_NUMBERS
from torch_impl.data.tables.table_files import Layout, read_table

pd = pytest.importorskip("pandas")


def cars(m: int = 60) -> Any:
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "Id": np.arange(m),
        "power": rng.integers(50, 200, m),
        "fuel": rng.choice(["petrol", "diesel", "gas"], m),
        "name": [f"car {k}" for k in range(m)],
        "zip": rng.choice(["01099", "80331"], m),
        "empty": [None] * m,
        "wheels": [4] * m,
        "price": np.round(rng.random(m) * 1e4, 2) + 0.5,
    })  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cars.csv"
    cars().to_csv(path, index=False)
    return path


def encoded(data: Table) -> Any:
    assert data.described.table is not None
    rows = data.rows["train"]
    return np.concatenate([x for x, _ in rows.pieces(0, len(rows))])


@pytest.mark.slow
def test_one_table_in_every_format_is_one_training(file: Path) -> None:
    """The same inputs, statistics, split and fingerprint from each."""
    folder, frame = file.parent, cars()
    frame.to_csv(folder / "t.tsv", index=False, sep="\t")
    frame.to_csv(folder / "semicolon.csv", index=False, sep=";")
    frame.to_csv(folder / "bar.txt", index=False, sep="|")
    frame.to_csv(folder / "bom.csv", index=False, encoding="utf-8-sig")
    (folder / "packed.csv.gz").write_bytes(gzip.compress(file.read_bytes()))
    (folder / "spaces.csv").write_text(file.read_text().replace(",", " , "))
    frame[[*reversed(frame.columns)]].to_parquet(folder / "t.parquet")
    frame.to_excel(folder / "t.xlsx", index=False)
    frame.to_excel(folder / "second.xlsx", index=False, sheet_name="cars")
    first = Table(str(file), "price")
    expected, record = encoded(first), first.record()
    assert record is not None
    for name in ("t.tsv", "semicolon.csv", "bar.txt", "bom.csv", "packed.csv.gz", "spaces.csv",
                 "t.xlsx", "second.xlsx"):  # fmt: skip
        sheet = "cars" if name == "second.xlsx" else 0
        other = Table(str(folder / name), "price", sheet=sheet)
        np.testing.assert_array_equal(encoded(other), expected, err_msg=name)
        assert record.differences(other.record()) == [], name
    other = Table(str(folder / "t.parquet"), "price")  # its columns in another order
    names = [first.spec.table.feature_names.index(n) for n in other.described.table.feature_names]
    np.testing.assert_array_equal(encoded(other), expected[:, names])


def test_digits_of_numbers_are_all_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal(3000) * 10.0 ** rng.integers(-300, 300, 3000)
    for separator, comma in ((",", False), (";", True)):
        path = tmp_path / "x.csv"
        text = [repr(float(number)).replace(".", "," if comma else ".") for number in x]
        path.write_text("\n".join(f"{t}{separator}1" for t in [f"x{separator}y", *text][1:]))
        path.write_text(f"x{separator}y\n" + path.read_text())
        frame = read_table(str(path), Layout(decimal_comma=comma))
        np.testing.assert_array_equal(frame["x"], x)


def test_a_file_without_names_has_numbered_columns(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\n".join(f"{k % 7},{k % 2},{k % 3}" for k in range(90)))
    data = Table(str(tmp_path / "t.csv"), "2", header=False, categories=["1"])
    assert data.described.table.feature_names == ("0", "1=0", "1=1")
    assert data.described.names == ("0", "1", "2")


KINDS = {
    "number": [[1, 2], ["1.5", " 2 ", "?"], [True, 2.5], [None, None]],
    "boolean": [[True, False], ["true", "FALSE", ""], [True, None]],
    "date": [["2024-01-31", None], ["2024-01-31T10:00:00+02:00"], ["31.12.2024", "01.02.2024"],
             ["12/31/2024 10:15"], ["2024/12/31"]],
    "category": [["a", "b"], ["1", "two"], ["2024-01-31", "soon"], ["yes", "no"]],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "values"), [(kind, values) for kind, all_of in KINDS.items() for values in all_of]
)
def test_the_kind_of_a_column(kind: str, values: list) -> None:
    found = kind_of(pd.Series(values))
    assert (found.kind, found.left_out) == (kind, "")


def test_dates_of_which_the_month_is_not_clear_are_left_out() -> None:
    assert kind_of(pd.Series(["01/02/2024", "03/04/2024"])).left_out == DAY_OR_MONTH
    assert kind_of(pd.Series(["01/02/2024", "03/14/2024"]))[:2] == ("date", "%m/%d/%Y")
    assert kind_of(pd.Series(["01/02/2024", "14/03/2024"]))[:2] == ("date", "%d/%m/%Y")


def test_columns_without_information_are_left_out_and_named(file: Path) -> None:
    data = Table(str(file), "price")
    assert data.described.table.feature_names == (
        "power", "fuel=diesel", "fuel=gas", "fuel=petrol", "zip"
    )  # fmt: skip
    assert data.notes["columns"] == "2 numbers, 1 category → 5 inputs"
    assert data.notes["left out"] == (
        f"Id ({ROW_NUMBERS}); name ({MANY_WORDS}); empty ({EMPTY}); wheels ({CONSTANT})"
    )
    assert data.described.summary == "regression of price"


def test_options_choose_columns_and_their_kinds(file: Path) -> None:
    data = Table(str(file), "price", ignore=["power", "Id"], categories=["zip", "name"])
    names = data.described.table.feature_names
    assert names[:5] == ("fuel=diesel", "fuel=gas", "fuel=petrol", "zip=01099", "zip=80331")
    assert len(names) == 5  # every name is rare: one input, which never changes
    data = Table(str(file), "price", categories="name", min_count=1, max_categories=8)
    assert sum(name.startswith("name") for name in data.described.table.feature_names) == 8


def test_rare_words_share_an_input(tmp_path: Path) -> None:
    words = ["a"] * 50 + ["b"] * 30 + [f"w{k % 10}" for k in range(20)]
    pd.DataFrame({"w": words, "y": np.arange(100) / 7}).to_csv(tmp_path / "t.csv", index=False)
    data = Table(str(tmp_path / "t.csv"), "y", max_categories=3)
    assert data.described.table.feature_names == ("w=a", "w=b", "w rare")


def test_rows_without_a_target_are_left_out_and_counted(file: Path) -> None:
    frame = cars()
    frame.loc[[3, 7], "price"] = None
    frame.to_csv(file, index=False)
    data = Table(str(file), "price")
    data.describe()
    assert sum(len(rows) for rows in data.rows.values()) == 58
    assert data.notes["columns"].endswith("; 2 rows without price left out")


TARGETS = [
    ({"y": ["a", "b"] * 20}, "y", "binary", ("a", "b")),
    ({"y": [True, False] * 20}, "y", "binary", ("False", "True")),
    ({"y": ["3", "1", "2", "1"] * 10}, "y", "classes", ("1", "2", "3")),
    ({"y": [0.5, 1, 7, -2] * 10}, "y", "regression", ("y",)),
    ({"y": [0.5, 1] * 20, "z": [1, 2] * 20}, ["z", "y"], "regression", ("z", "y")),
    ({"y": [True, False] * 20, "z": [1, 1, 0, 0] * 10}, ["y", "z"], "multilabel", ("y", "z")),
]


@pytest.mark.parametrize(("columns", "target", "task", "names"), TARGETS)
def test_tasks_of_targets(
    tmp_path: Path, columns: dict, target: Any, task: str, names: tuple
) -> None:
    frame = pd.DataFrame({"x": np.arange(40) * 0.5, **columns})
    frame.to_csv(tmp_path / "t.csv", index=False)
    spec = Table(str(tmp_path / "t.csv"), target).described
    assert (spec.task, spec.names, spec.n_x) == (task, names, 1)


def test_a_test_set_of_its_own(file: Path) -> None:
    frame = cars(20)
    frame[["name", "price", "fuel", "power", "zip"]].to_csv(file.parent / "test.csv", index=False)
    data = Table(str(file), "price", test_path=str(file.parent / "test.csv"))
    data.setup("fit")
    assert {part: len(rows) for part, rows in data.parts.items()} == {
        "train": 54, "val": 6, "test": 20
    }  # fmt: skip
    np.testing.assert_array_equal(data.raw("test")[:, 0], frame["power"])


def test_the_split_is_that_of_arrays(tmp_path: Path) -> None:
    """Stratified, and the same rows for the same seed as an .npz file of the same examples."""
    from torch_impl.data import NpzFile

    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((101, 3)), rng.choice(["a", "b", "c"], 101, p=[0.7, 0.2, 0.1])
    np.savez(tmp_path / "t.npz", x=x, y=y)
    pd.DataFrame(x).assign(y=y).to_csv(tmp_path / "t.csv", index=False)
    options: dict[str, Any] = {"split_seed": 5, "val_fraction": 0.2}
    arrays = NpzFile(str(tmp_path / "t.npz"), **options)
    table = Table(str(tmp_path / "t.csv"), "y", **options)
    for data in (arrays, table):
        data.setup("fit")
    for part in ("train", "val", "test"):
        for ours, theirs in zip(table.parts[part][:], arrays.parts[part][:], strict=True):
            assert ours.numpy().tobytes() == theirs.numpy().tobytes(), part


def refused(code: str, *args: Any, **options: Any) -> InputError:
    with pytest.raises(InputError) as error:
        Table(*args, **options).describe()
    assert error.value.code == code
    return error.value


def test_options_that_name_no_column(file: Path) -> None:
    assert "Id, power, fuel" in refused("table-file.no-target", str(file)).facts["columns"]
    for option in ("target", "ignore", "categories"):
        options = {"target": "price", option: "Fule"}
        assert refused("table-file.no-column", str(file), **options).facts["similar"] == "fuel"
    assert refused("table-file.no-column", str(file), "PRICE").facts["similar"] == "price"
    refused("data.size", str(file), "price", max_categories=1)


UNREADABLE = {
    "empty.csv": b"", "latin.csv": b"a,b\n\xe4,1\n", "ragged.csv": b"a,b\n1,2\n1,2,3\n",
    "x.parquet": b"PAR1", "x.xlsx": b"no", "packed.csv.gz": b"no",
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_is_no_table(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(UNREADABLE[name])
    assert "\n" not in str(refused("table-file.unreadable", str(tmp_path / name), "a"))


def test_other_files_that_are_refused(tmp_path: Path) -> None:
    def written(text: str, name: str = "t.csv") -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    refused("data.no-file", str(tmp_path / "nothing.csv"), "a")
    refused("table-file.kind", written("{}", "t.json"), "a")
    refused("table-file.empty", written("a,b\n"), "a")
    refused("table-file.no-labelled", written("a,b\n1,\n2,\n"), "b")
    refused("table-file.no-inputs", written("a,b\n" + "1,2\n1,3\n" * 8), "b")
    refused("table-file.target-kind", written("a,b\n1,2024-01-02\n2,2024-01-03\n"), "b")
    refused("table-file.target-kind", written("a,b,c\n1,x,1\n2,y,2\n"), ["b", "c"])
    refused("table-file.many-classes", written("a,b\n1,x\n2,y\n3,z\n4,x\n5,w\n"), "b")
    refused("table.infinite", written("a,b\n1,x\ninf,y\n3,x\n"), "b")
    path = tmp_path / "two.parquet"
    pd.DataFrame([[1, 2]], columns=["a", "a "]).to_parquet(path)
    refused("table-file.same-names", str(path), "a")


def test_a_missing_package_is_one_sentence(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file.parent / "t.xlsx"
    cars().to_excel(path, index=False)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    error = refused("table-file.no-reader", str(path), "price")
    assert "pip install openpyxl" in str(error)
    monkeypatch.setitem(sys.modules, "pandas", None)
    error = refused("table-file.no-reader", str(file), "price")
    assert "pip install pandas pyarrow openpyxl" in str(error)
