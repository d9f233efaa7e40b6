"""A trained network in other formats: read without this package, it predicts as the reference."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import ref_numpy
from parity_tests.checking.end_to_end import compared
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.precisions import FLOAT32, FLOAT64
from parity_tests.tests.project.readme_blocks import block
from ref_numpy import Array, Elu, NetworkSpec
from ref_numpy.data.data_spec import DataSpec, Task
from ref_numpy.data.preprocessing import Standardiser
from ref_numpy.errors import InputError
from torch_impl.export.command import export, load, loading_lines, main, spec_output
from torch_impl.export.raw_network import RawNetwork, names_of_outputs
from torch_impl.export.wide_activations import wide

pytestmark = pytest.mark.filterwarnings("ignore")

RNG = np.random.default_rng(0)
M = 40
NAMES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "ja, 猫"), "classes": ("ash", "birch", "oak"), "multilabel": ("wet", "red"),
    "regression": ("0", "1"),
}  # fmt: skip


class Saved:
    """A network with random weights in a run's folder, and raw examples near 1e9."""

    def __init__(
        self,
        folder: Path,
        task: Task,
        dtype: Any = np.float32,
        shape: Any = (5,),
        hidden: tuple[Any, Any] = ("tanh", "leaky_relu"),
    ) -> None:
        self.folder, n_x = folder, int(np.prod(shape))
        self.x = 1e9 + RNG.standard_normal((M, *shape))
        inputs = Standardiser.of(self.x.reshape(M, -1).T)
        targets = None
        if task == "regression":
            targets = Standardiser(np.array([[1e6], [-3.0]]), np.array([[1e3], [0.25]]))
        self.data = DataSpec(shape, task, NAMES[task], inputs, targets)
        self.spec = NetworkSpec.dense([n_x, 7, 6, self.data.n_y], hidden, self.data.output)
        params = ref_numpy.initialise(self.spec, "xavier", seed=1)
        self.params = {name: (p + 0.1).astype(dtype) for name, p in params.items()}
        self.weights = folder / "weights.safetensors"
        ref_numpy.save(self.weights, self.spec, self.params, self.data)

    def A(self) -> Array:
        """A[L] of the reference, from the raw examples."""
        X = self.data.to_X(self.x, next(iter(self.params.values())).dtype)
        return ref_numpy.forward(self.spec, self.params, X)[0][self.spec.output]

    def check(self, outputs: list[Array]) -> None:
        """Compare the outputs with the reference's within the error model's bound of A[L]."""
        first = outputs[0].T
        p = FLOAT64 if self.params["W1"].dtype == np.float64 else FLOAT32
        X = self.data.to_X(self.x, self.params["W1"].dtype)
        if self.data.targets is not None:  # at float64: σ_y and μ_y cost a float32 number nothing
            assert outputs[0].dtype == np.float64
            first = self.data.targets.apply(first)
        if self.data.task == "binary":
            first = first[1:]
        own = {self.spec.output: first.astype(np.float64)}
        Y = np.zeros((self.data.n_y, M))
        Y[0] = 1
        ((_, found),) = compared(own, expectations(self.spec, self.params, X, Y, {}, p))
        assert (found.ratio <= 1, found.unbounded) == (True, 0)
        if len(outputs) == 2:
            names = np.array(self.data.names)[outputs[1]]
            np.testing.assert_array_equal(names, self.data.to_predictions(self.A()))
            assert len({*names}) > 1


CASES = [
    ("classes", np.float32, (5,)), ("binary", np.float32, (5,)), ("multilabel", np.float32, (5,)),
    ("regression", np.float32, (5,)), ("classes", np.float64, (5,)),
    ("classes", np.float32, (2, 3)),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("task", "dtype", "shape"), CASES)
def test_onnx_predicts_as_the_reference(tmp_path: Path, task: Task, dtype: Any, shape: Any) -> None:
    """By onnxruntime, from raw float64 examples, any number of them."""
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    saved = Saved(tmp_path, task, dtype, shape)
    path = export(tmp_path, "onnx")
    assert [file.name for file in tmp_path.iterdir() if file != saved.weights] == ["model.onnx"]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (x,) = session.get_inputs()
    assert (x.name, x.type, x.shape) == ("x", "tensor(double)", ["m", *shape])
    saved.check(session.run(None, {"x": saved.x}))
    for m in (1, 7):
        assert len(session.run(None, {"x": saved.x[:m]})[0]) == m
    known = session.get_modelmeta().custom_metadata_map
    assert json.loads(known["names"]) == list(NAMES[task])
    assert (known["task"], known["network"]) == (task, saved.spec.summary)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("hidden", [("softplus", Elu(0.7)), ("gelu_tanh", "silu"), ("gelu", "elu")])
