"""A candidate as the judge sees it: its description, and plain data that its functions return."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parity_tests.adapters.candidate_process.answers import (
    arrays,
    known_error,
    malformed,
    text,
    whole_number,
    write_back,
)
from parity_tests.adapters.candidate_process.description import Description, split
from parity_tests.adapters.candidate_process.plain_data import Earlier
from parity_tests.adapters.candidate_process.wire import Malformed
from parity_tests.adapters.course.backward_calls import BackwardCall
from parity_tests.checking.guarded_calls import raised
from ref_numpy import Array, InputError, NetworkSpec

MOST_SOURCE = 10**6  # characters of a function

# ask(name of what is called, request) → the answer of `service.Service`, plain data
Ask = Callable[[str, tuple[Any, ...]], Any]


@dataclass(frozen=True)
class Outcome:
    """What came back from a call of one of the course's functions, besides its result.

    Attributes:
        held: the arrays in the function's own variables.
        missing: by argument, the last key that was looked up there in vain.
        calls: of the layers' backward functions.
        gradients: the keys "dA1" … in the function's own variables, each with the number of the
            call of linear_activation_backward that returned its entry.
    """

    held: dict[str, Array] = field(default_factory=dict)
    missing: dict[str, Any] = field(default_factory=dict)
    calls: dict[str, list[BackwardCall]] = field(default_factory=dict)
    gradients: dict[str, int] = field(default_factory=dict)


class Program:
    """A candidate that is loaded somewhere, and asked from here.

    Args:
        ask: sends a request there, and returns the answer.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._results: dict[str, Any] = {}  # the last of each function, as plain data
        self._earlier: dict[int, Earlier] = {}  # by the id of an object in one of them

    def load(self, candidate: str, known: Collection[str], kinds: str = "") -> Description:
        """Load a candidate.

        Args:
            candidate: its name.
            known: the names of the course's functions.
            kinds: a file of layers and losses that is imported first.

        Raises:
            InputError: there is no such candidate.
        """
        return self._described(candidate, known, "load", candidate, kinds)

    def describe(self, candidate: str, known: Collection[str]) -> Description:
        """Describe functions that need not be loaded."""
        return self._described(candidate, known, "describe", candidate)

    def _described(self, candidate: str, known: Collection[str], *request: str) -> Description:
        where = split(candidate)[0]
        name = f"importing {Path(where).name if '/' in where else where}"
        answer = self._answer(name, *request)
        return self._read(name, lambda: Description.from_plain(answer, known))

    def run(
        self, name: str, network: NetworkSpec, given: Mapping[str, Any], *options: str | None
    ) -> tuple[Any, str]:
        """Run the candidate's function run, or its module.

        Args:
            name: of the candidate.
            network: its description.
            given: params, X and Y, whose arrays change as those of the candidate do.
            options: the precision, and the device of a module.

        Returns:
            The trace, and the condition under which it was computed.

        Raises:
            CandidateError: the candidate raised an exception.
        """
        answer = self._answer(name, "run", network.to_json(), *given.values(), *options)

        def read() -> tuple[Any, str]:
            write_back(answer["after"], given)
            return answer["result"], text(answer["condition"])

        return self._read(name, read)

    def call(
        self, name: str, arguments: Mapping[str, Any], replaced: Collection[str] = (),
        held: bool = False, noted: bool = False, seed: int | None = None, older: bool = False,
    ) -> tuple[Any, Outcome, InputError | None]:  # fmt: skip
        """Call one of the course's functions.

        An object that an earlier call returned reaches the function as itself, not as a copy.

        Args:
            name: of the function.
            arguments: in its order; their arrays change as those of the candidate do.
            replaced: the functions that are the reference's instead of the candidate's.
            held: return the arrays in the function's own variables, too.
            noted: return the calls of the layers' backward functions, too.
            seed: of NumPy's global generator, before the call; None leaves it as it is.
            older: give it arrays of which float() takes one number, as older ones are.

        Returns:
            Its result; what else came back; and the error that it raised, or None.
        """
        given = {n: self._earlier.get(id(x), x) for n, x in arguments.items()}
        answer = self._answer(name, "call", name, given, tuple(replaced), held, noted, seed, older)

        def read() -> tuple[Any, Outcome, InputError | None]:
            write_back(answer["after"], arguments)
            calls = {
                n: [
                    BackwardCall(
                        d,
                        whole_number(l),
                        None if g is None else text(g),
                        text(line),
                        whole_number(k),
                    )
                    for d, l, g, line, k in every
                ]
                for n, every in answer["calls"].items()
            }
            gradients = {text(n): whole_number(k) or 0 for n, k in answer["gradients"].items()}
            held, missing = arrays(answer["held"]), dict(answer["missing"])
            outcome = Outcome(held, missing, calls, gradients)
            if "raised" in answer:
                return None, outcome, raised(**answer["raised"])
            self._keep(name, answer["result"])
            return answer["result"], outcome, None

        return self._read(name, read)

    def _keep(self, function: str, result: Any) -> None:
        """Remember the objects in a result, so that they may be given to another function."""
        self._results[function] = result
        self._earlier = {i: e for i, e in self._earlier.items() if e.function != function}
        if isinstance(result, tuple | list):
            for i, x in enumerate(result):
                if not isinstance(x, str | int | float | None):
                    self._earlier[id(x)] = Earlier(function, i)

    def explore(self, name: str, read: Callable[[Any], Any], what: str, *arguments: Any) -> Any:
        """Look for programs of other interfaces, or run one.

        Args:
            name: of what is called, for messages.
            read: takes the answer apart.
            what: a method of `Explorer`.
            *arguments: of the method.

        Raises:
            CandidateError: the candidate raised an exception.
        """
        answer = self._answer(name, "explore", what, *arguments)
        return self._read(name, lambda: read(answer))

    def unreached(self, called: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the functions that those called do not use, and which of them look like passes."""
        answer = self._answer("the candidate", "unreached", tuple(called))

        def read() -> tuple[tuple[str, ...], tuple[str, ...]]:
            not_seen, passes = answer
            return tuple(map(text, not_seen)), tuple(map(text, passes))

        return self._read("the candidate", read)

    def source(self, name: str) -> tuple[str, int, str] | None:
        """Return a function's file, its first line's number, and its lines; None without any."""
        answer = self._answer(name, "source", name)

        def read() -> tuple[str, int, str] | None:
            if answer is None:
                return None
            file, start, lines = answer
            return text(file), whole_number(start) or 0, text(lines, MOST_SOURCE)

        return self._read(name, read)

    def closing(self) -> tuple[int, str]:
        """Return how many lines the candidate printed, and the version of torch, if it has any."""
        answer = self._answer("the candidate", "closing")
        return self._read("the candidate", lambda: (whole_number(answer[0]) or 0, text(answer[1])))

    def _answer(self, name: str, *request: Any) -> Any:
        """Ask, and raise the error that the answer is, if it is one."""
        answer = self._ask(name, request)

        def read() -> Any:
            if "failed" in answer:
                raise Malformed(text(answer["failed"]))
            if "answer" in answer:
                return answer["answer"]
            code, facts = answer["error"], answer["facts"]
            return raised(**facts) if code == "call.raised" else known_error(code, facts)

        result = self._read(name, read)
        if isinstance(result, InputError):
            raise result
        return result

    def _read(self, name: str, read: Callable[[], Any]) -> Any:
        """Return read(), which takes an answer apart.

        Raises:
            CandidateLost: the answer has another form than those of a `Service`.
        """
        try:
            return read()
        except (Malformed, TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
            raise malformed(name, error) from error
