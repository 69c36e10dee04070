"""Orders for foreign code, the limits it runs under, and what came of it."""

import posixpath
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from windlass.kernel import Dialogue, Invalid, Ran
from windlass.sandbox.door import Door

HOME = "/home/agent"
"""Home directory inside the sandbox: private, empty at the start, gone at the end."""

FIXED_ENV: Mapping[str, str] = {
    "HOME": HOME, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin",
    "TERM": "dumb",
    "TMPDIR": "/tmp", "USER": "agent",  # noqa: S108 - the sandbox's own /tmp
}  # fmt: skip
"""The whole environment of a run before `Order.env` is laid over it; nothing of the caller's own gets in."""

RESERVED = ("/proc", "/dev", "/sys", "/etc", "/var/tmp")  # noqa: S108
_TEMPORARY = "/tmp"  # noqa: S108 - the sandbox's own
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
OCCUPIED = ("/", *_SYSTEM, "/run", _TEMPORARY, "/var", "/home", HOME)
MOUNTS_MAX = 512
DOORS_MAX = 16
MIB = 1024 * 1024


class Level(Enum):
    """How strongly a run is held. NONE is the user's explicit choice (`--trust`) and holds nothing back."""

    NONE = "none"
    BWRAP = "bwrap"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True)
class Mount:
    """One host file or directory shown inside at `target`; read-only unless `writable`.

    `layered`: what is written there stays in the run's own memory, at most `Limits.tmp_max` bytes, and goes
    with it; where the launcher cannot do that it is read-only. Nobody changes the source meanwhile.
    """

    source: Path
    target: str
    writable: bool = False
    layered: bool = False

    def __post_init__(self) -> None:
        if self.writable and self.layered:
            raise Invalid(f"mount {self.target!r} is either written or laid over")
        if not self.source.is_absolute():
            raise Invalid(f"mount source {str(self.source)!r} is not absolute")
        _absolute("mount target", self.target)
        if self.target in OCCUPIED or any(_inside(self.target, top) for top in RESERVED):
            raise Invalid(
                f"mount target {self.target!r} belongs to the sandbox", hint="choose a directory of its own"
            )


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one run: seconds of wall time, bytes per output stream, bytes of memory, processes, bytes per
    file, bytes of /tmp.

    `Outcome.held` says how memory and processes were bounded: for the whole run by a cgroup where one is
    delegated; else memory per process and processes per run; `None` asks for no bound.
    """

    wall_s: float = 600.0
    output_max: int = 10 * MIB
    memory_max: int | None = 4096 * MIB
    processes_max: int | None = 512
    file_max: int = 2048 * MIB
    tmp_max: int = 1024 * MIB

    def __post_init__(self) -> None:
        numbers = (self.wall_s, self.memory_max or 1, self.processes_max or 1, self.file_max, self.tmp_max)
        if min(numbers) <= 0 or self.output_max < 0:
            raise Invalid(f"sandbox limits must be positive: {self}")


class Stop(Protocol):
    """Asked several times a second while a run lasts; a `threading.Event` is one."""

    def is_set(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Order:
    """One program to run. Paths in `argv`, `cwd` and `env` are those inside; `stdout_to` names a new host
    file for stdout; once `stop` is set the run is killed from outside, whatever it does. `doors` only for a
    run that is talked with; `stdin` and `stdout_to` only for one that is not."""

    argv: tuple[str, ...]
    cwd: str
    mounts: tuple[Mount, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    limits: Limits = field(default_factory=Limits)
    stdout_to: Path | None = None
    stop: "Stop | None" = None
    doors: tuple[Door, ...] = ()

    def __post_init__(self) -> None:
        if not self.argv or not self.argv[0]:
            raise Invalid("an order needs a program to run")
        _absolute("working directory", self.cwd)
        words = (*self.argv, *self.env, *self.env.values())
        if any("\0" in word for word in words) or any("=" in name or not name for name in self.env):
            raise Invalid("arguments and environment must not hold NUL, names not '='")
        if len(self.mounts) > MOUNTS_MAX:
            raise Invalid(f"{len(self.mounts)} mounts are more than {MOUNTS_MAX}")
        targets = [mount.target for mount in self.mounts]
        if twice := sorted({target for target in targets if targets.count(target) > 1}):
            raise Invalid(f"mount targets given twice: {', '.join(twice)}")
        if len(self.doors) > DOORS_MAX or len({door.port for door in self.doors}) < len(self.doors):
            raise Invalid(f"a run has at most {DOORS_MAX} doors, each with a port of its own")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an order. Unknown stays unknown: `limit` names the bound known to have ended or cut the
    run, else None.

    `limit` is one of stop, wall_s, output_max, memory_max, processes_max, file_max; `held` lists the bounds
    in force and how.
    """

    ran: Ran
    level: Level
    timed_out: bool
    limit: str | None
    held: tuple[str, ...] = ()


class Launcher(Protocol):
    """Runs foreign code; safe to call from many threads at once."""

    @property
    def level(self) -> Level: ...

    @property
    def base(self) -> str:
        """What the programs find as the system below them; empty: this machine's own."""
        ...

    def run(self, order: Order) -> Outcome:
        """Run to the end or to the wall deadline; on return no process of the run is left.

        Raises Invalid for an order that cannot be set up and Unavailable when the sandbox itself failed.
        """
        ...

    def start(self, order: Order) -> Dialogue:
        """Start it with its doors open, to be talked with; at its `end` no process of the run is left and the
        doors are closed. `limits.output_max` bounds all that is received.

        What `run` raises for an order that cannot be set up is raised here or at the end.
        """
        ...

    def strays(self, entry: str, folder: Path) -> AbstractContextManager[tuple[str, ...]]:
        """What lives on of a run whose holders were killed: whoever has `entry` (`NAME=value`) in its
        environment or works in `folder`. They stand still, each told in words, and are gone in the end.
        """
        ...

    def place(self, door: Door) -> Door:
        """The door as the programs of this launcher find it: at its port, or at a free one of the host."""
        ...


@dataclass(frozen=True, slots=True)
class Probe:
    """What this machine can do: the strongest level that works, why not more, and the exact fix."""

    level: Level
    ok: bool
    reason: str
    fix: str
    facts: Mapping[str, str]


def _absolute(what: str, path: str) -> None:
    if not path.startswith("/") or path.startswith("//") or posixpath.normpath(path) != path or "\0" in path:
        raise Invalid(
            f"{what} {path!r} is not a plain absolute path", hint="no '..', no doubled or trailing '/'"
        )


def _inside(path: str, top: str) -> bool:
    return path == top or path.startswith(top + "/")
