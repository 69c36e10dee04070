"""The sandbox as the `run` and the `talk` of `kernel.Tools`, so that plug-ins need not know it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Final
from weakref import WeakSet

from windlass.kernel import Dialogue, Invalid, Ran, Run
from windlass.sandbox.door import Door
from windlass.sandbox.model import Launcher, Limits, Mount, Order, Stop

DIALOGUES_MAX: Final = 16
"""At once, or left without an end, in one place."""


@dataclass(frozen=True, slots=True)
class _Running:
    launcher: Launcher
    mounts: tuple[Mount, ...]
    cwd: str
    env: Mapping[str, str]
    limits: Limits
    stop: Stop | None

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        return self.launcher.run(replace(self.order(argv, timeout_s, env), stdin=stdin)).ran

    def order(self, argv: Sequence[str], timeout_s: float, env: Mapping[str, str] | None) -> Order:
        limits = replace(self.limits, wall_s=min(timeout_s, self.limits.wall_s))
        merged = {**self.env, **(env or {})}
        return Order(tuple(argv), self.cwd, self.mounts, merged, limits=limits, stop=self.stop)


def as_run(
    launcher: Launcher,
    mounts: tuple[Mount, ...],
    cwd: str,
    env: Mapping[str, str],
    limits: Limits,
    *,
    stop: Stop | None = None,
) -> Run:
    """Bind a launcher to one place; each call is one fresh sandbox, and `limits.wall_s` caps every call's own
    timeout."""
    return _Running(launcher, mounts, cwd, dict(env), limits, stop)


@dataclass(frozen=True, slots=True)
class Talks:
    """The `kernel.Talk` of one place; its doors are placed already."""

    place: _Running
    programs: Mapping[str, tuple[Mount, ...]]
    doors: Mapping[str, Door]
    begun: "WeakSet[Dialogue]" = field(default_factory=WeakSet)
    """Those that nobody has ended are kept alive by their threads."""

    @property
    def addresses(self) -> dict[str, str]:
        """Where programs find the doors, by name."""
        return {name: f"http://127.0.0.1:{door.port}" for name, door in self.doors.items()}

    def fault(self) -> tuple[str, str] | None:
        """See `kernel.Tools`: that of the first door which knows of one."""
        return next((found for door in self.doors.values() if (found := door.fault())), None)

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        env: Mapping[str, str] | None = None,
        program: str = "",
    ) -> Dialogue:
        if program and program not in self.programs:
            known = ", ".join(sorted(self.programs)) or "none"
            raise Invalid(f"no agent {program!r} is installed here", hint=f"known: {known}")
        if len(self.begun) >= DIALOGUES_MAX:
            raise Invalid(f"{DIALOGUES_MAX} programs are being talked with already", hint="end one")
        order = self.place.order(argv, timeout_s, env)
        mounts = (*order.mounts, *self.programs.get(program, ()))
        order = replace(order, mounts=mounts, doors=tuple(self.doors.values()))
        made = self.place.launcher.start(order)
        self.begun.add(made)
        return made

    def end(self) -> None:
        """End every dialogue that is still at work; one that will not does not keep the others."""
        with ExitStack() as stack:
            for one in list(self.begun):
                stack.callback(one.end)


@contextmanager
def as_talk(
    launcher: Launcher,
    mounts: tuple[Mount, ...],
    cwd: str,
    env: Mapping[str, str],
    limits: Limits,
    *,
    stop: Stop | None = None,
    doors: Mapping[str, Door] | None = None,
    programs: Mapping[str, tuple[Mount, ...]] | None = None,
) -> Iterator[Talks]:
    """Bind a launcher to one place, as `as_run` does. In the end whatever is still at work there is ended.

    `doors` by name; `programs`: what the installed agents need to be shown, by name. Each dialogue is a
    fresh sandbox with listeners of its own.
    """
    with ExitStack() as stack:
        placed = {name: launcher.place(door) for name, door in (doors or {}).items()}
        for door in placed.values():
            if door.host is not None:
                stack.callback(door.host.close)
        talks = Talks(_Running(launcher, mounts, cwd, dict(env), limits, stop), programs or {}, placed)
        stack.callback(talks.end)
        yield talks
