"""The criterion of MulticlassHinge: torch's, whose sum over the classes is a mean, times n_y.

torch's own divides by n_y, and the product with n_y would round once more.
"""

from torch import Tensor, nn

from torch_impl.criterion import Criterion


def multiclass_hinge_loss(outputs: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
    """Σ_{k ≠ c} max(0, 1 + a_k − a_c): of each example, or the mean of all m."""
    c = targets[:, None]
    every = nn.functional.relu(outputs - outputs.gather(1, c) + 1)
    each = every.scatter(1, c, 0).sum(dim=1)
    return each.mean() if reduction == "mean" else each


CRITERION = Criterion(
    multiclass_hinge_loss,
    text="{outputs}.shape[1] * nn.functional.multi_margin_loss({outputs}, y)",
)
