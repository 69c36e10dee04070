"""Ctrl-C for commands that follow what happens, until it is heard; and for runs, from their first moment."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, Protocol

import click

AGAIN_S: Final = 1.0
"""Python drops what is raised while it clears up an object, an interruption too; so it is raised again."""


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGINT and SIGTERM raise KeyboardInterrupt in the block, again and again until the block has ended."""

    def stop(_number: int, _frame: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        for number, known in zip(numbers, before, strict=True):
            signal.signal(number, known)


class Stoppable(Protocol):
    """What hands its work back when told to, such as a daemon."""

    def stop(self) -> None: ...


class Stopping:
    """From now on SIGINT and SIGTERM let a run hand its work back, also one that has not begun yet; the
    second of them ends the process at once.
    """

    def __init__(self) -> None:
        self._presses = 0
        self._run: Stoppable | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._heard)

    def begun(self, run: Stoppable) -> None:
        """The run is there: this is what stops."""
        self._run = run
        if self._presses:
            run.stop()

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        self._presses += 1
        if self._presses > 1:
            os._exit(130)
        click.echo("\nstopping: handing work back (press again to stop at once)", err=True)
        if self._run is not None:
            self._run.stop()
