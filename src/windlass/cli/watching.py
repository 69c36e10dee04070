"""`status --watch`: the state, then what happens; redrawn on a terminal, one line each otherwise."""

import json
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

import click

from windlass.app import Plant
from windlass.cli.interrupting import interruptible
from windlass.cli.progress import KINDS
from windlass.cli.render import cut, width
from windlass.events import Cursor, Feed, Filter, Notice, TooSlow

SHOWN: Final = 12
"""Newest events below the state."""
DRAWN_EVERY_S: Final = 0.25
LOOK_EVERY_S: Final = 5.0
"""Without an event the state is read anew so often: ages and leases move on by themselves."""
CLEAR: Final = "\x1b[H\x1b[J"


@dataclass(frozen=True, slots=True)
class Look:
    """The state at one moment, as a document and as lines, and the place in the log of that moment."""

    data: Mapping[str, object]
    lines: tuple[str, ...]
    place: Cursor


class Watch:
    """Follows until interrupted."""

    def __init__(self, plant: Plant, look: Callable[[], Look], *, as_json: bool, fields: str | None) -> None:
        self._plant, self._look = plant, look
        self._as_json, self._fields = as_json or bool(fields), fields
        self._live = sys.stdout.isatty() and not self._as_json
        self._newest: deque[str] = deque(maxlen=SHOWN)
        self._told: object = None

    def run(self) -> NoReturn:
        look = self._look()
        self._show(look)
        place = look.place
        with interruptible(), Feed(self._plant.database) as feed:
            while True:
                chosen = Filter(repository=self._plant.repository.id)
                with feed.subscribe(chosen, place) as subscription:
                    try:
                        while True:
                            self._happened(subscription.next(LOOK_EVERY_S))
                            self._show(self._look())
                            time.sleep(DRAWN_EVERY_S if self._live else 0)
                    except TooSlow:
                        place = subscription.place

    def _happened(self, notices: list[Notice]) -> None:
        for one in notices:
            if self._as_json:
                self._say(one.message())
            else:
                line = told(one)
                self._newest.append(line)
                if not self._live:
                    click.echo(line)

    def _show(self, look: Look) -> None:
        """JSON: when the state has changed. A terminal: always. Otherwise only once; the events follow."""
        if self._as_json:
            data = cut(dict(look.data), self._fields)
            if data != self._told:
                self._told = data
                self._say({"type": "status", "after": str(look.place), **data})
        elif self._live:
            room = width()
            text = "\n".join(line[:room] for line in (*look.lines, "", *self._newest))
            click.echo(CLEAR + text)
        elif self._told is None:
            self._told = look.data
            click.echo("\n".join((*look.lines, "")))

    @staticmethod
    def _say(message: object) -> None:
        click.echo(json.dumps(message, default=str))
        sys.stdout.flush()


def told(notice: Notice) -> str:
    """One event as a line: time, sign, word, what."""
    event = notice.event
    clock = time.strftime("%H:%M:%S", time.localtime(event.at))
    known = KINDS.get(event.kind)
    if known is None:
        what = f"task {event.subject.task}" if event.subject.task is not None else ""
        return f"{clock}    {event.kind:<18} {what}".rstrip()
    sign, word, text = known
    return f"{clock}  {sign} {word:<18} {' '.join(text(event, event.data).split())}".rstrip()
