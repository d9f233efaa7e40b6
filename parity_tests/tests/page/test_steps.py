"""The steps of a page: equations in the course's letters, lines of source, dimensions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar
from xml.etree import ElementTree

import pytest
import torch
from torch import nn

import ref_numpy
import torch_impl
from parity_tests.page import source_excerpts
from parity_tests.page.all_steps import all_steps
from parity_tests.page.docstring_equations import loss_of_one_example
from parity_tests.page.formula_sheet import every_formula
from parity_tests.page.mathml import mathml
from parity_tests.page.network_svg import picture
from parity_tests.tests.support.page_networks import SPECS, each_spec
from parity_tests.tests.support.paths import ROOT
from parity_tests.tests.support.sample_kinds import AbsoluteDeviation, Softplus, known, networks
from ref_numpy import (
    CrossEntropy,
    Dense,
    Dropout,
    InputError,
    LayerNorm,
    NetworkSpec,
    Softmax,
    Tanh,
)
from ref_numpy.layer import Layer
from torch_impl import own_twins


def shapes_of(spec: NetworkSpec, m: int = 7) -> dict[str, tuple[int, ...]]:
    return {**spec.trace_shapes(m), **spec.parameter_shapes, "Y": (*spec.output_shape, m)}


def letters(markup: str) -> list[str]:
    """The text of every equation, as it is read from left to right."""
    found = re.findall(r"<math.*?</math>", markup)
    return ["".join("".join(ElementTree.fromstring(x).itertext()).split()) for x in found]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("dW[2] = (1/m) dZ[2] A[1]^T", "dW[2]=1mdZ[2]A[1]T"),
        ("g(z) = 1 / (1 + e^−z)", "g(z)=11+e−z"),
        ("a_k = e^{z_k} / Σ_j e^{z_j}", "ak=ezkΣjezj"),
        ("dZ[1] = dA[1] ∗ g[1]'(Z[1])", "dZ[1]=dA[1]∗g[1]′(Z[1])"),
        ("J = −(1/m) Σ_i y(i) log a[L](i)", "J=−1mΣiy(i)loga[L](i)"),
        ("½ Σ_k (a_k − y_k)²", "12Σk(ak−yk)2"),
        ("‖W[l]‖²", "‖W[l]‖2"),
        ("r = 1/√(σ² + ε)", "r=1σ2+ε"),
        ("z_{t n + k}(i) = e_{x(i, t)}", "ztn+k(i)=ex(i,t)"),
        ("Z = [A; B; …]", "Z=[A;B;…]"),
        ("dγ = Σ dZ ∗ Â of the columns", "dγ=ΣdZ∗Âofthecolumns"),
        ("f(x", "f(x"),  # a bracket that is not closed is shown as it stands
        ("a < b & c)", "a<b&c)"),
    ],
)
def test_equations_keep_their_letters_in_order(text: str, read: str) -> None:
    assert letters(mathml(text)) == [read]


def test_roots_and_long_subscripts_have_their_own_markup() -> None:
    below = ElementTree.fromstring(mathml("1/√(σ² + ε)")).find("mfrac")
    assert below is not None
    root = below[1].find("msqrt") if below[1].tag != "msqrt" else below[1]
    assert root is not None
    assert "".join(root.itertext()) == "σ2+ε"
    assert ElementTree.fromstring(mathml("z_{t n + k}")).find("msub/mrow") is not None
    assert ElementTree.fromstring(mathml("Z = [A; B]")).find("msup") is None
    assert ElementTree.fromstring(mathml("Σ dZ")).find("mrow/munder") is None


def test_fractions_powers_and_sums_have_their_own_markup() -> None:
    fraction = ElementTree.fromstring(mathml("g = 1 / (1 + e^−z)")).find("mfrac")
    assert fraction is not None
    above, below = fraction
    assert "".join(above.itertext()) == "1"
    assert "".join(below.itertext()) == "1+e−z"  # without its brackets
    assert [x.tag for x in below] == ["mn", "mo", "msup"]
    under = ElementTree.fromstring(mathml("Σ_i x(i)")).find("mrow/munder")
    assert under is not None
    assert [x.text for x in under] == ["Σ", "i"]
    assert ElementTree.fromstring(mathml("dW[12]")).find("msup/mrow/mi").text == "d"  # pyright: ignore


# Week 2 to 4 of the course, and week 1 of the second: its letters, its order.
COURSE = {
    "binary": (
        "A[0]=X", "Z[l]=W[l]A[l−1]+b[l]", "A[l]=g[l](Z[l])", "g(z)=11+e−z", "g(z)=tanhz",
        "g′(z)=1−a2", "g′(z)=a(1−a)", "ŷ=a[L]", "J=1mΣiℒ(a[L](i),y(i))",
        "ℒ(a,y)=−(yloga+(1−y)log(1−a))", "J=−1mΣi(y(i)loga[L](i)+(1−y(i))log(1−a[L](i)))",
        "dZ[L]=A[L]−Y", "dW[l]=1mdZ[l]A[l−1]T", "db[l]=1mΣidZ[l](i)", "dA[l−1]=W[l]TdZ[l]",
        "dZ[l]=dA[l]∗g[l]′(Z[l])", "W[l]:=W[l]−αdW[l]", "b[l]:=b[l]−αdb[l]",
        "(n[l],n[l−1])", "(n[l],1)", "(n[l],m)",
    ),
    "classes": (
        "g(z)=max(0,z)", "ak=ezkΣjezj", "ℒ(a,y)=−Σkyklogak",
        "J=1mΣiℒ(a[L](i),y(i))+λ2mΣl‖W[l]‖2", "dW[l]=1mdZ[l]A[l−1]T+λmW[l]",
    ),
}  # fmt: skip


OF_VALUES = {
    "squared_error": ("", "dA[2]=A[2]−Y", "minus"),
    "absolute_error": ("ℒ(a,y)=Σk|ak−yk|", "da=1wherea>y,−1wherea<y,else0", ""),
    "huber": ("ℒ(a,y)=Σk12(ak−yk)2where|ak−yk|≤δ,elseδ(|ak−yk|−12δ)", "da=a−yin±δ", ""),
    "multiclass_hinge": (
        "ℒ(a,y)=Σk≠cmax(0,1+ak−ac)",
        "da=1where1+ak>ac,else0;−Σk≠cdakofc",
        "",
    ),
    "hinge": ("ℒ(a,y)=Σkmax(0,1−skak)", "da=−swheresa<1,else0", ""),
}


@pytest.mark.parametrize("loss", OF_VALUES)
def test_losses_of_the_output_have_their_own_gradients(loss: str) -> None:
    of_one, gradient, made = OF_VALUES[loss]
    spec = NetworkSpec.dense([2, 4, 2], "tanh", "identity", loss)
    every = {s.name: s for s in all_steps(spec, shapes_of(spec))}
    if loss != "squared_error":
        assert of_one in letters("".join(every["J"].equations))
    assert letters("".join(every["dA2"].equations)) == [gradient]
    assert every["dA2"].made == made
    assert ("answer minus label" in every["dA2"].meaning) == bool(made)


@pytest.mark.parametrize("name", COURSE)
def test_the_courses_formulas_are_on_the_page(name: str) -> None:
    found = letters(every_formula(SPECS[name]))
    assert [formula for formula in COURSE[name] if formula not in found] == []


def test_each_step_has_its_own_layers_equation() -> None:
    every = all_steps(SPECS["binary"], shapes_of(SPECS["binary"]))
    found = {s.name: letters("".join(s.equations)) for s in every}
    assert found["Z1"] == ["Z[1]=W[1]A[0]+b[1]", "A[0]=X"]
    assert found["A2"] == ["A[2]=g[2](Z[2])", "g(z)=11+e−z"]
    assert found["dZ2"] == ["dZ[2]=A[2]−Y"]
    assert found["dW2"] == ["dW[2]=1mdZ[2]A[1]T"]
    assert found["db2"] == ["db[2]=1mΣidZ[2](i)"]
    assert found["dA1"] == ["dA[1]=W[2]TdZ[2]"]
    assert found["dZ1"] == ["dZ[1]=dA[1]∗g[1]′(Z[1])", "g′(z)=1−a2"]
    assert found["W1+"] == ["W[1]:=W[1]−αdW[1]"]
    values = {
        s.name: letters("".join(s.equations))
        for s in all_steps(SPECS["values"], shapes_of(SPECS["values"]))
    }
    assert values["A2"] == ["ak=ezkΣjezj"]
    assert values["dZ2"] == ["∂ak∂zj=ak(δkj−aj)", "dzj=Σkdak∂ak∂zj=aj(daj−Σkdakak)"]


@each_spec
def test_there_is_a_step_for_each_tensor_in_dataflow_order(spec: NetworkSpec) -> None:
    found = all_steps(spec, shapes_of(spec))
    expected = [name for name in spec.trace_shapes(7) if name != "A0"]
    assert [s.name for s in found] == [*expected, *(f"{name}+" for name in spec.parameter_shapes)]
    assert all(s.right for s in found)
    assert all(s.equations and s.numpy and s.torch for s in found)


def test_a_layer_without_bias_and_other_kinds_have_their_steps() -> None:
    layers = (Dense(5, 4, bias=False), LayerNorm(4), Tanh(), Dropout(0.1), Dense(4, 3), Softmax())
    spec = NetworkSpec.chain(layers, CrossEntropy())
    found = {s.name: s for s in all_steps(spec, shapes_of(spec))}
    assert all(s.right and s.equations and s.numpy and s.torch for s in found.values())
    assert letters("".join(found["Z1"].equations)) == ["Z[1]=W[1]A[0]", "A[0]=X"]
    assert found["Z1"].dimensions == "W[1] (4, 5) · A[0] (5, 7) = (4, 7)"
    assert found["Z1"].torch_code.startswith("Z1 = nn.Linear(5, 4, bias=False)(x)")
    assert "plus b" not in found["Z1"].meaning
    assert "plus b" in found["Z2"].meaning
    assert not found.keys() & {"db1", "b1+"}
    drawn = picture(spec, 7)
    assert drawn.count("(4, 1)") == 0
    assert drawn.count("(3, 1)") == 1


@each_spec
def test_sources_are_the_lines_of_the_files(spec: NetworkSpec) -> None:
    shown = [x for s in all_steps(spec, shapes_of(spec)) for x in (*s.numpy, *s.torch)]
    assert {source.file.split("/")[0] for source in shown} == {"ref_numpy", "torch_impl"}
    for source in shown:
        lines = (ROOT / source.file).read_text(encoding="utf-8").splitlines()[source.line - 1 :]
        for line, code in zip(lines, source.code.splitlines(), strict=False):
            assert line.strip().rstrip(",") == code.strip()


def test_a_dimension_that_does_not_fit_is_not_checked_off() -> None:
    spec = SPECS["binary"]
    wrong = {**shapes_of(spec), "db2": (1, 7), "Z1": (7, 4)}
    marked = {s.name: s.right for s in all_steps(spec, wrong)}
    assert not marked["db2"]
    assert not marked["Z1"]
    assert marked["dW1"]


def test_a_body_leaves_the_docstring_out() -> None:
    source = source_excerpts.body(Layer.parameter_shapes)
    assert source.code == "return {}"
    documented = source_excerpts.body(ref_numpy.forward)
    assert documented.code.startswith("A, caches = named_inputs(spec, X), {}")


@dataclass(frozen=True)
class Scale(Layer, kind="page_scale"):
    """A = γ ∗ Z        γ: (n, 1)   Z: (n, m)"""

    n: int
    symbol: ClassVar[str] = "A"

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        return {"γ": (self.n, 1)}

    def forward(self, params: Any, context: Any, Z: Any) -> Any:
        return params["γ"] * Z, None

    def backward(self, params: Any, cache: Any, dA: Any) -> Any:
        """dZ = γ ∗ dA"""
        (Z,) = cache.inputs
        return params["γ"] * dA, {"γ": (dA * Z).sum(axis=1, keepdims=True) / Z.shape[1]}


del Layer.kinds["page_scale"]  # which is for the test below alone


class TorchScale(nn.Module):
    def __init__(self, n: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(n))


def test_a_new_kind_of_layer_needs_no_line_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its equations are its docstrings', its lines its own; torch's names those of its twin."""
    monkeypatch.setitem(Layer.kinds, "page_scale", Scale)
    monkeypatch.setattr(own_twins, "LAYERS", {})
    torch_impl.register(Scale, lambda layer: TorchScale(layer.n))
    spec = NetworkSpec.chain((Dense(2, 4), Scale(4), Dense(4, 3), Softmax()), CrossEntropy())
    every = {s.name: s for s in all_steps(spec, shapes_of(spec))}
    assert letters("".join(every["A1"].equations)) == ["A=γ∗Z"]
    assert letters("".join(every["dZ1"].equations)) == ["dZ=γ∗dA"]
    assert every["dγ1"].numpy[0].code.startswith("(Z,) = cache")
    assert (every["dγ1"].torch_name, every["dγ1"].layout) == ("network[1].weight.grad", "column")
    assert every["dγ1"].dimensions == "(4, 1), the shape of γ[1]"
    assert "γ1+" in every


