"""Folders that agents keep between the attempts at a task: their sessions, their memory of what they tried.

One for each task and runner, beside the attempts; shown writable inside, and strangers' files in all of it.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from windlass.dispatch.bounds import weigh
from windlass.dispatch.employer import Job
from windlass.kernel import Invalid
from windlass.sandbox import prepare_writable
from windlass.workspace import Attempt

STATE: Final = "state"
"""The folder, beside the attempts, of all of them."""
BYTES_MAX: Final = 2 << 30
ENTRIES_MAX: Final = 200_000
LOOK_S: Final = 5.0
REST: Final = 50
"""After a look at a folder, so many times as long as the look took nobody looks again."""


@dataclass(slots=True)
class State:
    """One such folder while an attempt uses it. It is the `stop` of what runs there: the lease was lost, or
    the folder has grown too large.
    """

    path: Path
    lost: threading.Event
    bytes_max: int = BYTES_MAX
    full: bool = field(default=False, init=False)
    _due: float = field(default=0.0, init=False)

    @classmethod
    def open(cls, attempts: Path, job: Job, lost: threading.Event) -> "State":
        """Make the folder, or find what earlier attempts left in it."""
        made = cls(place(attempts, job), lost)
        made.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        prepare_writable(made.path)
        return made

    @property
    def home(self) -> Path:
        """The home directory of programs that are talked with."""
        return self.path / "home"

    def is_set(self) -> bool:
        if not self.full and time.monotonic() >= self._due:
            began = time.monotonic()
            self.full = not fits(self.path, self.bytes_max)
            took = time.monotonic() - began
            self._due = time.monotonic() + max(LOOK_S, REST * took)
        return self.full or self.lost.is_set()

    def close(self) -> None:
        """End its use; a folder that nobody used goes. Raises Invalid when it has grown too large: then it is
        gone.
        """
        if self.full or not fits(self.path, self.bytes_max):
            Attempt.discard(self.path)
            raise Invalid(
                f"what the agent keeps for its task is more than {self.bytes_max >> 20} MiB"
                f" or {ENTRIES_MAX} files, and was thrown away"
            )
        with suppress(OSError):  # it is used, or gone
            self.home.rmdir()
            self.path.rmdir()


def place(attempts: Path, job: Job) -> Path:
    """Where a runner's state for a task is."""
    runner = hashlib.sha256(job.runner.encode()).hexdigest()[:12]
    return attempts / STATE / f"{job.lease.task_id}.{runner}"


def sweep(attempts: Path, over: Callable[[int], bool]) -> None:
    """Remove the states of tasks that are over, and what a crash left of such removals."""
    top = attempts / STATE
    for folder in sorted(top.glob("*.*")):
        number = folder.name.partition(".")[0]
        if number.isdigit() and over(int(number)):
            Attempt.discard(folder)
    Attempt.sweep(top)


def fits(folder: Path, bytes_max: int) -> bool:
    """Whether a folder holds no more than it may, as its disk counts; no link in it is followed."""
    size, entries = weigh(folder, bytes_max=bytes_max, entries_max=ENTRIES_MAX)
    return size <= bytes_max and entries <= ENTRIES_MAX
