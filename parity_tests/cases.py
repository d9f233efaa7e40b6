"""The networks that the tests run over, by name: every hidden activation, every output and loss."""

from __future__ import annotations

from ref_numpy import NetworkSpec

HIDDEN = ("identity", "sigmoid", "tanh", "relu", "leaky_relu")

# (output activation, loss, n_y)
OUTPUTS = (
    ("sigmoid", "binary_cross_entropy", 1),
    ("sigmoid", "binary_cross_entropy", 2),
    ("softmax", "cross_entropy", 3),
    ("softmax", "squared_error", 3),
    ("identity", "squared_error", 2),
    ("sigmoid", "squared_error", 2),
    ("tanh", "squared_error", 2),
    ("relu", "squared_error", 2),
    ("leaky_relu", "squared_error", 2),
)

# Units of the hidden layers: pairwise distinct, so that a transposition cannot go unseen.
DEPTHS = {0: (), 1: (7,), 3: (7, 6, 8), 6: (7, 6, 8, 9, 4, 10)}

N_X, M = 5, 11


def network_cases(lambd: float = 0.0) -> dict[str, NetworkSpec]:
    """{"tanh-5.7.2-sigmoid-binary_cross_entropy": spec, …}: 9 outputs, 5 activations, 4 depths."""
    cases: dict[str, NetworkSpec] = {}
    for output, loss, n_y in OUTPUTS:
        for depth, units in DEPTHS.items():
            for hidden in HIDDEN if depth else ("none",):
                dims = (N_X, *units, n_y)
                name = f"{hidden}-{'.'.join(map(str, dims))}-{output}-{loss}"
                g = hidden if depth else ()
                cases[name] = NetworkSpec.dense(dims, g, output, loss, lambd)
    return cases