def test_a_loss_that_people_add_has_its_own_equations(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a layer without a twin in torch cannot be shown beside it."""
    with known():
        spec = networks()["softplus"]
        monkeypatch.setattr(own_twins, "LAYERS", {})
        monkeypatch.setattr(own_twins, "LOSSES", {})
        for code, given in (
            ("layer.no-twin", (Softplus, lambda layer: nn.Softplus())),
            ("loss.no-twin", (AbsoluteDeviation, nn.functional.l1_loss, lambda n_y: n_y)),
        ):
            with pytest.raises(InputError) as caught:
                all_steps(spec, shapes_of(spec))
            assert caught.value.code == code
            torch_impl.register(*given)
    every = {s.name: s for s in all_steps(spec, shapes_of(spec))}
    assert letters("".join(every["dA2"].equations)) == ["da=∂ℒ∂a"]
    assert (every["dA2"].made, every["dZ1"].made) == ("", "")
    assert letters("".join(every["A1"].equations))[1] == "g(z)=log(1+ez)"
    assert [source.code for source in every["A1"].torch] == ["x = layer(x)"]
    assert "∂ℒ" in "".join(letters(every_formula(spec)))
    monkeypatch.setattr(AbsoluteDeviation, "__doc__", None)
    assert loss_of_one_example(spec) == "absolute deviation"
