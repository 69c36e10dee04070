"""The sandbox as the `run` of `kernel.Tools`, so that plug-ins need not know it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from windlass.kernel import Ran, Run
from windlass.sandbox.model import Launcher, Limits, Mount, Order, Stop


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
        limits = replace(self.limits, wall_s=min(timeout_s, self.limits.wall_s))
        merged = {**self.env, **(env or {})}
        order = Order(tuple(argv), self.cwd, self.mounts, merged, stdin, limits, stop=self.stop)
        return self.launcher.run(order).ran


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
