"""The cost by torch's criteria, with the course's factors, and its regularisation."""

from __future__ import annotations

from torch import Tensor

from ref_numpy import Loss
from ref_numpy.loss import Counts
from ref_numpy.network import NetworkSpec
from torch_impl import own_twins
from torch_impl.conventions import named_parameters, whole
from torch_impl.criterion import Criterion
from torch_impl.losses import CRITERIA
from torch_impl.training_messages import input_error
from torch_impl.twin import Network


def cost(
    network: Network,
    outputs: Tensor,
    targets: Tensor,
    w: Tensor | None = None,
    *,
    counts: Counts | None = None,
) -> Tensor:
    """J of the network's outputs: (1/N) Σ_i w(i) L(i) + (λ/2m) Σ_l ‖W[l]‖², N = m where all count.

    Args:
        network: whose weights are regularised.
        outputs: (m, n_y) or (m, T, n_y), of `network(x)`.
        targets: class indices for cross-entropy, (m,) or (m, T), else (m, n_y).
        w: the weights of the examples, (m,); None counts each once.
        counts: N and m of the update, of which this batch is a part; None takes those of the batch.
    """
    N, m = counts or (None, outputs.shape[0])
    J = mean_loss(network.spec, outputs, targets, w, N)
    return regularised(network, J, m) if network.spec.lambd else J


def regularised(network: Network, J: Tensor, m: float) -> Tensor:
    """J + (λ/2m) Σ_l ‖W[l]‖².

    Args:
        network: whose weights these are.
        J: the cost without regularisation.
        m: the examples of the update; of one of K parts that has λ for all of them, the K-th part.
    """
    spec = network.spec
    if spec.lambd:
        weights = dict(named_parameters(network))
        J = J + spec.lambd / (2 * m) * sum(sum_of_squares(weights[W]) for W in spec.weights)
    return J


def mean_loss(
    spec: NetworkSpec,
    outputs: Tensor,
    targets: Tensor,
    w: Tensor | None = None,
    N: float | Tensor | None = None,
) -> Tensor:
    """(1/N) Σ_i w(i) L(i), the cost without regularisation, by which data sets are compared.

    Args:
        spec: the network's description.
        outputs: (m, n_y) or (m, T, n_y).
        targets: class indices for cross-entropy, (m,) or (m, T), else (m, n_y).
        w: the weights of the examples, (m,); None counts each once.
        N: of a part of an update, the K-th part of the labels that count in its K parts, by whose
            mean J is; of a loss that leaves labels out alone. None takes those of this batch.
    """
    found = criterion_of(spec.loss)
    criterion, factor, options = found.function, found.factor, found.options(spec.loss)
    if found.counted is not None:
        total = found.total(outputs, targets, w, options)
        if N is None:
            return total / found.counted(targets, **options).sum().clamp(min=1)
        return (total / N).to(total)  # N may be of a wider dtype than an output
    if w is None:
        mean, n_y = criterion(outputs, targets, **options), outputs.shape[1]
    else:
        each = criterion(outputs, targets, reduction="none", **options)  # (m,) or (m, n_y)
        mean, n_y = (w * (each if each.ndim == 1 else each.sum(dim=1))).mean(), 1
    n = factor(n_y) if factor else 1
    return mean if n == 1 else n * mean


def criterion_of(loss: Loss) -> Criterion:
    """Return the loss's criterion in torch.

    Raises:
        InputError: a user's own loss without a criterion.
    """
    if loss.built_in:
        return CRITERIA[loss.kind]
    if loss.kind in own_twins.LOSSES:
        return own_twins.LOSSES[loss.kind]
    raise input_error("loss.no-twin", name=type(loss).__name__)


def output_losses(loss: Loss, outputs: Tensor, targets: Tensor, w: Tensor | None = None) -> Tensor:
    """(1/m) Σ_i w(i) L_k(i) of each output k, (n_y,), whose sum is J without regularisation.

    Args:
        loss: of values.
        outputs: (m, n_y).
        targets: (m, n_y).
        w: the weights of the examples, (m,); None counts each once.
    """
    criterion = criterion_of(loss)
    each = criterion.function(outputs, targets, reduction="none", **criterion.options(loss))
    mean = (each if w is None else w[:, None] * each).mean(dim=0)
    return mean if criterion.factor is None else criterion.factor(1) * mean


def sum_of_squares(W: Tensor) -> Tensor:
    """‖W‖²; of a weight that is sharded, each process differentiates its own share."""
    local = getattr(W, "to_local", None)
    if local is None:
        return W.square().sum()
    own = local().square().sum()
    others = whole(W.detach().square().sum()) - own.detach()
    return own + others
