"""The canonical bare repository of one tended repository: what the control plane reads, merges and pins.

Lives in the data home, where no agent can write. Every reference is moved under one lock whose descriptor all
git children inherit: while any of them lives the lock is held, so a `*.lock` file found under it is a dead
one's.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from windlass.kernel import Invalid, NotFound, Unavailable
from windlass.workspace.checkout import Checkout
from windlass.workspace.git import INERT_ATTRIBUTES, Git
from windlass.workspace.merge import merge_again, merge_on, merge_tree
from windlass.workspace.model import (
    Author,
    Conflicted,
    Entry,
    Merged,
    Moved,
)
from windlass.workspace.pairs import Fit, Pair, fits
from windlass.workspace.reading import Reading
from windlass.workspace.refs import check_oid, check_ref, zero
from windlass.workspace.remote import Remote
from windlass.workspace.snapshot import bring, files_tree, staged_tree
from windlass.workspace.torn import Part, torn
from windlass.workspace.transfer import take
from windlass.workspace.trash import locked, scratch, sweep

LOCK_WAIT_S = 60.0
HISTORY_BYTES = 256 * 1024 * 1024
SHA1_DIGITS = 40
MERGES_MAX = 16
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
class Mirror(Reading):
    """A bare repository at `home/repo.git`. All methods are safe from several threads and processes."""

    @classmethod
    def create(cls, home: Path, *, object_format: str = "sha1") -> "Mirror":
        """Make the mirror, or open it if it is there.

        Interrupted at any point, calling again completes it.
        """
        if object_format not in ("sha1", "sha256"):
            raise Invalid(f"object format {object_format!r} is not known", hint="sha1 or sha256")
        try:
            _make(home, object_format)
        except OSError as error:
            reason = error.strerror or str(error)
            raise Unavailable(
                f"cannot make a mirror in {home}: {reason}", hint="check free space and permissions"
            ) from error
        return cls.open(home)

    @classmethod
    def open(cls, home: Path) -> "Mirror":
        """Open the mirror in `home`."""
        mirror = cls(home)
        if not (mirror.git_dir / "HEAD").is_file():
            raise NotFound(f"there is no mirror in {home}", hint="take the repository under care first")
        return mirror

    def sync(self, checkout: Checkout) -> str:
        """Bring every branch of the user's repository into `refs/windlass/user/` and return main's commit.

        Branches the user deleted go, their objects stay. Reads objects only: no work tree, no hook, no
        remote. Costs a few processes when nothing changed. Repeatable after a crash at any point.

        Where another host's main counts, that one as last brought stands in the place of the user's.
        """
        wanted = {f"{_USER}heads/{name}": oid for name, oid in checkout.branches().items()}
        if head := checkout.head():
            wanted[f"{_USER}HEAD"] = head
        shallow = checkout.shallow_commits()
        with self._exclusive() as git:
            have = self.refs(_USER)
            self._fetch(git, checkout, sorted(set(wanted.values())), have, shallow=shallow)
            self._set_shallow(git, shallow)
            if checkout.trunk and (tip := self.ref(checkout.trunk)):
                wanted[f"{_USER}heads/{checkout.main}"] = tip
            moves = [f"update {name}\0{oid}\0\0" for name, oid in wanted.items() if have.get(name) != oid]
            drops = [f"delete {name}\0\0" for name in have if name not in wanted]
            if moves or drops:
                git.run("update-ref", "--stdin", "-z", stdin=os.fsencode("".join([*drops, *moves])))
        main = wanted.get(f"{_USER}heads/{checkout.main}")
        if main is None:
            raise NotFound(f"branch {checkout.main!r} is gone", hint="name another branch to land on")
        return main

    def remote(self, url: str, *, timeout_s: float) -> Remote:
        """A repository elsewhere, whose history comes here and to which what lies here goes."""
        return Remote(self.git, url, timeout_s)

    def receive(self, pack: Path) -> None:
        """Store every object of a whole pack that a trusted server sent; nothing refers to them yet."""
        with self._exclusive() as git, pack.open("rb") as file:
            take(git, file)

    def set_ref(self, name: str, oid: str, *, expected: str | None) -> None:
        """Move `name` from `expected` (None: must not exist) to `oid`, or raise `Moved`, nothing changed."""
        check_ref(name)
        self._move(name, check_oid(oid), check_oid(expected) if expected else None)

    def delete_ref(self, name: str, expected: str) -> None:
        """Delete `name` if it is at `expected`, or raise `Moved`."""
        check_ref(name)
        self._move(name, None, check_oid(expected))

    @contextmanager
    def apart(self) -> Iterator["Mirror"]:
        """An empty mirror that lives for the block: what strangers send is looked at there."""
        form = self.git.run("rev-parse", "--show-object-format").text
        with scratch(self.tmp, "apart-") as folder:
            yield Mirror.create(folder, object_format=form)

    def write_blob(self, content: bytes) -> str:
        """Store bytes and return their id."""
        return self.git.run("hash-object", "-w", "--no-filters", "--stdin", stdin=content).text

    def write_tree(self, files: Mapping[str, bytes]) -> str:
        """Store regular files under their paths and return the tree."""
        with scratch(self.tmp, "tree-") as folder:
            git = self.git.with_env(GIT_INDEX_FILE=str(folder / "index"))
            lines = [f"100644 {self.write_blob(text)}\t{path}\0" for path, text in sorted(files.items())]
            git.run("update-index", "-z", "--index-info", stdin=os.fsencode("".join(lines)))
            return git.run("write-tree").text

    def overlaid(self, tree: str, *, drop: Iterable[str], put: Iterable[Entry]) -> str:
        """The tree with some paths taken out, then entries of other trees put in."""
        lines = [f"0 {zero(tree)}\t{path}\0" for path in drop]
        lines += [f"{entry.mode} {entry.oid}\t{entry.path}\0" for entry in put]
        with scratch(self.tmp, "tree-") as folder:
            git = self.git.with_env(GIT_INDEX_FILE=str(folder / "index"))
            git.run("read-tree", check_oid(tree))
            git.run("update-index", "--replace", "-z", "--index-info", stdin=os.fsencode("".join(lines)))
            return git.run("write-tree").text

    def snapshot(self, checkout: Checkout, *, staged: bool = False, index: Path | None = None) -> str:
        """Store the files of a checkout as they lie there, or what is staged, and return the tree. Nothing of
        the user's is written. `index`: the file that git names to its hooks, instead of the user's own.
        """
        return staged_tree(self, checkout, index) if staged else files_tree(self, checkout)

    def bring(self, checkout: Checkout, commit: str) -> None:
        """Have a commit of the user's with its history, whatever refers to it there."""
        bring(self, checkout, [check_oid(commit)])

    def commit(self, tree: str, parents: Sequence[str], message: str, author: Author, at: float) -> str:
        """Store a commit; author and committer are the same. The same inputs always give the same id."""
        who: dict[str, str] = {}
        for role in ("GIT_AUTHOR", "GIT_COMMITTER"):
            who |= {
                f"{role}_NAME": author.name,
                f"{role}_EMAIL": author.email,
                f"{role}_DATE": f"@{int(at)} +0000",
            }
        args = [part for parent in parents for part in ("-p", check_oid(parent))]
        text = os.fsencode(message.replace("\0", "").strip("\n") + "\n")
        return self.git.with_env(**who).run("commit-tree", check_oid(tree), *args, stdin=text).text

    def signed(self, commit: str, armor: Callable[[bytes], str]) -> str:
        """The same commit with a signature as its last header. `armor` signs its content as it is; if that
        gives the same text every time, so does this the same id.
        """
        content = self.content(commit)
        head, blank, message = content.partition(b"\n\n")
        name = "gpgsig" if len(commit) == SHA1_DIGITS else "gpgsig-sha256"
        signature = f"\n{name} {armor(content)}".replace("\n", "\n ").removeprefix("\n ")
        made = b"%b\n%b%b%b" % (head, signature.encode(), blank, message)
        return self.git.run("hash-object", "-t", "commit", "-w", "--stdin", stdin=made).text

    def merge(self, base: str | None, ours: str, theirs: str) -> Merged | Conflicted:
        """Merge two commits without a work tree. What a verdict was given for is asked for again by the
        landing: the last few are remembered.

        `base` None: the best common ancestor; else exactly that one.
        """
        return _merged(self, base, ours, theirs)

    def merge_again(self, base: str, ours: str, theirs: str) -> Merged | Conflicted:
        """The same merge, computed by other means; what lands must have the same tree by both."""
        trees = self.trees_of(base, ours, theirs)
        return merge_again(self.git, self.tmp, (trees[0], trees[1], trees[2]))

    def torn(self, base: bytes, ours: bytes, theirs: bytes) -> tuple[Part, ...] | None:
        """A file cut where two sides of it do not agree; None where that cannot be told. See `torn.py`."""
        return torn(self.git, self.tmp, (base, ours, theirs))

    def fits(self, pairs: Iterable[Pair]) -> dict[Pair, Fit]:
        """How pairs of commits would merge; nothing is written but what came out. About 1 ms a new pair."""
        return fits(self.git, self.tmp, self.home / "fits.json", pairs)

    def changed_together(self, start: str, n: int) -> list[frozenset[str]]:
        """The paths that each of the newest `n` commits changed, merges left out."""
        out = self.git.run(
            "log", "-z", "--name-only", "--no-merges", "--no-renames", f"-n{n}", "--format=%x01",
            "--end-of-options", check_oid(start), "--", output_max=HISTORY_BYTES,
        ).out  # fmt: skip
        return [
            frozenset(os.fsdecode(path.lstrip(b"\n")) for path in commit.split(b"\0") if path.strip(b"\n"))
            for commit in out.split(b"\x01\0")[1:]
        ]

    def tidy(self) -> None:
        """Gather small packs and loose objects, write the commit graph.

        Drops no object, disturbs no reader.
        """
        with self._exclusive() as git:
            sweep(self.tmp, "")
            git.run("repack", "-d", "--geometric=2", "-q", timeout_s=1800.0)
            git.run("commit-graph", "write", "--reachable", "--no-progress", timeout_s=600.0)

    def _fetch(
        self,
        git: Git,
        checkout: Checkout,
        wants: list[str],
        have: Mapping[str, str],
        *,
        shallow: frozenset[str],
    ) -> None:
        unseen = sorted(set(wants).difference(have.values()))
        lacking = set(unseen).difference(self.known(unseen))
        deepened = bool(self._shallow() - shallow)
        if not lacking and not deepened:
            return
        # A deeper clone than last time has parents we lack: take all of it, what we have tells nothing.
        haves = [] if deepened else checkout.known(sorted(set(have.values())))
        with tempfile.TemporaryFile(dir=self.tmp) as file:
            checkout.pack(wants, haves, file)
            take(git, file)

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

    @contextmanager
    def _exclusive(self) -> Iterator[Git]:
        with locked(self.home / "lock", wait_s=LOCK_WAIT_S) as fd:
            for stale in [*self.git_dir.glob("*.lock"), *(self.git_dir / "refs").rglob("*.lock")]:
                stale.unlink(missing_ok=True)
            yield self.git.holding(fd)


