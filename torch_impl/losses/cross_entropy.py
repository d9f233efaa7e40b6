"""The criterion of CrossEntropy: torch's, of logits and class indices: its mean is of m numbers."""

from torch import nn

from torch_impl.criterion import Criterion

CRITERION = Criterion(nn.functional.cross_entropy)
