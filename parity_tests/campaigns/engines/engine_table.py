"""The engines by name: what each needs, and the precisions that it has."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from shutil import which
from typing import Any

from parity_tests.check_messages import input_error
from parity_tests.error_model.precisions import PRECISIONS, precision_named
from ref_numpy import Context

FULL, HALVES, MIXED = ("float64", "float32"), ("bfloat16", "float16"), ("bf16-mixed", "fp16-mixed")


@dataclass(frozen=True)
class Engine:
    """A library with which correct networks are written.

    Attributes:
        name: on the command line.
        function: the module of this package and the function in it, `module:function`, which takes
            (spec, params, X, Y, precision) and returns a trace.
        precisions: that it has.
        lacks: why it does not have the others.
        modules: that must be installed.
        compiler: that must be, by the name of its program.
        on_devices: whether the function takes a device of torch as well.
        data_sets_per_graph: how many data sets one network computes; more than one where compiling
            takes longer than all of them.
        graphs: whether it computes random graphs, and not the course's networks.
        gpts: whether these are of GPTs and Llamas.
        fuses: whether its kernels take numbers before they are stored, or compute them again; it is
            then checked as such an arithmetic, "float32-fused".
    """

    name: str
    function: str
    precisions: tuple[str, ...]
    lacks: Mapping[str, str]
    modules: tuple[str, ...] = ()
    compiler: str = ""
    on_devices: bool = False
    data_sets_per_graph: int = 1
    graphs: bool = False
    gpts: bool = False
    fuses: bool = False

    @property
    def declared_names(self) -> tuple[str, ...]:
        """Every precision, had or not, by the name as which this engine is checked."""
        return tuple(f"{p}-fused" if self.fuses else p for p in PRECISIONS)

    @property
    def missing(self) -> tuple[str, ...]:
        """The modules and the compiler that are not installed."""
        modules = (module for module in self.modules if find_spec(module) is None)
        programs = (self.compiler,) if self.compiler and which(self.compiler) is None else ()
        return *modules, *programs

    def run(
        self, *problem: Any, precision: str, device: str = "cpu", context: Context | None = None
    ) -> Mapping[str, Any]:
        """Return the trace of a problem: (spec, params, X, Y), in a context if it is a graph's."""
        module, _, function = self.function.partition(":")
        options: dict[str, Any] = {"device": device} if self.on_devices else {}
        options |= {"context": context} if self.graphs else {}
        run = getattr(import_module(f"{__package__}.{module}"), function)
        return run(*problem, precision=precision, **options)

    def has(self, precision: str, device: str) -> bool:
        """Return whether it has a precision on a device: TF32 on CUDA alone."""
        stored = precision_named(precision).format
        if stored == "tf32":
            return self.on_devices and device.startswith("cuda")
        return stored in self.precisions


NO_TF32 = {"tf32": "only CUDA multiplies in TF32"}
NO_AUTOCAST = {**NO_TF32, **dict.fromkeys(MIXED, "it has no autocast")}
HALF_SUMS = "under autocast torch adds the gradient of a LayerNorm's β in halves"
AS_NUMPY = {"bfloat16": "NumPy has no bfloat16", **NO_AUTOCAST}
COMPILED = 20
CXX, CC = os.environ.get("CXX", "g++"), os.environ.get("CC", "clang")  # inductor's, tinygrad's

ENGINES = {
    engine.name: engine
    for engine in (
        *(
            Engine(f"numpy{order}", f"numpy_engine:run{order.replace('-', '_')}",
                   (*FULL, "float16"), AS_NUMPY)
            for order in ("", "-in-order", "-reversed", "-pairwise")
        ),
        Engine("torch", "torch_engine:run", (*FULL, *HALVES, *MIXED), NO_TF32, on_devices=True),
        Engine("torch-graphs", "torch_engine:run", (*FULL, *HALVES),
               {**NO_TF32, **dict.fromkeys(MIXED, HALF_SUMS)}, on_devices=True, graphs=True),
        Engine("torch-gpts", "torch_engine:run", (*FULL, *HALVES),
               {**NO_TF32, **dict.fromkeys(MIXED, HALF_SUMS)}, on_devices=True, graphs=True,
               gpts=True),
        Engine("torch.func", "torch_func_engine:run", (*FULL, *HALVES, *MIXED), NO_TF32,
               on_devices=True),
        Engine("inductor", "inductor_engine:run", (*FULL, *HALVES, *MIXED), NO_TF32,
               compiler=CXX, on_devices=True, data_sets_per_graph=COMPILED, fuses=True),
        Engine("jax", "jax_engine:run", (*FULL, *HALVES), NO_AUTOCAST, modules=("jax",),
               data_sets_per_graph=COMPILED),
        Engine("autograd", "autograd_engine:run", (*FULL, "float16"), AS_NUMPY,
               modules=("autograd",)),
        Engine("onnxruntime", "onnxruntime_engine:run", (*FULL, "float16"),
               {"bfloat16": "its CPU kernels take no bfloat16", **NO_AUTOCAST},
               modules=("onnxruntime", "onnx"), data_sets_per_graph=COMPILED),
        Engine("tinygrad", "tinygrad_engine:run", (*FULL, *HALVES), NO_AUTOCAST,
               modules=("tinygrad",), compiler=CC, data_sets_per_graph=COMPILED, fuses=True),
    )
}  # fmt: skip


def engines_named(names: Sequence[str]) -> list[Engine]:
    """Return the engines of these names; "all" names every one.

    Raises:
        InputError: a name is unknown.
    """
    for name in names:
        if name not in ("all", *ENGINES):
            raise input_error("engine.unknown", name=name, known=", ".join(("all", *ENGINES)))
    return [engine for name, engine in ENGINES.items() if name in names or "all" in names]


def rows_of(
    engines: Sequence[Engine], precisions: Sequence[str], device: str
) -> tuple[list[tuple[Engine, str]], list[str]]:
    """Return each engine with each precision that can be checked, and sentences on those left out.

    Args:
        engines: to check.
        precisions: at which; none given, all, as they are declared of the engine.
        device: torch's.

    Raises:
        InputError: a precision is unknown, or nothing can be checked.
    """
    named = [precision_named(precision).name for precision in precisions]
    rows, notes = [], []
    for engine in engines:
        wanted = named or engine.declared_names
        if engine.missing:
            facts = {"name": engine.name, "missing": " and ".join(engine.missing)}
            notes.append(str(input_error("engine.not-installed", **facts)))
            continue
        if device != "cpu" and not engine.on_devices:
            notes.append(str(input_error("engine.no-device", name=engine.name, device=device)))
            continue
        rows += [(engine, precision) for precision in wanted if engine.has(precision, device)]
        notes += lacking(engine, wanted, device)
    if not rows:
        raise input_error("engine.none", notes=" ".join(notes))
    return rows, notes


def lacking(engine: Engine, wanted: Sequence[str], device: str) -> Iterator[str]:
    """Yield a sentence for each reason why an engine does not have a precision that is wanted."""
    reasons: dict[str, list[str]] = {}
    for precision in wanted:
        if not engine.has(precision, device):
            reasons.setdefault(engine.lacks[precision_named(precision).format], []).append(
                precision
            )
    for reason, lacked in reasons.items():
        facts = {"name": engine.name, "precisions": ", ".join(lacked), "reason": reason}
        yield str(input_error("engine.no-precision", **facts))
