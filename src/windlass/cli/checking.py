"""What is being checked right now: one line of the terminal, gone in the end; a log gets the long ones."""

import sys
import threading
import time
from types import TracebackType
from typing import Final

import click

from windlass.cli.render import printable, width
from windlass.verify import Outcome, Reading

LONG_S: Final = 10.0
"""A check that takes longer is told of where there is no terminal."""
DRAW_S: Final = 0.5
SIGNS: Final = {Outcome.PASSED: "✓", Outcome.FAILED: "x", Outcome.UNKNOWN: "?"}


class Checking:
    """Shows on stderr which checks run and since when, for as long as the block lasts."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._running: dict[str, float] = {}
        self._done = 0
        self._lock, self._end = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._draw, name="checking", daemon=True)

    def __enter__(self) -> "Checking":
        if self._live:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        if self._live:
            self._thread.join()

    def heard(self, check: str, reading: Reading | None) -> None:
        """A check begins, or has ended."""
        now = time.monotonic()
        with self._lock:
            if reading is None:
                self._running[check] = now
                return
            began = self._running.pop(check, now)
            self._done += 1
        if not self._live and now - began >= LONG_S:
            click.echo(f"{SIGNS[reading.outcome]} {printable(check)}  {now - began:.0f} s", err=True)

    def _draw(self) -> None:
        while not self._end.wait(DRAW_S):
            click.echo(f"\r\x1b[K{self._line(width())}", err=True, nl=False)
        click.echo("\r\x1b[K", err=True, nl=False)

    def _line(self, most: int) -> str:
        now = time.monotonic()
        with self._lock:
            running = [f"{printable(name)} {now - began:.0f} s" for name, began in self._running.items()]
            told = f"{self._done} checks done"
        line = f"{told}, running: {', '.join(running)}" if running else f"{told}, looking"
        return line if len(line) < most else f"{line[: most - 2]}…"
