"""The user's repository, opened read-mostly: its files and index are never touched.

Only two things are written for landings: objects, and the one reference a compare-and-swap moves. Files are
written where a person asks for just that (`replaced`).
"""

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from windlass.kernel import Invalid, NotFound, Unavailable
from windlass.workspace.git import Git, alternates
from windlass.workspace.model import GITLINK, GitFailed, Moved
from windlass.workspace.plain import check_plain, check_work_tree, read_plain
from windlass.workspace.refs import check_oid, check_ref, zero
from windlass.workspace.replacing import replaced
from windlass.workspace.transfer import known, pack, read_ref, take
from windlass.workspace.tree import parse_entry

PARTIAL = "the clone is partial: fetch everything with git fetch --refetch --no-filter"
_UNPACK_MAX = 100
_ON_BRANCH = "ref: refs/heads/"
_ELSEWHERE = "ref: refs/heads/.invalid\n"
"""What the file says where references are kept in tables."""
_PROMISED = r"^(extensions\.partialclone|remote\..*\.promisor)$"
_OID = re.compile(r"[0-9A-Fa-f]{7,64}")
_LFS_LINE = b"filter=lfs"
_REMOTE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ATTRIBUTES_MAX = 1024 * 1024


class Packer(Protocol):
    """Whoever can write a pack of what the other side lacks (a `Mirror`)."""

    def pack(self, wants: Iterable[str], haves: Iterable[str], into: IO[bytes]) -> None: ...

    def known(self, oids: Iterable[str]) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Checkout:
    """A repository of the user's, as it was when opened; `ref` and `branches` read it anew.

    `git_dir` is the common git directory (one for all linked worktrees), `own_dir` that of this worktree;
    `path` is the work tree, or the git directory of a bare repository. `main` is the branch windlass lands
    on; `trunk` the mirror's reference for it where that of another host counts, else empty.
    """

    path: Path
    git_dir: Path
    own_dir: Path
    main: str
    head_state: str
    bare: bool
    shallow: bool
    partial: bool
    object_format: str
    submodules: tuple[str, ...]
    lfs: bool
    trunk: str = ""

    @classmethod
    def open(cls, path: Path, *, main: str | None = None) -> "Checkout":
        """Open the repository at or above `path`. `main` overrides the detected branch.

        Detected: where origin/HEAD points, else `main`, else `master`, else the branch HEAD is on; of a bare
        repository that first. Who works on a branch of their own must not have that taken for the main one.
        """
        facts = _locate(path)
        git = Git(facts.git_dir)
        head = git_head(facts.own_dir)
        branches = _branches(git)
        if not branches and not _commit_of_head(facts.own_dir):
            raise Invalid(
                f"{path} has no commit yet", hint="commit something first: git add -A && git commit"
            )
        branch = _main(git, branches, (head, main), bare=facts.top is None)
        tree = branches[branch]
        gitlinks = _gitlinks(git, tree)
        return cls(
            path=facts.top or facts.git_dir,
            git_dir=facts.git_dir,
            own_dir=facts.own_dir,
            main=branch,
            head_state="branch" if head else "detached",
            bare=facts.top is None,
            shallow=(facts.git_dir / "shallow").exists(),
            partial=bool(git.ask("config", "--get-regexp", _PROMISED).text),
            object_format=facts.object_format,
            submodules=gitlinks,
            lfs=_uses_lfs(git, tree),
        )

    def copied(self, into: Path) -> "Checkout":
        """A new bare repository with the branch `main` alone, which reads the objects of this one."""
        ref = f"refs/heads/{self.main}"
        into.mkdir(mode=0o700)
        git = Git(into)
        git.run(
            "init", "-q", "--bare", "--template=", f"--object-format={self.object_format}",
            f"--initial-branch={self.main}", "--", str(into),
        )  # fmt: skip
        (into / "objects" / "info").mkdir(exist_ok=True)
        (into / "objects" / "info" / "alternates").write_text(alternates(self.git_dir / "objects") + "\n")
        if self.shallow:
            (into / "shallow").write_bytes((self.git_dir / "shallow").read_bytes())
        git.run("update-ref", "--end-of-options", ref, self.ref(ref) or "")
        return Checkout.open(into, main=self.main)

    def ref(self, name: str) -> str | None:
        """The object a full reference name points at, None when there is none."""
        return read_ref(Git(self.git_dir), name)

    def branches(self) -> dict[str, str]:
        """Every branch and its commit."""
        return _branches(Git(self.git_dir))

    def head(self) -> str | None:
        """The commit HEAD is at; None on an unborn branch."""
        return _commit_of_head(self.own_dir)

    def remote_url(self, named: str) -> str:
        """Where a remote of the user's is, by its name; an address stays as it is. A path becomes whole."""
        url = named
        if _REMOTE.fullmatch(named):
            url = Git(self.own_dir).ask("config", "--get", f"remote.{named}.url").text
            if not url:
                raise NotFound(
                    f"{self.path} has no remote {named!r}",
                    hint="`git remote -v` lists them; an address does as well",
                )
        path = not url.startswith("-") and ":" not in url.partition("/")[0]
        return os.path.normpath(self.path / url) if path else url

    def resolve(self, name: str) -> str:
        """The commit that a name of git's means here: a branch, `HEAD~1`, the beginning of an id; NotFound
        else.
        """
        found = Git(self.own_dir).ask("rev-parse", "-q", "--verify", "--end-of-options", f"{name}^{{commit}}")
        if not found.text:
            raise NotFound(f"{name!r} is no commit of {self.path}", hint="git log --oneline lists commits")
        return found.text

    def commit_named(self, name: str) -> str:
        """The beginning of a commit's id as it is, which may be one that is not here; else see `resolve`."""
        return name.lower() if _OID.fullmatch(name) else self.resolve(name)

    def hooks(self) -> Path:
        """The folder where git looks for the hooks of this checkout, by the user's own configuration too."""
        told = (
            Git(self.own_dir)
            .as_user()
            .ask("config", "--show-scope", "--type=path", "--get-all", "core.hooksPath")
        )
        lines = [line.split("\t", 1) for line in told.text.split("\n") if "\t" in line]
        named = [path for scope, path in lines if scope != "command"]  # that one is ours
        return self.path / named[-1] if named else self.git_dir / "hooks"

    def shallow_commits(self) -> frozenset[str]:
        """The commits whose parents this repository does not have."""
        return frozenset(read_plain(self.git_dir / "shallow").split())

    def branches_checked_out(self) -> set[str]:
        """The branches some worktree of this repository stands on."""
        places = [self.git_dir, *sorted(self.git_dir.glob("worktrees/*"))]
        return {branch for place in places if (branch := git_head(place))}

    def known(self, oids: Iterable[str]) -> list[str]:
        """Those of `oids` that this repository has."""
        return known(Git(self.git_dir), oids)

    def pack(self, wants: Iterable[str], haves: Iterable[str], into: IO[bytes]) -> None:
        """Write a thin pack of what `wants` reach and `haves` do not."""
        try:
            pack(Git(self.git_dir), wants, haves, into)
        except GitFailed as error:
            hint = PARTIAL if self.partial else ""
            raise Unavailable(
                f"cannot read {self.path}: {error}", hint=hint or "run git fsck there"
            ) from error

    def publish(self, source: Packer, oid: str, ref: str, *, expected: str | None, message: str) -> None:
        """Bring commit `oid` and its history from `source`, then move `ref` by compare-and-swap.

        `expected` is the commit `ref` must be at, None if it must not exist; anything else raises `Moved`.
        Works while worktrees stand on the branch (their files and index stay as they are), runs no hook,
        and is harmless to repeat: when `ref` is at `oid` already nothing happens.
        """
        check_oid(oid)
        check_ref(ref)
        now = self.ref(ref)
        if now == oid:
            return
        if now != expected:
            raise Moved(
                f"{ref} is at {now or 'nothing'}, not at {expected or 'nothing'}", hint="sync and decide anew"
            )
        self._receive(source, oid)
        line = " ".join(message.split())[:500]
        answer = Git(self.git_dir).ask(
            "update-ref", "--create-reflog", "-m", line, "--end-of-options", ref, oid, expected or zero(oid)
        )
        if answer.code == 0:
            return
        if self.ref(ref) != expected:
            raise Moved(f"{ref} moved while landing", hint="sync and decide anew")
        raise Unavailable(
            f"cannot move {ref} in {self.path}: {answer.err[-400:]}", hint="is a git command running?"
        )

    def _receive(self, source: Packer, oid: str) -> None:
        git = Git(self.git_dir)
        haves = source.known(sorted({*self.branches().values()}))
        with tempfile.TemporaryFile() as file:
            source.pack([oid], haves, file)
            take(git, file, small=_UNPACK_MAX)
        # Invariant: a reference never points at a history with holes, whatever the pack left out.
        git.run("rev-list", "--objects", "--quiet", oid, "--not", "--all")

    def replaced(self, files: Mapping[str, tuple[str, bytes]]) -> tuple[str, ...]:
        """Write files of the work tree that a person wants written; see `replacing.replaced`."""
        return replaced(self.path, files, self.object_format)

    def fingerprint(self) -> str:
        """SHA-256 over HEAD, the index and every file (name, mode, content) of the work tree.

        Two equal fingerprints mean the user finds the checkout byte-identical. Links are not followed.
        """
        digest = hashlib.sha256()
        for name in ("HEAD", "index"):
            _add_file(digest, self.own_dir / name, name)
        if not self.bare:
            for folder, folders, files in os.walk(self.path, followlinks=False):
                folders[:] = sorted(f for f in folders if f != ".git")
                links = [f for f in folders if os.path.islink(os.path.join(folder, f))]
                for name in sorted([*files, *links]):
                    if name != ".git":
                        whole = Path(folder, name)
                        _add_file(digest, whole, os.path.relpath(whole, self.path))
                digest.update(os.fsencode("\0".join(folders)) + b"\1")
        return digest.hexdigest()


