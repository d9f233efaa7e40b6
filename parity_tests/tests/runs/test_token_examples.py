"""Examples of whole numbers: their split, what a network must take, and a file of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from lightning.pytorch.trainer.states import TrainerFn

from parity_tests.tests.support.tiny_texts import IGNORED, N_Y, T, TinyTexts, V, spec, texts
from ref_numpy import Array, InputError
from torch_impl.data.texts.token_files import TokenFile
from torch_impl.data.texts.tokens import Texts, TokenData


class Given(TokenData):
    def __init__(self, x: Any, y: Any, test: Texts | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.given = Texts(np.asarray(x), np.asarray(y)), test

    def load(self) -> tuple[Texts, Texts | None]:
        return self.given


def rows(data: TokenData, part: str) -> list[tuple[list[int], list[int]]]:
    x, y = (tensor.tolist() for tensor in data.parts[part][:])
    return list(zip(x, y, strict=True))


def test_every_example_is_in_one_part() -> None:
    data = TinyTexts()
    data.setup("fit")
    assert data.part_sizes == {"train": 9, "val": 3, "test": 3}
    x, y = texts()
    every = [row for part in data.parts for row in rows(data, part)]
    assert sorted(every) == sorted(zip(x.tolist(), y.tolist(), strict=True))
    assert (data.n_x, data.n_y, data.output) == (T, T, "tokens")


def test_a_test_set_of_its_own_is_not_split() -> None:
    x, y = texts()
    data = Given(x, y, Texts(x[:2], y[:2]), val_fraction=0.2)
    data.setup("fit")
    assert data.part_sizes == {"train": 12, "val": 3, "test": 2}
    assert rows(data, "test") == list(zip(x[:2].tolist(), y[:2].tolist(), strict=True))
    assert data.raw("test").tolist() == x[:2].tolist()


def test_a_file_has_them_by_name(tmp_path: Path) -> None:
    x, y = texts()
    np.savez(path := tmp_path / "texts.npz", X=x.astype(np.int16), y=y)
    data = TokenFile(str(path))
    (read_x, read_y), test = data.load()
    assert (data.title, test) == (str(path), None)
    np.testing.assert_array_equal(read_x, x)
    np.testing.assert_array_equal(read_y, y)
    data.check_network(spec())
    np.savez(path, x_train=x, y_train=y, x_test=x[:3], y_test=y[:3])
    assert TokenFile(str(path)).load()[1] is not None
    with pytest.raises(InputError) as refused:
        TokenFile(str(path), y="labels").load()
    assert refused.value.code == "data.no-array"


def changed(x: Array, at: tuple[int, int], to: int) -> Array:
    x[at] = to
    return x


X, Y = texts()
REFUSALS: list[tuple[str, Callable[[], TokenData]]] = [
    ("data.whole-numbers", lambda: Given(X / 2, Y)),
    ("data.whole-numbers", lambda: Given(X, Y.reshape(-1, 2, 2))),
    ("data.array-shapes", lambda: Given(X, Y[1:])),
    ("data.other-texts", lambda: Given(X, Y, Texts(X[:, 1:], Y[:, 1:]))),
    ("inputs.out-of-range", lambda: Given(changed(X.copy(), (3, 2), V), Y)),
    ("array.shape", lambda: Given(X[:, 1:], Y)),
    ("labels.no-class", lambda: Given(X, changed(Y.copy(), (3, 2), N_Y))),
    ("labels.no-class", lambda: Given(X, changed(Y.copy(), (3, 2), IGNORED + 1))),
    ("labels.no-class", lambda: Given(X, Y, Texts(X, changed(Y.copy(), (3, 2), N_Y)))),
    ("labels.whole-shape", lambda: Given(X, Y[:, 0])),
]


@pytest.mark.parametrize(("code", "data"), REFUSALS)
def test_what_is_no_text_of_the_network_is_refused(
    code: str, data: Callable[[], TokenData]
) -> None:
    with pytest.raises(InputError) as refused:
        data().check_network(spec())
    assert refused.value.code == code


def test_a_run_resumes_on_the_same_numbers() -> None:
    state, other = TinyTexts().state_dict(), Given(X, changed(Y.copy(), (0, 0), 1)).state_dict()
    assert TinyTexts().state_dict() == state
    assert state["content"] != other["content"]


def test_held_out_rows_have_their_number_in_the_source() -> None:
    data = TinyTexts()
    data.setup("predict")
    title, numbers = data.row_names[data.part_to_predict]
    assert title == "row"
    x, _ = texts()
    np.testing.assert_array_equal(data.raw("test"), x[np.array(numbers) - 1])


def test_other_examples_are_all_tested() -> None:
    """Those of a file that the network was not trained on; its own are split as they were."""
    data = Given(X[:7], Y[:7])
    data.trainer = SimpleNamespace(state=SimpleNamespace(fn=TrainerFn.TESTING))  # pyright: ignore[reportAttributeAccessIssue]
    data.setup("test")
    assert data.part_sizes["test"] < 7
    data.load_state_dict(data.state_dict())
    assert data.part_sizes["test"] < 7
    data.load_state_dict(TinyTexts().state_dict())
    assert data.part_sizes == {"val": 7, "test": 7}
    assert not data.row_names  # all of them, in their order
    assert data.raw("test").tolist() == X[:7].tolist()


def test_examples_without_labels_can_only_be_predicted(tmp_path: Path) -> None:
    np.savez(path := tmp_path / "texts.npz", x=X)
    data = TokenFile(str(path))
    data.check_network(spec())
    data.setup("predict")
    assert data.part_to_predict == "predict"
    x, y = data.parts["predict"][:]
    assert x.tolist() == X.tolist()
    assert y.shape == (len(X), 0)
    assert data.described.names == tuple(map(str, range(N_Y)))
    with pytest.raises(InputError) as refused:
        TokenFile(str(path)).setup("fit")
    assert refused.value.code == "data.no-labels"
    unlabelled = Given(X, Y, Texts(X[:2], None))
    unlabelled.setup("fit")
    assert unlabelled.part_sizes == {"predict": 2, "train": 10, "val": 2, "test": 3}
