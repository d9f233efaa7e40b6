"""GPTs from scratch, in torch and in NumPy: right ones pass, each mistake is found and named.

A program that is differentiated has a wrong line in both passes: then the tensors of both are
findings, the forward one first.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parity_tests import NamedModules
from parity_tests.adapters.check_candidate import examine
from parity_tests.adapters.request import Request
from parity_tests.checking.report import Report
from parity_tests.tests.adapters.gpt_programs.mistake_table import mistakes_in
from parity_tests.tests.support.named_causes import codes
from parity_tests.tests.support.paths import PROGRAMS
from parity_tests.tests.support.written_programs.edited_programs import with_edits
from ref_numpy import InputError, NetworkSpec, gpt

FOLDER = PROGRAMS / "gpts"
ADAPTERS = {"small_gpt": "small_gpt_names", "rows_gpt": "rows_gpt_adapter"}
V, T, N, H = 11, 5, 6, 2
ONE_BLOCK = ("n_layer: int = 2", "n_layer: int = 1")
QUICK = {("rows_gpt", "tying cut")}

Edits = list[tuple[str, str]]


def mistakes() -> Iterator[Any]:
    for stem in ADAPTERS:
        for one in mistakes_in(stem):
            marks = () if (stem, one["name"]) in QUICK else pytest.mark.slow
            yield pytest.param(stem, one, id=f"{stem}, {one['name']}", marks=marks)


def examined(
    folder: Path, stem: str, edits: Edits, spec: NetworkSpec, names: str = "", **asked: Any
) -> Report:
    """The report on an edited program, by its adapter."""
    source = (FOLDER / f"{stem}.py").read_text("utf-8")
    (folder / f"{stem}.py").write_text(with_edits(source, edits), "utf-8")
    adapter = names or (FOLDER / f"{ADAPTERS[stem]}.py").read_text("utf-8")
    path, network = folder / "adapter.py", folder / "network.json"
    path.write_text(adapter, "utf-8")
    network.write_text(spec.to_json(), "utf-8")
    sys.modules.pop(stem, None)  # of an earlier version
    asked = {"precision": "float64", "examples": 4, "calls": 1, **asked}
    return examine(Request(str(path), str(network), **asked))


@pytest.mark.parametrize("stem", ADAPTERS)
def test_a_right_program_of_one_block_passes(stem: str, tmp_path: Path) -> None:
    edits = [ONE_BLOCK] if stem == "small_gpt" else []
    report = examined(tmp_path, stem, edits, gpt(V, T, N, H, 1), examples=2)
    assert (report.verdict, report.findings, report.mistaken) == ("passed", (), ())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stem", "precision"),
    [
        ("small_gpt", "float64"),
        ("small_gpt", "float32"),
        ("small_gpt", "bfloat16-sums"),  # torch's LayerNorm adds the gradient of β so on a CPU
        ("rows_gpt", "float32"),
    ],
)
def test_a_right_program_passes_at_each_precision(
    stem: str, precision: str, tmp_path: Path
) -> None:
    spec = gpt(V, T, N, H, 2)
    report = examined(tmp_path, stem, [], spec, precision=precision, calls=2)
    assert (report.verdict, report.findings, report.mistaken) == ("passed", (), ())
    assert {f"d{name}" for name in spec.parameter_shapes} <= {t.name for t in report.tensors}
    assert {"h.1.attn.probabilities", "dh.1.attn.scores", "lm_head", "J"} <= report.judged


@pytest.mark.parametrize(("stem", "one"), [*mistakes()])
def test_a_mistake_is_found_at_its_tensor(stem: str, one: Any, tmp_path: Path) -> None:
    edits = [ONE_BLOCK] if stem == "small_gpt" else []
    report = examined(tmp_path, stem, [*edits, *one["edits"]], gpt(V, T, N, H, 1))
    found = [[f.tensor.replace("h.0.", ""), next(iter(codes(f)), "")] for f in report.findings]
    assert found == one["findings"]


def test_the_map_of_a_torch_program_is_short() -> None:
    text = (FOLDER / "small_gpt_names.py").read_text("utf-8")
    names = text.partition("{")[2].partition("}")[0]
    assert len(names.strip().splitlines()) <= 10


NAMES = """
from small_gpt import SmallGPT
from parity_tests import NamedModules
gpt = NamedModules(SmallGPT, {names})
"""
RIGHT = {
    "wte": "token", "wpe": "place", "h.*.ln_1": "blocks.*.norm1", "h.*.ln_2": "blocks.*.norm2",
    "h.*.attn.c_attn": "blocks.*.attn.qkv", "h.*.attn.c_proj": "blocks.*.attn.out",
    "h.*.mlp.c_fc": "blocks.*.mlp.up", "h.*.mlp.c_proj": "blocks.*.mlp.down", "ln_f": "norm",
    "lm_head": "head",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "code", "fact"),
    [
        ({"ln_f": "nrom"}, "modules.unused-name", "ln_f"),
        ({"wpe": None}, "modules.no-parameter", "wpe.P"),
        ({"wpe": "token"}, "modules.parameter-shape", "token.weight"),
        ({"wpe.P": "place.weight"}, "modules.parameter-shape", "wpe.P"),
        ({"lm_head": "blocks.0.attn.qkv"}, "modules.other-parameters", "blocks.0.attn.qkv"),
        ({"h.*.attn.scores": "blocks.*.attn:mul"}, "modules.not-run", "blocks.0.attn:mul"),
        ({"h.*.attn.scores": "blocks.*.attn:split"}, "modules.no-tensor", "h.0.attn.scores"),
        ({"h.*.attn.scores": "blocks.*.attn:transpose"}, "modules.result-shape",
         "h.0.attn.scores"),
    ],
)  # fmt: skip
def test_a_name_that_does_not_fit_is_one_sentence(
    changed: dict[str, str | None], code: str, fact: str, tmp_path: Path
) -> None:
    names = {n: place for n, place in {**changed, **RIGHT, **changed}.items() if place}
    with pytest.raises(InputError) as refused:
        examined(
            tmp_path, "small_gpt", [], gpt(V, T, N, H, 2), NAMES.replace("{names}", repr(names))
        )
    assert refused.value.code == code
    assert fact in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_parameter_that_the_network_lacks_is_one_sentence(tmp_path: Path) -> None:
    edits = [("self.norm = nn", "self.more = nn.Linear(2, 2)\n        self.norm = nn")]
    with pytest.raises(InputError) as refused:
        examined(tmp_path, "small_gpt", edits, gpt(V, T, N, H, 2))
    assert refused.value.code == "modules.extra-parameter"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("h.3.attn.scores", ("h.*.attn.*", "blocks.3.scores:x.")),
        ("h.3.ln_1", ("h.*", "b.3.ln_1")),
        ("ln_f", ("ln_f", "norm")),
        ("wte", None),
    ],
)
def test_the_first_entry_that_fits_gives_the_place(name: str, place: Any) -> None:
    names = {"h.*.attn.*": "blocks.*.*:x.", "ln_f": "norm", "h.*": "b.*", "h.3.*": "c"}
    assert NamedModules(None, names).place_of(name) == place


def test_a_module_may_be_called_otherwise(tmp_path: Path) -> None:
    """Its forward takes the labels first, and its J is a tensor (1, 1)."""
    edits = [
        ONE_BLOCK, ("def forward(self, idx, targets=None)", "def forward(self, targets, idx)"),
        ("F.cross_entropy(logits.view(B * T, -1), targets.view(-1))",
         "F.cross_entropy(logits.view(B * T, -1), targets.view(-1)).view(1, 1)"),
    ]  # fmt: skip
    call = ", call=lambda module, idx, labels: module(labels, idx))"
    adapter = (FOLDER / "small_gpt_names.py").read_text("utf-8").replace("})", "}" + call)
    examined(tmp_path, "small_gpt", edits, gpt(V, T, N, H, 1), adapter).raise_findings()


def test_a_module_with_the_networks_own_names_needs_no_map(tmp_path: Path) -> None:
    program = """
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.down = nn.Linear(5, 7), nn.Linear(7, 5)

    def forward(self, x):
        return x + self.down(nn.functional.gelu(self.up(x)))
"""
    from ref_numpy import Add, Dense, Gelu, Graph

    graph = Graph({"x": (5,)})
    for name, layer, given in (("up", Dense(5, 7), "x"), ("a", Gelu(), "up"),
                               ("down", Dense(7, 5), "a")):  # fmt: skip
        graph.add(name, layer, given)
    graph.add("y", Add(), "x", "down")
    spec = NetworkSpec.from_graph(graph, "squared_error", 0.25)
    path, network = tmp_path / "net.py", tmp_path / "network.json"
    path.write_text(program, "utf-8")
    network.write_text(spec.to_json(), "utf-8")
    asked = Request(f"{path}:Net", str(network), examples=4, precision="float64", calls=1)
    report = examine(asked)
    report.raise_findings()
    assert report.passed
    assert {"up", "a", "down", "ddown", "y", "dx", "dup.W"} <= report.judged
