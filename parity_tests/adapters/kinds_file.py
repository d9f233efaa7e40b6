"""A file that defines layers and losses of one's own, which the judge must know as well."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from parity_tests.adapters.source_files import CompiledAnew
from parity_tests.check_messages import input_error
from parity_tests.checking.guarded_calls import call


def import_kinds(where: str) -> None:
    """Execute the file, which registers what it defines; others may import it by its name.

    It is executed in the process that judges: it must be the grader's, not the candidate's. Its
    folder is not searched for other modules, since the candidate's files may lie there.

    Args:
        where: path.py.

    Raises:
        InputError: there is no such file, or it raised an exception.
    """
    path = Path(where)
    if not path.is_file():
        raise input_error("kinds.missing", path=where)
    loader = CompiledAnew(path.stem, str(path))
    spec = importlib.util.spec_from_file_location(path.stem, path, loader=loader)
    if spec is None or spec.loader is None:
        raise input_error("kinds.missing", path=where)
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    call(f"importing {path.name}", spec.loader.exec_module, module)
