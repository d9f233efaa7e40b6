"""An activation A whose Z the trace does not have: the mistake may be in Z.

`A = sigmoid(w.T @ X)` forgets b, and no line of A gives such numbers. So each mistake in Z is
computed on, through the activation, and compared with A within the bound of both.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from parity_tests.checking.causes import Cause
from parity_tests.checking.comparison import p_value
from parity_tests.diagnosis.cause_wording import in_line
from parity_tests.diagnosis.explanations import Explanation, single_mistakes
from parity_tests.diagnosis.hypotheses import float_value
from parity_tests.diagnosis.known_causes import without_special_cases
from parity_tests.diagnosis.tensor_context import TensorContext
from parity_tests.diagnosis.whole_networks.planted_run import planted
from parity_tests.diagnosis.whole_networks.whole_network import (
    WholeNetwork,
    is_a_mistake,
    is_within,
)
from ref_numpy import Array


def causes_in_unseen_Z(network: WholeNetwork, name: str) -> list[Cause]:
    """Return the mistakes in Z that give A; each alone does.

    Args:
        network: the trace, and the reference's run of it.
        name: of a wrong tensor.
    """
    step = network.reference.steps.get(name)
    if step is None or not network.has_listed_forward or name not in network.trace:
        return []
    Z = step.input
    if step.output != name or step.layer.symbol != "A" or Z in network.trace:
        return []
    context, own = network.context(Z), network.trace[name]
    every = [*single_mistakes(context)] if context.kind == "Z" else []
    found: list[Explanation] = []
    for one in every:
        value = numbers(one, context)
        if value is None or value.shape != context.right[0].shape:
            continue
        A = step.forward({}, network.reference.context, value).outputs[0]
        if np.linalg.norm(own - A) > part_of(network) * np.linalg.norm(A):
            continue
        tensors = dict(planted(network.reference, network.X, network.Y, one, (Z,)))
        if name in tensors and is_within(tensors[name], own) and is_a_mistake(one, context):
            chance = p_value(tensors[name][0], own, network.right[name])
            cause = replace(in_line(one.cause, (Z,)), p_value=chance, n_hypotheses=len(every))
            found.append(Explanation(cause))
    return [one.cause for one in without_special_cases(found)]


def numbers(one: Explanation, context: TensorContext) -> Array | None:
    """Return the numbers of a mistake, without errors."""
    value = float_value(context, one.text or context.formulas[0].right)
    c = None if one.factor is None else one.factor_at(context)
    return value if value is None or c is None else c * value


def part_of(network: WholeNetwork) -> float:
    """Return which part of A may be apart before its bound is computed."""
    return min(1 / 4, 4 * max(network.p.u, network.p.output_rounding) ** 0.5)
