"""Level CONTAINER: an OCI runtime over a root file system of the owner's, held by the child as bubblewrap is.

The container lives in the child's process namespace and all of its state in the child's mounts. So a run ends
with the child whatever happens, and there is no container, directory or daemon to clean up after.
"""

import os
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from windlass.kernel import Invalid, Ran, Unavailable
from windlass.sandbox.arguments import Host, identity, staged
from windlass.sandbox.bundle import PRIVATE, bundle, folders
from windlass.sandbox.bwrap import (
    DOCTOR,
    STATUS,
    can_layer,
    common_plan,
    held_by,
    limit_met,
    refusal,
    stage_here,
)  # fmt: skip
from windlass.sandbox.cgroup import Delegation, group_of, new_group
from windlass.sandbox.door import Door
from windlass.sandbox.manifest import Manifest
from windlass.sandbox.model import MIB, Level, Limits, Order, Outcome
from windlass.sandbox.spawn import Ending, run_child
from windlass.sandbox.strays import strays
from windlass.sandbox.talking import Talking

_STAGE_SIZE: Final = 64 * MIB
_GROUPS: Final = b"/sys/fs/cgroup"
"""Hidden from the runtime: crun refuses some machines for what is there. A run is in its group by then."""
_NAME: Final = "run"
_PERIOD_US: Final = 100_000


@dataclass(frozen=True, slots=True)
class Container:
    """A launcher over one found OCI runtime; `uid` is used only when windlass runs as root."""

    program: Path
    manifest: Manifest
    uid: int
    delegation: Delegation | None = None
    level: Level = Level.CONTAINER

    @property
    def base(self) -> str:
        """The root file system's path, and what of it changes when it is made anew."""
        status = self.manifest.rootfs.stat()
        return f"{self.manifest.rootfs} {status.st_ino} {status.st_ctime_ns}"

    def run(self, order: Order) -> Outcome:
        order = self._bounded(order)
        group, values = self._group(order.limits)
        with group_of(group, values) as met:
            ending = run_child(self._plan(order, group), order)
        ran = _judge(order, ending)
        limit = limit_met(ending, ran.exit_code, met)
        held = held_by(order.limits, self.delegation)
        if self.manifest.cpus is not None:
            held = (*held, f"cpus={self.manifest.cpus} (cgroup)")
        return Outcome(ran, self.level, ending.timed_out, limit, held)

    def start(self, order: Order) -> Talking:
        order = self._bounded(order)
        held = ExitStack()
        group, values = self._group(order.limits)
        held.enter_context(group_of(group, values))
        return Talking(self._plan(order, group), order, partial(_judge, order), held)

    def strays(self, entry: str, folder: Path) -> AbstractContextManager[tuple[str, ...]]:
        return strays(entry, folder)

    def place(self, door: Door) -> Door:
        return door

    def _check_directory(self, order: Order) -> None:
        """A runtime would make it where it is missing."""
        known = (*(mount.target for mount in order.mounts), *self.manifest.mounts, *PRIVATE)
        if any(f"{order.cwd}/".startswith(f"{top}/") for top in known):
            return
        if not self.manifest.rootfs.joinpath(order.cwd.lstrip("/")).is_dir():
            raise Invalid(f"the working directory {order.cwd!r} is not inside the sandbox", hint="mount it")

    def _bounded(self, order: Order) -> Order:
        """The order under the manifest's bounds, where those are narrower."""
        limits, most = order.limits, self.manifest
        memory = min(filter(None, (limits.memory_max, most.memory_max)), default=None)
        processes = min(filter(None, (limits.processes_max, most.processes_max)), default=None)
        return replace(order, limits=replace(limits, memory_max=memory, processes_max=processes))

    def _group(self, limits: Limits) -> tuple[str, dict[str, str]]:
        group, values = new_group(self.delegation, limits)
        if group and self.manifest.cpus is not None:
            values["cpu.max"] = f"{round(self.manifest.cpus * _PERIOD_US)} {_PERIOD_US}"
        return group, values

    def _plan(self, order: Order, group: str) -> dict[str, object]:
        self._check_directory(order)
        stage, uid = stage_here(), os.geteuid() or self.uid
        plan = common_plan(order, self.uid, self.delegation, group)
        extra, first = self.manifest.mounts, len(order.mounts)
        root = first + len(extra)
        upper = self._folders([*(mount.target for mount in order.mounts), *extra, *PRIVATE, "/etc/passwd"])
        return {
            **plan,
            "level": "container", "stage": stage, "stage_size": _STAGE_SIZE,
            "sources": [*plan["sources"], *map(os.fsencode, (*extra, str(self.manifest.rootfs)))],
            "sealed": [n for n in range(root + 1) if n >= first or not order.mounts[n].writable],
            "folders": ["state", "root", "work", "upper", *(f"upper{path}" for path in upper)],
            "files": {
                "config.json": bundle(order, extra, Host(stage, {}, can_layer()), uid),
                **{f"upper/etc/{name}": text for name, text in identity(uid).items()},
            },
            "overlay": b"lowerdir=%b,upperdir=%b/upper,workdir=%b/work"
            % tuple(map(os.fsencode, (staged(stage, root), stage, stage))),
            "words": [[*map(os.fsencode, command)] for command in words(self.program, stage)],
            "handles": {}, "hidden": [_GROUPS] if os.path.isdir(_GROUPS) else [],
        }  # fmt: skip

    def _folders(self, targets: Sequence[str]) -> list[str]:
        """The directories above mounts: laid over those of the root file system, but never over links."""
        found = folders(targets)
        for path in found:
            if (self.manifest.rootfs / path[1:]).is_symlink():
                why = f"mounts go to {path!r}, which is a link in {self.manifest.rootfs}"
                raise Invalid(why, hint="make it a directory there")
        return found


def words(program: Path, stage: str) -> list[list[str]]:
    """How the runtime is called, to create the container and to start it."""
    log, pid = f"--log=/proc/self/fd/{STATUS}", f"--pid-file={stage}/state/pid"
    most = [str(program), f"--root={stage}/state", log, "--cgroup-manager=disabled"]
    create = [*most, "create", f"--bundle={stage}", pid, "--no-new-keyring", _NAME]
    return [create, [*most, "start", _NAME]]


def _judge(order: Order, ending: Ending) -> Ran:
    """What a run did; raises when it was never set up."""
    if failed := ending.report.get("failed"):
        raise refusal(order, failed[0])
    code = None if ending.timed_out else _exit_code(ending)
    return Ran(code, ending.stdout, ending.stderr, ending.seconds, ending.truncated)


def _exit_code(ending: Ending) -> int:
    """What the child saw of the program's end; or else what the runtime had to complain of."""
    said = " ".join(ending.report.get("said", ())).strip()
    if re.fullmatch(r"-?\d+", said):
        return int(said)
    if ending.report.get("exit", ("",))[0] == "-9":  # ended by the kernel: out of memory, most likely
        return -9
    if "executable file" in said or said.startswith(("open executable", "exec ")):
        return 127
    if said.startswith(("chdir", "cannot chdir")):
        raise Invalid(f"the working directory is not inside the sandbox: {said}", hint="mount it")
    raise Unavailable(f"the container could not be set up: {said or ending.report}", hint=DOCTOR)
