"""The canonical bare repository of one tended repository: what the control plane reads, merges and pins.

Lives in the data home, where no agent can write. Every reference is moved under one lock whose descriptor all
git children inherit: while any of them lives the lock is held, so a `*.lock` file found under it is a dead one's.
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from windlass.kernel import Invalid, NotFound, Unavailable
from windlass.workspace import checkout as user
from windlass.workspace.git import INERT_ATTRIBUTES, Git
from windlass.workspace.merge import merge_again, merge_on, merge_tree
from windlass.workspace.model import (
    OID,
    Author,
    Blame,
    Change,
    Conflicted,
    Diffstat,
    Entry,
    Logged,
    Merged,
    Moved,
)
from windlass.workspace.refs import check_oid, check_ref, zero
from windlass.workspace.trash import locked, scratch, sweep
from windlass.workspace.tree import (
    LOG_FORMAT,
    parse_blame,
    parse_changes,
    parse_entry,
    parse_log,
    parse_numstat,
)

LOCK_WAIT_S = 60.0
PATCH_MAX = 32 * 1024 * 1024
_USER = "refs/windlass/user/"
_CONFIG = """[core]
\trepositoryformatversion = {version}
\tfilemode = true
\tbare = true
\tfsync = committed,derived-metadata,reference
\tlogAllRefUpdates = always
[gc]
\tauto = 0
{extensions}"""


@dataclass(frozen=True, slots=True)
class Mirror:
    """A bare repository at `home/repo.git`. All methods are safe from several threads and processes."""

    home: Path

    @classmethod
    def create(cls, home: Path, *, object_format: str = "sha1") -> "Mirror":
        """Make the mirror, or open it if it is there. Interrupted at any point, calling again completes it."""
        if object_format not in ("sha1", "sha256"):
            raise Invalid(f"object format {object_format!r} is not known", hint="sha1 or sha256")
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(home / "lock", wait_s=LOCK_WAIT_S):
            sweep(home / "tmp", "")
            if not (home / "repo.git").exists():
                with scratch(home / "tmp", "new-") as folder:
                    _lay_out(folder / "repo.git", object_format)
                    os.rename(folder / "repo.git", home / "repo.git")
        return cls.open(home)

    @classmethod
    def open(cls, home: Path) -> "Mirror":
        """Open the mirror in `home`."""
        mirror = cls(home)
        if not (mirror.git_dir / "HEAD").is_file():
            raise NotFound(f"there is no mirror in {home}", hint="take the repository under care first")
        return mirror

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

    def sync(self, checkout: "user.Checkout") -> str:
        """Bring every branch of the user's repository into `refs/windlass/user/` and return main's commit.

        Branches the user deleted go, their objects stay. Reads objects only: no work tree, no hook, no remote.
        Costs a few processes when nothing changed. Repeatable after a crash at any point.
        """
        wanted = {f"{_USER}heads/{name}": oid for name, oid in checkout.branches().items()}
        if head := checkout.head():
            wanted[f"{_USER}HEAD"] = head
        shallow = checkout.shallow_commits()
        with self._exclusive() as git:
            have = self._refs(_USER)
            self._fetch(git, checkout, sorted(set(wanted.values())), have, shallow)
            self._set_shallow(git, shallow)
            moves = [f"update {name}\0{oid}\0\0" for name, oid in wanted.items() if have.get(name) != oid]
            drops = [f"delete {name}\0\0" for name in have if name not in wanted]
            if moves or drops:
                git.run("update-ref", "--stdin", "-z", stdin=os.fsencode("".join([*drops, *moves])))
        main = wanted.get(f"{_USER}heads/{checkout.main}")
        if main is None:
            raise NotFound(f"branch {checkout.main!r} is gone", hint="name another branch to land on")
        return main

    def pack(self, wants: Iterable[str], haves: Iterable[str], into: IO[bytes]) -> None:
        """Write a thin pack of what `wants` reach and `haves` do not."""
        user.pack(self.git, wants, haves, into)

    def known(self, oids: Iterable[str]) -> list[str]:
        """Those of `oids` that exist here."""
        return user.known(self.git, oids)

    def exists(self, oid: str) -> bool:
        return bool(self.known([oid]))

    def tree_of(self, commit: str) -> str:
        """The tree of a commit; a tree is its own."""
        return self._trees(commit)[0]

    def ref(self, name: str) -> str | None:
        """The object a full reference name points at, None when there is none."""
        return user.read_ref(self.git, check_ref(name))

    def refs(self, prefix: str) -> dict[str, str]:
        """Every reference under `prefix` (which ends in a slash) and its object."""
        return self._refs(prefix)

    def set_ref(self, name: str, oid: str, *, expected: str | None) -> None:
        """Move `name` from `expected` (None: it must not exist) to `oid`, or raise `Moved` and change nothing."""
        check_ref(name)
        self._move(name, check_oid(oid), check_oid(expected) if expected else None)

    def delete_ref(self, name: str, expected: str) -> None:
        """Delete `name` if it is at `expected`, or raise `Moved`."""
        check_ref(name)
        self._move(name, None, check_oid(expected))

    def write_tree(self, files: Mapping[str, bytes]) -> str:
        """Store regular files under their paths and return the tree."""
        with scratch(self.tmp, "tree-") as folder:
            git = self.git.with_env(GIT_INDEX_FILE=str(folder / "index"))
            lines = []
            for path, content in sorted(files.items()):
                oid = git.run("hash-object", "-w", "--no-filters", "--stdin", stdin=content).text
                lines.append(f"100644 {oid}\t{path}\0")
            git.run("update-index", "-z", "--index-info", stdin=os.fsencode("".join(lines)))
            return git.run("write-tree").text

    def commit(self, tree: str, parents: Sequence[str], message: str, author: Author, at: float) -> str:
        """Store a commit; author and committer are the same. The same inputs always give the same id."""
        when = f"{int(at)} +0000"
        who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER")
               for key, value in (("NAME", author.name), ("EMAIL", author.email), ("DATE", when))}  # fmt: skip
        args = [part for parent in parents for part in ("-p", check_oid(parent))]
        git = self.git.with_env(**who)
        text = os.fsencode(message.replace("\0", "").strip("\n") + "\n")
        return git.run(
            "-c", "i18n.commitEncoding=UTF-8", "commit-tree", check_oid(tree), *args, stdin=text
        ).text

    def files(self, tree: str, *, sizes: bool = False) -> list[Entry]:
        """Every file, link and submodule of a tree, in git's order. Sizes cost one look at every object."""
        args = ("ls-tree", "-r", "-z", "--full-tree", *(["-l"] if sizes else []), check_oid(tree))
        return [parse_entry(record) for record in self.git.records(*args)]

    def changed(self, old: str, new: str, *, renames: bool = True) -> list[Change]:
        """What differs between two trees or commits, path by path."""
        found = ["-M", "-l1000"] if renames else ["--no-renames"]
        return list(parse_changes(self._diff("--raw", "--no-abbrev", *found, check_oid(old), check_oid(new))))

    def diffstat(self, old: str, new: str) -> Diffstat:
        """Lines added and removed, file by file, renames followed."""
        return parse_numstat(self._diff("--numstat", "-M", "-l1000", check_oid(old), check_oid(new)))

    def patch(self, old: str, new: str, *, size_max: int = PATCH_MAX) -> bytes:
        """A patch `git apply` takes, binary files included. Over `size_max` bytes it is refused, never cut."""
        args = ("diff-tree", "-r", "-p", "--binary", "--full-index", "-M", "--no-ext-diff", "--no-textconv")
        return self.git.run(*args, check_oid(old), check_oid(new), output_max=size_max).out

    def blobs(self, oids: Iterable[str], size_max: int) -> Iterator[tuple[str, bytes | None]]:
        """The contents of blobs, in order; None for one over `size_max` bytes. Two processes whatever the number."""
        asked = [check_oid(oid) for oid in oids]
        sizes = self._sizes(asked)
        small = [oid for oid in asked if sizes[oid] <= size_max]
        with tempfile.TemporaryFile() as names:
            names.write("\n".join([*small, ""]).encode())
            names.seek(0)
            with self.git.pipe("cat-file", "--batch", "--buffer", stdin=names) as out:
                for oid in asked:
                    yield oid, _next_object(out) if sizes[oid] <= size_max else None

    def grep(
        self, tree: str, pattern: str, *, paths: Sequence[str] = (), timeout_s: float = 300.0
    ) -> Iterator[tuple[str, int, bytes]]:
        """Lines of text files of a tree that match a POSIX extended pattern as whole words: path, number, line."""
        args = ("grep", "-I", "-n", "-w", "-E", "-z", "--full-name", "--no-textconv", "--no-color")
        prefix = check_oid(tree).encode() + b":"
        with tempfile.TemporaryFile() as nothing:
            git = self.git
            with git.pipe(
                *args, "-e", pattern, tree, "--", *paths, stdin=nothing, timeout_s=timeout_s
            ) as out:
                yield from _grep_lines(out, prefix)

    def merge(self, base: str | None, ours: str, theirs: str) -> Merged | Conflicted:
        """Merge two commits without a work tree. `base` None: the best common ancestor; else exactly that one."""
        if base is None:
            return merge_tree(self.git, check_oid(ours), check_oid(theirs))
        trees = self._trees(base, ours, theirs)
        return merge_on(self.git, self.tmp, (trees[0], trees[1], trees[2]))

    def merge_again(self, base: str, ours: str, theirs: str) -> Merged | Conflicted:
        """The same merge, computed by other means; what lands must have the same tree by both."""
        trees = self._trees(base, ours, theirs)
        return merge_again(self.git, self.tmp, (trees[0], trees[1], trees[2]))

    def merge_base(self, ours: str, theirs: str) -> str | None:
        """The best common ancestor, None for unrelated histories."""
        return self.git.ask("merge-base", check_oid(ours), check_oid(theirs)).text or None

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` contains `older`."""
        answer = self.git.ask("merge-base", "--is-ancestor", check_oid(older), check_oid(newer))
        if answer.code > 1:
            raise NotFound(f"cannot compare {older} and {newer}: {answer.err[-200:]}")
        return answer.code == 0

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

    def tidy(self) -> None:
        """Gather small packs and loose objects, write the commit graph. Drops no object, disturbs no reader."""
        with self._exclusive() as git:
            sweep(self.tmp, "")
            git.run("repack", "-d", "--geometric=2", "-q", timeout_s=1800.0)
            git.run("commit-graph", "write", "--reachable", "--no-progress", timeout_s=600.0)

    def _fetch(
        self,
        git: Git,
        checkout: "user.Checkout",
        wants: list[str],
        have: Mapping[str, str],
        shallow: frozenset[str],
    ) -> None:
        lacking = set(wants) - set(self.known(wants))
        deepened = bool(self._shallow() - shallow)
        if not lacking and not deepened:
            return
        # A deeper clone than last time has parents we lack: take all of it, what we have tells nothing.
        haves = [] if deepened else checkout.known(sorted(set(have.values())))
        with tempfile.TemporaryFile(dir=self.tmp) as file:
            checkout.pack(wants, haves, file)
            user.take(git, file)

    def _shallow(self) -> frozenset[str]:
        try:
            return frozenset((self.git_dir / "shallow").read_text("ascii").split())
        except FileNotFoundError:
            return frozenset()

    def _set_shallow(self, git: Git, theirs: frozenset[str]) -> None:
        """Name the commits whose parents nobody gave us; history we once had stays whole."""
        cut = frozenset(c for c in theirs | self._shallow() if not self._has_parents(git, c))
        if cut == self._shallow():
            return
        with scratch(self.tmp, "shallow-") as folder:
            (folder / "shallow").write_text("".join(f"{c}\n" for c in sorted(cut)), "ascii")
            os.replace(folder / "shallow", self.git_dir / "shallow")

    def _has_parents(self, git: Git, commit: str) -> bool:
        answer = git.ask("cat-file", "commit", commit)
        head = answer.out.partition(b"\n\n")[0].decode("ascii", "replace").split("\n")
        parents = [line[7:] for line in head if line.startswith("parent ")]
        return answer.code != 0 or len(self.known(parents)) == len(parents)

    def _refs(self, prefix: str) -> dict[str, str]:
        out = self.git.run("for-each-ref", "--format=%(objectname) %(refname)", prefix).out
        pairs = (os.fsdecode(line).split(" ", 1) for line in out.splitlines() if line)
        return {name: oid for oid, name in pairs}

    def _move(self, name: str, oid: str | None, expected: str | None) -> None:
        old = expected or zero(oid or expected or "")
        verb = ["-d", "--end-of-options", name, old] if oid is None else ["--end-of-options", name, oid, old]
        with self._exclusive() as git:
            answer = git.ask("update-ref", *verb)
        if answer.code == 0:
            return
        now = self.ref(name)
        if now != expected:
            raise Moved(
                f"{name} is at {now or 'nothing'}, not at {expected or 'nothing'}", hint="read it again"
            )
        if oid and not self.exists(oid):
            raise NotFound(f"there is no object {oid} to point {name} at")
        raise Unavailable(f"cannot move {name}: {answer.err[-400:]}")

    def _trees(self, *commits: str) -> list[str]:
        names = "".join(f"{check_oid(c)}^{{tree}}\n" for c in commits).encode()
        lines = self.git.run("cat-file", "--batch-check=%(objectname)", stdin=names).text.split("\n")
        for commit, line in zip(commits, lines, strict=True):
            if line.endswith((" missing", " ambiguous")):
                raise NotFound(f"there is no commit {commit} in the mirror", hint="sync first")
        return lines

    def _sizes(self, oids: Sequence[str]) -> dict[str, int]:
        names = "".join(f"{oid}\n" for oid in oids).encode()
        lines = self.git.run(
            "cat-file", "--batch-check=%(objectname) %(objectsize)", "--buffer", stdin=names
        ).text
        found = {}
        for line in lines.split("\n") if oids else []:
            oid, size = line.split(" ")
            if size == "missing":
                raise NotFound(f"there is no object {oid} in the mirror")
            found[oid] = int(size)
        return found

    def _diff(self, *args: str) -> Iterator[bytes]:
        return self.git.records("diff-tree", "-r", "-z", "--no-ext-diff", "--no-textconv", *args)

    @contextmanager
    def _exclusive(self) -> Iterator[Git]:
        with locked(self.home / "lock", wait_s=LOCK_WAIT_S) as fd:
            for stale in [*self.git_dir.glob("*.lock"), *(self.git_dir / "refs").rglob("*.lock")]:
                stale.unlink(missing_ok=True)
            yield self.git.holding(fd)


def _lay_out(git_dir: Path, object_format: str) -> None:
    """Write an empty bare repository by hand: no template, no hook, no configuration but ours."""
    for folder in ("objects/info", "objects/pack", "refs/heads", "info"):
        (git_dir / folder).mkdir(parents=True)
    sha256 = object_format == "sha256"
    extensions = "[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""
    (git_dir / "config").write_text(_CONFIG.format(version=int(sha256), extensions=extensions))
    (git_dir / "info" / "attributes").write_text(INERT_ATTRIBUTES)
    (git_dir / "HEAD").write_text("ref: refs/heads/nobody-is-here\n")


def _next_object(out: IO[bytes]) -> bytes:
    head = out.readline().split()
    if len(head) != 3:
        raise NotFound(f"there is no object {head[0].decode() if head else ''} in the mirror")
    content = out.read(int(head[2]))
    out.read(1)
    return content


def _grep_lines(out: IO[bytes], prefix: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Records of `git grep -n -z`: path NUL number NUL line NL. A path may hold a newline, a line cannot."""
    rest = b""
    while line := out.readline():
        rest += line
        if rest.count(b"\0") < 2:
            continue
        path, number, text = rest.split(b"\0", 2)
        yield os.fsdecode(path.removeprefix(prefix)), int(number), text.rstrip(b"\n")
        rest = b""
