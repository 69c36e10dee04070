"""Level BWRAP: bubblewrap over allow-listed mounts, no network but doors, calls filtered, never root."""

import json
import os
import platform
import re
import resource
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from windlass.kernel import Invalid, Ran, Unavailable
from windlass.sandbox.ahead import Ahead
from windlass.sandbox.arguments import TOP_DIRECTORIES, Host, encoded, identity, options, steps
from windlass.sandbox.cgroup import Delegation, group_of, new_group
from windlass.sandbox.door import Door
from windlass.sandbox.model import MIB, Level, Limits, Order, Outcome
from windlass.sandbox.seccomp import filter_program, launcher_program
from windlass.sandbox.spawn import Ending, run_child
from windlass.sandbox.strays import strays
from windlass.sandbox.talking import Talking

AGENT_UID = 65532
"""The uid runs get when windlass itself was started as root; the one distroless images call `nonroot`."""
STAGES = ("/mnt", "/run", "/tmp")  # noqa: S108 - hidden by a private mount there, never written
STATUS, _OPTIONS, _FILTER = 101, 102, 103
"""Numbers of the descriptors a launcher finds at its start: where it tells how it went, and what it reads."""
_OWN_PROCESSES = 4
"""bubblewrap's monitor, its first process and what it forks in between count against the limit of the run as
well."""
_SIGNALS = frozenset({4, 5, 6, 7, 8, 9, 11, 15, 24, 25, 31})
_SIGXFSZ = 25
DOCTOR = "windlass doctor says what is missing"


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """A launcher over one found `bwrap`; `uid` is used only when windlass runs as root."""

    program: Path
    uid: int = AGENT_UID
    delegation: Delegation | None = None
    level: Level = Level.BWRAP
    base: str = ""
    ahead: Ahead | None = None

    def run(self, order: Order) -> Outcome:
        group, values = new_group(self.delegation, order.limits)
        with group_of(group, values) as met:
            ending = run_child(self._plan(order, group), order, self.ahead)
        ran = _judge(order, ending)
        limit = limit_met(ending, ran.exit_code, met)
        return Outcome(ran, Level.BWRAP, ending.timed_out, limit, held_by(order.limits, self.delegation))

    def start(self, order: Order) -> Talking:
        held = ExitStack()
        group, values = new_group(self.delegation, order.limits)
        held.enter_context(group_of(group, values))
        return Talking(self._plan(order, group), order, partial(_judge, order), held, self.ahead)

    def strays(self, entry: str, folder: Path) -> AbstractContextManager[tuple[str, ...]]:
        return strays(entry, folder)

    def place(self, door: Door) -> Door:
        return door

    def _plan(self, order: Order, group: str) -> dict[str, object]:
        stage = stage_here()
        words = (os.fspath(self.program), "--args", str(_OPTIONS), "--", *order.argv)
        own = ("--seccomp", str(_FILTER), "--json-status-fd", str(STATUS))
        return {
            **common_plan(order, self.uid, self.delegation, group),
            "level": "bwrap", "stage": stage, "stage_size": MIB, "folders": [], "overlay": b"", "sealed": [],
            "hidden": [],
            "files": identity(os.geteuid() or self.uid), "words": [os.fsencode(word) for word in words],
            "handles": {
                _OPTIONS: encoded((*own, *options(order, Host(stage, _tops(), can_layer())))),
                _FILTER: filter_program(platform.machine()),
            },
        }  # fmt: skip


def can_layer() -> bool:
    """In a user namespace directories below a layer could not be renamed."""
    return os.geteuid() == 0


def stage_here() -> str:
    return next(place for place in STAGES if os.path.isdir(place))


def common_plan(order: Order, uid: int, delegation: Delegation | None, group: str) -> dict[str, Any]:
    """What the child is told about an order, whatever launcher it is to become."""
    return {
        "uid": uid, "gid": uid, "status": STATUS,
        "sources": [os.fsencode(mount.source) for mount in order.mounts],
        "steps": [
            (s.outer, s.inner if s.last else -1, [*map(os.fsencode, s.parts)], s.writable)
            for s in steps(order)
        ],
        "layered": [n for n, mount in enumerate(order.mounts) if mount.layered and can_layer()],
        "layer_max": order.limits.tmp_max,
        "own_filter": launcher_program(platform.machine()),
        "rlimits": rlimits(order.limits, delegation),
        "cgroup": group,
        "ports": [door.port for door in order.doors],
    }  # fmt: skip


