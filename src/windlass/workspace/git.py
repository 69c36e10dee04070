"""The one place that starts git: empty environment, nothing configurable runs, deadlines, bounded output.

Every repository we point git at may carry a hostile configuration. What could start a program is overridden
by name (hooks, fsmonitor, pagers, askpass, external diff); what cannot be named ahead (filter.*,
merge.*.driver, alias.*, remote helpers) is never reached, because only plumbing runs, without a work tree
of the user, and `info/attributes` of our own repositories unsets every attribute (see `INERT_ATTRIBUTES`).
"""

import fcntl
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO

from windlass.kernel import Denied, NotFound, Unavailable
from windlass.workspace.behind import own_niceness, put_behind
from windlass.workspace.model import GitFailed, TookTooLong

TIMEOUT_S = 120.0
OUTPUT_MAX = 256 * 1024 * 1024
STDERR_MAX = 8 * 1024
STDERR_FILE_MAX = 1024 * 1024
"""Bytes of standard error that are held at all; what another host says beyond them is lost."""
_CHUNK = 1 << 16
_TROUBLES = (
    "No space left on device", "Read-only file system", "Permission denied", "Disk quota exceeded",
    "Too many open files", "Cannot allocate memory", "Input/output error", "out of memory",
)  # fmt: skip

# Highest precedence of all attribute sources, so that no .gitattributes of a tree selects a filter, a merge
# or diff driver, an encoding, line endings or $Id$: bytes go in and out as they are.
INERT_ATTRIBUTES = (
    "* !text !eol !crlf !ident !filter !merge !diff !working-tree-encoding !export-subst !export-ignore"
    " !whitespace !conflict-marker-size !encoding\n"
)

_HARDENED = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.untrackedCache=false",
    "core.attributesFile=/dev/null", "core.excludesFile=/dev/null", "core.editor=false",
    "core.askPass=false", "core.alternateRefsCommand=false", "protocol.allow=never", "safe.directory=*",
    "gc.auto=0", "maintenance.auto=false", "submodule.recurse=false", "log.showSignature=false",
    "merge.directoryRenames=false", "merge.renames=true", "core.autocrlf=false", "core.safecrlf=false",
    "core.quotePath=false", "core.splitIndex=false", "advice.graftFileDeprecated=false",
    "pack.threads=0", "pack.window=10", "pack.depth=50",
)  # fmt: skip

_ENVIRONMENT = {
    "HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent", "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "/bin/false", "SSH_ASKPASS": "/bin/false", "GIT_PAGER": "cat",
    "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null", "GIT_OPTIONAL_LOCKS": "0", "GIT_ADVICE": "0",
    "GIT_AUTHOR_NAME": "windlass", "GIT_AUTHOR_EMAIL": "windlass@localhost",
    "GIT_COMMITTER_NAME": "windlass", "GIT_COMMITTER_EMAIL": "windlass@localhost",
}  # fmt: skip


@cache
def program() -> str:
    """The path of git, or the line that installs it."""
    found = shutil.which("git")
    if not found:
        raise Denied("git is not installed", hint="apt-get install --no-install-recommends git")
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What git said: exit code, standard output, the last `STDERR_MAX` bytes of standard error as text."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output as one line of text; bytes that are not UTF-8 survive as surrogates."""
        return os.fsdecode(self.out).rstrip("\n")


