"""The twin of TransposedConv2d."""

from torch import nn

from ref_numpy.layers.convolutional.transposed_conv2d import TransposedConv2d


def twin(layer: TransposedConv2d) -> nn.Module:
    """Return torch's ConvTranspose2d: its parameters are W and b, if it has one."""
    return nn.ConvTranspose2d(
        layer.n_prev, layer.n, layer.f, layer.stride, layer.padding, layer.output_padding,
        layer.groups, layer.bias, layer.dilation,
    )  # fmt: skip
