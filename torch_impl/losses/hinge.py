"""The criterion of Hinge, which torch lacks: of outputs and labels 0 and 1."""

from torch import Tensor, nn

from torch_impl.criterion import Criterion


def hinge_loss(outputs: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
    """max(0, 1 − s a), s = 2 y − 1: of each output, or the mean of all m n_y."""
    each = nn.functional.relu(1 - (2 * targets - 1) * outputs)
    return each.mean() if reduction == "mean" else each


CRITERION = Criterion(
    hinge_loss,
    factor=lambda n_y: n_y,
    text="nn.functional.relu(1 - (2 * y - 1) * {outputs}).mean()",
)