def rlimits(limits: Limits, delegation: Delegation | None) -> dict[int, int]:
    """Per-process bounds; RLIMIT_NPROC counts per user namespace, and every run has its own."""
    bounds = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: limits.file_max}
    if limits.processes_max is not None and counts_per_run(platform.release()):
        bounds[resource.RLIMIT_NPROC] = limits.processes_max + _OWN_PROCESSES
    if limits.memory_max is not None and delegation is None:
        bounds[resource.RLIMIT_DATA] = limits.memory_max
    return bounds


def counts_per_run(release: str) -> bool:
    """Whether this kernel counts RLIMIT_NPROC per user namespace (since Linux 5.14), not per uid on the whole
    machine."""
    match = re.match(r"(\d+)\.(\d+)", release)
    return match is not None and (int(match[1]), int(match[2])) >= (5, 14)


def _tops() -> dict[str, str | None]:
    present = [name for name in TOP_DIRECTORIES if os.path.lexists(f"/{name}")]
    return {name: os.readlink(f"/{name}") if os.path.islink(f"/{name}") else None for name in present}


def held_by(limits: Limits, delegation: Delegation | None) -> tuple[str, ...]:
    held = [
        "namespaces",
        "seccomp",
        f"file_max={limits.file_max} (rlimit)",
        f"tmp_max={limits.tmp_max} (tmpfs)",
    ]
    if limits.processes_max is not None and (delegation or counts_per_run(platform.release())):
        held.append(f"processes_max={limits.processes_max} ({'cgroup' if delegation else 'rlimit per run'})")
    if limits.memory_max is not None:
        held.append(f"memory_max={limits.memory_max} ({'cgroup' if delegation else 'rlimit per process'})")
    return tuple(held)


def _judge(order: Order, ending: Ending) -> Ran:
    """What a run did; raises when it was never set up."""
    if failed := ending.report.get("failed"):
        raise refusal(order, failed[0])
    code = None if ending.timed_out else _exit_code(ending)
    return Ran(code, ending.stdout, ending.stderr, ending.seconds, ending.truncated)


def refusal(order: Order, failed: str) -> Invalid | Unavailable:
    sources = [str(mount.source) for mount in order.mounts if not os.path.lexists(mount.source)]
    if sources:
        return Invalid(f"mount source does not exist: {', '.join(sources)}")
    if "symbolic link" in failed or "mount point" in failed:
        return Invalid(failed, hint="mount what the link points to, at a place that exists")
    return Unavailable(f"the sandbox could not be set up: {failed}", hint=DOCTOR)


def _exit_code(ending: Ending) -> int:
    """bubblewrap says 128+N for signal N, as a shell does; told apart from programs that exit so by which N
    it is.

    Without its `exit-code` document the program was never started: 127, as a shell says it, if it could not
    be executed, and a failure of ours otherwise.
    """
    for document in ending.report.get("said", ()):
        code = json.loads(document).get("exit-code")
        if isinstance(code, int):
            return 128 - code if code - 128 in _SIGNALS else code
    if ending.report.get("exit", ("",))[0] == "-9":  # ended by the kernel: out of memory, most likely
        return -9
    said = ending.stderr.decode("utf-8", "replace").strip()
    if said.startswith("bwrap: execvp "):
        return 127
    if said.startswith("bwrap: Can't chdir"):
        raise Invalid(f"the working directory is not inside the sandbox: {said}", hint="mount it")
    raise Unavailable(f"the sandbox could not be set up: {said or ending.report}", hint=DOCTOR)


def limit_met(ending: Ending, code: int | None, met: Mapping[str, int]) -> str | None:
    """The bound known to have ended or cut the run; None when none is known. `met` counts a group's."""
    if ending.timed_out:
        return "stop" if ending.stopped else "wall_s"
    if met.get("memory_max"):
        return "memory_max"
    if code == -_SIGXFSZ:
        return "file_max"
    if met.get("processes_max"):
        return "processes_max"
    return "output_max" if ending.truncated else None
