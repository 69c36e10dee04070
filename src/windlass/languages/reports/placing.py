"""Where the words of a report lead: files of the tree, whatever a tool calls them. Pure."""

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from windlass.languages.reports.junit import read_cases
from windlass.languages.reports.model import Case, Report, Told, gathered

_COPY: Final = re.compile(r"/.*/windlass-[0-9a-f]{16}/checkout/")
"""Where a run finds the tree when it gets a copy of it; see `stage.py`."""
_SUFFIXES: Final = (".java", ".kt", ".groovy", ".scala", ".py")
_PARTS_MAX: Final = 40


@dataclass(frozen=True)
class Places:
    """The `files` of a tree that lay at `root`; `module`: what go.mod calls it, where it has one."""

    files: Collection[str]
    root: str = ""
    module: str = ""

    def file(self, told: str) -> str:
        """The file that a path means, empty for none of the tree. A relative path may begin further down,
        where only one file has that end.
        """
        told = posixpath.normpath(told.removeprefix("file://").replace("\\", "/"))
        if told.startswith("/"):
            inside = told.removeprefix(f"{self.root}/") if self.root else told
            inside = inside if inside != told else _COPY.sub("", told, count=1)
            return inside if inside in self.files else ""
        told = told.removeprefix(f"{self.module}/") if self.module else told
        return told if told in self.files else self._tails.get(told, "")

    def of_class(self, name: str) -> tuple[str, tuple[str, ...]]:
        """The file of `package.Class$Inner` or `package.module.Class`, and what is inside of it."""
        outer, *inner = name.split("$")
        parts = outer.split(".")[:_PARTS_MAX]
        for size in range(len(parts), 0, -1):
            stem = "/".join(parts[:size])
            found = next((path for end in _SUFFIXES if (path := self.file(stem + end))), "")
            if found:
                return found, (*parts[size:], *filter(None, inner))
        return "", ()

    @cached_property
    def _tails(self) -> dict[str, str]:
        """Every end of a path that one file alone has."""
        found: dict[str, str] = {}
        for path in self.files:
            parts = path.split("/")[-_PARTS_MAX:]
            for at in range(len(parts)):
                tail = "/".join(parts[at:])
                found[tail] = "" if tail in found else path
        return found


def parse_junit(reports: Iterable[bytes], places: Places) -> Report:
    """What some reports say together, cases by `path::class::name`."""
    return gathered(_told(reports, places), places.files)


def _told(reports: Iterable[bytes], places: Places) -> Iterator[Told]:
    for report in reports:
        for case in read_cases(report):
            yield _id(case, places), case.result, case.seconds, case.said


def _id(case: Case, places: Places) -> str:
    """A case with neither name nor class is its file's, or its suite's."""
    path, inside = places.of_class(case.classname) if case.classname else ("", ())
    if not path:
        path = places.file(case.file) if case.file else ""
        inside = (case.classname,) if case.classname else case.suites
    path = path or next((found for word in inside if (found := places.file(word))), "")
    words = [word.strip() for word in (*inside, case.name) if word and places.file(word) != (path or None)]
    return "::".join(word for word in (path, *words) if word) or "a test without a name"
