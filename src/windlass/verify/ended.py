"""How a program ended that a check started."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field


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
    full: str = ""
    """Said where nothing was left of its temporary space when it ended, to be added to a reason."""

    @property
    def ending(self) -> str:
        """Its exit code in words; a negative one is a signal."""
        code = self.exit_code or 0
        try:
            said = f"was killed by {signal.Signals(-code).name}" if code < 0 else ""
            return said or f"ended with exit code {code}"
        except ValueError:
            return f"was killed by signal {-code}"

    def why(self, what: str = "") -> str:
        """Why there is no usable result, in words, with the end of what the program printed; `what` goes
        first.
        """
        reason = self.problem or f"{self.ending}, without a usable report"
        lines = [line.strip() for line in self.tail.splitlines() if line.strip()]
        reason = f"{what}: {reason}{self.full}" if what else f"{reason}{self.full}"
        return reason + (f": {' | '.join(lines[-5:])[:800]}" if lines else "")
