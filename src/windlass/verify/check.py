"""The port of a check: say why it cannot run here, or run and report what it measured.

A check sees one tree through a `Scene`. What it starts runs in the sandbox; what it reads back was written by
hostile code.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from windlass.kernel import Family
from windlass.verify.model import OUTSIDE, TIMED_OUT, Reading

Role = Literal["syntax", "lint", "format", "types", "tests", "command", "security", "figure", "benchmark"]
"""What a check is to the gate: syntax and one of tests, lint or command are the core that a pass rests on.
One of security runs where a playbook asks for it, not in the tiers. A figure measures for the ratchet and
is no judge. A benchmark is run by turns on both trees.
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a started program ended. `exit_code` is None when it was killed or never reported.

    `outputs`: the bytes of the files asked for that exist. `tail`: the end of everything it printed.
    """

    exit_code: int | None
    outputs: Mapping[str, bytes]
    stdout: bytes
    tail: str
    seconds: float
    timed_out: bool
    problem: str = ""
    """Why there is no exit code, in words; empty when there is one."""
    outside: bool = False
    """The sandbox itself failed: this says nothing about the tree."""
    used: Mapping[str, float] = field(default_factory=dict)
    """What it took: `wall_s`, `cpu_s`, `peak_mb`; empty where nobody could tell."""

    def why(self, what: str = "") -> str:
        """Why there is no usable result, in words, with the end of what the program printed; `what` goes
        first.
        """
        reason = self.problem or f"ended with exit code {self.exit_code} and no usable report"
        lines = [line.strip() for line in self.tail.splitlines() if line.strip()]
        reason = f"{what}: {reason}" if what else reason
        return reason + (f": {' | '.join(lines[-5:])[:800]}" if lines else "")


class Start(Protocol):
    """Starts one program in the sandbox with the tree as working directory.

    `copy`: give it a private writable copy instead of the read-only tree. `outputs`: files to bring back,
    relative to
    `$WINDLASS_OUT`. `{out}` in `argv` is replaced by that directory.
    """

    def __call__(
        self,
        argv: Sequence[str],
        *,
        copy: bool = False,
        outputs: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> Ended: ...


@dataclass(frozen=True)
class Scene:
    """One tree as a check may see it.

    `files`: every path. `root`: where the read-only tree lies inside. `texts`: configuration files read.
    `changed`: paths that the change touched. `only`: tests to run
    (paths or ids), empty for all. `packages`: installed in the environment, name to version. `python`: the
    project's
    interpreter inside the sandbox. `tools`: windlass's own programs by name. `coverage`: measure it where
    configured. `reach_s`: for so many
    seconds record what every test runs, where the check can.
    """

    files: frozenset[str]
    root: str
    texts: Mapping[str, str]
    changed: tuple[str, ...]
    packages: Mapping[str, str]
    python: str
    start: Start
    tools: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    problem: str = ""
    """Why the project's environment could not be built; empty when it was."""
    coverage: bool = False
    reach_s: float = 0.0

    def blame(self, ended: Ended) -> dict[str, float]:
        """Metrics of an UNKNOWN: whether it came from around the check, and whether time ran out."""
        signs = {OUTSIDE: ended.outside, TIMED_OUT: ended.timed_out}
        return {name: 1.0 for name, sign in signs.items() if sign}

    def having(self, predicate: Callable[[str], bool]) -> list[str]:
        """Paths for which `predicate` holds, sorted."""
        return sorted(path for path in self.files if predicate(path))


class Check(Protocol):
    """One kind of check. It may name the tiers it belongs to in an attribute `tiers`, of 0 to 3; without one
    its role says them.
    """

    @property
    def role(self) -> Role: ...

    def absent(self, scene: Scene) -> str:
        """Why this check does not apply to the tree; empty when it does. Starts nothing."""
        ...

    def read(self, scene: Scene) -> Reading:
        """Run and report. What cannot be told is UNKNOWN with the reason and the fix in `detail`."""
        ...


CHECKS: Final[Family[Check]] = Family("checks", "windlass.plugins.checks")
