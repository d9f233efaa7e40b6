"""The picture of a graph: every step, use and shared parameter, and nothing over anything else."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

import ref_numpy
from parity_tests.cli.commands import main
from parity_tests.page.graph.graph_columns import spread
from parity_tests.page.graph.graph_rows import crossings, ordered_rows, paths_of, rows_of
from parity_tests.page.graph.graph_svg import graph_picture
from parity_tests.tests.support.graphs import graph_networks
from ref_numpy import Add, Concatenate, Dense, Graph, Identity, NetworkSpec, Tanh, initialise

CHAIN = NetworkSpec.dense([5, 7, 3])
LETTER = 7.83  # px of a letter of DejaVu Sans Mono at 13 px, 0.602 em


class Rectangle(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float


class Drawn(NamedTuple):
    """What a browser would show.

    Attributes:
        boxes: by the name of the first result: where, and the texts with their places.
        arrows: the points of each.
        page: the whole picture.
    """

    boxes: dict[str, tuple[Rectangle, list[tuple[float, float, str]]]]
    arrows: list[list[tuple[float, float]]]
    page: Rectangle


def drawn(spec: NetworkSpec) -> Drawn:
    root = ElementTree.fromstring(
        graph_picture(spec).replace('xmlns="http://www.w3.org/2000/svg"', "")
    )
    boxes = {}
    for group in root.findall("g"):
        rect, texts = group.find("rect"), group.findall("text")
        assert rect is not None
        x, y, w, h = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
        (name, *_) = [text.text or "" for text in texts if text.get("class") == "name"]
        places = [(float(t.get("x", "")), float(t.get("y", "")), t.text or "") for t in texts]
        boxes[name] = Rectangle(x, y, x + w, y + h), places
    arrows = []
    for path in root.findall("path"):
        points: list[tuple[float, float]] = []
        for letter, numbers in re.findall(r"([MVC])([^MVC]*)", path.get("d", "")):
            *_, x, y = [points[-1][0] if points else 0.0, *map(float, numbers.split())]
            points.append((points[-1][0] if letter == "V" else x, y))
        arrows.append(points)
    size = [float(root.get(name, "")) for name in ("width", "height")]
    return Drawn(boxes, arrows, Rectangle(0, 0, *size))


def specs() -> dict[str, NetworkSpec]:
    with graph_networks.known():
        random = {f"random-{seed}": graph_networks.random_graph(seed) for seed in range(6)}
        return {"chain": CHAIN, "everything": graph_networks.everything(0.3), **random}


SPECS = specs()
each_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=[*SPECS])


@each_spec
def test_boxes_do_not_overlap_and_are_on_the_page(spec: NetworkSpec) -> None:
    picture = drawn(spec)
    rectangles = [rectangle for rectangle, _ in picture.boxes.values()]
    for a, b in combinations(rectangles, 2):
        assert a.right < b.left or b.right < a.left or a.bottom < b.top or b.bottom < a.top
    for a in rectangles:
        assert 0 < a.left < a.right < picture.page.right
        assert 0 < a.top < a.bottom < picture.page.bottom


@each_spec
def test_text_stays_in_its_box_and_apart(spec: NetworkSpec) -> None:
    for box, texts in drawn(spec).boxes.values():
        for x, y, text in texts:
            half = LETTER * len(text) / 2
            assert box.left < x - half < x + half < box.right
            assert box.top < y - 10 < y < box.bottom
        for (x, y, text), (x2, y2, text2) in combinations(texts, 2):
            assert abs(y - y2) >= 13 or abs(x - x2) > LETTER * (len(text) + len(text2)) / 2


@each_spec
def test_every_use_has_an_arrow_from_its_box_to_the_step(spec: NetworkSpec) -> None:
    picture = drawn(spec)
    box_of = {name: name for name in spec.inputs}
    box_of |= {name: step.output for step in spec.steps for name in step.outputs}
    expected = [(box_of[name], step.output) for step in spec.steps for name in step.inputs]
    expected.append((box_of[spec.loss_reads], "J"))
    found = []
    for points in picture.arrows:
        (x, y), (x2, y2) = points[0], points[-1]
        starts = [
            n for n, (r, _) in picture.boxes.items() if r.bottom == y and r.left < x < r.right
        ]
        ends = [n for n, (r, _) in picture.boxes.items() if r.top == y2 and r.left < x2 < r.right]
        assert len(starts) == len(ends) == 1
        found.append((starts[0], ends[0]))
    assert sorted(found) == sorted(expected)


@each_spec
def test_no_arrow_goes_over_a_box(spec: NetworkSpec) -> None:
    """Where it is beside boxes it is vertical; it bends only between the rows."""
    picture = drawn(spec)
    rectangles = [rectangle for rectangle, _ in picture.boxes.values()]
    for points in picture.arrows:
        for (x, y), (x2, y2) in pairwise(points):
            beside = [r for r in rectangles if r.top < y2 and r.bottom > y]
            assert x == x2 or not beside
            assert not [
                r for r in beside if r.left <= x <= r.right and (r.top > y or r.bottom < y2)
            ]


def test_each_box_has_name_kind_and_shape_and_a_shared_parameter_its_owner() -> None:
    texts = {n: [text for *_, text in t] for n, (_, t) in drawn(SPECS["everything"]).boxes.items()}
    assert texts["s"] == ["input", "s", "(4, m, 2)"]
    assert texts["t"] == ["input, 0 to 4", "t", "(m,)"]
    assert texts["h.0"] == ["dense", "h.0", "(4, m)"]
    assert texts["h.2"] == ["dense", "h.2", "(4, m)", "W, shared"]
    assert texts["values"] == ["dense", "values", "(4, m)", "W = h.2.W"]
    assert texts["again"] == ["lookup", "again", "(4, m)", "E = h.1.values.E"]
    assert texts["both.sum"] == [
        "sum_and_product", "both.sum", "(4, m)", "both.product", "(4, m)"
    ]  # fmt: skip
    assert texts["J"] == ["squared_error", "J", "of y, Y", "λ = 0.3"]


def test_a_chain_is_a_column_and_its_cost_reads_the_logits() -> None:
    boxes = drawn(CHAIN).boxes
    assert [*boxes] == ["A0", "Z1", "A1", "Z2", "A2", "J"]
    middles = [sum(boxes[name][0][::2]) / 2 for name in ("A0", "Z1", "A1", "Z2")]
    assert max(middles) - min(middles) <= 0.1  # to which places are rounded
    assert [text for *_, text in boxes["J"][1]] == ["cross_entropy", "J", "of Z2, Y"]


def test_the_body_of_a_residual_block_is_straight() -> None:
    graph = Graph({"x": (5,)})
    for k in range(3):
        graph.add(f"h.{k}", Dense(5, 5), f"r.{k - 1}" if k else "x")
        graph.add(f"a.{k}", Tanh(), f"h.{k}")
        graph.add(f"r.{k}", Add(), f"a.{k}", f"r.{k - 1}" if k else "x")
    boxes = drawn(NetworkSpec.from_graph(graph, "squared_error")).boxes
    middles = {round(r.left + r.right) for name, (r, _) in boxes.items() if name != "J"}
    assert max(middles) - min(middles) <= 1  # of rounding to a tenth


def test_many_arrows_to_a_box_have_room() -> None:
    graph = Graph({f"x{i}_": (1,) for i in range(12)})
    graph.add("c", Concatenate(), *graph.inputs)
    graph.add("y", Identity(), "c")
    picture = drawn(NetworkSpec.from_graph(graph))
    box, _ = picture.boxes["c"]
    ends = sorted(points[-1][0] for points in picture.arrows if points[-1][1] == box.top)
    assert len(ends) == 12
    assert box.left < ends[0] < ends[-1] < box.right
    assert all(b - a > 8 for a, b in pairwise(ends))


def test_a_long_name_is_cut_and_whole_under_the_pointer() -> None:
    graph = Graph({"x" * 99: (3,)})
    graph.add("y", Identity(), "x" * 99)
    text = graph_picture(NetworkSpec.from_graph(graph))
    assert f">{'x' * 39}…<" in text
    assert f"<title>{'x' * 99}</title>" in text


def test_rows_and_crossings_by_hand() -> None:
    """A and b cross to D and c; the late input stands above its use; a skip has a bend."""
    arrows = [("a", "d"), ("b", "c"), ("c", "e"), ("late", "e"), ("d", "e"), ("a", "e")]
    row = rows_of(["a", "b", "late", "c", "d", "e"], arrows, ["a", "b", "late"])
    assert row == {"a": 0, "b": 0, "late": 1, "c": 1, "d": 1, "e": 2}
    paths = paths_of(row, arrows)
    assert paths[5] == ["a", (5, 1), "e"]
    assert crossings([["a", "b"], ["c", "d"]], {"a": ["d"], "b": ["c"]}) == 1
    rows = ordered_rows(row, paths)
    assert [set(nodes) for nodes in rows] == [{"a", "b"}, {"late", "c", "d", (5, 1)}, {"e"}]
    assert crossings(rows, {"a": ["d", (5, 1)], "b": ["c"]}) == 0


def test_nodes_are_spread_by_hand() -> None:
    """Two that want 0, at least 10 apart: −5 and 5; one of three times the weight moves a third."""
    assert spread([0, 0], [10]) == [-5, 5]
    assert spread([0, 0], [10], [3, 1]) == [-2.5, 7.5]
    assert spread([0, 100, 103], [10, 5]) == [0, 99, 104]


def test_the_command_takes_a_description_weights_and_a_run(tmp_path: Path, capsys) -> None:
    (tmp_path / "chain.json").write_text(CHAIN.to_json(), encoding="utf-8")
    ref_numpy.save(tmp_path / "weights.safetensors", CHAIN, initialise(CHAIN))
    out = tmp_path / "out.svg"
    for network in ("chain.json", "weights.safetensors", "."):
        assert main(["graph", str(tmp_path / network), "--out", str(out)]) == 0
        assert out.read_text(encoding="utf-8") == graph_picture(CHAIN)
        assert capsys.readouterr().out == f"{out}: {CHAIN.summary}; open it in a browser\n"
        out.unlink()


def test_kinds_of_ones_own_are_known_by_a_file(tmp_path: Path, capsys) -> None:
    with graph_networks.known():
        (tmp_path / "net.json").write_text(SPECS["everything"].to_json(), encoding="utf-8")
        assert main(["graph", str(tmp_path / "net.json"), "--out", str(tmp_path / "a.svg")]) == 0
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == graph_picture(SPECS["everything"])
    (tmp_path / "mine.py").write_text("raise ValueError('mine was executed')", encoding="utf-8")
    given = ["graph", str(tmp_path / "net.json"), "--out", str(tmp_path / "out.svg")]
    assert main(given) == 2
    assert "'lookup'" in capsys.readouterr().err
    assert main([*given, "--kinds", str(tmp_path / "mine.py")]) == 2
    assert "mine was executed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("network", "out", "words"),
    [
        ("none.json", "out.svg", "is neither a file nor a folder"),
        ("bytes.json", "out.svg", "cannot be read (invalid start byte)"),
        ("text.json", "out.svg", "text.json: the network's description cannot be read"),
        ("empty", "out.svg", "weights.safetensors is not a file"),
        ("none.safetensors", "out.svg", "is not a file"),
        ("chain.json", "out.png", "expected a name that ends in .svg"),
        ("chain.json", "none/out.svg", "none is not a folder"),
    ],
)
def test_what_cannot_be_drawn_is_refused(network, out, words, tmp_path: Path, capsys) -> None:
    (tmp_path / "chain.json").write_text(CHAIN.to_json(), encoding="utf-8")
    (tmp_path / "text.json").write_text("{", encoding="utf-8")
    (tmp_path / "bytes.json").write_bytes(b"\xff")
    (tmp_path / "empty").mkdir()
    before = {*tmp_path.rglob("*")}
    assert main(["graph", str(tmp_path / network), "--out", str(tmp_path / out)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("parity: error: ")
    assert words in err
    assert err.count("\n") == 1
    assert {*tmp_path.rglob("*")} == before
