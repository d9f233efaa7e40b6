"""The steps of a graph's page: equations and what their letters are, shares, operands, lines."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import torch_impl
from parity_tests.checking.expected.layerwise import expectations
from parity_tests.error_model.precisions import FLOAT64
from parity_tests.kinds.random_problem import random_problem
from parity_tests.page.all_steps import all_steps
from parity_tests.page.graph.graph_formulas import every_kind
from parity_tests.page.step import LABELS_OF_GRAPH, PageStep
from parity_tests.tests.support.graphs import graph_networks
from parity_tests.tests.support.page_networks import GRAPHS, each_graph
from parity_tests.tests.support.paths import ROOT
from ref_numpy import Concatenate, Dense, Graph, Identity, Multiply, NetworkSpec
from torch_impl import conventions, twin

M = 8


def shapes_of(spec: NetworkSpec) -> dict[str, tuple[int, ...]]:
    return {
        **spec.trace_shapes(M),
        **spec.parameter_shapes,
        LABELS_OF_GRAPH: (*spec.output_shape, M),
    }


def steps_of(spec: NetworkSpec) -> dict[str, PageStep]:
    return {step.name: step for step in all_steps(spec, shapes_of(spec), 0.3)}


def equations(step: PageStep) -> list[str]:
    """Every equation of a step as it was written."""
    blocks = r'display="block" alttext="(.*?)"|<div class="sum">(.*?)</div>'
    found = re.findall(blocks, "".join(step.equations))
    return [unescape(re.sub("</?code>", "", block or total)) for block, total in found]


def legend(step: PageStep) -> str:
    """What the letters of a step are, as text."""
    found = "".join(re.findall(r'<span class="here.*?</span>', "".join(step.equations)))
    letters = re.sub(r'<math display="inline" alttext="(.*?)">.*?</math>', r"\1", found)
    return unescape(re.sub(r"<.*?>", "", letters))


@each_graph
def test_there_is_a_step_for_each_tensor_as_the_check_expects_them(spec: NetworkSpec) -> None:
    params, X, Y = random_problem(spec, M)
    expected = [name for name, _ in expectations(spec, params, X, Y, {}, FLOAT64)]
    names = [name for name in expected if name not in spec.inputs]
    found = steps_of(spec)
    assert list(found) == [*names, *(f"{name}+" for name in spec.parameter_shapes)]
    for step in found.values():
        assert step.right
        assert step.equations
        assert step.numpy
        assert step.torch
        assert step.reads.keys() <= shapes_of(spec).keys()
        assert step.meaning.startswith(step.name.rstrip("+"))
        assert step.meaning.endswith(".")


def test_equations_are_the_docstrings_and_their_letters_are_named() -> None:
    found = steps_of(GRAPHS["residual"])
    assert equations(found["h"]) == ["Z = W A_prev + b"]
    assert legend(found["h"]) == "Z is h, W is h.W, b is h.b, A_prev is x"
    assert equations(found["outer"]) == ["Z = W A_prev"]  # which has no b
    assert legend(found["norm"]).endswith("β is norm.beta, A is h, ε = 1e-05")
    assert equations(found["act"]) == ["A = g(Z)", "g(z) = z Φ(z)"]
    assert equations(found["dinner"]) == ["dZ = dA ∗ g'(Z)", "g'(z) = Φ(z) + z φ(z)"]
    assert equations(found["dnorm.gamma"])[0] == "dγ = Σ dZ ∗ Â"
    assert "Â = (A − μ) r" in equations(found["dnorm.gamma"])
    assert equations(found["dnorm.beta"]) == ["dβ = Σ dZ"]
    assert equations(found["dh.W"]) == ["dW = dZ A_prev^T"]  # no 1/m, which is in dz
    assert equations(found["dz"]) == ["dZ = (1/m) (A − Y)"]
    assert legend(found["dz"]) == "dZ is dz, A is y"
    assert equations(found["h.W+"]) == ["θ := θ − α dθ"]
    assert legend(found["h.W+"]) == "θ is h.W, dθ is dh.W"


def test_the_gradient_of_a_tensor_used_twice_is_a_sum_of_shares() -> None:
    found = steps_of(GRAPHS["residual"])
    first, *shares = equations(found["dh"])
    assert first == "dh = share from r + share from norm"
    assert shares[0] == "dA = dB = … = dZ"
    assert shares[1].startswith("dA = r (dÂ − mean(dÂ)")
    assert "the sum of the shares from r and norm, which use h" in found["dh"].meaning
    assert {"dr", "dnorm", "h", "norm.gamma"} == found["dh"].reads.keys()
    assert found["dh"].numpy[-1].code == "d[name] = d[name] + share if name in d else share"
    assert "share" not in "".join(equations(found["dr"]))
    assert equations(found["dx"]) == ["dA_prev = W^T dZ"]
    assert "Training does not use it" in found["dx"].meaning


def test_a_shared_weight_has_a_share_from_each_step_and_from_the_penalty() -> None:
    found = steps_of(GRAPHS["texts"])
    first, of_scores, of_e = equations(found["de.E"])
    assert first == "de.E = share from scores + share from e + (λ/m) e.E"
    assert of_scores == "dE = A dZ^T"
    assert of_e.startswith("de_v = Σ da(i, t)")
    assert found["de.E"].reads.keys() == {"drop", "dscores", "tokens", "de", "e.E"}
    assert [line.file for line in found["de.E"].numpy] == [
        "ref_numpy/layers/unembedding.py",
        "ref_numpy/layers/embedding.py",
        "ref_numpy/propagation.py",
        "ref_numpy/propagation.py",
    ]
    assert "np.add.at" in found["de.E"].numpy[1].code
    assert equations(found["dz.W"])[0] == "dz.W = share from z + (λ/m) z.W"
    assert (found["de.E"].layout, found["dz.b"].layout, found["dz.W"].layout) == ("T", "column", "")
    cost = found["J"].torch_code
    assert cost.count("square()") == 2  # E once, and z.W
    assert "draws no random numbers here" in found["drop"].note
    assert "The cost beside the slider is another" in found["J"].note
    assert "another" not in steps_of(GRAPHS["residual"])["J"].note


def test_an_element_takes_a_row_a_column_or_one_element_by_the_equation() -> None:
    found = steps_of(GRAPHS["residual"])
    assert found["h"].reads == {"h.W": "i:", "x": ":j", "h.b": "i:"}
    assert found["outer"].reads == {"outer.W": "i:", "act": ":j"}
    assert found["dx"].reads == {"h.W": ":i", "dh": ":j"}
    assert found["dh.W"].reads == {"dh": "i:", "x": "j:"}
    assert found["r"].reads == {"h": "ij", "outer": "ij"}
    assert found["act"].reads == {"inner": "ij"}
    assert found["norm"].reads == {"norm.gamma": "i:", "norm.beta": "i:", "h": ":j"}
    written = {name for name, step in found.items() if step.made == "dot"}
    assert written >= {"h", "outer", "dx", "dh.W", "dact"}
    texts = steps_of(GRAPHS["texts"])
    assert texts["scores"].reads == {"e.E": ":i", "drop": ":j"}
    assert texts["mixed"].reads == {"gate.0": "ij", "e": "ij"}
    assert texts["flat"].reads == {"scores": "::"}
    assert texts["e"].reads == {"e.E": "i:", "tokens": ":j"}


@each_graph
def test_sources_are_the_lines_of_the_files(spec: NetworkSpec) -> None:
    for source in [x for s in all_steps(spec, shapes_of(spec)) for x in (*s.numpy, *s.torch)]:
        lines = (ROOT / source.file).read_text(encoding="utf-8").splitlines()[source.line - 1 :]
        for line, code in zip(lines, source.code.splitlines(), strict=False):
            assert line.strip().rstrip(",") == code.strip().rstrip(",")


@each_graph
def test_the_lines_run_and_give_the_twins_tensors(spec: NetworkSpec) -> None:
    """A layer that torch has no module for has no line; the twin's module is called instead."""
    params, X, Y = random_problem(spec, M)
    named: dict[str, Any] = {"nn": nn, "torch": torch, "m": M}
    named |= conventions.to_inputs(spec, X) | {"labels": conventions.to_targets(spec, Y)}
    found = steps_of(spec)
    for step in spec.steps:
        variable = found[step.output].torch_name
        for line in found[step.output].torch_code.splitlines():
            exec(line, named)
            if line.startswith(f"{variable}_layer ="):
                layer = named[f"{variable}_layer"].double().eval()
                own = dict(zip(step.parameters, layer.parameters(), strict=True))
                with torch.no_grad():
                    for name, full in step.parameters.items():
                        theta = params[full]
                        theirs = theta.T if name in twin.transposed(step.layer) else theta
                        own[name].copy_(torch.from_numpy(theirs.reshape(own[name].shape)))
        if not found[step.output].torch_code:
            inputs = [named[found[n].torch_name] for n in step.inputs]
            named[variable] = twin.twin_of(step).eval()(*inputs)
        if named[variable].requires_grad:
            named[variable].retain_grad()
    exec(found["J"].torch_code, named)
    named["J"].backward()
    expected = torch_impl.run(spec, params, X, Y)
    np.testing.assert_array_equal(conventions.from_batch(named["y"].detach()), expected["y"])
    for name, step in found.items():
        if step.phase == "backward" and name[1:] not in spec.inputs:
            theirs = eval(step.torch_name, named).numpy()
            ours = expected[name]
            if step.layout == "T":
                ours = np.moveaxis(ours, 0, conventions.features_axis(ours.ndim))
            np.testing.assert_array_equal(theirs.reshape(ours.shape), ours, err_msg=name)


