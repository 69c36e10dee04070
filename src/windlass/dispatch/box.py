"""The box of one attempt: what its programs reach, which agents are installed there, and what outlives it."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from windlass.dispatch.employer import Job
from windlass.dispatch.keeper import Keeper
from windlass.dispatch.runner import WORK_LIMITS
from windlass.dispatch.staffing import no_secret
from windlass.dispatch.state import State
from windlass.kernel import Clock, Dialogue, Ran, Tools
from windlass.sandbox import Door, Launcher, Level, Limits, Mount, as_run, as_talk

TALK_OUTPUT_MAX: Final = 256 << 20


def no_doors(_job: Job) -> Mapping[str, Door]:
    return {}


@dataclass(frozen=True, slots=True)
class Program:
    """An installed agent: what of the host it is shown, and the folders inside that its commands are in."""

    mounts: tuple[Mount, ...] = ()
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kit:
    """What a host puts into the boxes of its attempts. `doors`: what is served to a job, by the name under
    which its programs are told the address; `programs`: the installed agents, by name; `steady`: the clock of
    their deadlines.
    """

    doors: Callable[[Job], Mapping[str, Door]] = no_doors
    programs: Mapping[str, Program] = field(default_factory=dict)
    steady: Clock = time.monotonic


@dataclass(frozen=True, slots=True)
class Ground:
    """What every program of an attempt gets: the sandbox, files, its directory, its environment. `attempts`:
    the folder that the attempt is in. `limits`: of each program, as its runner has them.
    """

    launcher: Launcher
    mounts: tuple[Mount, ...]
    cwd: str
    env: Mapping[str, str]
    attempts: Path
    limits: Limits = WORK_LIMITS


def own_tools() -> tuple[tuple[Mount, ...], str]:
    """The tools windlass brings into an attempt's sandbox, one file each, and the folder they are in.

    They come from windlass's own environment, at their own paths, last on the PATH: a project's own come
    first.
    """
    folder = Path(sys.executable).parent
    found = [folder / name for name in ("ruff",) if (folder / name).is_file()]
    system = [tool for tool in found if str(tool).startswith(("/usr/", "/bin/"))]
    return tuple(Mount(tool.resolve(), str(tool)) for tool in found if tool not in system), str(folder)


@contextmanager
def open_box(kit: Kit, job: Job, ground: Ground, keeper: Keeper, clock: Clock) -> Iterator[Tools]:
    """The tools of one attempt. In the end every program is gone first, then the doors are closed.

    Its files are in a folder that is the same for every attempt at the task: sessions of agents belong to the
    folder that they began in. Raises Invalid in the end when the agent keeps more for its task than it may.
    """
    state = State.open(ground.attempts, job, keeper.lost)
    doors = kit.doors(job)
    if ground.launcher.level is Level.NONE:
        doors = {name: door for name, door in doors.items() if not door.inside}
    try:
        files = Mount(Path(ground.cwd), f"{state.path}.files", writable=True)
        mounts = (*ground.mounts, Mount(state.path, str(state.path), writable=True), files)
        run = as_run(ground.launcher, mounts, files.target, ground.env, ground.limits, stop=state)
        env = {**ground.env, "HOME": str(state.home)}
        shown = {name: one.mounts for name, one in kit.programs.items()}
        with as_talk(
            ground.launcher, mounts, files.target, env, replace(ground.limits, output_max=TALK_OUTPUT_MAX),
            stop=state, doors=doors, programs=shown,
        ) as talks:  # fmt: skip
            places = {**talks.addresses, "state": str(state.path)}
            inner = Tools(clock, run, no_secret, talks, places, kit.steady, talks.fault)
            box = _Box(kit, keeper, inner, env["PATH"])
            yield replace(inner, run=box.run, talk=box.talk)
    finally:
        state.close()


def proxied(places: Mapping[str, str]) -> dict[str, str]:
    """The variables by which programs find the way out, and leave their own listeners alone."""
    out = places.get("egress")
    found = {"HTTPS_PROXY": out, "NO_PROXY": "127.0.0.1,localhost"} if out else {}
    return found | {name.lower(): value for name, value in found.items()}


@dataclass(frozen=True, slots=True)
class _Box:
    """Nothing starts, and nothing that ran counts, once the lease is lost."""

    kit: Kit
    keeper: Keeper
    inner: Tools
    path: str

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        self.keeper.check()
        ran = self.inner.run(argv, timeout_s=timeout_s, stdin=stdin, env=env)
        self.keeper.check()
        return ran

    def talk(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        env: Mapping[str, str] | None = None,
        program: str = "",
    ) -> Dialogue:
        self.keeper.check()
        env = {**proxied(self.inner.places), **(env or {})}
        if program in self.kit.programs:
            path = ":".join((*self.kit.programs[program].path, self.path))
            env = {"PATH": path, **env}
        return self.inner.talk(argv, timeout_s=timeout_s, env=env, program=program)
