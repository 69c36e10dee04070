"""The port for sources: something that looks at a tree and reports what it saw."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from windlass.backlog.model import Report
from windlass.kernel import Family, Run
from windlass.workspace import Change, Entry, Mirror


class Cache(Protocol):
    """What one scanner found in a blob, by blob id and suffix (e.g. the language): the same bytes, the same
    answer."""

    def load(self, oids: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
        """Known answers: blob id -> suffix -> text."""
        ...

    def keep(self, oid: str, suffix: str, found: str) -> None:
        """Remember an answer; it is written together with the scan's result."""
        ...


class View:
    """What a source may look at: one commit's files, what changed since its last complete scan, and a
    sandbox.

    `since` is the tree of that scan, None when everything must be looked at. `tool_run` runs a program in the
    sandbox with a clean checkout of the tree as working folder.
    """

    def __init__(
        self,
        mirror: Mirror,
        commit: str,
        *,
        since: str | None,
        tool_run: Run,
        cache: Callable[[str], Cache],
        tree: str | None = None,
    ) -> None:
        self.commit = commit
        self.tree = tree or mirror.tree_of(commit)
        self.since = since
        self.tool_run = tool_run
        self.cached = cache
        self._mirror = mirror
        self._files: Mapping[str, Entry] | None = None
        self._changes: Sequence[Change] | None = None

    def files(self) -> Mapping[str, Entry]:
        """Every entry of the tree by path."""
        if self._files is None:
            self._files = self._mirror.listing(self.tree)
        return self._files

    def changes(self) -> Sequence[Change] | None:
        """What differs from `since`, renames followed; None when there is no earlier scan to build on."""
        if self.since is None:
            return None
        if self._changes is None:
            same = self.since == self.tree
            self._changes = [] if same else list(self._mirror.changed(self.since, self.tree))
        return self._changes

    def blobs(self, oids: Iterable[str], size_max: int) -> Iterator[tuple[str, bytes | None]]:
        """The content of blobs; None for one larger than `size_max` bytes."""
        return self._mirror.blobs(oids, size_max)

    def sizes(self, oids: Iterable[str]) -> Mapping[str, int]:
        """Blob -> bytes of its content; nothing is read."""
        return self._mirror.sizes(list(oids))

    def grep(
        self, words: Sequence[str], *, after: int = 0, lines_max: int = 10_000
    ) -> Iterator[tuple[str, int, bytes, bool]]:
        """Path, line number, line and True where the tree's text files hold one of these as a whole word.

        Of each file the first `lines_max` such lines; the `after` lines behind each come with False.
        """
        return self._mirror.grep(self.tree, words, after=after, lines_max=lines_max)


class Source(Protocol):
    """Looks at a view and reports. It may raise: the failure is reported and the other sources go on.

    `version` names what it looks for; a new version looks at everything again.
    """

    name: str
    version: str

    def scan(self, view: View) -> Report: ...


SOURCES: Family[Source] = Family("sources", "windlass.plugins.sources")
