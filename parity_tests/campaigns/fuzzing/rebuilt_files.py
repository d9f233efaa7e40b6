"""Files that are whole, so that no checksum refuses them, and whose contents are wrong.

Each function takes a valid file apart, changes a field, and writes it again as its format is.
"""

from __future__ import annotations

import io
import json
import random
import warnings
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np

from parity_tests.campaigns.fuzzing.mutations import damage

NAMES = (
    "X", "x", "y", "W1", "J", "network", "é文", "x" * 300, "../x", "/x", "a\nb", "\x1b[2J", "",
    "dW1@Z1", "train_set_x", "..",
)  # fmt: skip


def odd_array(rng: random.Random) -> Any:
    """Return an array that is not what a reader expects."""
    makers: tuple[Callable[[], Any], ...] = (
        lambda: np.array([{}, None], object),
        lambda: np.array([1 + 2j]),
        lambda: np.array(["2020-01-01"], "M8[D]"),
        lambda: np.zeros(3, [("a", "<f4"), ("b", "<i8")]),
        lambda: np.array("{}"),
        lambda: np.array(["a", "b"]),
        lambda: np.array([b"a", b"b"]),
        lambda: np.zeros((0, 5)),
        lambda: np.float64("nan"),
        lambda: np.full((6, 5), np.inf),
        lambda: np.full((6, 5), 2**62),
        lambda: np.ones((5, 6), bool),
        lambda: np.zeros((1,) * 30),
        lambda: np.ones((6, 5), np.longdouble),
        lambda: np.ones((6, 5), ">f8"),
        lambda: np.arange(30, dtype=np.float16).reshape(6, 5),
        lambda: np.zeros(5_000_000),  # 40 MB in 40 kB, where it is compressed
    )
    return rng.choice(makers)()


def as_npy(array: Any) -> bytes:
    """Return the bytes of a .npy file, with a pickle where the array holds objects."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def edit_npy(data: bytes, rng: random.Random) -> bytes:
    """Change the header of a .npy file, and keep its length right; or store another array."""
    if rng.random() < 0.3:
        return as_npy(odd_array(rng))
    end = 10 + int.from_bytes(data[8:10], "little")
    text = damage(data[10:end], rng)[:60_000]
    return data[:8] + len(text).to_bytes(2, "little") + text + data[end:]


def edit_zip(
    data: bytes, rng: random.Random, edit: Callable[[bytes, random.Random], bytes]
) -> bytes:
    """Change one member of an archive, its name, or how it is stored; and write it again.

    Args:
        data: of the archive.
        rng: of the choices.
        edit: changes the bytes of a member.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    at = rng.randrange(len(members))
    name, content = members[at]
    what = rng.choice(("edit", "edit", "edit", "rename", "remove", "twice", "more", "method"))
    method = zipfile.ZIP_STORED
    if what == "edit":
        members[at] = name, edit(content, rng)
    elif what == "rename":
        members[at] = rng.choice(NAMES) + rng.choice((".npy", "")), content
    elif what == "remove":
        del members[at]
    elif what == "twice":
        members.insert(0, (name, edit(content, rng)))
    elif what == "more":
        members.append((f"{rng.choice(NAMES)}.npy", as_npy(odd_array(rng))))
    else:
        method = rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as archive:
        warnings.simplefilter("ignore")  # of two members of one name
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method if len(content) < 2**20 else zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
            archive.infolist()[-1].external_attr = 0  # torch's archives have none
    return file.getvalue()


def edit_npz(data: bytes, rng: random.Random) -> bytes:
    """Change an array of a .npz file."""
    return edit_zip(data, rng, edit_npy)


def edit_checkpoint(data: bytes, rng: random.Random) -> bytes:
    """Change a value of a checkpoint; or the bytes of a record, the pickle or a tensor."""
    import torch

    if rng.random() < 0.3:
        return edit_zip(data, rng, damage)
    tree = torch.load(io.BytesIO(data), weights_only=True)
    file = io.BytesIO()
    torch.save(edit_json(tree, rng), file)
    return file.getvalue()


def edit_safetensors(data: bytes, rng: random.Random) -> bytes:
    """Change the header of a safetensors file, whose length is kept right."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    if rng.random() < 0.6:
        part = header if rng.random() < 0.5 else header.get("__metadata__", header)
        edit_json(part, rng)
        text = as_json(header)
    else:
        text = damage(data[8:end], rng)
    return len(text).to_bytes(8, "little") + text + data[end:]


def edit_json_file(data: bytes, rng: random.Random) -> bytes:
    """Change a value of a JSON file."""
    return as_json(edit_json(json.loads(data), rng))


DEEP = "@deep"  # replaced by lists nested deeper than Python can build them


def as_json(tree: Any) -> bytes:
    """Return the JSON of a tree."""
    deep = "[" * 100_000 + "]" * 100_000
    text = json.dumps(tree).replace(json.dumps(DEEP), deep)
    return text.replace(json.dumps(json.dumps(DEEP))[1:-1], deep).encode()


def edit_json(tree: Any, rng: random.Random) -> Any:
    """Change one value of a JSON tree, in place: another value, another name, or none at all."""
    node = tree
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return tree
        key = rng.choice(keys)
        child = node[key]
        if isinstance(child, str) and child[:1] == "{" and rng.random() < 0.8:
            node[key] = edited_text(child, rng)  # a description, which is JSON within JSON
            return tree
        if not isinstance(child, dict | list) or not child or rng.random() < 0.2:
            break
        node = child
    what = rng.choice(("value", "value", "value", "remove", "name"))
    if what == "remove":
        del node[key]
    elif what == "name" and isinstance(node, dict):
        node[rng.choice((*NAMES, *node))] = node.pop(key)
    else:
        node[key] = odd_value(child, rng)
    return tree


def edited_text(text: str, rng: random.Random) -> str:
    """Change a value of JSON that is stored as text."""
    try:
        return json.dumps(edit_json(json.loads(text), rng))
    except ValueError:
        return text + "{"


def odd_value(value: Any, rng: random.Random) -> Any:
    """Return a value that is of another type, or out of range."""
    if isinstance(value, int | float) and rng.random() < 0.5:
        return value + rng.choice((-1, 1, 8, -(10**9), 10**9, 2**63, 0.5))
    return rng.choice((
        None, True, -1, 0, 2**64, 1e308, float("nan"), float("inf"), "", "x", "BF16", "F8_E4M3",
        "I64", "F64", "U8", "é文", "x" * 300, [], {}, [value], {"a": value}, [1, 2], DEEP,
    ))  # fmt: skip