def test_every_kind_of_layer_has_its_formulas_once() -> None:
    text = unescape(every_kind(GRAPHS["texts"]))
    assert re.findall("<h3>(.*?)</h3>", text) == [
        "embedding", "silu", "multiply", "dropout", "unembedding", "flatten", "dense", "softmax",
        "cost", "update",
    ]  # fmt: skip
    assert 'alttext="dB = dZ ∗ A"' in text
    assert 'alttext="dW = dZ A_prev^T"' in text


def test_the_second_input_has_an_equation_of_its_own() -> None:
    graph = Graph({"a": (3,), "b": (3,), "c": (5,)})
    graph.add("p", Multiply(), "a", "b")
    graph.add("both", Concatenate(), "p", "c")
    graph.add("y", Dense(8, 2), "both")
    found = steps_of(NetworkSpec.from_graph(graph))
    assert equations(found["da"]) == ["dA = dZ ∗ B"]
    assert equations(found["db"]) == ["dB = dZ ∗ A"]
    assert (found["da"].reads, found["db"].reads) == (
        {"dp": "ij", "b": "ij"},
        {"dp": "ij", "a": "ij"},
    )
    assert equations(found["dp"]) == ["dA = dZ[:n_A]"]
    assert equations(found["dc"]) == ["dB = dZ[n_A:n_A + n_B], …"]
    assert found["both"].meaning == "both: the features of p and c, one after the other."


