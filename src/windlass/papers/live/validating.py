"""Hold values against schemas with a bound on the work: neither the validator nor what makes up values can be
trusted to end, as what a contract says may take them years.
"""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import Any, Final

from windlass.papers import holding
from windlass.papers.apart import Apart, Gone
from windlass.papers.text import Steps

WHY_MAX: Final = 120
EACH_S: Final = 4.0
"""Seconds of CPU to hold one value against one schema, that schema made ready included."""
LEAST_S: Final = 0.25
SLOW_S: Final = 16.0
"""For all that take too long: each may have a quarter of what is left of them, so that many of them do not
use up the time of all the others.
"""
Misfit = tuple[Steps, str]
Held = Callable[[Any], Misfit | None]


class Unusable(Exception):
    """Nobody can say whether anything fits there."""


class TooLong(Exception):
    """Nobody can say it in time."""


def validator(draft: str, documents: dict[str, Any]) -> "Validator":
    """One for schemas of documents, by address; none refers to anything where these are no documents."""
    try:
        known = holding.registry(documents, draft)
    except ValueError:
        known = None
    return Validator(draft, known)


@dataclass
class Validator:
    """`registry`: what schemas refer to. One that has taken too long is not asked again."""

    draft: str
    registry: Any
    _left_s: float = SLOW_S
    _lost: dict[str, Exception] = field(default_factory=dict)
    _held: dict[str, Held] = field(default_factory=dict)
    _apart: Apart | None = None

    def misfit(self, schema: Any, value: Any) -> Misfit | None:
        """Where and why a value does not fit. Raises Unusable, TooLong."""
        name = json.dumps(schema)
        if name in self._lost:
            raise self._lost[name]
        self._apart = self._apart or Apart(self._answer)
        may_s = max(LEAST_S, min(EACH_S, self._left_s / 4))
        try:
            told = self._apart.ask([name, value], may_s)
        except Gone as error:
            self._left_s -= may_s if error.late else 0.0
            made = TooLong if error.late else Unusable
            self._lost[name] = made(f"to hold a value against its schema {_short(schema)} failed: {error}")
            raise self._lost[name] from error
        except (ValueError, RecursionError):
            return (), "it is deeper than anything that is read"
        if "unusable" in told:
            raise Unusable(told["unusable"])
        return (tuple(told["at"]), told["why"]) if told else None

    def _answer(self, question: list[Any]) -> dict[str, Any]:
        """In the other process: what came of it, as a value of JSON."""
        name, value = question
        if name not in self._held:
            self._held[name] = self._made(json.loads(name))
        try:
            found = self._held[name](value)
        except holding.Undecided as error:
            return {"unusable": str(error)}
        except (ValueError, RecursionError):
            found = (), "it is deeper than anything that is read"
        return {"at": found[0], "why": found[1]} if found else {}

    def _made(self, schema: Any) -> Held:
        try:
            return holding.held(schema, self.draft, self.registry)
        except ValueError as error:
            return partial(_undecided, str(error).partition("\n")[0][:WHY_MAX])


def _undecided(why: str, _: Any) -> Misfit | None:
    raise holding.Undecided(f"its schema, or what that refers to, cannot be used: {why}")


def _short(schema: Any) -> str:
    where = schema.get("$ref") if isinstance(schema, dict) else None
    return repr(where.partition("#")[2][-80:]) if isinstance(where, str) else ""


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Raises TooLong in what is done inside of it for more than so many seconds of CPU: our own work, which
    a signal can interrupt.
    """

    def late(number: int, frame: FrameType | None) -> None:
        raise TooLong(f"it took more than {seconds:g} s of work")

    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
