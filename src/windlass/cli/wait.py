"""`windlass wait`: the state first, then every change as it happens, and a summary however it ends."""

import json
import time
from collections.abc import Callable
from typing import Final

import click

from windlass import events
from windlass.app import Plant
from windlass.cli import standing
from windlass.cli.duration import seconds
from windlass.cli.interrupting import interruptible
from windlass.cli.opening import opened
from windlass.cli.render import repo_option
from windlass.cli.standing import Stand, Turn
from windlass.dispatch import TaskStatus
from windlass.events import Cursor, Feed, Filter, TooSlow
from windlass.kernel import Invalid, iso
from windlass.store import Transaction

TIMED_OUT: Final = 124
LOOK_EVERY_S: Final = 15.0
"""Without an event the state is read anew so often."""
STATES: Final = {
    "task": frozenset(status.value for status in TaskStatus),
    "decision": frozenset({"open", "answered", "withdrawn", "none"}),
    "run": frozenset({"running", "finished"}),
}
KINDS: Final = {
    "task": frozenset({"task.", "lease.", "landing.", "verdict.", "decision.", "land."}),
    "decision": frozenset({"decision."}),
    "run": frozenset({"run."}),
}
HELP: Final = "Wait until a task, a decision or a run has ended; say each change and why it waits."


@click.command(help=HELP)
@click.argument("what", metavar="TASK|task|decision|run")
@click.argument("number", metavar="[ID]", type=int, required=False)
@click.option("--until", metavar="STATE", help="Wait for this state instead of the end.")
@click.option("--timeout", metavar="TIME", help="Give up after this time, e.g. 10m; exit code 124.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print NDJSON: a line for each change, then the summary."
)
@repo_option
def wait(
    *, what: str, number: int | None, until: str | None, timeout: str | None, as_json: bool, repo: str | None
) -> None:
    thing, number = _named(what, number)
    if until is not None and until not in STATES[thing]:
        raise Invalid(f"a {thing} is never {until!r}", hint=f"one of: {', '.join(sorted(STATES[thing]))}")
    limit = seconds(timeout)
    with opened(repo) as plant:
        waiting = Waiting(plant, thing, number, until, as_json=as_json)
        with interruptible():
            code = waiting.run(limit)
    raise SystemExit(code)


class Waiting:
    """One call of the command."""

    def __init__(
        self, plant: Plant, thing: str, number: int | None, until: str | None, *, as_json: bool
    ) -> None:
        self._plant, self._thing, self._number = plant, thing, number
        self._until, self._as_json = until, as_json
        self._began = time.monotonic()
        self._changes = 0
        self._last: Stand | None = None

    @property
    def name(self) -> str:
        return self._thing if self._number is None else f"{self._thing} {self._number}"

    def run(self, limit_s: float | None) -> int:
        """The exit code."""
        over_at = None if limit_s is None else self._began + limit_s
        code: int | None = None
        try:
            code = self._follow(over_at)
        finally:  # a person who presses Ctrl-C is told how it stands, too
            self._summary(code)
        return code

    def _follow(self, over_at: float | None) -> int:
        stand, place = self._look()
        code = self._told(stand)
        with Feed(self._plant.database) as feed:
            while code is None:
                chosen = Filter(tasks=self._tasks(), kinds=KINDS[self._thing])
                with feed.subscribe(chosen, place) as subscription:
                    while code is None:
                        left = LOOK_EVERY_S if over_at is None else over_at - time.monotonic()
                        if left <= 0:
                            return TIMED_OUT
                        try:
                            subscription.next(min(left, LOOK_EVERY_S))
                        except TooSlow:
                            place = subscription.place
                            break
                        code = self._told(self._look()[0])
        return code

    def _tasks(self) -> frozenset[int]:
        return frozenset({self._number}) if self._thing == "task" and self._number else frozenset()

    def _look(self) -> tuple[Stand, Cursor]:
        """How it stands, and the place in the log from which on changes are news."""
        read = _READERS[self._thing]
        repository = self._plant.repository.id
        return self._plant.database.read(lambda tx: (read(tx, repository, self._number), events.end(tx)))

    def _told(self, stand: Stand) -> int | None:
        """Say what changed; the exit code once there is one."""
        if stand != self._last:
            self._changes += self._last is not None
            self._last = stand
            self._say(stand)
        if self._until is not None:
            return self._reached(stand, self._until)
        code: int | None = stand.turn.value
        return code

    @staticmethod
    def _reached(stand: Stand, until: str) -> int | None:
        if stand.state == until:
            return 0
        return 1 if stand.turn in (Turn.DONE, Turn.NO) else None

    def _say(self, stand: Stand) -> None:
        now = time.time()
        if self._as_json:
            line = {
                "type": "change",
                "at": iso(now),
                "what": self.name,
                "state": stand.state,
                "why": stand.why,
            }
            click.echo(json.dumps(line))
        else:
            clock = time.strftime("%H:%M:%S", time.localtime(now))
            click.echo(f"{clock}  {self.name}  {stand.state:<13} {stand.why}".rstrip())

    def _summary(self, code: int | None) -> None:
        if self._last is None:
            return
        took = time.monotonic() - self._began
        stand = self._last
        if self._as_json:
            line = {
                "type": "summary", "at": iso(time.time()), "what": self.name, "state": stand.state,
                "why": stand.why, "changes": self._changes, "seconds": round(took, 3), "exit_code": code,
            }  # fmt: skip
            click.echo(json.dumps(line))
            return
        still = "still " if code in (None, TIMED_OUT) else ""
        times = f"{self._changes} change{'' if self._changes == 1 else 's'}"
        more = f"; see it with: windlass {self._thing} show {self._number}" if self._shown() else ""
        click.echo(f"{self.name} is {still}{stand.state} after {lasting(took)}, {times}{more}")

    def _shown(self) -> bool:
        return self._number is not None and self._thing in ("task", "decision")


def lasting(seconds_: float) -> str:
    """`7.2s`, `3m 05s`, `2h 10m`."""
    if seconds_ < 60:
        return f"{seconds_:.1f}s"
    minutes, rest = divmod(int(seconds_), 60)
    return f"{minutes}m {rest:02d}s" if minutes < 60 else f"{minutes // 60}h {minutes % 60:02d}m"


def _task(tx: Transaction, repository: int, number: int | None) -> Stand:
    assert number is not None
    return standing.stand_of_task(tx, number)


def _decision(tx: Transaction, repository: int, number: int | None) -> Stand:
    if number is None:
        return standing.stand_of_decisions(tx, repository)
    return standing.stand_of_decision(tx, number)


_READERS: Final[dict[str, Callable[[Transaction, int, int | None], Stand]]] = {
    "task": _task, "decision": _decision, "run": standing.stand_of_run,
}  # fmt: skip


def _named(what: str, number: int | None) -> tuple[str, int | None]:
    """`12`, `task 12`, `decision`, `decision 3`, `run` or `run 2`."""
    if what.isascii() and what.isdigit() and number is None:
        return "task", int(what)
    if what not in STATES:
        raise Invalid(f"{what!r} is nothing to wait for", hint="name a task's number, task, decision or run")
    if what == "task" and number is None:
        raise Invalid("which task", hint="windlass wait TASK; windlass task list shows them")
    return what, number
