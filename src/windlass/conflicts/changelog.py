"""Changelogs of two sides as one: under each heading the entries of both, ours first, none twice. Pure.

A document is a list of sections, each a heading with entries: items of a list with all that is indented
below them, or paragraphs. What one side took out is out; what a side moved below another heading is moved.
"""

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from windlass.conflicts.model import Open, Sides

_HEADING: Final = re.compile(r"#{1,6} ")
_UNDERLINE: Final = re.compile(r"(=+|-{3,})\s*")
_ITEM: Final = re.compile(r"[-*+] |\d+[.)] ")
_FENCE: Final = re.compile(r"\s*(```|~~~)")


T = TypeVar("T", bound=Hashable)
Name = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """`heading` as it is written; its `name` holds the headings above it too, and is one of its own in a
    document. `raw`: all of it as it is written; `lead`, `between` and `tail`: empty lines before, between and
    after its entries.
    """

    name: Name
    heading: str
    entries: tuple[str, ...]
    raw: str
    lead: int
    between: int
    tail: int

    def holding(self, entries: tuple[str, ...]) -> str:
        """Its text with other entries."""
        body = ("\n" * (1 + self.between)).join(entries)
        return "\n".join(
            [*([self.heading] if self.heading else []), *[""] * self.lead, body, *[""] * self.tail]
        )


def union(sides: Sides) -> bytes | Open:
    """One changelog of both sides; Open where they changed the same entry, or it cannot be read."""
    if sides.ours == sides.theirs or sides.theirs == sides.base:
        return sides.ours
    if sides.ours == sides.base:
        return sides.theirs
    try:
        base, ours, theirs = (
            _sections((side or b"").decode()) for side in (sides.base, sides.ours, sides.theirs)
        )
    except UnicodeDecodeError:
        return Open("it is not UTF-8")
    if any(len({one.name for one in side}) < len(side) for side in (base, ours, theirs)):
        return Open("it has a heading twice")
    old, mine, their = ({one.name: one for one in side} for side in (base, ours, theirs))
    parts = []
    base_names = [name for name in old if not _kept(name, old, mine, their)]
    names = _ordered((), base_names, [*mine], [*their])
    if lost := [name for name in weave(base_names, [*mine], [*their]) if name not in names]:
        return Open(f"one side took out the heading {lost[0][-2]!r}, the other added entries below it")
    for name in names:
        entries = _entries(*(side[name].entries if name in side else () for side in (old, mine, their)))
        if isinstance(entries, Open):
            return entries
        known = [side[name] for side in (mine, their) if name in side]
        same = (one.raw for one in known if one.entries == entries)
        parts.append(next(same, None) or known[0].holding(entries))
    return (_spaced(parts).rstrip("\n") + "\n").encode()


def weave(base: Sequence[T], ours: Sequence[T], theirs: Sequence[T]) -> list[T]:
    """What both have or one has added, in our order; what they added stands before what follows it there."""
    kept = [one for one in ours if one in theirs or one not in base]
    place = len(kept)
    for one in reversed(theirs):
        if one in kept:
            place = min(place, kept.index(one))
        elif one not in base:
            kept.insert(place, one)
    return kept


def _ordered(above: Name, *documents: Sequence[Name]) -> list[Name]:
    """The names below a heading as `weave` has them, level by level, so that none gets below another one."""
    level = ([one for one in names if one and one[:-1] == above] for names in documents)
    first: list[Name] = [above] if not above and any(above in names for names in documents[1:]) else []
    below = ([one, *_ordered(one, *documents)] for one in weave(*level))
    return [*first, *(name for names in below for name in names)]


def _kept(name: Name, *documents: Mapping[Name, Section]) -> bool:
    """Whether one side took a section out to which the other added something."""
    old, *sides = ({*side[name].entries} if name in side else None for side in documents)
    return None in sides and any(side - (old or set()) for side in sides if side is not None)


def _entries(old: tuple[str, ...], ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...] | Open:
    mine, their = (tuple(dict.fromkeys(side)) for side in (ours, theirs))
    gone = [one for one in old if one not in mine and one not in their]
    if gone and {*mine} - {*their, *old} and {*their} - {*mine, *old}:
        return Open(f"both sides changed the entry {gone[0].splitlines()[0][:80]!r}")
    return tuple(weave(old, mine, their))


def _spaced(parts: Sequence[str]) -> str:
    """What was last on its side, and is not any more, gets an empty line behind it."""
    return (
        "".join(one if one.endswith("\n\n") else f"{one.rstrip(chr(10))}\n\n" for one in parts[:-1])
        + parts[-1]
    )


def _sections(text: str) -> list[Section]:
    found: list[Section] = []
    above: dict[int, str] = {}
    name: Name = ()
    heading, body = "", []
    for line, level in _lines(text):
        if not level:
            body.append(line)
            continue
        found.append(_section(name, heading, body))
        above = {depth: one for depth, one in above.items() if depth < level} | {level: line.strip("# \n")}
        name, heading, body = tuple(above.values()), line.rstrip("\n"), []
    found.append(_section(name, heading, body))
    return found if found[0].entries or len(found) == 1 else found[1:]


def _lines(text: str) -> list[tuple[str, int]]:
    """Every line with the level of the heading that it is, else 0; two lines make an underlined one."""
    found: list[tuple[str, int]] = []
    fenced = False
    for line in text.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        level = 0
        if not fenced and _HEADING.match(line):
            level = len(line) - len(line.lstrip("#"))
        elif (
            not fenced and _UNDERLINE.fullmatch(line) and found and found[-1][0].strip() and not found[-1][1]
        ):
            line, level = f"{found.pop()[0]}\n{line}", 1 if line[0] == "=" else 2
        found.append((line.rstrip(), level))
    return found


def _section(name: Name, heading: str, body: Sequence[str]) -> Section:
    entries: list[list[str]] = []
    gaps, lead, empty, fenced = [0], 0, 0, False
    for line in body:
        if not line.strip() and not fenced:
            empty += 1
            continue
        if entries and (fenced or line[:1].isspace() or (not empty and not _ITEM.match(line))):
            entries[-1] += [*[""] * empty, line]
        else:
            lead, gaps = (lead, [*gaps, empty]) if entries else (empty, gaps)
            entries.append([line])
        fenced ^= bool(_FENCE.match(line))
        empty = 0
    told = tuple("\n".join(one) for one in entries)
    raw = "\n".join([*([heading] if heading else []), *body, ""])
    return Section(name, heading, told, raw, lead, max(gaps), empty + 1)
