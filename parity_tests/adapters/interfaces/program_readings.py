"""A way to call a program of a network, found by trying, and what each run of it gives."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity_tests.adapters.candidate_process.plain_data import DTYPES
from parity_tests.adapters.interfaces.argument_roles import parameters_of, role
from parity_tests.adapters.interfaces.call_plans import Plan
from parity_tests.adapters.interfaces.data_forms import DataForm
from parity_tests.adapters.interfaces.gradient_places import Places, names_used, read_gradient
from parity_tests.adapters.interfaces.held_tensors import held_tensors
from parity_tests.adapters.interfaces.kept_constants import RATE, VALUES, is_penalty
from parity_tests.adapters.interfaces.parameter_holders import Holder
from parity_tests.adapters.interfaces.parameter_slots import IsOwn
from parity_tests.adapters.interfaces.program_calls import Run
from ref_numpy import Array


@dataclass(frozen=True)
class Reading:
    """A way to call a program: its functions, the form of its data, and where its results are.

    The learning rate that the program keeps is `RATE` where `is_rated` says so.
    """

    holder: Holder
    plan: Plan
    form: DataForm
    places: Places
    is_own: IsOwn
    is_rated: bool = False

    def run(
        self, params: Mapping[str, Array], X: Array, Y: Array,
        strengths: Mapping[str, float] | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Run the program, and return its tensors, those in its variables, and what it changed.

        Args:
            params: W (n, n_prev) and b (n, 1).
            X: (n_x, m).
            Y: (n_y, m).
            strengths: of penalties, by the names of arguments or constants; others are 0.

        Raises:
            CandidateError: the program raised.
        """
        slots = self.holder.slots
        before = {n: slots.as_here(n, params[n]) for n in slots.paths}
        outputs, costs, held = list[Array](), list[Any](), list[dict[str, Array]]()
        gradients = dict[str, Any]()
        after = dict[str, Array]()
        for k, (x, y) in enumerate(self.form.calls(X, Y)):
            given = np.copy(x), np.copy(y)
            slots.set(self.holder.held, params)
            run = run_of(
                self.holder, self.plan, self.form, x, y, Y.shape[0], X.shape[1], strengths,
                self.is_rated,
            )  # fmt: skip
            if run.output is not None:
                outputs.append(np.array(run.output))
            if (J := cost_of(run)) is not None:
                costs.append(J)
            for name, place in self.places.items():
                g = np.array(read_gradient(run, name, place, before))
                gradients[f"d{name}"] = g if not k else gradients[f"d{name}"] + g
            if not k or held[0]:
                held.append(held_tensors(run, self.is_own))
            if not self.form.one:
                changed = {"X": (x, given[0], X), "Y": (y, given[1], Y)}
                after = {
                    n: (now.T if self.form.rows else now).reshape(own.shape)
                    for n, (now, was, own) in changed.items()
                    if isinstance(now, np.ndarray) and not np.array_equal(now, was)
                    and now.size == own.size
                }  # fmt: skip
        tensors: dict[str, Any] = {}
        if outputs:
            tensors["output"] = np.concatenate(outputs, axis=1)
        if costs:
            tensors["J"] = sum(costs[1:], costs[0])
        names = set.intersection(*map(set, held))
        columns = {n: np.concatenate([each[n] for each in held], axis=1) for n in sorted(names)}
        return {"tensors": tensors | gradients, "held": columns, "after": after}

    def facts(self) -> dict[str, Any]:
        """Return what a report says about the reading."""
        own = self.holder
        plan = (self.plan.forward, self.plan.cost, self.plan.gradient)
        shape = own.slots.shapes.get("b1", ())
        kept = own.constants.names(own.held) if own.constants else []
        arguments = [q for f in plan if f for q in self.fixed_arguments(f)]
        fixed = {n: VALUES[str(role(n))] for n in (*arguments, *kept)}
        fixed |= own.fixed()
        return {
            "holder": own.name,
            "engine": own.engine,
            "functions": [n for n in plan if n],
            "rows": self.form.rows,
            "labels": self.form.labels,
            "one": self.form.one,
            "in_out": own.slots.in_out,
            "bias_shape": shape,
            "biases": own.slots.has_biases,
            "gradients": next(iter(self.places.values())).kind,
            "fixed": fixed,
            "penalties": [] if own.loop else [n for n in fixed if is_penalty(n)],
            "arguments": arguments,
            "made_up": own.made_up_arguments(),
            "clips": any("clip" in n for f in plan if f for n in names_used(own.functions[f])),
            "loop": own.loop.named if own.loop else "",
        }

    def fixed_arguments(self, name: str) -> list[str]:
        """Return the arguments of a function that are the same in each call, such as reg."""
        if self.holder.loop:
            return [*self.holder.loop.zeros]
        parameters = parameters_of(self.holder.functions[name]) or ()
        given = [q for q in parameters if role(q.name) in VALUES]
        return [q.name for q in given if not isinstance(q.default, bool)]  # as verbose=True is


def run_of(
    holder: Holder, plan: Plan, form: DataForm, x: Any, y: Any, n_y: int, m: int,
    strengths: Mapping[str, float] | None = None, is_rated: bool = False,
) -> Run:  # fmt: skip
    """Run a program, with penalties of these strengths; a call of one example has m = 1."""
    known = strengths or {}
    rate = RATE if is_rated else None
    constants = holder.constants
    kept = constants.set_to(holder.held, known, m, rate) if constants else nullcontext()
    with kept:
        return Run.of(holder, plan, form, x, y, n_y, 1 if form.one else m, known)


def cost_of(run: Run) -> Any:
    """Return J, the first number that the cost, or else the gradients' function, returned."""
    calls = [c for c in run.made if c.name == run.plan.cost] or run.made[::-1]
    for call in calls:
        entries = call.result if isinstance(call.result, tuple) else (call.result,)
        for x in entries:
            is_cost = call.name == run.plan.cost
            if is_number(x) and (is_cost or not np.ndim(x)):
                return x if not np.ndim(x) else np.asarray(x).reshape(())[()]
    return None


def is_number(x: Any) -> bool:
    """Return whether x is a number, or an array (1, 1) of one."""
    if isinstance(x, bool) or not isinstance(x, float | int | np.generic | np.ndarray):
        return False
    return np.shape(x) in ((), (1, 1)) and np.asarray(x).dtype.name in DTYPES
