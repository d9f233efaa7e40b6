"""The criterion of AbsoluteError: torch's, whose mean is of m n_y numbers."""

from torch import nn

from torch_impl.criterion import Criterion

CRITERION = Criterion(nn.functional.l1_loss, factor=lambda n_y: n_y)
