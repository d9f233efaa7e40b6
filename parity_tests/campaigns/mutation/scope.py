"""Of which modules mutants are made, and which tests are run on them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from parity_tests.campaigns.mutation.worker import ROOT

# Packages and modules of which mutants are made, and the rooms of their own tests, which run first.
TRIED = {
    "ref_numpy": "reference",
    "torch_impl": "torch_twin",
    "parity_tests.error_model": "error_model",
    "parity_tests.kinds.equivalent_formulas": "kinds",
    "parity_tests.kinds.heads.attention_formulas": "kinds",
    "parity_tests.kinds.heads.rotary_angles": "kinds",
    "parity_tests.kinds.layers": "kinds",
    "parity_tests.kinds.losses": "kinds",
    "parity_tests.kinds.norm_formulas": "kinds",
    "parity_tests.kinds.softmax_bounds": "kinds",
    "parity_tests.kinds.windows.group_norm_formulas": "kinds",
}

# Packages of which only a sample is tried (`sample.py`): the record does not have their mutants,
# since most of them say what a person reads, and change from week to week.
SAMPLED = {"parity_tests.checking": "checking", "parity_tests.diagnosis": "diagnosis"}

# Those of which mutants are made, too, that delete a term, a factor, or one of several equal
# formulas: each of their formulas is pinned by a test that fails when a term is deleted.
# The formulas of `ref_numpy` are compared with central differences, which see every term.
TERMS_DELETED = ("parity_tests.error_model", "parity_tests.kinds")

# What is tried of the parts that a kind brings to the proof: its formulas, from which bounds are
# computed. The others are texts, mistakes, and samples.
PARTS_TRIED = (
    "backwards", "bound", "derivatives", "formulas", "forwards", "gradients", "less_accurate",
    "output_gradients", "stores_each", "weighted_gradients",
)  # fmt: skip

# Packages and modules among them that are not tried: Lightning's training, its data and files, the
# output of commands, old names and the sentences of errors have no mathematics of the network, and
# many of their tests are in processes of their own, where no mutant is; compiling and a GPU's
# arithmetic need slow tests, or a GPU.
NOT_TRIED = (
    "parity_tests.checking.console", "parity_tests.checking.report_wording",
    "parity_tests.diagnosis.cause_wording",
    "ref_numpy.data.data_messages", "ref_numpy.data.table_inputs", "ref_numpy.data.table_messages",
    "ref_numpy.data.table_values", "ref_numpy.data.tables", "ref_numpy.graphs.graph_messages",
    "ref_numpy.input_messages", "ref_numpy.kind_messages", "ref_numpy.layer_messages",
    "ref_numpy.model", "ref_numpy.old_names", "ref_numpy.terminal",
    "torch_impl.array_files", "torch_impl.compiled_step", "torch_impl.cuda_arithmetic",
    "torch_impl.data.alike_classes", "torch_impl.data.array_sources",
    "torch_impl.data.batches", "torch_impl.data.catalogue", "torch_impl.data.datamodule",
    "torch_impl.data.hdf5_files", "torch_impl.data.idx_files", "torch_impl.data.image_files",
    "torch_impl.data.image_folders", "torch_impl.data.images", "torch_impl.data.in_memory",
    "torch_impl.data.mat_files", "torch_impl.data.named_arrays", "torch_impl.data.own_files",
    "torch_impl.data.own_programs", "torch_impl.data.rows", "torch_impl.data.running_statistics",
    "torch_impl.data.shards", "torch_impl.data.source_data", "torch_impl.data.sources",
    "torch_impl.data.tables", "torch_impl.data.trained_on", "torch_impl.data.unseen_classes",
    "torch_impl.data.weights", "torch_impl.data_messages", "torch_impl.export",
    "torch_impl.export_messages", "torch_impl.lightning", "torch_impl.old_names",
    "torch_impl.option_messages", "torch_impl.results", "torch_impl.run_messages",
    "torch_impl.source_messages", "torch_impl.table_messages", "torch_impl.torch_private",
    "torch_impl.training_messages", "torch_impl.weight_messages",
    "torch_impl.wording",
)  # fmt: skip

# The rooms of tests whose fast tests are run. Fewer tests can only leave more survivors.
ROOMS = (
    "checking", "data", "diagnosis", "error_model", "kinds", "project", "reference", "results",
    "torch_twin",
)  # fmt: skip


def sources(packages: Iterable[str] = TRIED) -> dict[str, Path]:
    """Return the file of each module in these packages, but for those in NOT_TRIED."""
    files = [path for name in packages for path in files_of(ROOT.joinpath(*name.split(".")))]
    found = {module_of(path): path for path in sorted(files)}
    return {name: path for name, path in found.items() if not is_left_out(name)}


def files_of(path: Path) -> list[Path]:
    """Return the files of a package, or of a module, whose path has no suffix."""
    return [*path.rglob("*.py")] if path.is_dir() else [path.with_suffix(".py")]


def module_of(path: Path) -> str:
    """Return the name of a module, as it is imported.

    It is "torch_impl.data.tasks" for torch_impl/data/tasks.py, "torch_impl" for its __init__.py.
    """
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def is_left_out(module: str) -> bool:
    """Return whether a module is in NOT_TRIED."""
    return any(is_in(module, name) for name in NOT_TRIED)


def is_in(name: str, package: str) -> bool:
    """Return whether a module, or a function "module:name", is in a package, or is this module."""
    return name == package or name.startswith((f"{package}.", f"{package}:"))


def is_of(test_file: str, module: str) -> bool:
    """Return whether a file of tests is in the room of a module's own tests."""
    return any(
        is_in(module, name) and f"/{room}/" in test_file for name, room in (TRIED | SAMPLED).items()
    )


def is_named(test_file: str, module: str) -> bool:
    """Return whether a file of tests has a module's name: test_precisions.py of precisions."""
    return module.rpartition(".")[2] in Path(test_file).stem


def test_files() -> dict[str, str]:
    """Each file of tests in ROOMS, and a hash of it."""
    folders = [ROOT / "parity_tests" / "tests" / room for room in ROOMS]
    files = sorted(path for folder in folders for path in folder.rglob("test_*.py"))
    return {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        for path in files
    }


test_files.__test__ = False  # pyright: ignore[reportFunctionMemberAccess]