def test_activations_in_onnx(tmp_path: Path, hidden: tuple[Any, Any], dtype: Any) -> None:
    """Of which onnxruntime has most at float32 alone; an erf at float64 is refused."""
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    saved = Saved(tmp_path, "classes", dtype, hidden=hidden)
    if (hidden[0], dtype) == ("gelu", np.float64):
        with pytest.raises(InputError) as refused:
            export(tmp_path, "onnx")
        assert refused.value.code == "export.float64-erf"
        return
    path = export(tmp_path, "onnx")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    saved.check(session.run(None, {"x": saved.x}))


def test_wide_activations_are_torchs_at_float64() -> None:
    """To the last digits: torch computes log1p and expm1, an ONNX file log and exp."""
    x = torch.linspace(-30, 30, 1001, dtype=torch.float64)
    for narrow in (
        nn.LeakyReLU(0.3), nn.ELU(0.7), nn.Softplus(threshold=40), nn.GELU(approximate="tanh"),
    ):  # fmt: skip
        other = wide(narrow)
        assert other is not narrow
        apart = (other(x) - narrow(x)).abs()
        assert (apart <= 2.0**-50 * (1 + x.abs())).all(), narrow
    for same in (nn.GELU(), nn.SiLU(), nn.Tanh(), nn.Linear(2, 3)):
        assert wide(same) is same


@pytest.mark.slow
@pytest.mark.parametrize(("task", "dtype", "shape"), CASES)
def test_torch_export_predicts_as_the_reference(
    tmp_path: Path, task: Task, dtype: Any, shape: Any
) -> None:
    saved = Saved(tmp_path, task, dtype, shape)
    path = export(saved.weights, "torch.export")
    extra = {"metadata.json": ""}
    model = torch.export.load(path, extra_files=extra).module()
    outputs = model(torch.from_numpy(saved.x))
    saved.check([output.numpy() for output in outputs])
    assert [len(model(torch.from_numpy(saved.x[:m]))[0]) for m in (1, 7)] == [1, 7]
    assert json.loads(json.loads(extra["metadata.json"])["names"]) == list(NAMES[task])


def test_a_hinge_network_gives_scores(tmp_path: Path) -> None:
    """−a and a, and the second class where a is above 0."""
    spec = NetworkSpec.dense([5, 7, 1], "tanh", "identity", "hinge")
    data = DataSpec((5,), "binary", NAMES["binary"])
    params = ref_numpy.initialise(spec, "xavier", seed=1)
    x = RNG.standard_normal((M, 5))
    scores, prediction = RawNetwork(spec, params, data)(torch.from_numpy(x))
    assert torch.equal(scores[:, 0], -scores[:, 1])
    assert torch.equal(prediction, (scores[:, 1] > 0).long())
    assert 0 < prediction.sum() < M
    assert names_of_outputs(data, spec.loss) == ("scores", "prediction")
    ref_numpy.save(tmp_path / "weights.safetensors", spec, params, data)
    trained = load(tmp_path / "weights.safetensors")
    assert spec_output(trained) == "the score of the second"


def test_a_state_dict_is_that_of_a_plain_sequential(tmp_path: Path) -> None:
    saved = Saved(tmp_path, "classes")
    model = nn.Sequential(
        nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 6), nn.LeakyReLU(0.01), nn.Linear(6, 3),
        nn.Softmax(dim=1),
    )  # fmt: skip
    model.load_state_dict(torch.load(export(tmp_path, "state_dict"), weights_only=True))
    X = saved.data.to_X(saved.x)
    with torch.no_grad():
        saved.check([model(torch.from_numpy(X.T.copy())).numpy()])