def git_head(git_dir: Path) -> str | None:
    """The branch a worktree's HEAD is on, None when detached or unreadable."""
    said = read_plain(git_dir / "HEAD")
    if said.startswith(_ON_BRANCH) and said != _ELSEWHERE:
        return said.removeprefix(_ON_BRANCH).rstrip("\n")
    answer = Git(git_dir).ask("symbolic-ref", "-q", "HEAD")
    return answer.text.removeprefix("refs/heads/") if answer.code == 0 else None


@dataclass(frozen=True, slots=True)
class _Place:
    top: Path | None
    git_dir: Path
    own_dir: Path
    object_format: str


def _locate(path: Path) -> _Place:
    if not path.is_dir():
        raise NotFound(f"{path} is not a directory", hint="give the path of a git repository")
    check_plain(path)
    answer = Git(None, cwd=path).ask(
        "rev-parse", "--path-format=absolute", "--git-common-dir", "--absolute-git-dir",
        "--show-object-format", "--is-bare-repository", "--is-inside-work-tree",
    )  # fmt: skip
    if answer.code:
        hint = "make one with: git init && git add -A && git commit -m 'first'"
        if "not a git repository" in answer.err:
            raise NotFound(f"{path} is not a git repository", hint=hint)
        raise Invalid(f"git cannot open {path}: {answer.err[-300:]}", hint="run git status there")
    common, own, object_format, bare, inside = answer.text.split("\n")
    top = None
    if bare == "false" and inside == "true":
        top = Path(Git(None, cwd=path).run("rev-parse", "--path-format=absolute", "--show-toplevel").text)
        check_work_tree(top, Path(own))
    return _Place(top, Path(common), Path(own), object_format)


