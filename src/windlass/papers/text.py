"""YAML and JSON from strangers as plain values: no key twice, bounded, and the line of every place.

YAML is read as its 1.2 core schema has it: `no` is a word and a day is no object. Values are built from the
parser's events, in a loop: nothing grows with an alias but the count of what it stands for.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import yaml

DEPTH_MAX: Final = 150
NODES_MAX: Final = 400_000
"""Values of one file, those that aliases repeat counted each time."""
DIGITS_MAX: Final = 300
CORE: Final = "tag:yaml.org,2002:"
Step = str | int
Steps = tuple[Step, ...]

_INT: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: Final = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip


class Unreadable(Exception):
    """The text is no document that two readers would read alike."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.line = line


@dataclass(slots=True)
class Mark:
    """Where a value stands, and what is in it."""

    line: int
    inner: dict[Step, "Mark"] = field(default_factory=dict)


@dataclass(frozen=True)
class Paper:
    """One document that was read. `twice`: keys that stand there more than once."""

    path: str
    value: Any
    text: str = field(repr=False)
    mark: Mark | None = field(default=None, repr=False)
    twice: Sequence[tuple[Steps, int]] = ()

    def line(self, steps: Sequence[Step]) -> int:
        """The line of a place, or of what it is in; 0 where nobody knows."""
        at = self._marks
        for step in steps:
            if at is None or step not in at.inner:
                break
            at = at.inner[step]
        return at.line if at is not None else 0

    @cached_property
    def _marks(self) -> Mark | None:
        if self.mark is not None:
            return self.mark
        try:
            return _Composer(self.text).run()[1]
        except (Unreadable, yaml.YAMLError):
            return None


def read(path: str, content: bytes) -> Paper:
    """Read one file. Raises Unreadable."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8 at byte {error.start}") from error
    if path.lower().endswith(".json"):
        return _json(path, text)
    made = _Composer(text)
    try:
        value, mark = made.run()
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or "a character that may not be there"
        raise Unreadable(f"it is no YAML: {why}", place.line + 1 if place else 0) from error
    return Paper(path, value, text, mark, tuple(made.twice))


def _json(path: str, text: str) -> Paper:
    twice: list[str] = []

    def once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            twice.extend(sorted(name for name, count in counts.items() if count > 1)[:10])
        return made

    try:
        value = json.loads(text, object_pairs_hook=once, parse_float=_float, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise Unreadable(f"it is no JSON: {error.msg}", error.lineno) from error
    except RecursionError as error:
        raise Unreadable(f"it is deeper than {DEPTH_MAX} levels") from error
    except ValueError as error:
        raise Unreadable("it is no JSON that everybody reads alike") from error
    if _deeper(value):
        raise Unreadable(f"it is deeper than {DEPTH_MAX} levels")
    return Paper(path, value, text, None, tuple(((name,), 0) for name in twice))


def _deeper(value: Any) -> bool:
    """Whether a value has more levels than anybody reads."""
    level = [value]
    for _ in range(DEPTH_MAX):
        level = [
            inner for one in level if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]  # fmt: skip
        if not level:
            return False
    return any(isinstance(one, dict | list) for one in level)


def _constant(name: str) -> None:
    raise ValueError(name)


def _float(text: str) -> Any:
    value = float(text)
    return value if math.isfinite(value) else text


def plain(text: str) -> Any:
    """What a scalar without quotes stands for."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= DIGITS_MAX and _INT.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return _float(text) if len(text) <= DIGITS_MAX and _FLOAT.fullmatch(text) else text


@dataclass(slots=True)
class _Frame:
    """A mapping or sequence that is open."""

    value: dict[str, Any] | list[Any]
    mark: Mark
    anchor: str | None
    before: int
    steps: Steps
    key: str | None = None
    merged: list[Any] = field(default_factory=list)


