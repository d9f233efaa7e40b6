"""The criterion of Huber: torch's, with the loss's δ: its mean is of m n_y numbers."""

from torch import nn

from torch_impl.criterion import Criterion

CRITERION = Criterion(nn.functional.huber_loss, factor=lambda n_y: n_y, constants=("delta",))
