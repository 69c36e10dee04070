"""Tagged comments in about twenty language families: TODO, FIXME, HACK, XXX, BUG.

A first scan lets `git grep` find candidate lines in the tree and reads only those files. A later scan reads
only blobs that changed since, and what was found in a blob once is never looked for again.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from windlass.backlog import Hit, Report, View, comment_group
from windlass.kernel import Tools
from windlass.plugins.sources.comments.languages import Language, language_of, language_of_text
from windlass.plugins.sources.comments.marks import TAGS, Mark, marks
from windlass.plugins.sources.comments.vendored import is_vendored

VERSION = "comments/1"
"""Grows when the same text would give other marks: everything is read again then."""

PATTERN = "|".join((*TAGS, "todo:"))

CATEGORIES: Mapping[str, tuple[str, str, str]] = {
    "TODO": ("technical-debt", "note", "To do"),
    "FIXME": ("bug", "warning", "Fix"),
    "HACK": ("refactoring", "note", "Clean up"),
    "XXX": ("investigation", "note", "Look into"),
    "BUG": ("critical-bug", "error", "Fix bug"),
}
"""Tag -> category, severity, first words of the item's title."""

LINES_MAX = 10_000
"""Lines that git names of one file; a file with more is searched whole, if it may be read at all."""

_FILE_MODES = ("100644", "100755")


@dataclass(frozen=True)
class Settings:
    """`file_max_bytes`: larger files are not read, which shows in the coverage."""

    file_max_bytes: int = 2_000_000


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    oid: str
    language: Language | None
    lines: tuple[int, ...] | None


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
            _File(c.path, c.oid, language_of(c.path), None)
            for c in changes
            if c.oid and c.mode in _FILE_MODES and not is_vendored(c.path)
        ]
        hits, unread = self._read(view, files)
        looked = frozenset({c.path for c in changes} | gone) - unread
        return Report(tuple(hits), _share(len(files), len(unread)), looked)

    def _full(self, view: View) -> Report:
        grepped = view.grep(PATTERN, lines_max=LINES_MAX)
        first = next(grepped, None)
        entries = view.files()  # listed while git goes on searching: saves a third of the time
        candidates: dict[str, list[int]] = defaultdict(list)
        for path, number, _line in grepped if first is None else chain((first,), grepped):
            candidates[path].append(number)
        files = [
            _File(path, entries[path].oid, language_of(path), _all_of(numbers))
            for path, numbers in candidates.items()
            if path in entries and entries[path].mode in _FILE_MODES and not is_vendored(path)
        ]
        hits, unread = self._read(view, files)
        return Report(tuple(hits), _share(len(entries), len(unread)), frozenset(entries) - unread)

    def _read(self, view: View, files: Iterable[_File]) -> tuple[list[Hit], set[str]]:
        """The hits in `files`, and the paths that were too large to read."""
        cache = view.cached(VERSION)
        by_oid: dict[str, list[_File]] = defaultdict(list)
        for file in files:
            if file.language is not None or "." not in file.path.rpartition("/")[2]:
                by_oid[file.oid].append(file)
        known = cache.load(by_oid)
        hits: list[Hit] = []
        unread: set[str] = set()
        missing: list[str] = []
        for oid, these in by_oid.items():
            if _complete(these, known.get(oid, {})):
                hits += _hits_of(these, known[oid])
            else:
                missing.append(oid)
        for oid, content in view.blobs(missing, self._settings.file_max_bytes):
            if content is None:
                unread.update(file.path for file in by_oid[oid])
                continue
            found = _scan_blob(content, by_oid[oid])
            for suffix, rows in found.items():
                cache.keep(oid, suffix, rows)
            hits += _hits_of(by_oid[oid], found)
        return hits, unread


def _all_of(numbers: list[int]) -> tuple[int, ...] | None:
    return tuple(numbers) if len(numbers) < LINES_MAX else None


def _complete(files: list[_File], marked: Mapping[str, str]) -> bool:
    return all(_suffix(file.language) in marked for file in files)


def _suffix(language: Language | None) -> str:
    return language.name if language else "script?"


def _scan_blob(content: bytes, files: list[_File]) -> Mapping[str, str]:
    """Marks per language; the same blob under two names may be two languages."""
    found: dict[str, str] = {}
    binary = b"\0" in content[:8000]
    text = "" if binary else content.decode("utf-8", "replace").replace("\0", "")
    for file in files:
        suffix = _suffix(file.language)
        if suffix in found:
            continue
        language = file.language or language_of_text(text)
        seen = marks(text, language, file.lines or _candidates(text)) if language else []
        rows = [[m.line, m.tag, m.text, m.owner, m.issue] for m in seen]
        found[suffix] = json.dumps(rows, separators=(",", ":"))
    return found


def _candidates(text: str) -> list[int]:
    """The lines that hold a tag as a plain substring; the rest need no regex."""
    if not any(tag in text for tag in (*TAGS, "todo:")):
        return []
    return [n for n, line in enumerate(text.split("\n"), 1) if any(tag in line for tag in (*TAGS, "todo:"))]


def _hits_of(files: Iterable[_File], marked: Mapping[str, str]) -> list[Hit]:
    return [
        _hit(Mark(*values), file.path)
        for file in files
        for values in json.loads(marked.get(_suffix(file.language), "[]"))
    ]


def _hit(mark: Mark, path: str) -> Hit:
    category, severity, verb = CATEGORIES[mark.tag]
    about = mark.text or f"the {mark.tag} in {path}"
    return Hit(
        rule=mark.tag, path=path, line=mark.line, text=mark.text, severity=severity, category=category,
        group=comment_group(mark.tag, mark.anchor, path, mark.issue or None),
        title=f"{verb}: {about}"[:120], anchor=mark.anchor,
        data={k: v for k, v in (("owner", mark.owner), ("issue", mark.issue)) if v},
    )  # fmt: skip


def _share(total: int, missed: int) -> float:
    return 1.0 if not total else (total - missed) / total


def open(settings: Settings, tools: Tools) -> Comments:
    return Comments(settings)
