"""The twin of Softplus."""

from torch import nn

from ref_numpy import Softplus

# Above it torch's softplus is z, which is off by e^−z: with torch's own 20 by 10⁻¹⁰ of z, and with
# 40 by less than float64 rounds.
THRESHOLD = 40


def twin(layer: Softplus) -> nn.Module:
    """Return torch's softplus."""
    return nn.Softplus(threshold=THRESHOLD)
