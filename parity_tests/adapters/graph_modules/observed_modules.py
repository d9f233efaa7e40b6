"""The results of modules, and of functions that are called in them, seen while they run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from parity_tests.adapters.graph_modules.module_places import Places, Result
from parity_tests.check_messages import input_error
from torch_impl.tracing import is_float

# What Python's operators are called as functions.
OPERATORS = {"truediv": "div", "rmatmul": "matmul", "rmul": "mul", "radd": "add", "rsub": "sub"}

Hook = Callable[[str, Tensor], Tensor]


class Observer(TorchFunctionMode):
    """Passes on hook(name, tensor) instead of each tensor that has a place.

    Args:
        places: of the tensors.
        hook: returns the tensor, or another one that is used from there on.

    Attributes:
        called: how often each function was called in each module.
        seen: the names that were passed on.
        others: the type of those that are no tensors of floats.
        in_place: those that a function wrote into its argument: what the program uses from there on
            may be that argument, of which no other tensor can take the place.
    """

    def __init__(self, places: Places, hook: Hook) -> None:
        super().__init__()
        self.hook = hook
        self.names = {place: name for name, place in places.results.items()}
        self.of_inputs: dict[str, list[str]] = {}
        for name, path in places.inputs.items():
            self.of_inputs.setdefault(path, []).append(name)
        self.running: list[str] = []
        self.called: Counter[tuple[str, str]] = Counter()
        self.seen: Counter[str] = Counter()
        self.others: dict[str, str] = {}
        self.in_place: set[str] = set()
        self.is_own = False

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        options = kwargs or {}
        result = func(*args, **options)
        if not self.running or self.is_own:
            return result
        full = getattr(func, "__name__", "")
        name = full.strip("_")
        at = self.running[-1], OPERATORS.get(name, name)
        self.called[at] += 1
        place = Result(*at, self.called[at])
        is_same = bool(args) and result is args[0]
        if is_same and place in self.names and writes_in_place(full, args, options):
            self.in_place.add(self.names[place])
        return self.passed_on(place, result)

    def passed_on(self, place: Result, result: Any) -> Any:
        """Return a result, or what the hook makes of it."""
        name = self.names.get(place)
        return result if name is None else self.hooked(name, result)

    def hooked(self, name: str, tensor: Any) -> Any:
        """Return what the hook makes of a tensor; what that computes is not seen."""
        self.seen[name] += 1
        self.is_own = True
        try:
            if isinstance(tensor, Tensor) and is_float(tensor):
                return self.hook(name, tensor)
        finally:
            self.is_own = False
        is_tensor = isinstance(tensor, Tensor)
        self.others[name] = f"tensor of {tensor.dtype}" if is_tensor else type(tensor).__name__
        return tensor

    def before(self, path: str) -> Callable[..., Any]:
        """Return what is done before a module runs."""

        def enter(module: nn.Module, inputs: tuple, options: dict[str, Any]) -> Any:
            self.running.append(path)
            for name in self.of_inputs.get(path, ()):
                if not inputs:  # called as layer(x=x)
                    key = next(iter(options))
                    options = {**options, key: self.hooked(name, options[key])}
                else:
                    inputs = (self.hooked(name, inputs[0]), *inputs[1:])
            return inputs, options

        return enter

    def after(self, path: str) -> Callable[..., Any]:
        """Return what is done after a module has run."""

        def leave(module: nn.Module, inputs: tuple, output: Any) -> Any:
            self.running.pop()
            return self.passed_on(Result(path), output)

        return leave


def writes_in_place(name: str, args: tuple[Any, ...], options: Mapping[str, Any]) -> bool:
    """Return whether a function writes into its argument: relu_(x), relu(x, inplace=True)."""
    return name.endswith("_") or any(given is True for given in (*args[1:], *options.values()))


@contextmanager
def observing(module: nn.Module, places: Places, hook: Hook) -> Iterator[Observer]:
    """Within it, the tensors that have a place go through the hook while the module runs."""
    observer = Observer(places, hook)
    with ExitStack() as stack:
        for path, part in module.named_modules(remove_duplicate=False):
            enter = part.register_forward_pre_hook(observer.before(path), with_kwargs=True)
            stack.callback(enter.remove)
            stack.callback(part.register_forward_hook(observer.after(path)).remove)
        stack.enter_context(observer)
        yield observer


def check_seen(name: str, observer: Observer, places: Places) -> None:
    """Check that each tensor with a place was seen, once.

    Raises:
        InputError: one was not, or several times, or is no tensor.
    """
    for tensor, kind in observer.others.items():
        raise input_error("modules.no-tensor", name=name, tensor=tensor, type=kind)
    for tensor, place in places.results.items():
        if observer.seen[tensor] > 1:
            raise input_error("module.layer-twice", name=name, layer=str(place))
        if not observer.seen[tensor]:
            functions = [f for path, f in observer.called if path == place.path]
            known = ", ".join(dict.fromkeys(functions)) or "no function"
            raise input_error(
                "modules.not-run",
                name=name,
                place=str(place),
                path=str(Result(place.path)),
                known=known,
            )
