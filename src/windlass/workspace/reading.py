"""What can be read of the mirror: trees, changes, contents, history. Runs anywhere, changes nothing."""

import fcntl
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import IO

from windlass.kernel import NotFound
from windlass.workspace.git import Git
from windlass.workspace.model import OID, Blame, Change, Diffstat, Entry, Logged
from windlass.workspace.refs import check_oid, check_ref
from windlass.workspace.transfer import known, pack, read_ref
from windlass.workspace.tree import (
    LOG_FORMAT,
    Listing,
    parse_blame,
    parse_changes,
    parse_log,
    parse_numstat,
)

PATCH_MAX = 32 * 1024 * 1024
GREP_LINES_MAX = 10_000
ALONG_MAX = 1_000
PIPE_BYTES = 1 << 20
"""Of what git finds, so much waits while the reader is busy; Linux gives that to anyone."""

TREES_MAX = 1024
"""Commits whose trees are remembered."""
LISTINGS_MAX = 4
"""Trees whose entries are remembered: who asks for the files of one asks for its entries too."""
TREE_MAX = 1 << 30
"""Bytes of a listing: some ten million files."""
_USERS = ("refs/windlass/user/heads/", "refs/windlass/user/")
_NAMED = re.compile(r"([\w][\w./+-]*)((?:[~^]\d*)*)")
_DIGITS = re.compile(r"[0-9a-f]{4,64}")


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading half of a `Mirror`; `home` holds the bare repository `repo.git`."""

    home: Path

    @property
    def git_dir(self) -> Path:
        return self.home / "repo.git"

    @property
    def objects(self) -> Path:
        """The object folder, which attempts see read-only."""
        return self.git_dir / "objects"

    @property
    def git(self) -> Git:
        return Git(self.git_dir)

    @property
    def tmp(self) -> Path:
        """Where half-made things lie; on the same filesystem as the objects."""
        return self.home / "tmp"

    def pack(self, wants: Iterable[str], haves: Iterable[str], into: IO[bytes]) -> None:
        """Write a thin pack of what `wants` reach and `haves` do not."""
        pack(self.git, wants, haves, into)

    def known(self, oids: Iterable[str]) -> list[str]:
        """Those of `oids` that exist here."""
        return known(self.git, oids)

    def exists(self, oid: str) -> bool:
        return bool(self.known([oid]))

    def tree_of(self, commit: str) -> str:
        """The tree of a commit; a tree is its own. Asked of git once, since neither ever changes."""
        return _tree_of(self, commit)

    def ref(self, name: str) -> str | None:
        """The object a full reference name points at, None when there is none."""
        found = self._loose(check_ref(name))
        if found is not None or not (self.git_dir / "packed-refs").exists():
            return found
        return read_ref(self.git, name)

    def _loose(self, name: str) -> str | None:
        """What its own file says: only we write references here, and git replaces their files whole."""
        try:
            said = (self.git_dir / name).read_text("ascii").removesuffix("\n")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        return said if OID.fullmatch(said) else read_ref(self.git, name)

    def refs(self, prefix: str) -> dict[str, str]:
        """Every reference under `prefix` (which ends in a slash) and its object."""
        return _names(self.git.run("for-each-ref", "--format=%(objectname) %(refname)", prefix).out)

    def unmerged(self, prefix: str, commit: str) -> dict[str, str]:
        """The references under `prefix` whose commits `commit` does not hold, the newest commit first."""
        how = (f"--no-merged={check_oid(commit)}", "--sort=-committerdate")
        out = self.git.run("for-each-ref", *how, "--format=%(objectname) %(refname)", prefix).out
        return _names(out)

    def files(self, tree: str, *, sizes: bool = False) -> list[Entry]:
        """Every file, link and submodule of a tree, in git's order. Sizes cost one look at every object."""
        return list(self.listing(tree, sizes=sizes).values())

    def listing(self, tree: str, *, sizes: bool = False) -> Mapping[str, Entry]:
        """The same by path, each made when it is asked for."""
        return _listing(self, check_oid(tree), sizes)

    def plain_files(self, tree: str) -> frozenset[str]:
        """The paths of its regular files, executable or not."""
        return _listing(self, check_oid(tree), sizes=False).files

    def changed(self, old: str, new: str, *, renames: bool = True) -> list[Change]:
        """What differs between two trees or commits, path by path."""
        found = ["-M", "-l1000"] if renames else ["--no-renames"]
        return list(parse_changes(self._diff("--raw", "--no-abbrev", *found, check_oid(old), check_oid(new))))

    def diffstat(self, old: str, new: str) -> Diffstat:
        """Lines added and removed, file by file, renames followed."""
        return parse_numstat(self._diff("--numstat", "-M", "-l1000", check_oid(old), check_oid(new)))

    def patch(self, old: str, new: str, *, size_max: int = PATCH_MAX) -> bytes:
        """A patch `git apply` takes, binary files included.

        Over `size_max` bytes it is refused, never cut.
        """
        args = ("diff-tree", "-r", "-p", "--binary", "--full-index", "-M", "--no-ext-diff", "--no-textconv")
        return self.git.run(*args, check_oid(old), check_oid(new), output_max=size_max).out

    def blobs(self, oids: Iterable[str], size_max: int) -> Iterator[tuple[str, bytes | None]]:
        """The contents of blobs, in order; None for one over `size_max` bytes.

        Two processes whatever the number.
        """
        asked = [check_oid(oid) for oid in oids]
        if not asked:
            return
        sizes = self.sizes(asked)
        small = [oid for oid in asked if sizes[oid] <= size_max]
        with tempfile.TemporaryFile() as names:
            names.write("\n".join([*small, ""]).encode())
            names.seek(0)
            with self.git.pipe("cat-file", "--batch", "--buffer", stdin=names) as out:
                for oid in asked:
                    yield oid, _next_object(out) if sizes[oid] <= size_max else None

    def grep(
        self,
        tree: str,
        words: Sequence[str],
        *,
        paths: Sequence[str] = (),
        after: int = 0,
        lines_max: int = GREP_LINES_MAX,
        timeout_s: float = 300.0,
    ) -> Iterator[tuple[str, int, bytes, bool]]:
        """Where text files hold one of `words` as a whole word: path, line number, line, True.

        With `after`, so many lines behind each come too, with False. At most the first `lines_max` lines with
        a word of each file. One pattern, though plain words cost less on most trees: for a word that a large
        file lacks git would search the rest of it again at every line found. Reading objects goes through one
        lock, so that a second thread only adds to the work.
        """
        how = ("-I", "-n", "--column", "-w", "-E", "-z", "--full-name", "--no-textconv", "--no-color")
        pattern = "|".join(re.sub(r"(\W)", r"\\\1", word) for word in words)
        args = ("grep", f"-m{lines_max}", f"-A{after}", *how, "-e", pattern)
        prefix = check_oid(tree).encode() + b":"
        git = replace(self.git, config=("grep.threads=1",))
        with (
            tempfile.TemporaryFile() as nothing,
            git.pipe(*args, tree, "--", *paths, stdin=nothing, timeout_s=timeout_s, ok=(0, 1)) as out,
        ):
            with suppress(OSError):  # refused above the user's limit: git then waits for the reader
                fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
            yield from _grep_lines(out, prefix)

    def named(self, word: str) -> str | None:
        """The commit that a word names as in git: a branch of the user's, HEAD, a commit by its first digits,
        each with `~` and `^` behind it; None when there is none.
        """
        asked = _NAMED.fullmatch(word)
        starts = [*_USERS, *([""] if asked and _DIGITS.fullmatch(asked[1]) else [])]
        for start in starts if asked else ():
            found = self.git.ask("rev-parse", "-q", "--verify", f"{start}{word}^{{commit}}").text
            if found:
                return found
        return None

    def merge_base(self, ours: str, theirs: str) -> str | None:
        """The best common ancestor, None for unrelated histories."""
        return self.git.ask("merge-base", check_oid(ours), check_oid(theirs)).text or None

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` contains `older`."""
        answer = self.git.ask("merge-base", "--is-ancestor", check_oid(older), check_oid(newer))
        if answer.code > 1:
            raise NotFound(f"cannot compare {older} and {newer}: {answer.err[-200:]}")
        return answer.code == 0

    def introduced(self, base: str, commit: str) -> Iterator[tuple[str, str]]:
        """Every file content that the commits from `base` to `commit` bring, also what a later one of them
        takes away: blob and one of the paths it had. An empty `base`: the whole history.
        """
        what = ("--objects", "--filter=object:type=blob", "--filter-provided-objects")
        since = (f"^{check_oid(base)}",) if base else ()
        for line in self.git.records("rev-list", *what, check_oid(commit), *since, separator=b"\n"):
            oid, _, path = os.fsdecode(line).partition(" ")
            if oid:
                yield oid, path

    def content(self, commit: str) -> bytes:
        """A commit as git stores it: headers, an empty line, the message."""
        answer = self.git.ask("cat-file", "commit", check_oid(commit))
        if answer.code:
            raise NotFound(f"there is no commit {commit}")
        return answer.out

    def log(self, start: str, n: int = 20) -> list[Logged]:
        """The newest `n` commits reachable from a commit or full reference name."""
        name = start if OID.fullmatch(start) else check_ref(start)
        out = self.git.run(
            "log", "-z", f"-n{n}", f"--format={LOG_FORMAT}", "--end-of-options", name, "--"
        ).out
        return parse_log(out)

    def blame(self, commit: str, path: str, line: int) -> Blame:
        """Who last changed one line (counted from 1). Costs a walk of the file's history: ask late."""
        where = f"-L{line},{line}"
        answer = self.git.ask("blame", "--porcelain", where, check_oid(commit), "--", path, timeout_s=60.0)
        if answer.code:
            raise NotFound(f"no line {line} in {path!r} at {commit}: {answer.err[-200:]}")
        return parse_blame(answer.out)

    def fsck(self) -> list[str]:
        """What `git fsck` complains of; empty is sound. Dangling objects are normal here and not named."""
        answer = self.git.ask("fsck", "--full", "--no-dangling", "--no-progress", timeout_s=1800.0)
        lines = [
            line
            for line in (answer.text + "\n" + answer.err).split("\n")
            if line.strip() and not line.startswith("notice:")
        ]
        return lines or ([f"git fsck ended with {answer.code}"] if answer.code else [])

    def trees_of(self, *commits: str) -> list[str]:
        names = "".join(f"{check_oid(c)}^{{tree}}\n" for c in commits).encode()
        lines = self.git.run("cat-file", "--batch-check=%(objectname)", stdin=names).text.split("\n")
        for commit, line in zip(commits, lines, strict=True):
            if line.endswith((" missing", " ambiguous")):
                raise NotFound(f"there is no commit {commit} in the mirror", hint="sync first")
        return lines

    def trees_along(self, name: str, n: int = ALONG_MAX) -> list[str]:
        """The trees that a branch was at, newest first: of its newest commits, first parents only. None where
        there is no such reference.
        """
        tip = self.ref(name)
        if tip is None:
            return []
        args = ("log", "--first-parent", f"-n{n}", "--format=%T", "--end-of-options", tip, "--")
        return self.git.run(*args).text.split("\n")

    def first_parents(self, commit: str, n: int) -> list[str]:
        """A commit and those it stands on, newest first, first parents only, at most `n`."""
        args = ("log", "--first-parent", f"-n{n}", "--format=%H", "--end-of-options", check_oid(commit), "--")
        return self.git.run(*args).text.split("\n")

    def sizes(self, oids: Sequence[str]) -> dict[str, int]:
        """Object -> bytes of its content."""
        if not oids:
            return {}
        names = "".join(f"{check_oid(oid)}\n" for oid in oids).encode()
        lines = self.git.run(
            "cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer", stdin=names
        ).text
        found = {}
        for line in lines.split("\n"):
            oid, size = line.split(" ")
            if size == "missing":
                raise NotFound(f"there is no object {oid} in the mirror")
            found[oid] = int(size)
        return found

    def _diff(self, *args: str) -> Iterator[bytes]:
        return self.git.records("diff-tree", "-r", "-z", "--no-ext-diff", "--no-textconv", *args)


def _names(out: bytes) -> dict[str, str]:
    pairs = (os.fsdecode(line).split(" ", 1) for line in out.splitlines() if line)
    return {name: oid for oid, name in pairs}


@lru_cache(TREES_MAX)
def _tree_of(mirror: Reading, commit: str) -> str:
    return mirror.trees_of(commit)[0]


@lru_cache(LISTINGS_MAX)
def _listing(mirror: Reading, tree: str, sizes: bool) -> Listing:
    args = ("ls-tree", "-r", "-z", "--full-tree", *(["-l"] if sizes else []), tree)
    return Listing(mirror.git.run(*args, output_max=TREE_MAX).out)


def _next_object(out: IO[bytes]) -> bytes:
    head = out.readline().split()
    if len(head) != 3:
        raise NotFound(f"there is no object {head[0].decode() if head else ''} in the mirror")
    content = out.read(int(head[2]))
    out.read(1)
    return content


def _grep_lines(out: IO[bytes], prefix: bytes) -> Iterator[tuple[str, int, bytes, bool]]:
    """Records of `git grep -n --column -z`: path NUL number NUL column NUL line NL; context has no column.

    Every record begins with the tree's name; `--` alone stands between parts of a file. A path may hold a
    newline, a line cannot; a line may hold NUL.
    """
    rest, raw, path = b"", b"", ""
    for line in out:
        record = rest + line if rest else line
        parts = record.split(b"\0", 3)
        if len(parts) < 3:
            rest = b"" if record == b"--\n" else record
            continue
        rest = b""
        if parts[0] != raw:
            raw = parts[0]
            path = os.fsdecode(raw.removeprefix(prefix))
        last = parts[-1]
        parts[-1] = last[:-1] if last.endswith(b"\n") else last
        if len(parts) == 4 and parts[2].isdigit():
            yield path, int(parts[1]), parts[3], True
        else:
            yield path, int(parts[1]), b"\0".join(parts[2:]), False
