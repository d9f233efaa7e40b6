"""Which of the readings of a program is the program's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parity_tests.adapters.interfaces.assembled.chain_losses import LOSS
from parity_tests.adapters.interfaces.convention_fits import Fit
from parity_tests.adapters.interfaces.data_forms import MATRIX


def may_be_mean(fit: Fit, reading: dict[str, Any]) -> bool:
    """Return whether labels (m,) may show a mean, where a sum of several outputs is right.

    A program of one output that divides by len(y) divides by n_y then, where y is (n_y, m).
    """
    facts = reading["facts"]
    is_whole = not (facts["one"] or facts["engine"])
    return is_whole and not fit.is_mean and facts["labels"] == MATRIX


def is_a_layer_among_others(reading: dict[str, Any], dims: Sequence[int]) -> bool:
    """Return whether functions of one layer's parameters stand beside passes that are not used.

    They are functions of a layer, as affine_forward and affine_backward are, and no network.
    """
    facts = reading["facts"]
    is_one = len(dims) == 2 and not facts["holder"] and not facts["loop"]
    return is_one and bool(reading["unchecked"])


def leaves_out_a_loss(fit: Fit, reading: dict[str, Any]) -> bool:
    """Return whether a reading without J does not use what is named as a loss.

    A loss of one output alone is read where the network has one.
    """
    names = (text.partition("(")[0].removeprefix("class ") for text in reading["not_seen"])
    return "J" not in fit.given and any(LOSS.fullmatch(name) for name in names)


def is_better(found: tuple[Fit, dict[str, Any]], best: tuple[Fit, dict[str, Any]]) -> bool:
    """Return whether another network fits better: in all results, and in as many; or forward.

    One that leaves out more of the file's passes is no better than one with a right forward pass.
    """
    (fit, reading), (before, reading_before) = found, best
    if fit.counts and not before.counts and fit.n_forward >= before.n_forward:
        return True
    if before.forward_agrees and len(reading["unchecked"]) > len(reading_before["unchecked"]):
        return False
    if fit.all_agree and not before.all_agree:
        return fit.n_forward >= before.n_forward
    if fit.n_forward > before.n_forward:
        return fit.forward_agrees
    return fit.forward_agrees and not before.forward_agrees


def is_nearer(found: tuple[Fit, dict[str, Any]], best: tuple[Fit, dict[str, Any]]) -> bool:
    """Return whether fewer results of a training loop are wrong with another number of outputs."""
    (fit, reading), (before, _) = found, best
    of_one = reading["facts"]["loop"] and fit.given == before.given and fit.forward_agrees
    return bool(of_one) and len(fit.agree) > len(before.agree)


def is_shallower(found: tuple[Fit, dict[str, Any]], best: tuple[Fit, dict[str, Any]]) -> bool:
    """Return whether a network is that of a program which is right forward with more layers, too.

    Its gradients may be wrong with more layers alone.
    """
    (fit, reading), (before, reading_before) = found, best
    n, n_before = (len(x.conventions.spec.weights) for x in (fit, before))
    own, own_before = (x["facts"]["functions"][-1:] for x in (reading, reading_before))
    return own == own_before and n < n_before and before.forward_agrees


def worth_of(found: tuple[Fit, dict[str, Any]]) -> tuple[bool, bool, int, int, bool, float]:
    """Return what orders the readings of one program.

    One by which J or gradients are means comes first: what the program divides by is then the
    number of examples. Called in another way, such as with one example at a time, that is 1, and a
    1/m that is missing would not show. Then come those by which all is right.
    """
    fit, facts = found[0], found[1]["facts"]
    forward, agree, near = fit.worth
    near = 0.0 if fit.all_agree else near
    return fit.counts, fit.all_agree, forward, agree, not facts["one"], near