@dataclass
class _Composer:
    text: str
    nodes: int = 0
    twice: list[tuple[Steps, int]] = field(default_factory=list)
    _open: list[_Frame] = field(default_factory=list)
    _anchors: dict[str, tuple[Any, Mark, int]] = field(default_factory=dict)
    _root: tuple[Any, Mark] | None = None

    def run(self) -> tuple[Any, Mark]:
        documents = 0
        for event in yaml.parse(self.text, Loader=yaml.CSafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Unreadable("it holds more than one document", line)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(str(event.anchor), line)
            elif isinstance(event, yaml.ScalarEvent):
                self._count(1, line)
                self._scalar(event, line)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._count(1, line)
                self._begin(event, line)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._end()
        return self._root if self._root is not None else (None, Mark(1))

    def _count(self, more: int, line: int) -> None:
        self.nodes += more
        if self.nodes > NODES_MAX:
            raise Unreadable(f"it stands for more than {NODES_MAX} values", line)

    def _alias(self, name: str, line: int) -> None:
        if name not in self._anchors:
            raise Unreadable(f"the alias {name[:40]!r} stands in what it stands for, or for nothing", line)
        value, mark, size = self._anchors[name]
        self._count(size, line)
        self._put(value, Mark(line, mark.inner))

    def _scalar(self, event: Any, line: int) -> None:
        tag = (event.tag or "").removeprefix(CORE)
        if tag not in ("", "!", "str", "int", "float", "bool", "null", "timestamp"):
            raise Unreadable(f"it has a tag of its own: {str(event.tag)[:60]!r}", line)
        text = str(event.value)
        key = bool(self._open) and isinstance(self._open[-1].value, dict) and self._open[-1].key is None
        bare = (
            bool(event.implicit[0] or tag) and not event.style and tag in ("", "int", "float", "bool", "null")
        )
        value = plain(text) if bare and not key else text
        if event.anchor:
            self._anchors[event.anchor] = (value, Mark(line), 1)
        if key and bare and text == "<<":
            value = "<<"
        self._put(value, Mark(line))

    def _begin(self, event: Any, line: int) -> None:
        if len(self._open) >= DEPTH_MAX:
            raise Unreadable(f"it is deeper than {DEPTH_MAX} levels", line)
        if event.tag and event.tag.removeprefix(CORE) not in ("map", "seq", "!"):
            raise Unreadable(f"it has a tag of its own: {str(event.tag)[:60]!r}", line)
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        if self._open and isinstance(self._open[-1].value, dict) and self._open[-1].key is None:
            raise Unreadable("a key is no plain text", line)
        self._open.append(_Frame(value, Mark(line), event.anchor, self.nodes - 1, self._steps()))

    def _steps(self) -> Steps:
        if not self._open:
            return ()
        top = self._open[-1]
        return (*top.steps, len(top.value) if isinstance(top.value, list) else str(top.key))

    def _end(self) -> None:
        frame = self._open.pop()
        if isinstance(frame.value, dict):
            for one in frame.merged:
                for key, value in one.items():
                    frame.value.setdefault(key, value)
        if frame.anchor:
            self._anchors[frame.anchor] = (frame.value, frame.mark, self.nodes - frame.before)
        self._put(frame.value, frame.mark)

    def _put(self, value: Any, mark: Mark) -> None:
        if not self._open:
            self._root = (value, mark)
            return
        top = self._open[-1]
        if isinstance(top.value, list):
            top.mark.inner[len(top.value)] = mark
            top.value.append(value)
        elif top.key is None:
            if not isinstance(value, str):
                raise Unreadable("a key is no plain text", mark.line)
            top.key = value
            top.mark.inner.setdefault(value, mark)
        else:
            self._member(top, top.key, value, mark)
            top.key = None

    def _member(self, top: _Frame, key: str, value: Any, mark: Mark) -> None:
        if key == "<<" and (merged := _mappings(value)) is not None:
            top.merged += merged
            return
        assert isinstance(top.value, dict)
        if key in top.value:
            self.twice.append(((*top.steps, key), mark.line))
        top.value[key] = value
        top.mark.inner[key] = Mark(top.mark.inner[key].line, mark.inner)


def _mappings(value: Any) -> list[Mapping[str, Any]] | None:
    """What a merge key brings, the nearest first; None where it is an ordinary key."""
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        return value
    return None
