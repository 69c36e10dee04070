"""A feature as the parts that its own text lists. Pure.

Nothing is made up: a text that lists nothing is one part, and what no text says about order is said by the
files. The parts are the first of these that the text has two of: boxes to tick, numbers from 1, sections,
bullets, lines that begin with a path; at last numbers inside a line, as in `1) … 2) …`.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from windlass.kernel import Invalid
from windlass.workspace import bad_name

TEXT_MAX: Final = 20_000
PARTS_MAX: Final = 50
TITLE_MAX: Final = 200
HEADING_MAX: Final = 4
"""The deepest headings that are sections."""


class Form(Enum):
    """How a text lists its parts."""

    CHECKLIST = "checklist"
    NUMBERS = "numbered list"
    SECTIONS = "sections"
    BULLETS = "list"
    PATHS = "lines that begin with a path"
    INLINE = "numbers in a line"
    WHOLE = "one piece"


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of the work. `paths`: the files it names, or folders with a slash at their end; empty: any.

    `after`: parts that have to be done before, as its text says. `behind`: earlier ones that may change the
    same files, so that the two are not at work at once. Both count from 0.
    """

    title: str
    text: str
    paths: tuple[str, ...] = ()
    after: tuple[int, ...] = ()
    behind: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Feature:
    """`common`: what stands outside the parts and is for all of them. `done`: boxes that were ticked."""

    title: str
    text: str
    form: Form
    parts: tuple[Part, ...]
    common: str = ""
    done: int = 0


def decompose(text: str, known: Collection[str]) -> Feature:
    """The parts of a feature; `known` are the files of the tree, by which paths are told from other words.

    A part says `(after 1, 2)` at the end of its first line where it needs those. Invalid: no text, too much
    of it, control characters, or an `after` that names no earlier part.
    """
    text = _checked(text)
    names = _Names(known)
    form, marks, bodies, common = _split(text, names)
    title = _title(common or text)
    if form is Form.WHOLE:
        return Feature(title, text, form, (Part(title, text, names.within(text)),))
    if len(marks) > PARTS_MAX:
        raise Invalid(f"the feature lists {len(marks)} parts, more than {PARTS_MAX}", hint="split it")
    everywhere = names.within(common)
    left = [number for number, mark in enumerate(marks) if not mark.done]
    parts = []
    for number in left:
        head, body = marks[number].title.rstrip(), bodies[number]
        after = tuple(left.index(need) for need in _needs(head, number) if need in left)
        parts.append(Part(_title(_AFTER.sub("", head)), body, names.within(body) or everywhere, after))
    return Feature(title, text, form, _ordered(parts), common, len(marks) - len(left))


def waves(parts: Sequence[Part]) -> tuple[int, ...]:
    """For each part how many others, one after the other, come before it; parts of one wave go together."""
    found: list[int] = []
    for part in parts:
        found.append(1 + max((found[before] for before in (*part.after, *part.behind)), default=-1))
    return tuple(found)


def width(parts: Sequence[Part]) -> int:
    """The most parts of one wave: more workers than this would wait."""
    found = waves(parts)
    return max(map(found.count, found), default=0)


