"""GPT-2 as a graph: Radford et al., *Language Models are Unsupervised Multitask Learners*, 2019.

spec = gpt(vocabulary=50257, T=1024, width=768, heads=12, layers=12)     # GPT-2 small
"""

from __future__ import annotations

from ref_numpy.arrays.shape_checks import check_sizes
from ref_numpy.graphs.graph import Graph, WholeNumbers
from ref_numpy.layers.add import Add
from ref_numpy.layers.attention.attention import Attention
from ref_numpy.layers.attention.causal_softmax import CausalSoftmax
from ref_numpy.layers.attention.join_heads import JoinHeads
from ref_numpy.layers.attention.positions import Positions
from ref_numpy.layers.attention.scores import Scores
from ref_numpy.layers.attention.split_heads import SplitHeads
from ref_numpy.layers.attention.weighted_values import WeightedValues
from ref_numpy.layers.dense import Dense
from ref_numpy.layers.embedding import Embedding
from ref_numpy.layers.gelu_tanh import GeluTanh
from ref_numpy.layers.layer_norm import LayerNorm
from ref_numpy.layers.softmax import Softmax
from ref_numpy.layers.split import Split
from ref_numpy.layers.unembedding import Unembedding
from ref_numpy.network import NetworkSpec


def gpt(
    vocabulary: int, T: int, width: int, heads: int, layers: int, fused: bool = False
) -> NetworkSpec:
    """Return the network that predicts at each of T places of a text which token follows.

    The names are those of GPT-2's weights, but for the parameters' own: h.0.attn.c_attn.W. Each
    block adds to what goes past it: x + attention(norm(x)), then x + mlp(norm(x)). The scores of
    the tokens are inner products with the vectors of the first step, wte.E.

    Args:
        vocabulary: the number of different tokens.
        T: the places of a text.
        width: the features at each place.
        heads: of each attention; width is a multiple of them.
        layers: the blocks.
        fused: whether each attention is one step, and not three with S and P between them.

    Raises:
        InputError: a size does not fit.
    """
    check_sizes(layers)
    graph = Graph({"tokens": WholeNumbers(vocabulary, (T,))})
    x = graph.add("wte", Embedding(vocabulary, width), "tokens")
    x = graph.add("wpe", Positions(width, T), x)
    for k in range(layers):
        normed = graph.add(f"h.{k}.ln_1", LayerNorm(width), x)
        o = add_attention(graph, f"h.{k}.attn", normed, heads, fused)
        x = graph.add(f"h.{k}.after_attn", Add(), x, o)
        normed = graph.add(f"h.{k}.ln_2", LayerNorm(width), x)
        x = graph.add(f"h.{k}.after_mlp", Add(), x, add_mlp(graph, f"h.{k}.mlp", normed))
    x = graph.add("ln_f", LayerNorm(width), x)
    z = graph.add("lm_head", Unembedding(width, vocabulary), x, share={"E": "wte.E"})
    graph.add("probabilities", Softmax(), z)
    return NetworkSpec.from_graph(graph, "token_cross_entropy")


def add_attention(graph: Graph, name: str, x: str, heads: int, fused: bool = False) -> str:
    """Add a causal self-attention of x, and return the name of its result.

    Args:
        graph: to which its steps are added, named `name.c_attn`, ….
        name: of the attention.
        x: the name of a tensor (n, m, T).
        heads: n is a multiple of them.
        fused: whether S and P are no tensors of the graph.
    """
    n = graph.shapes[x][0]
    joint = graph.add(f"{name}.c_attn", Dense(n, 3 * n), x)
    parts = [f"{name}.{part}" for part in ("query", "key", "value")]
    graph.add(parts, Split(3), joint)
    q, k, v = (graph.add(f"{part}_heads", SplitHeads(heads), part) for part in parts)
    joined = add_products(graph, name, q, k, v, fused)
    return graph.add(f"{name}.c_proj", Dense(n, n), joined)


def add_products(graph: Graph, name: str, q: str, k: str, v: str, fused: bool = False) -> str:
    """Add the causal attention of heads, and return the name of its result, (n, m, T).

    Args:
        graph: to which its steps are added, named `name.scores`, ….
        name: of the attention.
        q: the name of the queries, (d, m, h, T).
        k: that of the keys; of fewer heads each serves several of queries.
        v: that of the values.
        fused: whether S and P are no tensors of the graph.
    """
    if fused:
        o = graph.add([f"{name}.values", f"{name}.log_sums"], Attention(causal=True), q, k, v)
    else:
        s = graph.add(f"{name}.scores", Scores(), q, k)
        p = graph.add(f"{name}.probabilities", CausalSoftmax(), s)
        o = graph.add(f"{name}.values", WeightedValues(), p, v)
    return graph.add(f"{name}.joined", JoinHeads(), o)


def add_mlp(graph: Graph, name: str, x: str) -> str:
    """Add the two dense layers of a block, with four times the features between them."""
    n = graph.shapes[x][0]
    z = graph.add(f"{name}.c_fc", Dense(n, 4 * n), x)
    a = graph.add(f"{name}.gelu", GeluTanh(), z)
    return graph.add(f"{name}.c_proj", Dense(4 * n, n), a)
