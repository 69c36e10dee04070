"""Where hostile repositories are tried: what they would harm, and the whole way through windlass.

`Canary` is what an escape would touch. `Ground.tour` takes a repository the way a real one goes: opened,
mirrored, read, discovered in, lent to an attempt, worked on and committed in the sandbox, imported, landed.
"""

import os
import shutil
import socket
import stat
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from windlass import backlog
from windlass.app.discovery import TreeRun
from windlass.backlog import Repository
from windlass.dispatch import Folders, Lease, Made, Refusal, Site, Submission, take_in
from windlass.kernel import Tools, WindlassError, system_clock
from windlass.land.candidate import scope_change
from windlass.land.model import Candidate
from windlass.policy import Scope, breaches
from windlass.policy.model import Recent
from windlass.sandbox import Launcher, Limits, Mount, Order, prepare_writable
from windlass.store import Database, Started
from windlass.workspace import Attempt, Author, Checkout, Conflicted, Mirror

APP = "import os\n\n\ndef double(number):\n    return 2 * number  # TODO: make it triple\n"
HONEST = {"app.py": APP, "docs/a.txt": "one\ntwo\nthree\n"}
EDIT = "printf 'def triple(number):\\n    return 3 * number\\n' >> app.py"
SECRET = "the-secret-of-the-host"
ADA = Author("Ada", "ada@example.org")
AT = 1_800_000_000.0
GIT = {
    "PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "u", "GIT_AUTHOR_EMAIL": "u@example.org", "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_NAME": "u", "GIT_COMMITTER_EMAIL": "u@example.org",
    "GIT_COMMITTER_DATE": "1700000000 +0000",
}  # fmt: skip


