"""One run of a program: its forward pass, its cost and its gradients, wherever these are found."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any

import numpy as np

from parity_tests.adapters.interfaces.argument_roles import arguments_for, called, role
from parity_tests.adapters.interfaces.call_plans import Plan
from parity_tests.adapters.interfaces.data_forms import DataForm
from parity_tests.adapters.interfaces.kept_constants import RATE, VALUES
from parity_tests.adapters.interfaces.parameter_holders import Holder
from parity_tests.adapters.interfaces.parameter_slots import IsOwn, Leaf, leaves
from parity_tests.checking.guarded_calls import call as guarded
from parity_tests.checking.trace_structure import as_array
from ref_numpy import Array


@dataclass
class Call:
    """A call of a function that returned.

    Attributes:
        name: of the function.
        result: of the call.
        names: of the entries of a result, by the function's own variables.
        held: the arrays in its variables.
        every: the arrays and what holds some, in its variables and in those of functions that it
            calls.
        roles: of the arguments.
    """

    name: str
    result: Any
    names: dict[int, str] = field(default_factory=dict)
    held: dict[str, Any] = field(default_factory=dict)
    every: dict[str, Any] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()

    def leaves(self, is_own: IsOwn) -> Iterator[Leaf]:
        """Yield the arrays of the result; those in a tuple have the names of the variables."""
        for leaf in leaves(self.result, is_own):
            yield leaf if leaf.names else replace(leaf, names=self.name_of(leaf.array))

    def name_of(self, x: Any) -> tuple[str, ...]:
        """Return the name of the function's variable that is this object, if there is one."""
        is_array = isinstance(x, np.ndarray | list | tuple | dict | float | np.generic)
        return (self.names[id(x)],) if is_array and id(x) in self.names else ()


Variables = tuple[dict[int, str], dict[str, Any], dict[str, Any]]


@contextmanager
def variables_of(function: Callable[..., Any]) -> Iterator[Variables]:
    """Yield the names of the function's variables by the id of what they are, and the arrays.

    Besides the arrays and containers in its variables, and in those of functions of its file.
    """
    names, held, every = dict[int, str](), dict[str, Any](), dict[str, Any]()
    inner = getattr(function, "__func__", function)
    code = getattr(inspect.unwrap(inner), "__code__", None)
    own = getattr(inspect.unwrap(inner), "__globals__", None)

    def look(frame: FrameType, event: str, result: Any) -> None:
        if event == "return" and frame.f_code is code:
            names.update({id(x): n for n, x in frame.f_locals.items()})
            held.update({n: x for n, x in frame.f_locals.items() if isinstance(x, np.ndarray)})
        if event == "return" and frame.f_globals is own:
            kinds = np.ndarray | dict | list | tuple
            every.update({n: x for n, x in frame.f_locals.items() if isinstance(x, kinds)})

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield names, held, every
    finally:
        sys.setprofile(before)


NOTHING: Variables = {}, {}, {}  # of a network that is put together here

# Names of logits, which a forward pass may return before its output: `return z1, a1`.
LOGITS = re.compile(r"_?(z|u|net|pre\w*?|logits?|scores?)_?\d*", re.IGNORECASE)

# A result of such a name, as in `x = layer.forward(x)`, is not what later functions mean by it.
KEPT_ROLES = ("X", "Y", "params", "rate", "none", "kept", "one", "examples")


class NotCallable(Exception):
    """A function takes an argument that is not known."""


@dataclass
class Run:
    """One call of a program's functions, with some examples.

    Attributes:
        holder: of the parameters.
        plan: which functions.
        form: of the data.
        known: arguments by name and role.
        n_y: the number of outputs.
        m: of examples of the call.
        made: the calls.
        output: what the forward pass returned, as columns.
    """

    holder: Holder
    plan: Plan
    form: DataForm
    known: dict[str, Any]
    n_y: int
    m: int
    made: list[Call] = field(default_factory=list)
    output: Array | None = None

    @classmethod
    def of(
        cls, holder: Holder, plan: Plan, form: DataForm, x: Any, y: Any, n_y: int, m: int,
        strengths: Mapping[str, float],
    ) -> Run:  # fmt: skip
        """Call the functions of a plan.

        Raises:
            CandidateError: one of them raised.
            NotCallable: one of them takes an argument that is not known.
        """
        known = {"X": x, "Y": y, "rate": RATE, **VALUES, "one": 1, "examples": m, **strengths}
        known |= {"data_form": form} if holder.loop else {}
        run = cls(holder, plan, form, {**holder.arguments(), **known}, n_y, m)
        if plan.output:
            run.call(plan.gradient, without="Y")
            run.keep_output()
        if plan.forward:
            run.call(plan.forward, alone="X")
            run.keep_output()
        if plan.cost:
            run.call(plan.cost)
        run.call(plan.gradient)
        if holder.loop:
            run.keep_output()
        return run

    def call(self, name: str, without: str = "", alone: str = "") -> None:
        """Call a function with the arguments that are known.

        Args:
            name: of the function.
            without: a role that is left out.
            alone: the role of its parameter, if it needs one alone.

        Raises:
            NotCallable: it takes another.
        """
        function = self.holder.functions[name]
        known = {n: x for n, x in self.known.items() if n != without}
        found = arguments_for(function, known, alone)
        if found is None:
            raise NotCallable(name)
        given, roles = found
        traced = nullcontext(NOTHING) if self.holder.used else variables_of(function)
        with traced as (names, held, every), np.errstate(all="ignore"):
            result = guarded(name, called, function, given)
        self.made.append(Call(name, result, names, held, every, frozenset(roles)))

    def keep_output(self) -> None:
        """Keep the results of a forward pass, by their names, for the functions after it."""
        made = self.made[-1]
        result = made.result
        entries = result if isinstance(result, tuple) else (result,)
        every = [(made.name_of(x), x) for x in entries]
        for x in entries:
            if isinstance(x, Mapping):
                every += [((str(k),), value) for k, value in x.items()]
        outputs = [(k, x) for k, (_, x) in enumerate(every) if self.as_output(x) is not None]
        activated = [(k, x) for k, x in outputs if not any(map(LOGITS.fullmatch, every[k][0]))]
        outputs = activated or outputs
        if outputs:
            _, x = outputs[0] if outputs[0][0] == 0 else outputs[-1]
            self.output, self.known["output"] = self.as_output(x), x
        own = {name[0]: x for name, x in every if name}
        # One array may have two names: a2 = z2, where the output has no activation.
        returned = {id(x) for _, x in every}
        own |= {n: x for n, x in made.held.items() if id(x) in returned}
        self.known |= {n: x for n, x in own.items() if role(n) not in KEPT_ROLES}
        rest = [x for x in entries if x is not self.known.get("output")]
        if rest:
            self.known["cache"] = rest[-1]

    def as_output(self, x: Any) -> Array | None:
        """Return an array as columns of outputs, (n_y, m); None where it is something else."""
        if not isinstance(x, np.ndarray | list) or (isinstance(x, list) and not self.form.one):
            return None
        array = as_array(x)
        return self.form.columns(array, self.n_y, self.m) if array.dtype.kind in "fiu" else None
