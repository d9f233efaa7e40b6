"""A data set of one's own: `--data mine.py:Mine`, a class in a file that a person wrote.

The file is imported as a module whose name is its own and that of no package; the options of a run
name the file itself, so that they can be used later and elsewhere.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import sys
import traceback
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from ref_numpy.errors import InputError
from torch_impl.training_messages import input_error

PREFIX = "own_data_"  # of the modules' names
CLASS_PATH = re.compile(rf"\b({PREFIX}\w+)\.(\w+)")
GIVEN = re.compile(r"(?P<path>.+\.py):(?P<name>[^\W\d]\w*)")  # mine.py:Mine


def class_path_of(given: str) -> str | None:
    """Return the class path of a data set by its file and name, importing the file.

    Args:
        given: "folder/mine.py:Mine".

    Returns:
        "own_data_….Mine"; None where something else was given.

    Raises:
        InputError: there is no such file or class in it, or the file raises an error.
    """
    found = GIVEN.fullmatch(given)
    if found is None:
        return None
    path, name = Path(found["path"]), found["name"]
    module = imported(path)
    known = data_sets_in(module)
    if name not in known:
        names = ", ".join(known) or "which it has none of"
        raise input_error("own-data.no-class", path=path, name=name, known=names)
    return f"{module.__name__}.{name}"


def imported(path: Path) -> ModuleType:
    """Return the module of a file; the modules beside it can be imported by it.

    Raises:
        InputError: there is no such file, or it raises an error.
    """
    if not path.is_file():
        raise input_error("own-data.no-file", path=path)
    path = path.resolve()
    digest = hashlib.blake2b(str(path).encode(), digest_size=4).hexdigest()
    name = f"{PREFIX}{re.sub(r'[^a-zA-Z0-9]', '_', path.stem)}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        refused = refusal(error, path)
        if refused is None:
            raise
        raise refused from error
    return module


def data_sets_in(module: ModuleType) -> list[str]:
    """Return the names of the data sets that a module defines."""
    from torch_impl.data.datamodule import Data

    kinds = inspect.getmembers(module, inspect.isclass)
    mine = module.__name__
    return [name for name, kind in kinds if issubclass(kind, Data) and kind.__module__ == mine]


def refusal(error: BaseException, path: Path | None = None) -> InputError | None:
    """Return one sentence for an error that a person's file raised, with the line.

    Args:
        error: what was raised.
        path: of the file; None looks for one.

    Returns:
        None where the error passed through no such file.
    """
    if isinstance(error, InputError):
        return error
    files = [str(path)] if path else own_files()
    if isinstance(error, SyntaxError) and error.filename in files:
        return sentence(error.filename, error.lineno, f"SyntaxError: {error.msg}")
    frames = traceback.extract_tb(error.__traceback__)
    places = [frame for frame in frames if frame.filename in files]
    if not places:
        return None
    text = str(error).strip().partition("\n")[0]
    described = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return sentence(places[-1].filename, places[-1].lineno, described)


def own_files() -> list[str | None]:
    """Return the files that were imported here."""
    return [m.__file__ for name, m in [*sys.modules.items()] if name.startswith(PREFIX)]


def sentence(path: str | None, line: int | None, error: str) -> InputError:
    """Return the error of a line of a person's file."""
    return input_error("own-data.raised", path=path, line=line, error=error)


def with_modules(text: str) -> str:
    """Replace the data sets' files in a config by the class paths of their modules.

    Args:
        text: YAML, perhaps with `class_path: /home/me/mine.py:Mine`.

    Raises:
        InputError: see `class_path_of`.
    """
    line = re.compile(r"^(?P<key> *(?:data|class_path): *)(?P<value>\S.*?) *$", re.MULTILINE)

    def module(match: re.Match[str]) -> str:
        value = match["value"]
        plain: Any = value.strip("'")
        if value.startswith('"'):
            try:
                plain = json.loads(value)
            except ValueError:
                return match[0]
        path = class_path_of(str(plain))
        return match[0] if path is None else f"{match['key']}{path}"

    return line.sub(module, text)


def with_files(text: str) -> str:
    """Replace the class paths of such modules in a config by their files, for a later run."""

    def file(match: re.Match[str]) -> str:
        module = sys.modules.get(match[1])
        return match[0] if module is None else json.dumps(f"{module.__file__}:{match[2]}")

    return CLASS_PATH.sub(file, text)
