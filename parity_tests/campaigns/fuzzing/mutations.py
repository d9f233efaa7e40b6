"""Damage to a file's bytes, whatever the file is.

A mutator and not hypothesis: a damaged file is one step away from a valid one, which strategies
that generate from nothing do not come near; a file is a function of seed, kind and number, so that
one of them can be made again; and a reader that crashes ends no search.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Mutation = Callable[[bytes, random.Random], bytes]

EDGE = 600  # bytes at either end of a file: that is where most formats have their fields
INTEGERS = (0, 1, -1, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63 - 1, -(2**63))
NUMBERS = (
    b"0", b"-1", b"1", b"2", b"99999999", b"9223372036854775807", b"1e400", b"NaN", b"1.5",
    b"9" * 5000, b"null", b"true",
)  # fmt: skip
OPENINGS = (b"[", b"{", b"(", b'{"a":', b"[[")


def place_in(data: bytes, rng: random.Random) -> int:
    """Return a position: half of the time near an end."""
    if not data:
        return 0
    if rng.random() < 0.5:
        at = rng.randrange(min(EDGE, len(data)))
        return rng.choice((at, len(data) - 1 - at))
    return rng.randrange(len(data))


def piece_of(data: bytes, rng: random.Random) -> slice:
    """Return the place of a piece of 1 to 256 bytes, at most what there is."""
    start = place_in(data, rng)
    return slice(start, start + rng.choice((1, 2, 4, 8, rng.randint(1, 256))))


def replaced(data: bytes, where: slice, new: bytes) -> bytes:
    """Return the bytes with others instead of a piece."""
    return data[: where.start] + new + data[where.stop :]


def flip_bits(data: bytes, rng: random.Random) -> bytes:
    """Flip one bit, or a few."""
    result = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 8)) if data else 0):
        result[place_in(data, rng)] ^= 1 << rng.randrange(8)
    return bytes(result)


def overwrite(data: bytes, rng: random.Random) -> bytes:
    """Overwrite a piece by one byte, or by random ones."""
    where = piece_of(data, rng)
    size = len(data[where])
    byte = rng.choice((b"\0", b"\xff", b"\x7f", b"\x80", b" "))
    return replaced(data, where, rng.choice((byte * size, rng.randbytes(size))))


def overwrite_integer(data: bytes, rng: random.Random) -> bytes:
    """Overwrite 2, 4 or 8 bytes by an integer at the edge of what they hold."""
    size, at = rng.choice((2, 4, 8)), place_in(data, rng)
    value = rng.choice(INTEGERS) % 256**size
    return replaced(data, slice(at, at + size), value.to_bytes(size, "little"))


def cut(data: bytes, rng: random.Random) -> bytes:
    """Cut the file off."""
    return data[: place_in(data, rng)]


def append(data: bytes, rng: random.Random) -> bytes:
    """Write more at the end."""
    return data + rng.choice((rng.randbytes(rng.randint(1, 64)), b"\0" * 512, data))


def delete_piece(data: bytes, rng: random.Random) -> bytes:
    """Leave a piece out."""
    return replaced(data, piece_of(data, rng), b"")


def duplicate_piece(data: bytes, rng: random.Random) -> bytes:
    """Write a piece twice, or often, or at another place."""
    where, times = piece_of(data, rng), rng.choice((1, 1, 2, 500))
    at = rng.choice((where.start, place_in(data, rng)))
    return replaced(data, slice(at, at), data[where] * times)


def replace_number(data: bytes, rng: random.Random) -> bytes:
    """Write another number instead of one that stands in text."""
    found = list(re.finditer(rb"-?\d+(\.\d+)?", data[:EDGE] if rng.random() < 0.5 else data))
    if not found:
        return overwrite_integer(data, rng)
    number = rng.choice(found)
    return replaced(data, slice(*number.span()), rng.choice(NUMBERS))


def replace_word(data: bytes, rng: random.Random) -> bytes:
    """Write another word of the file, or an odd one, instead of a word."""
    found = list(re.finditer(rb"[A-Za-z_]\w*", data[:4096]))
    if not found:
        return flip_bits(data, rng)
    odd = ("é文\u202e".encode(), b"\xff\xfe", b"x" * 300, b"", b"\\ud800", b"a\\n\\u0000b")
    other = rng.choice([*odd, rng.choice(found).group()])
    return replaced(data, slice(*rng.choice(found).span()), other)


def nest(data: bytes, rng: random.Random) -> bytes:
    """Open thousands of brackets."""
    at = place_in(data, rng)
    return replaced(data, slice(at, at), rng.choice(OPENINGS) * rng.choice((50, 3000, 100_000)))


BYTES: tuple[Mutation, ...] = (
    flip_bits, flip_bits, flip_bits, overwrite, overwrite_integer, cut, append, delete_piece,
    duplicate_piece, replace_number, replace_word, nest,
)  # fmt: skip


def damage(data: bytes, rng: random.Random) -> bytes:
    """Damage the bytes in one way, or sometimes in two or three."""
    for _ in range(rng.choice((1, 1, 1, 1, 2, 3))):
        data = rng.choice(BYTES)(data, rng)
    return data


def splice(first: bytes, second: bytes, rng: random.Random) -> bytes:
    """Return the head of one file and the tail of another."""
    return first[: place_in(first, rng)] + second[place_in(second, rng) :]
