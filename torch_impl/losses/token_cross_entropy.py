"""The criterion of TokenCrossEntropy: torch's, of logits and class indices, over those that count.

torch's own mean is NaN where all labels are ignored, and here 0.
"""

from torch import Tensor, nn

from torch_impl.criterion import Criterion


def token_cross_entropy(
    outputs: Tensor, targets: Tensor, reduction: str = "mean", ignored: int = -100,
    smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """Return torch's cross-entropy of logits (m, n_y) or (m, T, n_y), whose classes it has second.

    Args:
        outputs: the logits.
        targets: (m,) or (m, T), class indices.
        reduction: "sum" or "none"; "mean" is over the labels that count.
        ignored: the label that does not count.
        smoothing: s.
    """
    logits = outputs if outputs.ndim == 2 else outputs.transpose(1, -1)
    total = nn.functional.cross_entropy(
        logits, targets, ignore_index=ignored, label_smoothing=smoothing,
        reduction="none" if reduction == "none" else "sum",
    )  # fmt: skip
    if reduction == "mean":
        return total / counted(targets, ignored).sum().clamp(min=1)
    return total


def counted(targets: Tensor, ignored: int = -100, smoothing: float = 0.0) -> Tensor:
    """Return which labels are not ignored."""
    return targets != ignored


CRITERION = Criterion(token_cross_entropy, constants=("ignored", "smoothing"), counted=counted)