def test_kinds_of_ones_own_need_no_line_of_the_page() -> None:
    """Several results, some unused; docstrings that say little; a tensor that is used twice."""
    with graph_networks.known():
        spec = graph_networks.everything()
        found = steps_of(spec)
    assert found.keys() >= {"both.sum", "both.product", "dboth.product", "dh.2", "dh.1.values.E"}
    assert "dboth.sum" not in found
    assert equations(found["both.sum"]) == ["s = a + b", "p = a ∗ b"]
    assert equations(found["dh.1.values.E"])[0] == (
        "dh.1.values.E = share from again + share from h.1.values"
    )
    assert "dE = ∂J/∂E" in equations(found["dh.1.values.E"])
    assert found["dh.2"].meaning.count("r") > 1
    assert equations(found["dh.2"])[0] == ("dh.2 = share from r + share from r + share from values")
    assert all(step.right and step.numpy for step in found.values())


@pytest.mark.parametrize("loss", ["huber", "squared_error"])
def test_the_loss_of_values_has_the_mean_in_its_gradient(loss: str) -> None:
    graph = Graph({"x": (3,)})
    graph.add("z", Dense(3, 2), "x")
    graph.add("y", Identity(), "z")
    found = steps_of(NetworkSpec.from_graph(graph, loss=loss))
    expected = {
        "huber": ["da = a − y in ±δ", "dA = (1/m) da"],
        "squared_error": ["dA = (1/m) (A − Y)"],
    }
    assert equations(found["dy"]) == expected[loss]
