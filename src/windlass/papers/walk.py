"""The files of a tree as they lie there, without following a link, and which of them are left out."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

ENTRIES_MAX: Final = 300_000
DEPTH_MAX: Final = 100
FOREIGN: Final = frozenset({"node_modules", "vendor", "third_party", ".git"})
"""Folders of what others wrote."""
_MODULE: Final = re.compile(r"^\s*path\s*=\s*(\S.*?)\s*$", re.MULTILINE)
_STEP: Final = re.compile(r"\*\*/?|\*|\?|[^*?]+")


class TooMany(Exception):
    """The tree has more entries than anybody looks at."""


@dataclass(frozen=True)
class Tree:
    """`sizes`: bytes of plain files by path. `links`: symbolic links. `folders`: all but the top."""

    top: str
    sizes: Mapping[str, int]
    links: frozenset[str]
    folders: frozenset[str]

    def read(self, path: str, size_max: int) -> bytes:
        """The bytes of a plain file. Raises OSError."""
        handle = os.open(os.path.join(self.top, path), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            return stream.read(size_max)

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """Folders whose content is another repository's."""
        if ".gitmodules" not in self.sizes:
            return ()
        text = self.read(".gitmodules", 65_536).decode("utf-8", "replace")
        return tuple(found.strip('/"') for found in _MODULE.findall(text))

    def elsewhere(self, path: str) -> bool:
        """Whether a path leads through a symbolic link or into another repository: nobody can say."""
        parts = path.split("/")
        above = {"/".join(parts[:count]) for count in range(1, len(parts) + 1)}
        return bool(above & self.links) or any(
            path == one or path.startswith(f"{one}/") for one in self.modules
        )

    def has(self, path: str) -> bool:
        """Whether a file or folder is there, as far as one can say."""
        return path in ("", ".") or path in self.sizes or path in self.folders or self.elsewhere(path)


def walk(top: str) -> Tree:
    """Everything below `top`. Raises TooMany."""
    sizes: dict[str, int] = {}
    links, folders, waiting = set[str](), set[str](), [("", 0)]
    while waiting:
        folder, depth = waiting.pop()
        for entry in os.scandir(os.path.join(top, folder)):
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_symlink():
                links.add(path)
            elif entry.is_dir(follow_symlinks=False):
                folders.add(path)
                if path != ".git":
                    waiting.append((path, depth + 1))
            elif entry.is_file(follow_symlinks=False):
                sizes[path] = entry.stat(follow_symlinks=False).st_size
            if len(sizes) + len(links) + len(folders) > ENTRIES_MAX or depth > DEPTH_MAX:
                raise TooMany(f"the tree has more than {ENTRIES_MAX} entries or {DEPTH_MAX} levels")
    return Tree(top, sizes, frozenset(links), frozenset(folders))


def chosen(paths: Iterable[str], ends: tuple[str, ...], leave_out: Iterable[str]) -> list[str]:
    """Paths that end so and are ours, sorted."""
    spared = [pattern(one) for one in leave_out]
    return sorted(
        path for path in paths
        if path.lower().endswith(ends) and not FOREIGN & set(path.split("/")[:-1])
        and not any(one.fullmatch(path) for one in spared)
    )  # fmt: skip


def glob(text: str) -> str:
    """A regular expression of what a pattern stands for: `*` and `?` stay in a folder, `**` does not."""
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(words.get(step) or re.escape(step) for step in _STEP.findall(text))


def pattern(text: str) -> re.Pattern[str]:
    """The same for paths: a folder stands for all that is in it."""
    return re.compile(rf"{glob(text.rstrip('/'))}(?:/.*)?", re.DOTALL)
