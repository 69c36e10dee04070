"""A text file that two sides changed, cut where they do not agree: by git, with marks that no line has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from windlass.workspace.git import Git, failed
from windlass.workspace.trash import scratch

MARK_MIN, MARK_MAX = 7, 200
"""Signs of a mark; content that has longer ones is left alone."""
HUNKS_MAX: Final = 50
_CONFLICTS_MAX: Final = 127
_MARKS: Final = re.compile(rb"^([<=>|])\1*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines at one place, as each side has them."""

    ours: bytes
    theirs: bytes


Part = bytes | Hunk
"""Lines that both sides agree about, or a place where they do not."""


def torn(git: Git, tmp: Path, sides: tuple[bytes, bytes, bytes]) -> tuple[Part, ...] | None:
    """The merge of (base, ours, theirs) in order; None for what is no text, has no newline at its end, or has
    more than HUNKS_MAX hunks.
    """
    longest = max((len(one[0]) for side in sides for one in _MARKS.finditer(side)), default=0)
    size = max(MARK_MIN, longest + 1)
    if size > MARK_MAX or any(b"\0" in side or (side and not side.endswith(b"\n")) for side in sides):
        return None
    with scratch(tmp, "torn-") as folder:
        names = [folder / name for name in ("ours", "base", "theirs")]
        for name, content in zip(names, (sides[1], sides[0], sides[2]), strict=True):
            name.write_bytes(content)
        args = ("merge-file", "-p", "--marker-size", str(size), *map(str, names))
        answer = git.ask(*args)
    if not 0 <= answer.code <= _CONFLICTS_MAX:
        raise failed(args, answer.code, answer.err)
    parts = tuple(_parts(answer.out, size))
    return parts if sum(isinstance(one, Hunk) for one in parts) <= HUNKS_MAX else None


def _parts(merged: bytes, size: int) -> Iterator[Part]:
    heads = {sign * size: sign for sign in (b"<", b"=", b">")}
    held: dict[bytes, list[bytes]] = {b">": []}
    now = b">"
    for line in re.findall(rb"[^\n]*\n|[^\n]+", merged):
        sign = heads.get(line[:size])
        if sign is None:
            held[now].append(line)
            continue
        if sign == b"<":
            yield b"".join(held[b">"])
            held = {}
        elif sign == b">":
            yield Hunk(b"".join(held[b"<"]), b"".join(held[b"="]))
        now, held[sign] = sign, []
    yield b"".join(held[b">"])
