"""Callers that ask for the same thing at the same time are served together, by one of them.

Whoever finds nobody at work serves everybody who waits, then hands the work to the next one who waits: no
thread of its own, no caller held longer than one batch, and no hand-over at all for a caller who is alone.
Who was served together comes back one by one; the next to serve gives them a moment to be served together.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from windlass.kernel import Unavailable

R = TypeVar("R")
A = TypeVar("A")

BATCH_MAX: Final = 64
"""Requests that are served by one call."""
GATHER: Final = 0.3
GATHER_MAX_S: Final = 0.005
"""So much of the last call's time, and no longer, the next one waits for as many as were served then."""


class _Ticket:
    __slots__ = ("answer", "error", "gate", "leads", "request")

    def __init__(self, request: Any) -> None:
        self.request = request
        self.answer: Any = None
        self.error: BaseException | None = None
        self.leads = False
        self.gate = threading.Lock()
        self.gate.acquire()


@dataclass(slots=True)
class _Line:
    waiting: "deque[_Ticket]" = field(default_factory=deque)
    busy: bool = False
    served: int = 1
    took_s: float = 0.0
    gathered: threading.Event = field(default_factory=threading.Event)
    """Set when as many wait as were `served` last."""

    def count(self) -> None:
        if len(self.waiting) >= self.served:
            self.gathered.set()


class Combiner:
    """One line of waiting callers per key, of which there are few; safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: dict[Hashable, _Line] = {}

    def ask(self, key: Hashable, request: R, serve: Callable[[Sequence[R]], Sequence[A | Exception]]) -> A:
        """The answer to `request`; an exception among the answers is raised in its own caller alone.

        `serve` answers every request it is given, in their order; what it raises is raised in all of them.
        """
        with self._lock:
            line = self._lines.get(key) or self._lines.setdefault(key, _Line())
            alone = not line.busy and line.served == 1  # nobody is there, and nobody is expected
            ticket = None if alone else _Ticket(request)
            if ticket is not None:
                line.waiting.append(ticket)
                ticket.leads = not line.busy
                line.count()
            line.busy = True
        if ticket is None:
            return self._serve_alone(line, request, serve)
        self._wait(line, ticket)
        if ticket.leads:
            self._serve(line, serve)
        if ticket.error is not None:
            raise ticket.error
        answer: A = ticket.answer
        return answer

    def _serve_alone(
        self, line: _Line, request: R, serve: Callable[[Sequence[R]], Sequence[A | Exception]]
    ) -> A:
        began = time.perf_counter()
        try:
            (answer,) = serve([request])
        finally:
            with self._lock:
                line.took_s = time.perf_counter() - began
                self._next(line)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _wait(self, line: _Line, ticket: _Ticket) -> None:
        try:
            if not ticket.leads:
                ticket.gate.acquire()
            if ticket.leads:
                line.gathered.wait(min(line.took_s * GATHER, GATHER_MAX_S))
        except BaseException:  # Ctrl-C: leave the line, and do not take the lead along
            with self._lock:
                if ticket in line.waiting:
                    line.waiting.remove(ticket)
                if ticket.leads:
                    self._next(line)
            raise

    def _serve(self, line: _Line, serve: Callable[[Sequence[Any]], Sequence[Any]]) -> None:
        began = time.perf_counter()
        with self._lock:
            batch = [line.waiting.popleft() for _ in range(min(BATCH_MAX, len(line.waiting)))]
            line.served = len(batch)
            line.gathered.clear()
            line.count()
        try:
            answers = serve([ticket.request for ticket in batch])
            for ticket, answer in zip(batch, answers, strict=True):
                if isinstance(answer, Exception):
                    ticket.error = answer
                else:
                    ticket.answer = answer
        except BaseException as error:  # not ours: raised in every caller that waits for it
            for ticket in batch:
                ticket.error = error if isinstance(error, Exception) else _interrupted()
            if not isinstance(error, Exception):
                raise
        finally:
            with self._lock:
                line.took_s = time.perf_counter() - began
                self._next(line)
            for ticket in batch:
                ticket.gate.release()

    def _next(self, line: _Line) -> None:
        """Give the lead to whoever waits longest; with nobody there the line is free. Under the lock."""
        line.busy = bool(line.waiting)
        if line.busy:
            line.waiting[0].leads = True
            line.waiting[0].gate.release()


def _interrupted() -> Unavailable:
    return Unavailable("the call was interrupted with the one that served it", hint="look again, then repeat")
