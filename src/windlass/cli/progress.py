"""Progress of a run, from its own events: one line each, with time, glyph and word."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import click

from windlass.app import Plant
from windlass.events import Event

Line = Callable[[Event, Mapping[str, Any]], str]


def _task(event: Event, data: Mapping[str, Any]) -> str:
    reason = str(data.get("reason") or data.get("detail") or "")
    return f"task {event.subject.task}" + (f": {reason}" if reason else "")


def _scan(event: Event, data: Mapping[str, Any]) -> str:
    if data.get("error"):
        return f"{data['source']} failed: {data['error']}"
    share = float(data.get("coverage", 0)) * 100
    return f"{data['source']}: {data.get('new', 0)} new, {data.get('gone', 0)} gone, coverage {share:.0f} %"


KINDS: Final[Mapping[str, tuple[str, str, Line]]] = {}
"""Event kind -> glyph, word, text."""


class Progress:
    """Prints events to stderr."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose

    def begin(self, plant: Plant) -> None:
        mode = "lands on " + plant.checkout.main if plant.land else "proposes branches; main does not move"
        self._line("·", "tending", f"{plant.checkout.path} ({plant.checkout.main}); {mode}")
        if plant.wish.trust:
            self._line(
                "!", "TRUSTED", "no sandbox: the repository's code runs as you; nothing lands by itself"
            )

    def show(self, events: Sequence[Event]) -> None:
        for event in events:
            known = KINDS.get(event.kind)
            if known is not None:
                glyph, word, text = known
                self._line(glyph, word, text(event, event.data), at=event.at)
            elif self._verbose:
                self._line(" ", event.kind, str(dict(event.data)), at=event.at)

    def _line(self, glyph: str, word: str, text: str, *, at: float | None = None) -> None:
        clock = time.strftime("%H:%M:%S", time.localtime(at))
        flat = " ".join(text.split())
        click.echo(f"{clock}  {glyph} {word:<9} {flat}"[:400], err=True)
