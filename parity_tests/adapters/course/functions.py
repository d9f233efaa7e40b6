"""The functions of the course's assignments as a candidate: recognised by name, run as a whole.

Week 2 is `propagate`, week 3 `forward_propagation` and `backward_propagation`, week 4
`L_model_forward` and `L_model_backward`, each with its course's arguments and results. Helper
functions that a candidate imports and that are missing are supplied (reference_functions.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.candidate_process.description import Description
from parity_tests.adapters.candidate_process.program import Outcome, Program
from parity_tests.adapters.mistaken_calls import (
    in_its_order,
    looked_up_in_vain,
    not_taken,
    positional,
)
from parity_tests.checking.findings import Finding
from parity_tests.checking.guarded_calls import CandidateError, MutationGuard
from ref_numpy import NetworkSpec

# The functions that a check knows, and the week in whose convention each is called.
WEEKS = {
    "sigmoid": 2, "propagate": 2, "optimize": 2, "predict": 2,
    "forward_propagation": 3, "compute_cost": 3, "backward_propagation": 3, "update_parameters": 3,
    "relu": 4, "sigmoid_backward": 4, "relu_backward": 4, "linear_forward": 4,
    "linear_activation_forward": 4, "L_model_forward": 4, "linear_backward": 4,
    "linear_activation_backward": 4, "L_model_backward": 4, "update_parameters_with_gd": 4,
    "update_parameters_with_momentum": 4, "update_parameters_with_rmsprop": 4,
    "update_parameters_with_adam": 4,
}  # fmt: skip

# The functions that run a whole network, and so decide of which week a file is.
DRIVERS = {
    2: ("propagate",),
    3: ("forward_propagation", "backward_propagation"),
    4: ("L_model_forward", "L_model_backward"),
}

# The network of each week's assignment, in the size of our own default, and its arithmetic.
SETTINGS = {
    2: {"network": "784-1", "hidden": "relu", "output": "sigmoid", "precision": "float64"},
    3: {"network": "784-512-1", "hidden": "tanh", "output": "sigmoid", "precision": "float64"},
    4: {"network": "784-512-256-1", "hidden": "relu", "output": "sigmoid", "precision": "float64"},
}
SMALL = {2: "5-1", 3: "5-4-1", 4: "5-4-3-1"}


def functions_in(namespace: Mapping[str, Any]) -> list[str]:
    """Return the names of the candidate's own functions that a check knows."""
    return [
        name
        for name in WEEKS
        if callable(f := namespace.get(name))
        and not str(getattr(f, "__module__", "")).startswith(("parity_tests.", "ref_numpy."))
        and (name not in OF_W_AND_B or takes_w_and_b(f))
    ]


# Those whose names later weeks have as well, with other arguments.
OF_W_AND_B = ("optimize", "predict")


def takes_w_and_b(function: Callable[..., Any]) -> bool:
    """Return whether the arguments of a function begin with w and b, as those of week 2 do."""
    return [q.name for q in (positional(function) or ())[:2]] == ["w", "b"]


def driven_weeks(functions: Collection[str]) -> list[int]:
    """Return the weeks of which a file has a function that runs a whole network."""
    return [week for week, names in DRIVERS.items() if {*names} & {*functions}]


def week_of(functions: Collection[str]) -> int:
    """Return the week of the whole run; or else of the functions in the file."""
    return max(driven_weeks(functions) or [WEEKS[name] for name in functions])


class Course:
    """The course's functions of a candidate, to which its process adds the missing helpers.

    Args:
        program: the candidate.
        description: of the candidate; it has at least one of the functions.

    Attributes:
        outcome: of the last call.
        passed_at: the line of each layer that passes the gradient to its backward step, as in the
            last run of week 4's functions.
    """

    def __init__(self, program: Program, description: Description) -> None:
        self.program, self.description = program, description
        self.functions = list(description.functions)
        self.driven, self.week = driven_weeks(self.functions), week_of(self.functions)
        self.outcome = Outcome()
        self.passed_at: dict[int, str] = {}
        # What was recognised in another form than the course's: in words; the functions with such
        # caches; by a function's name in findings, the form.
        self.notes: dict[str, None] = {}
        self.recognised = set[str]()
        self.forms: dict[str, Any] = {}

    def note(self, code: str, **facts: Any) -> None:
        """Add a note to the report, once."""
        self.notes[sentence(code, **facts)] = None

    @property
    def settings(self) -> dict[str, str]:
        """The default settings of the week."""
        return SETTINGS[self.week]

    def small(self, spec: NetworkSpec, week: int) -> NetworkSpec:
        """Return a small network that the week's functions can run.

        For the week of the whole run it has the activations and the loss of `spec`.
        """
        dims = [int(n) for n in SMALL[week].split("-")]
        if week != self.week:
            return NetworkSpec.dense(dims, SETTINGS[week]["hidden"], SETTINGS[week]["output"])
        *hidden, output = [step.layer for step in spec.steps if step.output[0] == "A"]
        every = hidden or [SETTINGS[week]["hidden"]]
        dims[-1] = min(spec.output_shape[0], 2)
        return NetworkSpec.dense(dims, (every * 2)[: len(dims) - 2], output, spec.loss)

    def attempt(
        self,
        name: str,
        arguments: Mapping[str, Any],
        read: Callable[[Any], Any],
        to: list[Finding],
        label: str = "",
        may_change: tuple[str, ...] = (),
        **options: Any,
    ) -> Any:
        """Call a function, and read its result; `outcome` is then what else came back.

        Where the call or the reading fails there is a finding; or a mistaken call, where that is
        not the candidate's fault. An argument that the function changes in place is a finding too,
        and is restored.

        Args:
            name: of the function.
            arguments: by the course's names, in the course's order.
            read: reads the result.
            to: the list of findings.
            label: the function's name in findings, where it is called in several ways.
            may_change: names of arguments that it may change in place.
            options: of `Program.call`.

        Returns:
            read(result); None where something failed.
        """
        self.outcome = Outcome()
        if name not in self.functions:
            return None
        function = self.description.functions[name]
        given = in_its_order(function, arguments)
        mistaken = not_taken(name, function, given)
        if mistaken is not None:
            to.append(mistaken)
            return None
        kept_as_given = {n: x for n, x in given.items() if n not in may_change}
        guard = MutationGuard(kept_as_given, label or name)
        result, self.outcome, error = self.program.call(name, given, **options)
        if error is not None:
            raised = Finding(name, "error", str(error), code="call.raised", facts=error.facts)
            to.append(looked_up_in_vain(name, given, self.outcome.missing, error) or raised)
            return None
        if changed := guard.findings():
            to += changed
            guard.restore()
        try:
            return read(result)
        except CandidateError as error:
            facts = {"function": name, "error": str(error)}
            to.append(result_finding("result.form", name, facts))
            return None

    def takes(self, name: str) -> int:
        """Return how many arguments a function must be given."""
        if name not in self.functions:
            return 0
        parameters = positional(self.description.functions[name]) or ()
        return sum(q.default is q.empty for q in parameters)


def result_finding(code: str, function: str, facts: Mapping[str, Any]) -> Finding:
    """Return the finding that a function's result has another form."""
    return Finding(function, "result", sentence(code, **facts), code=code, facts=facts)
