"""A residual network whose input and output share their embeddings, in NumPy and in torch.

python lessons/examples/residual_graph.py
"""

import numpy as np

import parity_tests
import ref_numpy
import torch_impl
from ref_numpy import Add, Dense, Embedding, Flatten, Gelu, Graph, LayerNorm, Softmax, Unembedding

V, T, n = 9, 3, 8  # tokens; tokens of an example; features of a token


def residual_network():
    """h = h + W₂ gelu(W₁ norm(h)), twice; the scores of all tokens are Eᵀ h."""
    graph = Graph({"tokens": ref_numpy.WholeNumbers(V, (T,))})  # (m, T)
    graph.add("embedding", Embedding(V, n), "tokens")  # (n, m, T)
    graph.add("flat", Flatten(), "embedding")  # (n T, m)
    h = graph.add("h.0", Dense(n * T, n), "flat")
    for name in ("h.1", "h.2"):
        graph.add(f"{name}.norm", LayerNorm(n), h)
        graph.add(f"{name}.up", Dense(n, 4 * n), f"{name}.norm")
        graph.add(f"{name}.gelu", Gelu(), f"{name}.up")
        graph.add(f"{name}.down", Dense(4 * n, n), f"{name}.gelu")
        h = graph.add(name, Add(), h, f"{name}.down")
    graph.add("scores", Unembedding(n, V), h, share={"E": "embedding.E"})
    graph.add("y", Softmax(), "scores")
    return ref_numpy.NetworkSpec.from_graph(graph)


def largest_tokens(m, seed):
    """Examples of three tokens, whose label is the largest of them."""
    tokens = np.random.default_rng(seed).integers(0, V, (m, T))
    return tokens, ref_numpy.one_hot(tokens.max(axis=1), V)


spec = residual_network()
params = ref_numpy.initialise(spec, "xavier", seed=0)
X, Y = largest_tokens(300, seed=0)
print(spec.summary)

by_numpy = ref_numpy.run(spec, params, X, Y)
by_torch = torch_impl.run(spec, params, X, Y)
print(f"J  NumPy {by_numpy['J']:.12f}   torch {by_torch['J']:.12f}")
for precision in ("float64", "float32"):
    report = parity_tests.check(torch_impl.run, spec, params, X[:20], Y[:, :20], precision)
    print(str(report).partition("\n")[0])

descent = ref_numpy.GradientDescent(0.3)
params, costs = ref_numpy.fit(spec, params, X, Y, optimiser=descent, epochs=100)
new_X, new_Y = largest_tokens(300, seed=1)
new = ref_numpy.accuracy(spec, ref_numpy.predict(spec, params, new_X), new_Y)
most = new_Y.mean(axis=1).max()
print(f"100 updates of gradient descent: J {costs[0]:.3f} → {costs[-1]:.3f}")
print(f"new examples: {new:.1%} right; {most:.1%} by always naming the commonest token")
