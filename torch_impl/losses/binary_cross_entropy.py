"""The criterion of BinaryCrossEntropy: torch's, with logits: its mean is of m n_y numbers."""

from torch import nn

from torch_impl.criterion import Criterion

CRITERION = Criterion(nn.functional.binary_cross_entropy_with_logits, factor=lambda n_y: n_y)
