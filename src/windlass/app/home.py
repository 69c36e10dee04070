"""The data home: the one folder that holds everything windlass keeps, owned by one process at a time."""

import errno
import fcntl
import json
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import platformdirs

from windlass.kernel import Conflict, Denied, Unavailable, WindlassError, iso

FOLDERS = (
    "mirrors", "attempts", "checkouts", "environments", "patches", "keys", "logs", "transcripts", "trash",
)  # fmt: skip
NETWORK_FILESYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "glusterfs", "ceph", "afs"}
)
OWNER_MAX = 4096
"""Bytes read from the owner's note."""


@dataclass(frozen=True, slots=True)
class Home:
    """An open data home: it exists, is private and can be written to."""

    path: Path

    @classmethod
    def open(cls, env: Mapping[str, str]) -> "Home":
        """Open WINDLASS_HOME, else the platform's user data folder; create what is missing, for us alone."""
        path = place(env)
        try:
            _make_private(path)
            for name in FOLDERS:
                _make_private(path / name)
            _prove_writable(path)
        except OSError as error:
            raise trouble(path, error) from error
        return cls(path)

    @property
    def mirrors(self) -> Path:
        return self.path / "mirrors"

    @property
    def attempts(self) -> Path:
        return self.path / "attempts"

    @property
    def checkouts(self) -> Path:
        return self.path / "checkouts"

    @property
    def environments(self) -> Path:
        return self.path / "environments"

    @property
    def patches(self) -> Path:
        return self.path / "patches"

    @property
    def keys(self) -> Path:
        return self.path / "keys"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def transcripts(self) -> Path:
        return self.path / "transcripts"

    @property
    def agents(self) -> Path:
        """Installed agents and the owner's presets; made when there is one."""
        return self.path / "agents"

    @property
    def trash(self) -> Path:
        return self.path / "trash"

    @property
    def database(self) -> Path:
        """The database file of embedded mode."""
        return self.path / "windlass.db"

    def own(self, now: float) -> "Owner":
        """Become the one process that works on this home; a second gets a Conflict that names the first."""
        return Owner.take(self.path, now)

    def owner(self) -> str | None:
        """Who owns this home now, in words; None when nobody does."""
        try:
            file = os.open(self.path / "owner.lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return None
        except OSError:
            return _described(os.pread(file, OWNER_MAX, 0))
        finally:
            os.close(file)

    def warnings(self) -> tuple[str, ...]:
        """What is unwise about this place, though it works."""
        kind = _filesystem(self.path)
        if kind in NETWORK_FILESYSTEMS:
            return (f"the data home lies on a network file system ({kind}), where locks may not hold",)
        return ()


@dataclass(slots=True)
class Owner:
    """Ownership of a data home: held until `release`, the end of the `with` block, or of the process."""

    path: Path
    file: int

    @classmethod
    def take(cls, home: Path, now: float) -> "Owner":
        path = home / "owner.lock"
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise trouble(home, error) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            first = _described(os.pread(file, OWNER_MAX, 0))
            os.close(file)
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise trouble(home, error) from error
            raise Conflict(
                f"another windlass already works on {str(home)!r}: {first}",
                hint="wait for it, stop it, or choose another WINDLASS_HOME",
            ) from None
        note = {"pid": os.getpid(), "started": now, "command": sys.argv}
        try:
            os.ftruncate(file, 0)
            os.pwrite(file, json.dumps(note).encode()[:OWNER_MAX], 0)
        except OSError as error:
            os.close(file)
            raise trouble(home, error) from error
        return cls(path, file)

    def release(self) -> None:
        """Let go; the file stays, since removing it would let two processes lock different files."""
        if self.file >= 0:
            # Unlocking reaches copies of the descriptor too; closing would leave the lock to a forked child.
            fcntl.flock(self.file, fcntl.LOCK_UN)
            os.close(self.file)
            self.file = -1

    def __enter__(self) -> "Owner":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def place(env: Mapping[str, str]) -> Path:
    """Where the data home lies, existing or not."""
    named = env.get("WINDLASS_HOME")
    return Path(named or platformdirs.user_data_dir("windlass", appauthor=False)).expanduser().absolute()


def _described(note: bytes) -> str:
    """`process 71 since 2026-…: windlass run`, as far as the note can be read."""
    try:
        told = json.loads(note)
        since = iso(float(told["started"]))
        command = " ".join(str(word) for word in told["command"])
        return f"process {int(told['pid'])} since {since}: {command}"
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return "a process that left no readable note"


def _make_private(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.stat()
    if found.st_uid != os.geteuid():
        raise Denied(
            f"data home {str(path)!r} belongs to user {found.st_uid}, not to {os.geteuid()}",
            hint="run windlass as that user, or set WINDLASS_HOME to a folder of your own",
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        path.chmod(0o700)


def _prove_writable(path: Path) -> None:
    """A full disk often still makes empty files; only real bytes that reach it prove anything."""
    probe = path / f".probe-{os.getpid()}"
    try:
        with probe.open("wb") as file:
            file.write(b"\0" * 65536)
            file.flush()
            os.fsync(file.fileno())
    finally:
        probe.unlink(missing_ok=True)


def trouble(path: Path, error: OSError) -> WindlassError:
    """What the system said about a place we must write to, as an error that says what to do."""
    where = f"data home {str(path)!r}"
    other = "or set WINDLASS_HOME to another place"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable(f"{where} cannot be written: the disk is full", hint=f"free some space, {other}")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return Unavailable(f"{where} cannot be written: {error.strerror}", hint=f"make it writable, {other}")
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return Unavailable(
            f"{where} is not a folder: {error.filename!r} is in the way", hint=f"move it, {other}"
        )
    return Unavailable(
        f"{where} cannot be used: {error.strerror or error}", hint=f"look at that folder, {other}"
    )


def _filesystem(path: Path) -> str:
    try:
        table = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
    return filesystem_of(path.resolve(), table)


def filesystem_of(path: Path, mountinfo: str) -> str:
    """The kind of file system a path lies on, from the text of /proc/self/mountinfo; empty when unknown."""
    best, kind = -1, ""
    for line in mountinfo.splitlines():
        left, dash, right = line.partition(" - ")
        words = left.split()
        if not dash or len(words) < 5:
            continue
        mount = words[4].replace("\\040", " ")
        # A later line hides an earlier one at the same place.
        if path.is_relative_to(mount) and len(mount) >= best:
            best, kind = len(mount), right.split()[0]
    return kind
