"""Look at the Markdown of a tree: what points to nothing, in the same file and between all of them."""

import posixpath
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from windlass.papers import markdown
from windlass.papers.forked import each
from windlass.papers.slug import anchors, docutils, of_sites
from windlass.papers.told import Fault, Told
from windlass.papers.walk import Tree, chosen

ENDS: Final = (".md", ".markdown")
FILES_MAX: Final = 5_000
FILE_MAX: Final = 2 * 1024 * 1024
EACH_S: Final = 8.0
ALL_S: Final = 90.0
_SITES: Final = frozenset({"mkdocs.yml", "mkdocs.yaml", "conf.py", "zensical.toml"})
"""Files by which a generator of sites is known whose anchors are not GitHub's."""
_SPHINX: Final = "conf.py"
_FILE: Final = re.compile(
    r"/|\.(md|markdown|mdx|rst|txt|ipynb|html?|pdf|png|jpe?g|gif|svg|webp|py)$", re.IGNORECASE
)
"""What is meant as a file also below Sphinx, where a link may name an object or a label instead."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_TEMPLATE: Final = re.compile(r"\{\{|\{%|\$\{|<|\}\}|%\}|\$\(")
_SOURCES: Final = (
    ".md", ".markdown", ".rst", ".mdx", ".ipynb", ".txt", "/index.md", "/README.md", "/index.rst",
)  # fmt: skip
"""What the file may be called from which a generator makes what a link names."""
_LINES: Final = re.compile(r"L\d+(C\d+)?(-L?\d+(C\d+)?)?|:~:text=.*", re.DOTALL)
_NATIVE: Final = ("", "top")


def look(tree: Tree, leave_out: Sequence[str]) -> Told:
    """Every Markdown file of a tree, and every place that one points to."""
    began = time.monotonic()
    paths, unread = chosen(tree.sizes, ENDS, leave_out), list[str]()
    if len(paths) > FILES_MAX:
        unread.append(f"{len(paths)} files are more than {FILES_MAX}")
    paths = [path for path in paths if not _TEMPLATE.search(path)][:FILES_MAX]
    pages: dict[str, dict[str, Any]] = {}
    faults: list[Fault] = []
    for answer in each(paths, lambda path: _read(tree, path), each_s=EACH_S, until=began + ALL_S):
        if answer.late:
            unread.append(f"{answer.item}: {answer.problem}")
        elif isinstance(answer.value, dict) and "unread" not in answer.value:
            pages[answer.item] = answer.value
        else:
            why = answer.problem or str((answer.value or {}).get("unread"))
            faults.append(Fault(answer.item, "unread", "", 0, why))
    book = Book(tree, pages)
    faults += [one for path in sorted(pages) for one in book.faults(path)]
    return Told(len(pages), faults, unread)


def _read(tree: Tree, path: str) -> dict[str, Any]:
    if tree.sizes[path] > FILE_MAX:
        return {"unread": f"it is larger than {FILE_MAX >> 20} MiB"}
    try:
        return markdown.read(tree.read(path, FILE_MAX).decode("utf-8-sig")).plain()
    except UnicodeDecodeError as error:
        return {"unread": f"it is not UTF-8 at byte {error.start}"}
    except OSError as error:
        return {"unread": f"it cannot be opened: {error.strerror}"}


@dataclass
class Book:
    """All pages of a tree, as `markdown.Page` has them."""

    tree: Tree
    pages: dict[str, dict[str, Any]]
    _anchors: dict[str, frozenset[str]] = field(default_factory=dict)

    def faults(self, path: str) -> Iterator[Fault]:
        """What is wrong with one page."""
        page = self.pages[path]
        for rule, about, line, why in page["faults"]:
            yield Fault(path, rule, about, line, why)
        for link in page["links"]:
            found = self._judge(path, link["href"])
            if found is not None:
                rule, why = found
                rule = "missing-image" if (rule, link["what"]) == ("missing-target", "image") else rule
                yield Fault(path, rule, link["href"], link["line"], why)

    def _judge(self, path: str, href: str) -> tuple[str, str] | None:
        """The rule that a link breaks, and how; None where it breaks none, or nobody can say."""
        if _SCHEME.match(href) or _TEMPLATE.search(href):
            return None
        where, _, anchor = href.partition("#")
        where = where.partition("?")[0].replace("\\", "/")
        target = path
        if where:
            found = self._target(path, where)
            if found is None:
                return None
            if not found:
                return "missing-target", f"{where[:160]!r} is not in the tree"
            target = found
        if target not in self.pages or not self._lacks(target, anchor):
            return None
        here = "" if target == path else f" in {target}"
        return "missing-anchor", f"no heading{here} has the anchor {anchor[:120]!r}"

    def _target(self, path: str, where: str) -> str | None:
        """The path that is meant; empty where it is not there, None where nobody can say."""
        if where.startswith("/"):
            inside = posixpath.normpath(where.lstrip("/"))
            top = inside.partition("/")[0]
            if (top not in self.tree.folders and "/" in inside) or inside in (".", "") or self._site:
                return None  # of a site, whose top is not ours
        else:
            inside = posixpath.normpath(posixpath.join(posixpath.dirname(path), where))
        if inside.startswith("../") or inside == "..":
            return None  # GitHub shows its own pages there, as ../../issues
        if self.tree.has(inside):
            return inside
        stem = inside.removesuffix(".html")
        for more in _SOURCES:
            if f"{stem}{more}" in self.tree.sizes:
                return f"{stem}{more}"
        if not _FILE.search(where) and any(path.startswith(top) for top in self._sphinx):
            return None
        return "" if not where.startswith("/") or posixpath.splitext(inside)[1] else None

    def _lacks(self, path: str, anchor: str) -> bool:
        if (
            anchor.lower().startswith("user-content-")
            or anchor.lower() in _NATIVE
            or _LINES.fullmatch(anchor)
        ):
            return False
        if self.pages[path]["made"] or anchor in self._labels:
            return False
        return anchor not in self._of(path) and anchor.lower() not in self._of(path)

    def _of(self, path: str) -> frozenset[str]:
        if path not in self._anchors:
            page = self.pages[path]
            found = {*anchors(page["headings"]), *page["ids"], *page["labels"]}
            if self._site:
                found |= {*of_sites(page["headings"]), *(docutils(one) for one in page["labels"])}
            self._anchors[path] = frozenset(found)
        return self._anchors[path]

    @cached_property
    def _site(self) -> bool:
        return any(posixpath.basename(path) in _SITES for path in self.tree.sizes)

    @cached_property
    def _sphinx(self) -> tuple[str, ...]:
        """Folders whose pages Sphinx makes, each with its slash."""
        found = (path for path in self.tree.sizes if posixpath.basename(path) == _SPHINX)
        return tuple(path.removesuffix(_SPHINX) for path in found)

    @cached_property
    def _labels(self) -> frozenset[str]:
        """Anchors that every page may point to: labels of MyST."""
        return (
            frozenset(one for page in self.pages.values() for one in page["labels"])
            if self._site
            else frozenset()
        )
