"""The twin of Conv1d."""

from torch import nn

from ref_numpy.layers.convolutional.conv1d import Conv1d
from torch_impl.layers.convolutional.of_sequences import OfSequences


def twin(layer: Conv1d) -> nn.Module:
    """Return torch's Conv1d, of (m, T, n): its parameters are W and b, if it has one."""
    return OfSequences(
        nn.Conv1d(
            layer.n_prev, layer.n, layer.f, layer.stride, layer.padding, layer.dilation,
            layer.groups, layer.bias,
        )
    )  # fmt: skip
