"""Progress of a run, from its own events: one line each, with time, glyph and word."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import click

from windlass.app import Plant
from windlass.cli.render import width
from windlass.events import Event

Line = Callable[[Event, Mapping[str, Any]], str]


class Shower(Protocol):
    """Where what happens is shown."""

    def begin(self, plant: Plant, *, confined: bool) -> None: ...

    def show(self, events: Sequence[Event]) -> None: ...


def _task(event: Event, data: Mapping[str, Any]) -> str:
    reason = str(data.get("reason") or data.get("detail") or "")
    return f"task {event.subject.task}" + (f": {reason}" if reason else "")


def _filed(event: Event, data: Mapping[str, Any]) -> str:
    return f"task {event.subject.task}: {data.get('title', '')} ({data.get('runner', '')})"


def _claimed(event: Event, data: Mapping[str, Any]) -> str:
    return f"task {event.subject.task}, attempt {data.get('attempt', '?')}, in a private repository"


def _item(event: Event, data: Mapping[str, Any]) -> str:
    return f"item {event.subject.item}: {data.get('title') or data.get('reason') or ''}"


def _scan(_: Event, data: Mapping[str, Any]) -> str:
    if data.get("error"):
        return f"{data['source']} failed: {data['error']}"
    counts = ", ".join(f"{data.get(change, '?')} {change}" for change in ("new", "gone", "moved"))
    share = _number(data, "coverage", 100, ".0f")
    return f"{data['source']}: {counts}; looked at {share} % of what it should"


def _verdict(event: Event, data: Mapping[str, Any]) -> str:
    reasons = "; ".join(str(reason) for reason in data.get("reasons", ()))
    known = f", {data['known']} known failures of the base not blamed" if data.get("known") else ""
    return f"task {event.subject.task} in {_number(data, 'seconds', 1, '.1f')} s{known}" + (
        f": {reasons}" if reasons else ""
    )


def _landing(event: Event, data: Mapping[str, Any]) -> str:
    where = str(data.get("ref") or data.get("branch") or "").removeprefix("refs/heads/")
    commit = str(data.get("commit") or "")[:10]
    reason = str(data.get("reason") or "")
    return f"task {event.subject.task} on {where} {commit}".rstrip() + (f": {reason}" if reason else "")


def _split(event: Event, data: Mapping[str, Any]) -> str:
    others = ", ".join(str(task) for task in data.get("tasks", ()) if task != event.subject.task)
    where = f"task {event.subject.task} with {others}"
    return f"{where}: batch {data.get('batch')} was {data.get('said')}: {data.get('reason')}"


def _reverts(event: Event, data: Mapping[str, Any]) -> str:
    again = f"; task {data['again']} does it again" if data.get("again") else ""
    return f"{str(data.get('commit'))[:10]} of task {event.subject.task}: {data.get('reason')}{again}"


def _trunk(_: Event, data: Mapping[str, Any]) -> str:
    failing = data.get("failing") or ()
    since = f", since {', '.join(str(one)[:10] for one in data['culprits'])}" if data.get("culprits") else ""
    told = f": {', '.join(map(str, failing))}{since}" if failing else ""
    return f"{data.get('branch')} at {str(data.get('commit'))[:10]}{told}"


def _night(_: Event, data: Mapping[str, Any]) -> str:
    told = data.get("said") or {}
    said = f": {', '.join(f'{name} {word}' for name, word in told.items())}" if told else ""
    return f"{data.get('every')} of {str(data.get('commit'))[:10]}{said}"


def _pull(event: Event, data: Mapping[str, Any]) -> str:
    return f"task {event.subject.task} as {data.get('url') or data.get('branch')}"


def _left(_: Event, data: Mapping[str, Any]) -> str:
    return f"pull request {data.get('number')}: {data.get('reason')}"


def _asks(event: Event, data: Mapping[str, Any]) -> str:
    what = f"item {event.subject.item}" if event.subject.task is None else f"task {event.subject.task}"
    return f"about {what}: windlass decide show {data.get('decision', '')}"


def _text(_: Event, data: Mapping[str, Any]) -> str:
    return str(data.get("text") or data.get("question") or data.get("error") or data.get("reason") or "")


def _reaped(_: Event, data: Mapping[str, Any]) -> str:
    ended = len(data.get("processes") or ())
    told = f"{ended} processes of a dead worker were ended" if ended else ""
    return "; ".join(filter(None, (told, str(data.get("saved") or ""))))


def _number(data: Mapping[str, Any], name: str, times: int, form: str) -> str:
    told = data.get(name)
    return f"{told * times:{form}}" if isinstance(told, int | float) else "?"


KINDS: Final[Mapping[str, tuple[str, str, Line]]] = {
    "source.scanned": ("?", "looked", _scan),
    "source.failed": ("!", "failed", _scan),
    "item.discovered": ("+", "found", _item),
    "item.closed": ("✓", "closed", _item),
    "item.blocked": ("-", "blocked", _item),
    "decision.opened": ("!", "asks you", _asks),
    "task.filed": (">", "task", _filed),
    "task.claimed": ("@", "work", _claimed),
    "task.submitted": ("^", "submitted", _task),
    "task.rejected": ("x", "rejected", _task),
    "task.blocked": ("-", "blocked", _task),
    "task.failed": ("x", "failed", _task),
    "task.released": ("<", "returned", _task),
    "lease.expired": ("x", "late", _task),
    "verdict.passed": ("✓", "verified", _verdict),
    "verdict.failed": ("x", "refused", _verdict),
    "verdict.unknown": ("?", "unknown", _verdict),
    "landing.landed": ("✓", "LANDED", _landing),
    "landing.proposed": ("✓", "PROPOSED", _landing),
    "landing.ejected": ("x", "ejected", _landing),
    "landing.split": ("!", "split", _split),
    "landing.waiting": ("?", "waits", _landing),
    "landing.blocked": ("-", "held", _landing),
    "landing.lowered": ("!", "lowered", _landing),
    "landing.reverting": ("!", "reverts", _reverts),
    "landing.reverted": ("!", "REVERTED", _reverts),
    "landing.revert-asked": ("!", "asks you", _reverts),
    "trunk.red": ("x", "main red", _trunk),
    "trunk.green": ("✓", "main green", _trunk),
    "night.began": ("·", "measures", _night),
    "night.finished": ("·", "measured", _night),
    "land.tree-mismatch": ("!", "ALARM", _text),
    "pull.opened": ("+", "PR", _pull),
    "pull.taken": ("+", "PR taken", _pull),
    "pull.left": ("·", "PR over", _left),
    "pull.held": ("-", "PR held", _left),
    "pull.refused": ("!", "PR refused", _text),
    "pull.waiting": ("?", "PRs wait", _text),
    "workflow.failed": ("!", "broke", _text),
    "worker.paused": ("!", "paused", _text),
    "attempt.reaped": ("!", "reaped", _reaped),
    "node.buried": ("!", "recovered", lambda _, data: f"what {data.get('node')} left behind"),
    "limit.reached": ("!", "limit", _text),
    "cycle.finished": ("·", "idle", _text),
}
"""Event kind -> glyph, word, text. What is not here is shown with --verbose only."""

COLOURS: Final[Mapping[str, str]] = {"✓": "green", "x": "red", "!": "yellow"}
"""Colour repeats what glyph and word say; without a terminal, or with NO_COLOR, there is none."""
LEAD: Final = 23
"""Columns before the text of a line; on a terminal the text is cut to what is left."""
TEXT_MAX: Final = 400

FOUND_MAX: Final = 8
"""Found items shown one by one; the rest is counted, the report and the backlog hold them all."""


class Progress:
    """Prints events to stderr."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._coloured = "NO_COLOR" not in os.environ
        self._found = 0

    def begin(self, plant: Plant, *, confined: bool) -> None:
        lands = plant.land and confined
        mode = "lands on " + plant.checkout.main if lands else "proposes branches; main does not move"
        self._line("·", "tending", str(plant.checkout.path))
        self._line("·", "mode", mode)
        if not confined:
            who = "root: it can do anything to this machine" if os.geteuid() == 0 else "you"
            self._line("!", "TRUSTED", f"no sandbox: foreign code runs as {who}; nothing lands by itself")

    def show(self, events: Sequence[Event]) -> None:
        for event in events:
            known = KINDS.get(event.kind)
            if known is not None and self._worth_showing(event.kind):
                glyph, word, text = known
                self._line(glyph, word, text(event, event.data), at=event.at)
            elif self._verbose:
                self._line(" ", event.kind, str(dict(event.data)), at=event.at)

    def _worth_showing(self, kind: str) -> bool:
        if kind != "item.discovered" or self._verbose:
            return True
        self._found += 1
        if self._found == FOUND_MAX + 1:
            self._line("+", "found", "and more: windlass backlog list")
        return self._found <= FOUND_MAX

    def _line(self, glyph: str, word: str, text: str, *, at: float | None = None) -> None:
        clock = time.strftime("%H:%M:%S", time.localtime(at))
        flat = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(text.split()))
        marked = f"{glyph} {word:<10}"
        room = width() - LEAD if sys.stderr.isatty() else TEXT_MAX
        if len(flat) > room:
            flat = flat[: max(1, room - 1)] + "…"
        if self._coloured:
            marked = click.style(marked, fg=COLOURS.get(glyph), dim=glyph not in COLOURS)
        click.echo(f"{clock}  {marked} {flat}", err=True)