@pytest.mark.slow
@pytest.mark.parametrize("task", ["classes", "binary", "regression"])
def test_the_printed_lines_load_it_without_this_package(
    tmp_path: Path, task: Task, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run as they are printed, in a process of their own in which the package is not found."""
    monkeypatch.chdir(tmp_path)
    saved = Saved(tmp_path, task)
    main([str(tmp_path), "--to", "state_dict"])
    printed = capsys.readouterr().out
    lines = printed.partition("\n\n")[2]
    assert len(lines.strip().splitlines()) == 3
    X = saved.data.to_X(saved.x)
    np.save("X.npy", X.T)
    code = (
        "import sys; sys.modules['ref_numpy'] = sys.modules['torch_impl'] = None\n"
        + lines
        + "\nimport numpy, torch\nA = model(torch.from_numpy(numpy.load('X.npy'))).detach()"
        + "\nnumpy.save('A.npy', A)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
    A = np.load("A.npy").T
    own = {saved.spec.output: A.astype(np.float64)}
    Y = np.zeros((saved.data.n_y, M))
    Y[0] = 1
    ((_, found),) = compared(own, expectations(saved.spec, saved.params, X, Y, {}, FLOAT32))
    assert (found.ratio <= 1, found.unbounded) == (True, 0)


@pytest.mark.slow
def test_the_three_lines_of_the_readme_load_a_run(tmp_path: Path) -> None:
    """Without this package; the command prints others that load the same."""
    spec = NetworkSpec.dense([64, 512, 256, 10])
    params = {n: p.astype(np.float32) for n, p in ref_numpy.initialise(spec, "he").items()}
    ref_numpy.save(tmp_path / "weights.safetensors", spec, params)
    path = export(tmp_path, "state_dict", str(tmp_path / "model.pt"))
    code = "import sys; sys.modules['ref_numpy'] = sys.modules['torch_impl'] = None\n"
    code += block("sequential") + "import torch; a = model(torch.arange(192.0).reshape(3, 64))\n"
    code += "loaded = model\n" + loading_lines(load(tmp_path / "weights.safetensors"), path)
    code += "\nassert str(model) == str(loaded)  # as the command prints it"
    code += "\nassert torch.equal(model(torch.arange(192.0).reshape(3, 64)), a)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_float32_inputs_would_lose_the_examples(tmp_path: Path) -> None:
    """Which is why the graphs take float64: near 1e9 these differ by less than float32's 64."""
    saved = Saved(tmp_path, "classes")
    assert np.abs(saved.x - saved.x.mean()).max() < 32
    assert len(np.unique(saved.x.astype(np.float32))) == 1


@pytest.mark.parametrize(
    ("make", "words", "code"),
    [
        (lambda f: None, ["{f}", "--to", "onnx"], "export.no-weights"),
        (lambda f: (f / "a.csv").write_text("x"), ["{f}/a.csv", "--to", "onnx"], "export.run"),
        (lambda f: None, ["{f}/none.safetensors", "--to", "onnx"], "weights-file.missing"),
        (
            lambda f: Saved(f, "binary"),
            ["{f}", "--to", "state_dict", "--out", "{f}/no/a.pt"],
            "export.out",
        ),
        (
            lambda f: Saved(f, "binary"),
            ["{f}", "--to", "state_dict", "--out", "{f}/weights.safetensors"],
            "export.exists",
        ),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(
    tmp_path: Path, make: Any, words: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path)
    before = sorted(tmp_path.iterdir())
    words = [word.format(f=tmp_path) for word in words]
    with pytest.raises(InputError) as refused:
        export(Path(words[0]), words[2], *words[4:])
    assert refused.value.code == code
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.err == f"train.py: error: {refused.value}\n"
    assert (printed.out, sorted(tmp_path.iterdir())) == ("", before)


@pytest.mark.parametrize("words", [[], ["run"], ["run", "--to", "onx"], ["run", "--too", "onnx"]])
def test_options_are_checked_in_one_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    printed = capsys.readouterr().err
    assert (ended.value.code, printed.count("\n")) == (2, 1)
    assert "train.py export --help" in printed


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Saved(tmp_path, "binary")
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(InputError) as refused:
        export(tmp_path, "onnx")
    assert refused.value.code == "export.package"
    assert "pip install onnx onnxscript" in str(refused.value)
    assert [file.name for file in tmp_path.iterdir()] == ["weights.safetensors"]
