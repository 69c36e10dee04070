"""How several tasks go on: a table that is redrawn on a terminal, a line for each event otherwise."""

import os
import sys
import time
from collections.abc import Sequence
from typing import Final

import click

from windlass import dispatch
from windlass.app import Plant
from windlass.cli.progress import Progress
from windlass.cli.render import table, width
from windlass.cli.standing import stand_of_task
from windlass.events import Event
from windlass.store import Transaction

DRAWN_EVERY_S: Final = 0.25
TITLE_SHOWN: Final = 60


class Board:
    """Prints to stderr. Events of other tasks are shown in neither form."""

    def __init__(self, plant: Plant, tasks: Sequence[int], *, verbose: bool) -> None:
        self._plant, self._tasks = plant, tuple(tasks)
        self._lines = Progress(verbose=verbose)
        self._live = sys.stderr.isatty() and not verbose and os.environ.get("TERM", "dumb") != "dumb"
        self._height = 0
        self._drawn_at = 0.0

    def begin(self, plant: Plant, *, confined: bool) -> None:
        """Say where the work goes on."""
        self._lines.begin(plant, confined=confined)

    def show(self, events: Sequence[Event]) -> None:
        mine = [one for one in events if self._about(one)]
        if not self._live:
            self._lines.show(mine)
        elif mine and time.monotonic() - self._drawn_at >= DRAWN_EVERY_S:
            self.draw()

    def draw(self) -> None:
        """Write the table over the one before."""
        self._drawn_at = time.monotonic()
        lines = self._plant.database.read(self._rows)
        up = f"\x1b[{self._height}A\x1b[J" if self._height else ""
        click.echo(up + "\n".join(lines), err=True)
        self._height = len(lines)

    def _rows(self, tx: Transaction) -> list[str]:
        now, rows = tx.now(), []
        for number in self._tasks:
            task, tries = dispatch.task(tx, number), dispatch.attempts(tx, number)
            seconds = sum((one.finished_at or now) - one.started_at for one in tries)
            took = f"{seconds:.0f} s" if tries else ""
            stand = stand_of_task(tx, number)
            rows.append((number, task.title[:TITLE_SHOWN], stand.state, took, stand.why))
        return table(("TASK", "PART", "STATE", "AT WORK", ""), rows, columns=width())

    def _about(self, event: Event) -> bool:
        run_itself = event.subject.task is None and event.subject.item is None
        return run_itself or concerns(self._plant, self._tasks, event)


def concerns(plant: Plant, tasks: Sequence[int], event: Event) -> bool:
    """Whether an event is about one of these tasks, or a try at one."""
    number = event.subject.task
    if number is None or number in tasks:
        return number is not None
    return plant.database.read(lambda tx: dispatch.task(tx, number)).root in tasks
