"""What was made of a conflict, hunk by hunk, to be done again where the same hunk comes. Pure.

A hunk is known by what its sides have, whichever of them is ours, and by the lines around it. What was made
of it is what stands between these lines afterwards; where they are not there, or not only once, nothing is
learned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Final, Protocol

AROUND: Final = 3
"""Lines before and after a hunk that belong to it."""
TEXT_MAX: Final = 64 * 1024
"""Bytes of what is made of a hunk."""
ID_DIGITS: Final = 16
_MARKS: Final = (b"<<<<<<<", b">>>>>>>", b"|||||||")


class Hunk(Protocol):
    """Two sides of one place in a file."""

    @property
    def ours(self) -> bytes: ...
    @property
    def theirs(self) -> bytes: ...


Part = bytes | Hunk


@dataclass(frozen=True, slots=True)
class Resolution:
    """`id` names a hunk, `text` is what was made of it in the landed `commit`, for `task`, in the file
    `path`. `used`: how often since.
    """

    id: str
    text: str
    path: str
    task: int
    commit: str
    at: float
    used: int = 0


def hunks(parts: Sequence[Part]) -> list[str]:
    """The ids of the hunks of a torn file, in order."""
    return [_id(before, one, after) for before, one, after in _places(parts)]


def lessons(parts: Sequence[Part], resolved: bytes) -> dict[str, str]:
    """What became of each hunk in the `resolved` file, by its id; those of which it is not certain are left
    out.
    """
    lines = resolved.splitlines(keepends=True)
    found = {}
    for before, one, after in _places(parts):
        start, end = _after(lines, _last(before)), _before(lines, _first(after))
        text = None if start is None or end is None or start > end else b"".join(lines[start:end])
        if text is not None and len(text) <= TEXT_MAX and (told := _plain(text)) is not None:
            found[_id(before, one, after)] = told
    return found


def resolved(parts: Sequence[Part], known: Mapping[str, str]) -> bytes | None:
    """The file with every hunk as it is known; None where one is not."""
    ids = iter(hunks(parts))
    texts = [one if isinstance(one, bytes) else known.get(next(ids)) for one in parts]
    if any(one is None for one in texts):
        return None
    return b"".join(one if isinstance(one, bytes) else str(one).encode() for one in texts)


def _places(parts: Sequence[Part]) -> list[tuple[bytes, Hunk, bytes]]:
    """Every hunk with the agreed lines before and after it; a torn file begins and ends with agreed ones."""
    found = []
    for (before, one), (_, after) in pairwise(pairwise(parts)):
        if isinstance(before, bytes) and not isinstance(one, bytes) and isinstance(after, bytes):
            found.append((before, one, after))
    return found


def _id(before: bytes, one: Hunk, after: bytes) -> str:
    digest = sha256()
    for text in (*sorted((one.ours, one.theirs)), b"".join(_last(before)), b"".join(_first(after))):
        digest.update(b"%d:" % len(text) + text)
    return digest.hexdigest()[:ID_DIGITS]


def _last(text: bytes) -> list[bytes]:
    return text.splitlines(keepends=True)[-AROUND:]


def _first(text: bytes) -> list[bytes]:
    return text.splitlines(keepends=True)[:AROUND]


def _after(lines: Sequence[bytes], around: Sequence[bytes]) -> int | None:
    """Where the lines end that stand before a hunk; without any it is the beginning of the file."""
    place = _only(lines, around) if around else 0
    return None if place is None else place + len(around)


def _before(lines: Sequence[bytes], around: Sequence[bytes]) -> int | None:
    return _only(lines, around) if around else len(lines)


def _only(lines: Sequence[bytes], wanted: Sequence[bytes]) -> int | None:
    """The one place where these lines stand together; None for none and for several."""
    size = len(wanted)
    places = [n for n, line in enumerate(lines) if line == wanted[0] and [*lines[n : n + size]] == [*wanted]]
    return places[0] if len(places) == 1 else None


def _plain(text: bytes) -> str | None:
    """What a database keeps as text, without the marks of a conflict that nobody has settled."""
    try:
        told = text.decode()
    except UnicodeDecodeError:
        return None
    marked = any(line.startswith(_MARKS) for line in text.splitlines())
    return None if marked or "\0" in told else told
