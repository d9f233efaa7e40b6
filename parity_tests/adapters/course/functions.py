"""The functions of the course's assignments as a candidate: recognised by name, run as a whole.

Week 2 is `propagate`, week 3 `forward_propagation` and `backward_propagation`, week 4
`L_model_forward` and `L_model_backward`, each with its course's arguments and results. What is
called week 5 is course 2: the same names as in week 3, of three layers and with the arguments
(X, Y, cache), and functions of its own, which `second_course` checks. Helper
functions that a candidate imports and that are missing are supplied (reference_functions.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from parity_tests.adapters.call_wording import sentence
from parity_tests.adapters.candidate_process.description import Description
from parity_tests.adapters.candidate_process.program import Outcome, Program
from parity_tests.adapters.mistaken_calls import (
    in_its_order,
    looked_up_in_vain,
    meaning,
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
    "initialize_with_zeros": 2, "model": 2, "initialize_parameters": 3, "nn_model": 3,
    "initialize_parameters_deep": 4, "two_layer_model": 4, "L_layer_model": 4,
    "compute_cost_with_regularization": 5, "backward_propagation_with_regularization": 5,
    "forward_propagation_with_dropout": 5, "backward_propagation_with_dropout": 5,
    "forward_propagation_n": 5, "backward_propagation_n": 5, "gradient_check_n": 5,
    "gradient_check": 5, "initialize_parameters_zeros": 5, "initialize_parameters_random": 5,
    "initialize_parameters_he": 5, "random_mini_batches": 5, "initialize_velocity": 5,
    "initialize_adam": 5, "update_lr": 5, "schedule_lr_decay": 5,
}  # fmt: skip

# The functions that run a whole network, and so decide of which week a file is.
DRIVERS = {
    2: ("propagate",),
    3: ("forward_propagation", "backward_propagation"),
    4: ("L_model_forward", "L_model_backward"),
    5: ("forward_propagation", "backward_propagation"),
}

# The network of each week's assignment, in the size of our own default, and its arithmetic.
SETTINGS = {
    2: {"network": "784-1", "hidden": "relu", "output": "sigmoid", "precision": "float64"},
    3: {"network": "784-512-1", "hidden": "tanh", "output": "sigmoid", "precision": "float64"},
    4: {"network": "784-512-256-1", "hidden": "relu", "output": "sigmoid", "precision": "float64"},
    5: {"network": "784-512-256-1", "hidden": "relu", "output": "sigmoid", "precision": "float64"},
}
SMALL = {2: "5-1", 3: "5-4-1", 4: "5-4-3-1", 5: "4-5-3-1"}


Functions = Mapping[str, Callable[..., Any]]

# Those that are checked beside others of the course: programs of all kinds have such names.
COMPANIONS = (
    "model", "nn_model", "two_layer_model", "L_layer_model", "initialize_with_zeros",
    "initialize_parameters", "initialize_parameters_deep",
)  # fmt: skip


def functions_in(namespace: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """Return the candidate's own functions that a check knows, by name."""
    known = {
        name: f
        for name in WEEKS
        if callable(f := namespace.get(name))
        and not str(getattr(f, "__module__", "")).startswith(("parity_tests.", "ref_numpy."))
        and (name not in FIRST_ARGUMENTS or begins_with(f, FIRST_ARGUMENTS[name]))
    }
    model = namespace.get(SECOND_MODEL)
    if callable(model) and begins_with(model, ["X", "Y"]) and 5 in {WEEKS[n] for n in known}:
        return {**known, SECOND_MODEL: model}
    return known if driven_weeks(known) else {n: f for n, f in known.items() if n not in COMPANIONS}


SECOND_MODEL = "model"  # of course 2, whose arguments are others than course 1's

# The first arguments of those whose names other functions have as well.
FIRST_ARGUMENTS = {
    "optimize": ["w", "b"], "predict": ["w", "b"], "gradient_check": ["x", "theta"],
    "model": ["X_train", "Y_train"], "random_mini_batches": ["X", "Y"],
    "update_lr": ["learning_rate0", "epoch_num"],
    "schedule_lr_decay": ["learning_rate0", "epoch_num"],
}  # fmt: skip
# Of gradient checking: J = θ x of two numbers.
OF_THETA = ("forward_propagation", "backward_propagation")


def argument_names(function: Callable[..., Any]) -> list[str]:
    """Return the names of a function's positional arguments; [] where Python does not know them."""
    return [q.name for q in positional(function) or ()]


def begins_with(function: Callable[..., Any], names: list[str]) -> bool:
    """Return whether the arguments of a function begin with these."""
    return argument_names(function)[: len(names)] == names


def takes_theta(name: str, function: Callable[..., Any]) -> bool:
    """Return whether a function of this name is that of gradient checking: of (x, theta)."""
    return name in OF_THETA and argument_names(function)[1:] == ["theta"]


def of_a_network(functions: Functions) -> dict[str, Callable[..., Any]]:
    """Return the functions without those of (x, theta)."""
    return {n: f for n, f in functions.items() if not takes_theta(n, f)}


def driven_weeks(functions: Functions) -> list[int]:
    """Return the weeks of which a file has a function that runs a whole network."""
    names = {*of_a_network(functions)}
    other = 3 if is_second_course(functions) else 5
    weeks = [week for week, own in DRIVERS.items() if {*own} & names and week != other]
    return weeks or [5] * any(WEEKS[n] == 5 and "propagation" in n for n in names)


def is_second_course(functions: Functions) -> bool:
    """Return whether forward and backward propagation are those of course 2, of three layers.

    Its `backward_propagation` takes (X, Y, cache). Without one the file's other functions tell it.
    """
    backward = of_a_network(functions).get("backward_propagation")
    if backward is None:
        return 5 in {WEEKS[name] for name in functions}
    taken = [meaning(n) for n in argument_names(backward)]
    return sorted(map(str, taken)) == ["X", "Y", "cache"]


def week_of(functions: Functions) -> int:
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
        self.functions = list(of_a_network(description.functions))
        every = description.functions
        self.driven, self.week = driven_weeks(every), week_of(every)
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