@lru_cache(MERGES_MAX)
def _merged(mirror: Mirror, base: str | None, ours: str, theirs: str) -> Merged | Conflicted:
    git = mirror.git
    common = git.ask("merge-base", "--all", check_oid(ours), check_oid(theirs)).text.split() if base else []
    if base is None or common == [check_oid(base)]:
        return merge_tree(git, check_oid(ours), check_oid(theirs))
    trees = mirror.trees_of(base, ours, theirs)
    return merge_on(git, mirror.tmp, (trees[0], trees[1], trees[2]))


def _make(home: Path, object_format: str) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(home / "lock", wait_s=LOCK_WAIT_S):
        sweep(home / "tmp", "")
        if not (home / "repo.git").exists():
            with scratch(home / "tmp", "new-") as folder:
                _lay_out(folder / "repo.git", object_format)
                os.rename(folder / "repo.git", home / "repo.git")


def _lay_out(git_dir: Path, object_format: str) -> None:
    """Write an empty bare repository by hand: no template, no hook, no configuration but ours."""
    for folder in ("objects/info", "objects/pack", "refs/heads", "info"):
        (git_dir / folder).mkdir(parents=True)
    for folder in ("objects", "objects/info", "objects/pack"):
        (git_dir / folder).chmod(0o755)  # Attempts read them as another user, whatever our umask is.
    sha256 = object_format == "sha256"
    extensions = "[extensions]\n\tobjectFormat = sha256\n" if sha256 else ""
    (git_dir / "config").write_text(_CONFIG.format(version=int(sha256), extensions=extensions))
    (git_dir / "info" / "attributes").write_text(INERT_ATTRIBUTES)
    (git_dir / "HEAD").write_text("ref: refs/heads/nobody-is-here\n")
