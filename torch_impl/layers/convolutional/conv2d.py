"""The twin of Conv2d."""

from torch import nn

from ref_numpy.layers.convolutional.conv2d import Conv2d


def twin(layer: Conv2d) -> nn.Module:
    """Return torch's Conv2d: its parameters are W and b, if it has one."""
    return nn.Conv2d(
        layer.n_prev, layer.n, layer.f, layer.stride, layer.padding, layer.dilation,
        layer.groups, layer.bias,
    )  # fmt: skip