def meet(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the paths of two parts can mean the same file; none means every file."""
    return not one or not other or any(_covers(a, b) or _covers(b, a) for a in one for b in other)


def _covers(path: str, other: str) -> bool:
    return path == other or (path.endswith("/") and other.startswith(path))


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where a part begins."""

    line: int
    title: str
    done: bool = False


_FENCE: Final = re.compile(r" {0,3}(```|~~~)")
_BOX: Final = re.compile(r" ?[-*+] +\[([ xX])\] +(\S.*)")
_NUMBER: Final = re.compile(r" ?(\d{1,3})[.)] +(\S.*)")
_BULLET: Final = re.compile(r" ?[-*+] +(\S.*)")
_HEADING: Final = re.compile(r"(#{1,6}) +(\S.*)")
_PATH: Final = re.compile(r"`?([^\s`:]+)`?: +\S.*")
_INLINE: Final = re.compile(r"(?:^|(?<=\s))\(?(\d{1,3})\)\s+")
_AFTER: Final = re.compile(r"\(after (\d{1,3}(?:(?:,| and) ?\d{1,3})*)\)$", re.IGNORECASE)


def _checked(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text or len(text) > TEXT_MAX:
        raise Invalid(f"a feature is told in 1 to {TEXT_MAX} characters, not {len(text)}")
    if bad := next((sign for sign in text if not sign.isprintable() and sign not in "\n\t"), ""):
        raise Invalid(f"the feature's text holds the sign U+{ord(bad):04X}", hint="take it out")
    return text


def _split(text: str, names: "_Names") -> tuple[Form, list["_Mark"], list[str], str]:
    """The form of the list, where its parts begin, their texts, and what stands outside them."""
    lines = text.split("\n")
    form, marks = _marks(lines, names)
    if form is Form.WHOLE and _counts((pieces := _INLINE.split(text))[1::2]):
        found = [_Mark(0, piece.strip(" ,;\n")) for piece in pieces[2::2]]
        return Form.INLINE, found, [mark.title for mark in found], pieces[0].strip()
    return form, marks, *_bodies(lines, marks, form)


def _marks(lines: Sequence[str], names: "_Names") -> tuple[Form, list[_Mark]]:
    plain = list(_outside_fences(lines))
    boxes = [(n, found) for n, line in plain if (found := _BOX.fullmatch(line))]
    if len(boxes) > 1 and any(found[1] == " " for _, found in boxes):
        return Form.CHECKLIST, [_Mark(n, found[2], found[1] != " ") for n, found in boxes]
    numbers = [(n, found) for n, line in plain if (found := _NUMBER.fullmatch(line))]
    if _counts([found[1] for _, found in numbers]):
        return Form.NUMBERS, [_Mark(n, found[2]) for n, found in numbers]
    headings = [(n, found) for n, line in plain if (found := _HEADING.fullmatch(line))]
    for depth in range(1, HEADING_MAX + 1):
        here = [_Mark(n, found[2].rstrip(" #")) for n, found in headings if len(found[1]) == depth]
        if len(here) > 1:
            return Form.SECTIONS, here
    bullets = [_Mark(n, found[1]) for n, line in plain if (found := _BULLET.fullmatch(line))]
    if len(bullets) > 1:
        return Form.BULLETS, bullets
    paths = [_Mark(n, line) for n, line in plain if (found := _PATH.fullmatch(line)) and names.path(found[1])]
    return (Form.PATHS, paths) if len(paths) > 1 else (Form.WHOLE, [])


def _counts(numbers: Sequence[str]) -> bool:
    """Whether these are 1, 2, 3, …: other numbers are years and versions."""
    return len(numbers) > 1 and [int(one) for one in numbers] == list(range(1, len(numbers) + 1))


def _outside_fences(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    fence = ""
    for number, line in enumerate(lines):
        found = _FENCE.match(line)
        if found and (not fence or found[1] == fence):
            fence = "" if fence else found[1]
        elif not fence:
            yield number, line


def _bodies(lines: Sequence[str], marks: Sequence[_Mark], form: Form) -> tuple[list[str], str]:
    """The text of each part, and what stands outside them."""
    ends = [*(mark.line for mark in marks[1:]), len(lines)]
    bodies, rest = [], list(lines[: marks[0].line] if marks else lines)
    for mark, end in zip(marks, ends, strict=False):
        stop = end if form is Form.SECTIONS else _stop(lines, mark.line + 1, end)
        bodies.append("\n".join([mark.title, *lines[mark.line + 1 : stop]]).strip())
        rest += lines[stop:end]
    return bodies, "\n".join(rest).strip()


def _stop(lines: Sequence[str], start: int, end: int) -> int:
    """Where an entry of a list ends: at a heading, or behind an empty line at what is not indented."""
    for n in range(start, end):
        if _HEADING.fullmatch(lines[n]) or (not lines[n - 1].strip() and lines[n][:1].strip()):
            return n
    return end


def _needs(title: str, number: int) -> tuple[int, ...]:
    found = _AFTER.search(title.rstrip())
    needs = sorted({int(one) - 1 for one in re.findall(r"\d+", found[1])}) if found else []
    if wrong := [one + 1 for one in needs if not 0 <= one < number]:
        raise Invalid(
            f"part {number + 1} is to come after part {wrong[0]}, which does not stand before it",
            hint="`(after N)` counts the parts from 1; put a part behind those it needs",
        )
    return tuple(needs)


def _ordered(parts: Sequence[Part]) -> tuple[Part, ...]:
    return tuple(
        replace(part, behind=tuple(
            m for m in range(n) if m not in part.after and meet(parts[m].paths, part.paths)
        ))
        for n, part in enumerate(parts)
    )  # fmt: skip


def _title(text: str) -> str:
    line = next((line for line in text.split("\n") if line.strip("# \t")), text)
    flat = " ".join(line.strip().lstrip("#").split()).rstrip(":")
    return flat if len(flat) <= TITLE_MAX else flat[: TITLE_MAX - 1] + "…"


_CODE: Final = re.compile(r"`([^`\n]{1,400})`")
_WORD: Final = re.compile(r"[^\s`'\"()<>,;|]+")
_SHAPE: Final = re.compile(r"[\w@+-][\w@+.-]*(?:/[\w@+.-]+)*/?")


class _Names:
    """Tells paths from other words by the files of a tree."""

    def __init__(self, known: Collection[str]) -> None:
        self._files = frozenset(known)
        self._folders = set[str]()
        for path in known:
            folder = path.rpartition("/")[0]
            while folder and folder not in self._folders:
                self._folders.add(folder)
                folder = folder.rpartition("/")[0]
        self._endings = {_ending(path) for path in known} - {""}

    def within(self, text: str) -> tuple[str, ...]:
        """The paths a text names: those in backquotes, which may be new, and others that are there."""
        quoted = [self.path(word, new=True) for word in _CODE.findall(text)]
        bare = [self.path(word.rstrip(".:!?")) for word in _WORD.findall(_CODE.sub(" ", text))]
        return tuple(dict.fromkeys(path for path in (*quoted, *bare) if path))

    def path(self, word: str, *, new: bool = False) -> str:
        """The word as a path, empty when it is none. A plain word is none, though a folder be called so."""
        path = word.removeprefix("./")
        folder = path.removesuffix("/")
        if path in self._files and ("/" in path or "." in path or new):
            return path
        if folder in self._folders and ("/" in path or new):
            return f"{folder}/"
        shaped = _SHAPE.fullmatch(path) and not any(map(bad_name, folder.split("/")))
        return path if new and shaped and (path.endswith("/") or _ending(path) in self._endings) else ""


def _ending(path: str) -> str:
    _, dot, ending = path.rpartition("/")[2].rpartition(".")
    return ending if dot else ""