@dataclass(frozen=True, slots=True)
class Git:
    """Git on one repository. `env` adds to the fixed environment, `fds` stay open in the child (locks)."""

    git_dir: Path | None
    env: Mapping[str, str] = field(default_factory=dict)
    fds: tuple[int, ...] = ()
    cwd: Path | None = None
    config: tuple[str, ...] = ()

    def with_env(self, **env: str) -> "Git":
        return Git(self.git_dir, {**self.env, **env}, self.fds, self.cwd, self.config)

    def as_user(self) -> "Git":
        """The same git, which reads the user's own configuration besides: for questions about that."""
        home = os.environ.get("HOME") or "/nonexistent"
        return self.with_env(HOME=home, GIT_CONFIG_GLOBAL=f"{home}/.gitconfig")

    def holding(self, fd: int) -> "Git":
        """The same git, whose processes keep `fd` open: a lock lives as long as the last of them."""
        return Git(self.git_dir, self.env, (*self.fds, fd), self.cwd, self.config)

    def ask(
        self,
        *args: str,
        stdin: bytes | IO[bytes] = b"",
        stdout: IO[bytes] | None = None,
        timeout_s: float = TIMEOUT_S,
        output_max: int = OUTPUT_MAX,
    ) -> Answer:
        """Run git and return whatever exit code it gives. `stdout` sends the output to a file instead."""
        with self._start(args, stdin, stdout, timeout_s) as (process, err, deadline):
            out = b"" if stdout else _read_all(process, deadline, output_max, args)
            _finish(process, deadline, args)
            return Answer(process.returncode, out, _tail(err))

    def run(
        self,
        *args: str,
        stdin: bytes | IO[bytes] = b"",
        stdout: IO[bytes] | None = None,
        timeout_s: float = TIMEOUT_S,
        output_max: int = OUTPUT_MAX,
    ) -> Answer:
        """Run git; any exit code but 0 raises `GitFailed`."""
        answer = self.ask(*args, stdin=stdin, stdout=stdout, timeout_s=timeout_s, output_max=output_max)
        if answer.code:
            raise failed(args, answer.code, answer.err)
        return answer

    def records(
        self,
        *args: str,
        separator: bytes = b"\0",
        stdin: bytes | IO[bytes] = b"",
        timeout_s: float = TIMEOUT_S,
        ok: Sequence[int] = (0,),
    ) -> Iterator[bytes]:
        """Stream records as git prints them; leaving the loop early stops git. Memory: one record."""
        with self._start(args, stdin, None, timeout_s) as (process, err, deadline):
            rest = b""
            while chunk := _read(process, deadline, args):
                *whole, rest = (rest + chunk).split(separator)
                yield from whole
                if len(rest) > OUTPUT_MAX:
                    raise GitFailed(f"git {args[0]} printed a record over {OUTPUT_MAX} bytes")
            _finish(process, deadline, args)
            if process.returncode not in ok:
                raise failed(args, process.returncode, _tail(err))
            if rest:
                yield rest

    @contextmanager
    def pipe(
        self, *args: str, stdin: IO[bytes], timeout_s: float = TIMEOUT_S, ok: Sequence[int] = (0,)
    ) -> Iterator[IO[bytes]]:
        """Hand out git's standard output, to be read to its end; an exception in the block stops git."""
        with self._start(args, stdin, None, timeout_s) as (process, err, deadline):
            assert process.stdout is not None
            yield process.stdout
            _finish(process, deadline, args)
            if process.returncode not in ok:
                raise failed(args, process.returncode, _tail(err))

    @contextmanager
    def objects(self, size_max: int) -> Iterator["ReadObject"]:
        """Talk to one `cat-file --batch`: hand in an id, get kind and content back.

        Kind `missing` has none.
        """
        with self._start(("cat-file", "--batch"), subprocess.PIPE, None, TIMEOUT_S) as (process, _, deadline):
            yield _Reader(process, deadline, size_max).read

    @contextmanager
    def _start(
        self, args: Sequence[str], stdin: bytes | int | IO[bytes], stdout: IO[bytes] | None, timeout_s: float
    ) -> Iterator[tuple["subprocess.Popen[bytes]", IO[bytes], float]]:
        where = [f"--git-dir={self.git_dir}"] if self.git_dir else []
        config = [part for c in (*_HARDENED, *self.config) for part in ("-c", c)]
        with ExitStack() as files:
            err = files.enter_context(_bounded(STDERR_FILE_MAX))
            if isinstance(stdin, bytes) and stdin:
                given = files.enter_context(_in_memory())
                given.write(stdin)
                given.seek(0)
                stdin = given
            folder = self.cwd or self.git_dir or Path("/")
            try:
                process = subprocess.Popen(
                    [program(), "--no-pager", *where, *config, *args],
                    stdin=subprocess.DEVNULL if isinstance(stdin, bytes) else stdin,
                    stdout=stdout or subprocess.PIPE,
                    stderr=err,
                    env={"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT, **self.env},
                    cwd=folder,
                    pass_fds=self.fds,
                    start_new_session=True,
                    umask=0o022,
                )
            except (FileNotFoundError, NotADirectoryError) as error:
                hint = "put the repository back where it was"
                raise NotFound(f"the folder {folder} is gone", hint=hint) from error
            if (nice := own_niceness()) > 0:
                put_behind(process.pid, nice)
            try:
                yield process, err, time.monotonic() + timeout_s
            finally:
                _stop(process)


ReadObject = Callable[[str], tuple[str, bytes]]
"""Gives kind and content of an object."""


@dataclass(slots=True)
class _Reader:
    process: "subprocess.Popen[bytes]"
    deadline: float
    size_max: int

    def read(self, oid: str) -> tuple[str, bytes]:
        out, given = self.process.stdout, self.process.stdin
        assert out is not None
        assert given is not None
        if time.monotonic() > self.deadline:
            raise TookTooLong("reading objects took too long and was stopped")
        given.write(f"{oid}\n".encode())
        given.flush()
        head = out.readline().decode("ascii", "replace").split()
        if len(head) != 3:
            return "missing", b""
        size = int(head[2])
        if size > self.size_max:
            raise GitFailed(f"object {oid} has {size} bytes, {self.size_max} are allowed")
        content = out.read(size)
        out.read(1)
        return head[1], content


def alternates(*folders: Path) -> str:
    """The value of GIT_ALTERNATE_OBJECT_DIRECTORIES; quoted, since a folder's name may hold the separator."""
    return ":".join('"' + str(f).replace("\\", "\\\\").replace('"', '\\"') + '"' for f in folders)


def failed(args: Sequence[str], code: int, err: str) -> GitFailed | Unavailable:
    """The error for an exit code: `Unavailable` where the machine failed, not what git was asked."""
    said = " ".join(err.split())[-600:]
    if troubled(err):
        return Unavailable(f"git {args[0]} cannot work here: {said}", hint="check free space and permissions")
    return GitFailed(f"git {args[0]} failed with {code}: {said or 'no message'}")


def troubled(err: str) -> bool:
    """Whether git complains of the disk rather than of its input."""
    return any(trouble in err for trouble in _TROUBLES)


def _read(process: "subprocess.Popen[bytes]", deadline: float, args: Sequence[str]) -> bytes:
    assert process.stdout is not None
    left = deadline - time.monotonic()
    if left <= 0 or not _ready(process.stdout.fileno(), left):
        raise TookTooLong(f"git {args[0]} took too long and was stopped")
    return os.read(process.stdout.fileno(), _CHUNK)


def _read_all(
    process: "subprocess.Popen[bytes]", deadline: float, output_max: int, args: Sequence[str]
) -> bytes:
    parts, size = [], 0
    while chunk := _read(process, deadline, args):
        parts.append(chunk)
        size += len(chunk)
        if size > output_max:
            raise GitFailed(f"git {args[0]} printed more than {output_max} bytes", hint="ask for less")
    return b"".join(parts)


def _finish(process: "subprocess.Popen[bytes]", deadline: float, args: Sequence[str]) -> None:
    """Wait for its end. `Popen.wait` with a time looks again and again, milliseconds after it."""
    handle = os.pidfd_open(process.pid)
    try:
        if not _ready(handle, max(0.0, deadline - time.monotonic()) + 0.1):
            raise TookTooLong(f"git {args[0]} took too long and was stopped")
        process.wait()
    finally:
        os.close(handle)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End a git that still runs. SIGTERM first: git then takes its own lock files with it."""
    for stream in (process.stdin, process.stdout):
        if stream:
            with suppress(BrokenPipeError):
                stream.close()
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)  # its own session: what it started goes too, ssh for one
    try:
        process.wait(2.0)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _ready(handle: int, wait_s: float) -> bool:
    """Whether there is something to read, or the process has ended, in this time."""
    waiting = select.poll()
    waiting.register(handle, select.POLLIN)
    return bool(waiting.poll(1000 * wait_s))


def _in_memory() -> IO[bytes]:
    return os.fdopen(os.memfd_create("git"), "w+b")


def _bounded(size: int) -> IO[bytes]:
    """A file in memory that cannot grow: writing beyond its end fails, as on a full disk."""
    handle = os.memfd_create("git", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(handle, size)
    fcntl.fcntl(handle, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW)
    return os.fdopen(handle, "w+b")


def _tail(err: IO[bytes]) -> str:
    size = os.lseek(err.fileno(), 0, os.SEEK_CUR)  # git wrote to this point: the position is shared
    err.seek(max(0, size - STDERR_MAX))
    return err.read(min(size, STDERR_MAX)).decode("utf-8", "replace").strip()