def _branches(git: Git) -> dict[str, str]:
    out = git.run("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads/").out
    pairs = (os.fsdecode(line).split(" ", 1) for line in out.splitlines() if line)
    return {name.removeprefix("refs/heads/"): oid for oid, name in pairs}


def _commit_of_head(own_dir: Path) -> str | None:
    return Git(own_dir).ask("rev-parse", "-q", "--verify", "HEAD^{commit}").text or None


def _main(
    git: Git, branches: dict[str, str], named: tuple[str | None, str | None], *, bare: bool
) -> str:
    """The main branch; `named`: the one that HEAD is on, and the one that somebody wants."""
    head, wanted = named
    if wanted is not None:
        if wanted not in branches:
            raise NotFound(
                f"there is no branch {wanted!r}", hint=f"known: {', '.join(sorted(branches)[:20])}"
            )
        return wanted
    origin = git.ask("symbolic-ref", "-q", "refs/remotes/origin/HEAD").text
    usual = (origin.removeprefix("refs/remotes/origin/"), "main", "master")
    for name in (head, *usual) if bare else (*usual, head):
        if name in branches:
            return name
    raise NotFound("no branch to land on: HEAD is detached", hint="name one, or make one: git switch -c main")


def _gitlinks(git: Git, tree: str) -> tuple[str, ...]:
    entries = (
        parse_entry(record) for record in git.records("ls-tree", "-r", "-z", tree) if record[:6] == b"160000"
    )
    return tuple(e.path for e in entries if e.mode == GITLINK)


def _uses_lfs(git: Git, tree: str) -> bool:
    """Whether the top .gitattributes sends files through Git LFS; they stay pointers for us."""
    answer = git.ask("cat-file", "blob", f"{tree}:.gitattributes", output_max=_ATTRIBUTES_MAX)
    return answer.code == 0 and _LFS_LINE in answer.out


def _add_file(digest: "hashlib._Hash", path: Path, name: str) -> None:
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return
    digest.update(os.fsencode(f"{name}\0{stat.S_IFMT(facts.st_mode):o} {facts.st_mode & 0o777:o}\0"))
    if stat.S_ISLNK(facts.st_mode):
        digest.update(os.fsencode(os.readlink(path)))
    elif stat.S_ISREG(facts.st_mode):
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