class Canary:
    """What an escape would leave behind: marks, connections, changes of what lies outside."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.marks, self.outside, self._traps = top / "marks", top / "outside", top / "traps"
        for folder in (top, self.marks, self.outside, self._traps):
            folder.mkdir()
            folder.chmod(0o777)
        self.secret = self.outside / "secret"
        self.secret.write_text(SECRET + "\n")
        self.heard: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def trap(self, name: str) -> str:
        """The path of a program that leaves the mark `name`."""
        path = self._traps / name
        path.write_text(f'#!/bin/sh\necho "$*" >> "{self.marks}/{name}"\n')
        path.chmod(0o755)
        return str(path)

    @property
    def fired(self) -> list[str]:
        return sorted([*(path.name for path in self.marks.iterdir()), *self.heard])

    def state(self) -> dict[str, tuple[int, bytes]]:
        """Everything outside: mode and content of each file, links and folders."""
        found = {}
        for path in sorted(self.outside.rglob("*")):
            mode = path.lstat().st_mode
            told = path.read_bytes() if stat.S_ISREG(mode) else b""
            found[str(path)] = (mode, os.fsencode(os.readlink(path)) if stat.S_ISLNK(mode) else told)
        return found

    def close(self) -> None:
        self._server.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self.heard.append("a connection")
            client.close()


class Repo:
    """A repository made with plain git, as its owner would."""

    def __init__(self, path: Path) -> None:
        self.path, self.dot = path, path / ".git"

    def git(self, *args: str, stdin: bytes = b"") -> str:
        done = self.plainly(*args, stdin=stdin)
        assert done.returncode == 0, (args, done.stderr.decode(errors="replace"))
        return os.fsdecode(done.stdout).rstrip("\n")

    def plainly(self, *args: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        """Git with everything the repository configures, as somebody who trusts it runs it."""
        command = ["git", "-C", str(self.path), *args]
        return subprocess.run(command, input=stdin, capture_output=True, env=GIT, check=False, timeout=60)

    def commit(self, files: Mapping[str, str | bytes]) -> str:
        for name, content in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change")
        return self.git("rev-parse", "HEAD")

    def config(self, text: str) -> None:
        with (self.dot / "config").open("a") as file:
            file.write(text)

    def write(self, name: str, content: str | bytes) -> Path:
        """A file in the git directory."""
        path = self.dot / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def link(self, name: str, target: Path) -> None:
        """Make a file or folder of the git directory a link to `target`, which takes its content."""
        path = self.dot / name
        if path.is_dir():
            shutil.copytree(path, target, dirs_exist_ok=True)
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def forged(self, kind: str, content: bytes) -> str:
        """Store an object git itself would refuse to make."""
        return self.git("hash-object", "-w", "-t", kind, "--literally", "--stdin", stdin=content)

    def forged_tree(self, *entries: tuple[str, str, str]) -> str:
        """A tree of (mode, name, oid), in the order given."""
        lines = [b"%s %s\0%s" % (m.encode(), os.fsencode(n), bytes.fromhex(o)) for m, n, o in entries]
        return self.forged("tree", b"".join(lines))

    def forged_main(self, *entries: tuple[str, str, str]) -> None:
        """Put a commit with the honest files and these entries on main, whatever git thinks of it."""
        honest = [tuple(line.split()) for line in self.git("ls-tree", "HEAD").splitlines()]
        tree = self.forged_tree(*((mode.lstrip("0"), name, oid) for mode, _, oid, name in honest), *entries)
        self.git("update-ref", "refs/heads/main", self.git("commit-tree", tree, "-p", "HEAD", "-m", "x"))


@dataclass
class Ground:
    """One hostile repository with the host it would harm."""

    folder: Path
    repo: Repo
    canary: Canary
    launcher: Launcher
    database: Database
    sources: tuple[str, ...] = ("comments", "ruff")
    seen: dict[str, bytes] = field(default_factory=dict)
    """What discovery saw and the attempt held, to look for secrets in."""

    def files(self) -> dict[str, int]:
        """The owner's files and when they were changed."""
        found = (path for path in self.repo.path.iterdir() if path.name != ".git")
        return {path.name: path.lstat().st_mtime_ns for path in found}

    def tour(self) -> str:
        """The whole way: `landed`, or `refused` and why."""
        try:
            site, base = self.site()
            self._read(site.mirror, base)
            self._discover(site, base)
            taken = self.attempt(site, base, EDIT)
            if isinstance(taken, Refusal):
                return f"refused {taken.detail}"
            return self._land(site, base, taken)
        except WindlassError as error:
            return f"refused {error}"

    def site(self) -> tuple[Site, str]:
        checkout = Checkout.open(self.repo.path)
        mirror = Mirror.create(self.folder / "home", object_format=checkout.object_format)
        base = mirror.sync(checkout)
        checkout.branches_checked_out()
        names = ("attempts", "checkouts", "environments", "patches", "trash")
        folders = Folders(*(self.folder / name for name in names))
        for name in names:
            (self.folder / name).mkdir()
        return Site(
            database=self.database, repository=Repository(1, "hostile", str(self.repo.path), checkout.main),
            checkout=checkout, mirror=mirror, launcher=self.launcher, folders=folders, clock=system_clock,
            start=Started(), scope=Scope(), author=ADA, runners={}, node="test", verify={},
            autonomy="propose", land=True,
        ), base  # fmt: skip

    def _read(self, mirror: Mirror, base: str) -> None:
        tree = mirror.tree_of(base)
        mirror.files(base, sizes=True)
        list(mirror.grep(tree, ["TODO", SECRET]))
        mirror.log(base, 20)
        mirror.changed_together(base, 20)
        mirror.blame(base, "app.py", 1)
        for other in sorted(set(mirror.refs("refs/windlass/user/heads/").values()) - {base}):
            mirror.changed(base, other)
            mirror.diffstat(base, other)
            mirror.patch(base, other)

    def _discover(self, site: Site, base: str) -> None:
        run = TreeRun(site.mirror, self.launcher, site.folders.checkouts, base)
        tools = Tools(clock=system_clock, run=run, secret=lambda name: "")
        sources = [backlog.SOURCES.open(kind, {}, tools) for kind in self.sources]
        try:
            found = backlog.discover(
                self.database, site.repository, site.mirror, base, sources, run=run, now=AT, write=False
            )
        finally:
            run.close()
        self.seen["discovery"] = repr(found).encode()

    def attempt(
        self, site: Site, base: str, script: str, *, paths: tuple[str, ...] = ("*",)
    ) -> Submission | Refusal:
        """An agent does `script` in its attempt; what it left is committed, packed and handed in."""
        lease = Lease(1, 1, "w", "n", AT)
        attempt = Attempt.create(site.mirror, site.folders.attempts, base, lease.branch)
        try:
            for path in (attempt.path, attempt.out):
                prepare_writable(path)
            mounts = tuple(Mount(*three) for three in attempt.mounts())
            limits = Limits(wall_s=120.0)

            def inside(argv: tuple[str, ...], cwd: Path, to: Path | None = None) -> str:
                ran = self.launcher.run(Order(argv, str(cwd), mounts, limits=limits, stdout_to=to)).ran
                return "" if ran.exit_code == 0 else ran.stderr.decode(errors="replace") or "it failed"

            pack = attempt.home / "submission.pack"
            problem = inside(("/bin/sh", "-ec", script), attempt.path)
            assert not problem, problem
            commit = attempt.commit_script("a change", ADA, AT)
            if problem := inside(commit, attempt.out) or inside(attempt.pack_script(), attempt.out, pack):
                return Refusal(f"uncommitted: {problem}")
            made = Made(base, attempt.read_head(), pack, "")
            return take_in(site, lease, made, paths=paths, sandbox="bwrap")
        finally:
            attempt.remove()

    def held(self, site: Site, taken: Submission) -> list[str]:
        """Which limits of the automation scope keep a submission from landing without a person."""
        base_tree = site.mirror.tree_of(taken.base)
        candidate = Candidate(taken.base, base_tree, taken.commit, taken.tree, taken.files)
        wide = Scope(max_files=10_000, max_lines=10_000_000, daily_prs=10_000)
        return [found.rule for found in breaches(scope_change(site, candidate), wide, Recent())]

    def _land(self, site: Site, base: str, taken: Submission) -> str:
        mirror = site.mirror
        merged = mirror.merge(base, base, taken.commit)
        if isinstance(merged, Conflicted) or mirror.merge_again(base, base, taken.commit) != merged:
            return "refused the two ways to merge do not agree"
        landed = mirror.commit(merged.tree, [base], "land it", ADA, AT)
        ref = f"refs/heads/{site.checkout.main}"
        site.checkout.publish(mirror, landed, ref, expected=base, message="windlass: $(id) ; `id`")
        assert site.checkout.ref(ref) == landed
        return "landed"


@dataclass(frozen=True)
class Case:
    """One hostile repository. `where` is the part of it that is hostile, `expected` how the tour ends."""

    name: str
    where: str
    expected: str
    plant: Callable[[Ground], None]
    live: tuple[str, ...] = ()
    """A git command that springs the trap where somebody trusts the repository."""
