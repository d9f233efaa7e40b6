"""What a candidate's process does on request: load the candidate, and call its functions.

The process answers with plain data alone. Nothing that it answers is a verdict: the judge, in
another process, compares the arrays.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from copy import deepcopy
from typing import Any

import numpy as np

from parity_tests.adapters.candidate_process.changed_arguments import (
    arrays_by_path,
    changed_arrays,
    restore,
)
from parity_tests.adapters.candidate_process.description import (
    COURSE,
    MODULE,
    NOTHING,
    RUN,
    Description,
    split,
)
from parity_tests.adapters.candidate_process.namespaces import (
    attribute,
    replaced_in,
    takes_a_problem,
)
from parity_tests.adapters.candidate_process.older_arrays import as_older
from parity_tests.adapters.candidate_process.plain_data import (
    DTYPES,
    Earlier,
    PlainData,
    fact,
    key_of,
    text_of,
)
from parity_tests.adapters.course.call_recorder import (
    giver,
    gradient_keys,
    owner,
    recorded,
)
from parity_tests.adapters.course.functions import driven_weeks, functions_in, week_of
from parity_tests.adapters.course.reference_functions import (
    ACTIVATIONS,
    in_convention_of,
    supplied,
)
from parity_tests.adapters.course.source_lines import source_of
from parity_tests.adapters.graph_modules.named_modules import NamedModules
from parity_tests.adapters.interfaces.explored_programs import Explorer
from parity_tests.adapters.kinds_file import import_kinds
from parity_tests.adapters.loops.loop import unread_loops
from parity_tests.adapters.mistaken_calls import Given
from parity_tests.adapters.own_functions import (
    defined_in,
    not_reached,
    passes_not_reached,
    reached_from,
)
from parity_tests.adapters.source_files import LEFT_OUT, NOTES, definitions
from parity_tests.check_messages import input_error
from parity_tests.checking.guarded_calls import CandidateError, call, local_variables
from ref_numpy import Array, InputError, NetworkSpec


class Service:
    """A candidate, and what its functions returned.

    Args:
        namespace: the course's functions, by name, where they are not to be loaded.
        given: the names of those that are checked; () for all of the namespace.
        printed: returns how many lines the candidate has printed.
    """

    def __init__(
        self,
        namespace: dict[str, Any] | None = None,
        given: Collection[str] = (),
        printed: Callable[[], int] = lambda: 0,
    ) -> None:
        self.namespace, self.given, self.printed = namespace or {}, given, printed
        self.name, self.kind = "", NOTHING
        self.found: Any = None
        self.week: int | None = None
        self.results: dict[str, Any] = {}  # the last one of each function
        self.explorer: Explorer | None = None

    def answer(self, request: tuple[Any, ...]) -> dict[str, Any]:
        """Answer a request: the name of one of the methods below, and its arguments.

        Returns:
            {"answer": plain data}, or the code and the facts of the error that was raised.
        """
        what, *arguments = request
        try:
            return {"answer": REQUESTS[what](self, *arguments)}
        except InputError as error:
            facts = {name: fact(x) for name, x in error.facts.items()}
            return {"error": error.code, "facts": facts}

    def load(self, candidate: str, kinds: str) -> dict[str, Any]:
        """Load a candidate, and describe it.

        Args:
            candidate: its name.
            kinds: a file of layers and losses that is imported first; "" for none.

        Raises:
            InputError: there is no such candidate.
        """
        if kinds:
            import_kinds(kinds)
        where, name = split(candidate)
        namespace = self.namespace = definitions(where, name=name)
        if name:
            return self.one_function(candidate, attribute(namespace, name, where)).as_plain()
        named = next((n for n, x in namespace.items() if isinstance(x, NamedModules)), None)
        if named is not None:
            return self.one_function(f"{candidate}:{named}", namespace[named]).as_plain()
        known = functions_in(namespace)
        if takes_a_problem(namespace.get("run")) and not driven_weeks(known):
            return self.one_function(f"{candidate}:run", namespace["run"]).as_plain()
        return self.describe(candidate)

    def one_function(self, name: str, found: Any) -> Description:
        """Describe a function run(spec, params, X, Y), a module, or a function that returns one.

        Raises:
            InputError: it is none of these.
        """
        self.name, self.found = name, found
        self.kind = RUN if takes_a_problem(found) else MODULE
        if self.kind == MODULE and "torch" not in sys.modules:
            raise input_error("candidate.interface", name=name, type=type(found).__name__)
        return Description(self.kind, name)

    def describe(self, candidate: str) -> dict[str, Any]:
        """Describe the functions of the namespace, and supply those of the course that it lacks."""
        own, known = defined_in(self.namespace), self.checked()
        self.week = week_of({n: self.namespace[n] for n in known}) if known else None
        supplied = self.supply() if known else ()
        left_out, notes = (tuple(map(str, self.namespace.get(n, ()))) for n in (LEFT_OUT, NOTES))
        description = Description(
            COURSE if known else NOTHING, candidate,
            {name: self.namespace[name] for name in known}, own,
            not_reached(self.namespace, known), left_out,
            (*unread_loops(self.namespace), *passes_not_reached(self.namespace, known)),
            notes, supplied,
        )  # fmt: skip
        return description.as_plain()

    def checked(self) -> list[str]:
        """Return the names of the functions to check: those given, or all that a check knows.

        With those given come `propagate` and the activations of the candidate's own that they use.
        """
        known = [*functions_in(self.namespace)]
        if not self.given:
            return known
        used = reached_from([self.namespace[n] for n in self.given], self.namespace)
        own = {n for n in ("propagate", *ACTIVATIONS) if id(self.namespace.get(n)) in used}
        return [n for n in known if n in self.given or n in own]

    def supply(self) -> tuple[str, ...]:
        """Add the course's functions that the namespace lacks; return the names of those used."""
        lacking = {n: f for n, f in supplied(self.week or 0).items() if n not in self.namespace}
        self.namespace.update(lacking)
        called = [self.namespace[n] for n in self.checked()]
        used = reached_from(called, self.namespace)
        return tuple(n for n, f in lacking.items() if id(f) in used)

    def run(
        self, network: str, params: Any, X: Array, Y: Array, precision: str, device: str | None
    ) -> dict[str, Any]:
        """Run the candidate's function run, or its module.

        Args:
            network: the description of the network.
            params: its parameters.
            X: (n_x, m).
            Y: (n_y, m).
            precision: the name of the candidate's arithmetic.
            device: of a torch module.
        """
        spec, given = NetworkSpec.from_json(network), {"params": params, "X": X, "Y": Y}
        before, condition = arrays_by_path(given), ""
        if self.kind == RUN:
            result = call(self.name, self.found, spec, params, X, Y)
        else:
            from parity_tests.adapters.graph_modules.named_run import named_run
            from parity_tests.adapters.torch_modules import module_run

            found: Any = self.found
            if not spec.is_chain and not isinstance(found, NamedModules):
                found = NamedModules(found, {"*": "*"})
            is_named = isinstance(found, NamedModules)
            run = (named_run if is_named else module_run)(found, self.name, precision, device)
            result = run(spec, params, X, Y)
            condition = run.__dict__["condition"]
        trace = call(self.name, PlainData().of, result)
        return {"result": trace, "after": changed_arrays(before), "condition": condition}

    def call(
        self, name: str, arguments: dict[str, Any], replaced: tuple[str, ...],
        held: bool, noted: bool, seed: int | None = None, older: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """Call one of the course's functions.

        Args:
            name: of the function.
            arguments: in its order.
            replaced: the functions that are the reference's instead of the candidate's.
            held: return the arrays in the function's own variables, too.
            noted: return the calls of a layer's backward functions, too.
            seed: of NumPy's global generator, before the call; None leaves it as it is.
            older: give it arrays of which float() takes one number, as older ones are.
        """
        if seed is not None:
            np.random.seed(seed)  # noqa: NPY002 which the course's functions draw from
        given = {n: self.argument(x) for n, x in arguments.items()}
        given = {n: as_older(x) for n, x in given.items()} if older else given
        before, data, calls = arrays_by_path(given), PlainData(), {}
        outcome: dict[str, Any] = {}
        with ExitStack() as stack:
            stack.enter_context(replaced_in(self.namespace, self.references(replaced)))
            if noted:
                functions, calls = recorded(self.namespace)
                stack.enter_context(replaced_in(self.namespace, functions))
            function = self.namespace[name]
            found = stack.enter_context(local_variables(function)) if held else {}
            result = None
            try:
                result = self.results[name] = call(name, function, *given.values())
                outcome["result"] = call(name, data.of, result)
            except CandidateError as error:
                outcome["raised"] = dict(error.facts)
        arrays = {n: x for n, x in found.items() if not isinstance(x, dict)}
        arrays |= replaced_entries(given, arguments) if held else {}
        outcome["held"] = {n: x for n, x in arrays.items() if x.dtype.name in DTYPES}
        of_layers = calls.get("linear_activation_backward", [])
        outcome["gradients"] = gradient_keys(found, of_layers)
        caches = given.get("caches")
        owners = caches if isinstance(caches, list | tuple) else ()
        outcome["calls"] = {
            n: [
                (
                    call(name, data.of, c.d),
                    owner(c.cache, owners),
                    text_of(c.activation),
                    c.line,
                    giver(every, k),
                )
                for k, c in enumerate(every)
            ]
            for n, every in calls.items()
        }
        outcome["missing"] = {
            n: key_of(x.missing[-1]) for n, x in given.items() if isinstance(x, Given) and x.missing
        }
        outcome["after"] = changed = changed_arrays(before)
        if changed and "result" in outcome:
            self.results[name] = call(name, deepcopy, result)  # it may hold what is restored
        restore(before)
        return outcome

    def references(self, names: Iterable[str]) -> dict[str, Callable[..., Any]]:
        """Return the reference's functions, each in the convention of the candidate's own."""
        week = self.week or 0
        return {n: in_convention_of(self.namespace[n], n, week) for n in names}

    def argument(self, given: Any) -> Any:
        """Return what the function is given: its own earlier result, or a dictionary as a Given."""
        if isinstance(given, Earlier):
            return self.results[given.function][given.entry]
        return Given(given) if isinstance(given, dict) else given

    def explore(self, what: str, *arguments: Any) -> Any:
        """Look for programs of other interfaces, or run one.

        Args:
            what: a method of the `Explorer`.
            *arguments: of the method.
        """
        explorer = self.explorer = self.explorer or Explorer(self.namespace)
        known = (explorer.find_holders, explorer.find_readings, explorer.calls_tried, explorer.run,
                 explorer.operators, explorer.alike)  # fmt: skip
        methods = {method.__name__: method for method in known}
        return call(what, lambda: PlainData().of(methods[what](*arguments)))

    def unreached(self, called: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the functions that those called do not use, and which of them look like passes."""
        every = self.namespace, called
        return not_reached(*every), passes_not_reached(*every)

    def source(self, name: str) -> Any:
        """Return the source of one of the functions; None where there is none."""
        return source_of(self.namespace.get(name))

    def closing(self) -> tuple[int, str]:
        """Return how many lines were printed, and the version of torch, if it was imported."""
        return self.printed(), str(getattr(sys.modules.get("torch"), "__version__", ""))


def replaced_entries(given: dict[str, Any], before: dict[str, Any]) -> dict[str, Array]:
    """Return the arrays that a function put into dictionaries among its arguments.

    Args:
        given: what the function was given: "bn_param.running_mean" by "bn_param".
        before: the same, as it was before the call.
    """
    return {
        f"{n}.{key_of(key)}": np.array(x)
        for n, entries in given.items()
        if isinstance(entries, Given)
        for key, x in dict.items(entries)
        if isinstance(x, np.ndarray) and x is not before[n].get(key)
    }


REQUESTS: dict[str, Callable[..., Any]] = {
    "load": Service.load,
    "describe": Service.describe,
    "run": Service.run,
    "call": Service.call,
    "explore": Service.explore,
    "unreached": Service.unreached,
    "source": Service.source,
    "closing": Service.closing,
}
