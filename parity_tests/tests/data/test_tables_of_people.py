"""Tables as people have them: what spreadsheets write, and numbers with signs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ref_numpy import InputError
from torch_impl.data import Table
from torch_impl.data.alike_classes import alike_classes
from torch_impl.data.tables.column_kinds import NO_KIND, kind_of, why_no_numbers
from torch_impl.data.tables.table_files import Layout, read_table
from torch_impl.lightning.header import header
from torch_impl.lightning.module import NetworkModule
from torch_impl.lightning.trainer import Trainer

pd = pytest.importorskip("pandas")


def written(path: Path, text: str, encoding: str = "utf-8") -> str:
    path.write_text(text, encoding=encoding)
    return str(path)


def code_of(path: str, layout: Layout = Layout()) -> str:  # noqa: B008  (it is frozen)
    with pytest.raises(InputError) as refused:
        read_table(path, layout)
    return refused.value.code


@pytest.mark.parametrize("ends", [",", ",,", ", "])
def test_separators_at_the_ends_of_lines_shift_nothing(tmp_path: Path, ends: str) -> None:
    lines = [f"0.5,{k},2019{ends}" for k in range(3)]
    path = written(tmp_path / "t.csv", "\n".join(["size,price,year", *lines]))
    frame = read_table(path, Layout(), as_text=["year"])
    assert frame.to_dict("list") == {
        "size": [0.5] * 3, "price": [0, 1, 2], "year": ["2019"] * 3
    }  # fmt: skip


def test_names_of_rows_as_r_writes_them_are_no_column(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", '"a","b"\n"first",1,2\n"second",3,4\n')
    assert read_table(path, Layout()).to_dict("list") == {"a": [1, 3], "b": [2, 4]}
    for text in ("a,b\n1,2,3\n1,3,4\n", "a,b\n1,2,3,4\n2,3,4,5\n"):
        assert code_of(written(tmp_path / "t.csv", text)) == "table-file.more-fields"


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    assert code_of(written(tmp_path / "t.csv", "a,b, a\n1,2,3\n")) == "table-file.same-names"
    pd.DataFrame([[1, 2]], columns=["y", "y"]).to_excel(tmp_path / "t.xlsx", index=False)
    assert code_of(str(tmp_path / "t.xlsx")) == "table-file.same-names"


def test_encodings_and_excels_own_first_line(tmp_path: Path) -> None:
    expected = {"ä": ["ö", "ß"], "b": [1, 2]}
    path = tmp_path / "t.csv"
    for encoding in ("latin-1", "utf-16"):
        written(path, "ä;b\nö;1\nß;2\n", encoding)
        assert code_of(str(path)) == "table-file.unreadable"
        assert read_table(str(path), Layout(encoding=encoding)).to_dict("list") == expected
    for first in ("sep=;", '"sep=;"', "\ufeffsep=;"):
        written(path, f"{first}\nä;b\nö;1\nß;2\n")
        assert read_table(str(path), Layout()).to_dict("list") == expected
    assert code_of(str(path), Layout(encoding="no such")) == "table-file.unreadable"


def test_sheets_by_name_and_number(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with pd.ExcelWriter(path) as book:
        for k, name in enumerate(("first", "second")):
            pd.DataFrame({"a": [k]}).to_excel(book, sheet_name=name, index=False)
    for sheet in (1, "second"):
        assert read_table(str(path), Layout(sheet=sheet)).to_dict("list") == {"a": [1]}
    for sheet in (2, -1, "third", "1"):
        assert code_of(str(path), Layout(sheet=sheet)) == "table-file.no-sheet"


@pytest.mark.parametrize(
    ("words", "comma", "found"),
    [
        (["27,5", "4.335,79"], False, "numbers such as '27,5'"),
        (["27,5", "1.5"], True, "numbers such as '1.5'"),
        (["34.4%", "7 %"], False, "numbers such as '34.4%'"),
        (["$4,340.40", "€ 56.62", "(25.66)"], False, "numbers such as '$4,340.40'"),
        (["0", "1", "2", "-"], False, "numbers, and words such as '-'"),
        (["0", "1", "two", "three"], False, ""),
        (["0", "1", "1", ""], False, ""),
        (["a", "b"], False, ""),
        (["1.2.3", "1.3.4"], False, ""),
        (["3-5", "6-9"], False, ""),
    ],
)
def test_words_that_people_read_as_numbers(words: list[str], comma: bool, found: str) -> None:
    reason = why_no_numbers(np.array(words, dtype=object), comma)
    assert reason.startswith(found)
    assert bool(reason) == bool(found)


def people(m: int = 60) -> dict[str, list]:
    rng = np.random.default_rng(3)
    return {
        "age": rng.integers(20, 80, m).tolist(),
        "income": [f"{n}.{k:03},5" for n, k in zip(range(m), rng.integers(0, 999, m), strict=True)],
        "children": [["0", "1", "2", "3", "-"][k % 5] for k in range(m)],
        "town": [["Ulm", "Jena"][k % 2] for k in range(m)],
        "y": [["a", "b"][k // 3 % 2] for k in range(m)],
    }


def test_the_first_lines_name_each_column_and_its_kind(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    pd.DataFrame(people()).to_csv(path, index=False, sep=";")
    data = Table(str(path), "y")
    data.describe()
    notes = {name.strip(): line for name, line in data.notes.items()}
    assert notes["numbers"] == "age"
    assert notes["categories"] == "children (numbers, and words such as '-'), town"
    assert notes["left out"].startswith("income (numbers such as '0.")
    data = Table(str(path), "y", categories=["children"], decimal_comma=True)
    data.describe()
    notes = {name.strip(): line for name, line in data.notes.items()}
    assert notes["numbers"] == "age, income"
    assert notes["categories"] == "children, town"


@pytest.mark.parametrize("target", ["income", "children"])
def test_a_target_of_numbers_that_are_words_is_refused(tmp_path: Path, target: str) -> None:
    path = tmp_path / "people.csv"
    pd.DataFrame(people()).to_csv(path, index=False, sep=";")
    with pytest.raises(InputError) as refused:
        Table(str(path), target).describe()
    assert refused.value.code == "table-file.target-numbers"
    assert Table(str(path), "children", task="classes").described.names == tuple("-0123")


def test_lists_in_a_column_are_values_of_no_kind() -> None:
    assert kind_of(pd.Series([[1, 2], [3]])).left_out == NO_KIND


def test_a_class_without_an_example_to_train_on_is_named(tmp_path: Path) -> None:
    frame = pd.DataFrame(people())
    frame.to_csv(tmp_path / "train.csv", index=False)
    frame.assign(y="c").to_csv(tmp_path / "test.csv", index=False)
    for test, unseen in ((str(tmp_path / "test.csv"), "c: "), (None, "")):
        data = Table(str(tmp_path / "train.csv"), "y", test)
        data.describe()
        model = NetworkModule(data.described.n_x, 3)
        trainer = Trainer(accelerator="cpu", logger=False, enable_progress_bar=False)
        lines = header(data, model, trainer, ("train", "val", "test"))
        assert lines.get("not learnt", "")[:3] == unseen
        assert "not learnt" not in header(data, model, trainer, ("test",))


def test_classes_that_may_be_one_are_named(tmp_path: Path) -> None:
    y = ["Yes", "yes", "No", "no", "NO", "perhaps"] * 20
    pd.DataFrame({"x": range(120), "y": y}).to_csv(tmp_path / "answers.csv", index=False)
    data = Table(str(tmp_path / "answers.csv"), "y")
    data.describe()
    assert alike_classes(data.described) == "NO, No, no; Yes, yes"
    trainer = Trainer(accelerator="cpu", logger=False, enable_progress_bar=False)
    lines = header(data, NetworkModule(1, 6), trainer, ("train", "val", "test"))
    assert lines["one class?"].startswith("NO, No, no; Yes, yes differ")
    spec = replace(data.described, names=("a b", "ab", "c", "d", "e", "f"))
    assert alike_classes(spec) == "a b, ab"
    assert alike_classes(replace(spec, names=tuple("abcdef"))) == ""


def test_rows_held_out_are_named_by_their_number_in_the_file(tmp_path: Path) -> None:
    frame = pd.DataFrame(people())
    frame.loc[frame.index % 7 == 2, "y"] = None  # these rows are left out
    path = tmp_path / "people.csv"
    frame.to_csv(path, index=False)
    data = Table(str(path), "y")
    data.describe()
    title, numbers = data.row_names["test"]
    rows = data.rows["test"]
    assert title == "row"
    assert len(numbers) == len(rows) > 5
    (y,) = rows.labels()
    assert frame["y"].iloc[np.array(numbers) - 1].tolist() == y.tolist()
    ages = read_table(str(path), Layout())["age"].to_numpy()[np.array(numbers) - 1]
    assert np.array_equal(rows.columns["age"][rows.chosen], ages)
    assert Table(str(path), "y", str(path)).described
    trained = data.record()
    frame.assign(age=3).to_csv(path, index=False)
    data.follow(trained)  # another table: all of its rows, in their order
    data.reset(trained)
    data.describe()
    assert data.row_names == {}
