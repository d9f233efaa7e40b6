"""Llama as a graph: Touvron et al., *LLaMA*, 2023, and *Llama 2*, of the same year.

spec = llama(32000, T=4096, width=4096, heads=32, layers=32, hidden=11008)     # Llama 2, 7B
"""

from __future__ import annotations

from ref_numpy.arrays.shape_checks import check_sizes
from ref_numpy.graphs.gpt import add_products
from ref_numpy.graphs.graph import Graph, WholeNumbers
from ref_numpy.layers.add import Add
from ref_numpy.layers.attention.rotary import Rotary
from ref_numpy.layers.attention.split_heads import SplitHeads
from ref_numpy.layers.dense import Dense
from ref_numpy.layers.embedding import Embedding
from ref_numpy.layers.multiply import Multiply
from ref_numpy.layers.rms_norm import RMSNorm
from ref_numpy.layers.silu import Silu
from ref_numpy.layers.softmax import Softmax
from ref_numpy.network import NetworkSpec


def llama(
    vocabulary: int,
    T: int,
    width: int,
    heads: int,
    layers: int,
    hidden: int,
    kv_heads: int | None = None,
    base: float = 10000.0,
    epsilon: float = 1e-5,
    fused: bool = False,
) -> NetworkSpec:
    """Return the network that predicts at each of T places of a text which token follows.

    The names are those of Llama's weights in Hugging Face's transformers, without "model." and but
    for the parameters' own: layers.0.self_attn.q_proj.W. Each block adds to what goes past it: x +
    attention(norm(x)), then x + mlp(norm(x)). There are no biases, and the scores of the tokens
    have weights of their own.

    Args:
        vocabulary: the number of different tokens.
        T: the places of a text.
        width: the features at each place.
        heads: of the queries of each attention; width is an even multiple of them.
        layers: the blocks.
        hidden: the features between the dense layers of a block.
        kv_heads: the heads of keys and values, of which each serves heads / kv_heads successive
            ones of queries; None for as many.
        base: of the angles of the positions.
        epsilon: of the norms.
        fused: whether each attention is one step, and not three with S and P between them.

    Raises:
        InputError: a size does not fit.
    """
    check_sizes(layers)
    graph = Graph({"tokens": WholeNumbers(vocabulary, (T,))})
    x = graph.add("embed_tokens", Embedding(vocabulary, width), "tokens")
    for k in range(layers):
        name = f"layers.{k}"
        normed = graph.add(f"{name}.input_layernorm", RMSNorm(width, epsilon), x)
        groups = heads if kv_heads is None else kv_heads
        o = add_rotary_attention(graph, f"{name}.self_attn", normed, heads, groups, base, fused)
        x = graph.add(f"{name}.after_attn", Add(), x, o)
        normed = graph.add(f"{name}.post_attention_layernorm", RMSNorm(width, epsilon), x)
        gated = add_gated_mlp(graph, f"{name}.mlp", normed, hidden)
        x = graph.add(f"{name}.after_mlp", Add(), x, gated)
    x = graph.add("norm", RMSNorm(width, epsilon), x)
    z = graph.add("lm_head", Dense(width, vocabulary, bias=False), x)
    graph.add("probabilities", Softmax(), z)
    return NetworkSpec.from_graph(graph, "token_cross_entropy")


def add_rotary_attention(
    graph: Graph, name: str, x: str, heads: int, kv_heads: int, base: float, fused: bool = False
) -> str:
    """Add a causal self-attention of x with rotary positions, and return the name of its result.

    Args:
        graph: to which its steps are added, named `name.q_proj`, ….
        name: of the attention.
        x: the name of a tensor (n, m, T).
        heads: of queries; n is an even multiple of them.
        kv_heads: of keys and values.
        base: of the angles of the positions.
        fused: whether S and P are no tensors of the graph.

    Raises:
        InputError: a size does not fit.
    """
    n = graph.shapes[x][0]
    check_sizes(heads, kv_heads)
    of_heads = []
    for part, h in (("q", heads), ("k", kv_heads), ("v", kv_heads)):
        features = n // heads * h if n % heads == 0 else n  # which SplitHeads refuses
        projected = graph.add(f"{name}.{part}_proj", Dense(n, features, bias=False), x)
        split = graph.add(f"{name}.{part}_heads", SplitHeads(h), projected)
        turned = part != "v"
        of_heads.append(
            graph.add(f"{name}.{part}_turned", Rotary(base), split) if turned else split
        )
    joined = add_products(graph, name, *of_heads, fused=fused)
    return graph.add(f"{name}.o_proj", Dense(n, n, bias=False), joined)


def add_gated_mlp(graph: Graph, name: str, x: str, hidden: int) -> str:
    """Add W_down (SiLU(W_gate x) ∗ W_up x): Shazeer, *GLU Variants Improve Transformer*, 2020.

    Args:
        graph: to which its steps are added, named `name.gate_proj`, ….
        name: of the whole.
        x: the name of a tensor (n, m, T).
        hidden: the features of the product.
    """
    n = graph.shapes[x][0]
    gate = graph.add(f"{name}.gate_proj", Dense(n, hidden, bias=False), x)
    gate = graph.add(f"{name}.silu", Silu(), gate)
    up = graph.add(f"{name}.up_proj", Dense(n, hidden, bias=False), x)
    product = graph.add(f"{name}.gated", Multiply(), gate, up)
    return graph.add(f"{name}.down_proj", Dense(hidden, n, bias=False), product)
