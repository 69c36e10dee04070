"""Tagged comments in about twenty language families: TODO, FIXME, HACK, XXX, BUG.

A first scan lets `git grep` name the lines with a tag and those behind them, decides most of them as they
come and reads only the files where a line alone does not tell. A later scan reads only blobs that changed
since, and what was found in a blob once is never looked for again.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, islice
from operator import itemgetter

from windlass.backlog import Hit, Report, View, comment_group
from windlass.kernel import Tools
from windlass.plugins.sources.comments.languages import Language, language_of, language_of_text
from windlass.plugins.sources.comments.marks import LINES_MAX, TAGS, Line, Mark, marks, marks_of_lines
from windlass.plugins.sources.comments.vendored import is_vendored

VERSION = "comments/2"
"""Grows when the same text would give other marks: everything is read again then."""

WORDS = (*TAGS, "todo:")

CATEGORIES: Mapping[str, tuple[str, str, str]] = {
    "TODO": ("technical-debt", "note", "To do"),
    "FIXME": ("bug", "warning", "Fix"),
    "HACK": ("refactoring", "note", "Clean up"),
    "XXX": ("investigation", "note", "Look into"),
    "BUG": ("critical-bug", "error", "Fix bug"),
}
"""Tag -> category, severity, first words of the item's title."""

NAMED_MAX = 10_000
"""Lines that git names of one file; a file with more is searched whole, if it may be read at all."""

_FILE_MODES = ("100644", "100755")
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class Settings:
    """`file_max_bytes`: larger files are not read, which shows in the coverage."""

    file_max_bytes: int = 2_000_000


_Key = tuple[str, str]
"""A blob and the name of the language it is read in: what marks depend on."""


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    oid: str
    language: Language | None

    @property
    def key(self) -> _Key:
        return self.oid, _suffix(self.language)


class Comments:
    """The source. One instance may scan many views."""

    name = "comments"
    version = VERSION

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def scan(self, view: View) -> Report:
        changes = view.changes()
        if changes is None:
            return self._full(view)
        gone = {c.old_path for c in changes if c.old_path != c.path or c.oid is None}
        files = [
            file for c in changes if c.oid is not None and (file := _file(c.path, c.mode, c.oid)) is not None
        ]
        hits, unread = self._read(view, files, {})
        looked = frozenset({c.path for c in changes} | gone) - unread
        return Report(tuple(hits), _share(len(files), len(unread)), looked)

    def _full(self, view: View) -> Report:
        grepped = view.grep(WORDS, after=LINES_MAX - 1, lines_max=NAMED_MAX)
        first = next(grepped, None)
        entries = view.files()  # listed while git goes on searching
        files: list[_File] = []
        glanced: dict[_Key, list[Mark]] = {}
        for path, lines in groupby(chain((first,) if first else (), grepped), itemgetter(0)):
            entry = entries.get(path)
            file = _file(path, entry.mode, entry.oid) if entry else None
            if file is None:
                continue
            files.append(file)
            if file.key not in glanced and (found := _glance(file, lines)) is not None:
                glanced[file.key] = found
        hits, unread = self._read(view, files, glanced)
        return Report(tuple(hits), _share(len(entries), len(unread)), frozenset(entries) - unread)

    def _read(
        self, view: View, files: Sequence[_File], glanced: Mapping[_Key, list[Mark]]
    ) -> tuple[list[Hit], set[str]]:
        """The hits in `files`, and the paths that were too large to read; `glanced` needs no reading."""
        cache, size_max = view.cached(VERSION), self._settings.file_max_bytes
        marked = dict(glanced)
        for oid, answers in cache.load({f.oid: None for f in files if f.key not in marked}).items():
            marked |= {(oid, suffix): _marks(rows) for suffix, rows in answers.items()}
        by_oid: dict[str, list[_File]] = defaultdict(list)
        for file in files:
            if file.key not in marked:
                by_oid[file.oid].append(file)
        large = {oid for oid, size in view.sizes({oid for oid, _ in glanced}).items() if size > size_max}
        fresh = {key: found for key, found in glanced.items() if key[0] not in large}
        for oid, content in view.blobs(by_oid, size_max):
            if content is None:
                large.add(oid)
            else:
                fresh |= _scan_blob(oid, content, by_oid[oid])
        for (oid, suffix), found in fresh.items():
            cache.keep(oid, suffix, _rows(found))
        marked |= fresh
        hits = [_hit(mark, f.path) for f in files if f.oid not in large for mark in marked[f.key]]
        return hits, {f.path for f in files if f.oid in large}


def _file(path: str, mode: str, oid: str) -> _File | None:
    """The file to look into, if it is one that may hold comments of ours."""
    language = language_of(path)
    if mode not in _FILE_MODES or (language is None and "." in path.rpartition("/")[2]):
        return None
    return None if is_vendored(path) else _File(path, oid, language)


def _suffix(language: Language | None) -> str:
    return language.name if language else "script?"


def _glance(file: _File, lines: Iterable[Line]) -> list[Mark] | None:
    """The marks as far as the lines git named tell all of them, else None."""
    if file.language is None:
        return None
    few = list(islice(lines, NAMED_MAX))
    if len(few) == NAMED_MAX:
        return None
    return marks_of_lines(few, file.language)


def _scan_blob(oid: str, content: bytes, files: Iterable[_File]) -> dict[_Key, list[Mark]]:
    """Marks per language; the same blob under two names may be two languages."""
    found: dict[_Key, list[Mark]] = {}
    binary = b"\0" in content[:8000]
    text = "" if binary else content.decode("utf-8", "replace").replace("\0", "")
    for file in files:
        if file.key not in found:
            language = file.language or language_of_text(text)
            found[file.key] = marks(text, language, _candidates(text)) if language else []
    return found


def _candidates(text: str) -> list[int]:
    """The lines that hold a tag as a plain substring; the rest need no regex."""
    numbers: list[int] = []
    line, counted = 1, 0
    for at in sorted(at for word in WORDS for at in _places(text, word)):
        line += text.count("\n", counted, at)
        counted = at
        if numbers[-1:] != [line]:
            numbers.append(line)
    return numbers


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _rows(found: Iterable[Mark]) -> str:
    return _ENCODE([[m.line, m.tag, m.text, m.owner, m.issue] for m in found])


def _marks(rows: str) -> list[Mark]:
    return [Mark(*values) for values in json.loads(rows)]


def _hit(mark: Mark, path: str) -> Hit:
    category, severity, verb = CATEGORIES[mark.tag]
    about, anchor = mark.text or f"the {mark.tag} in {path}", mark.anchor
    return Hit(
        rule=mark.tag, path=path, line=mark.line, text=mark.text, severity=severity, category=category,
        group=comment_group(mark.tag, anchor, path, mark.issue or None),
        title=f"{verb}: {about}"[:120], anchor=anchor,
        data={k: v for k, v in (("owner", mark.owner), ("issue", mark.issue)) if v},
    )  # fmt: skip


def _share(total: int, missed: int) -> float:
    return 1.0 if not total else (total - missed) / total


def open(settings: Settings, tools: Tools) -> Comments:
    return Comments(settings)
