"""The log as it grows, for many who follow it: one thread reads, everybody is given the same events.

Every subscriber pulls at its own pace from one buffer of the newest events, or from the database while it is
further behind; so none costs memory of its own. One that has been up to date and then falls out of the buffer
is too slow and is told so; it comes back with the id it has. Nothing is lost or reordered: on PostgreSQL
events are given below the oldest running transaction only, on SQLite in the order of commits.
"""

import threading
import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final

from windlass.events import records
from windlass.events.model import Cursor, Event
from windlass.kernel import Conflict, Unavailable, iso
from windlass.store import Bell, Database, Transaction

BUFFER_MAX: Final = 5_000
"""Newest events kept; who was up to date and is further behind than this is too slow."""
BEGIN_WITH: Final = 1_000
"""Events in the buffer at the start, so that clients who come back after a restart find theirs."""
PAGE: Final = 500
LOOK_EVERY_S: Final = 2.0
"""Without a bell's ringing the log is looked at so often."""
HELD_MIN_S: Final = 0.002
HELD_MAX_S: Final = 0.05
"""While an older transaction holds events back, the log is looked at after 2 ms, then 4, up to 50."""
AWAY_S: Final = 0.5
SUBSCRIPTIONS_MAX: Final = 2_000


class TooSlow(Unavailable):
    """A subscriber did not take its events in time; it may come back behind the last it has."""


class FeedClosed(Unavailable):
    """The feed ends with its process; come back to another server, or to this one when it is up again."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a subscriber wants; an empty part wants everything. Kinds are whole, or a subject and its dot.

    With `repository`, events that belong to no repository (nodes, tokens, sessions) are left out too: it is
    also what a caller who is bound to one repository may see.
    """

    tasks: frozenset[int] = frozenset()
    kinds: frozenset[str] = frozenset()
    repository: int | None = None

    def takes(self, event: Event) -> bool:
        if self.repository is not None and event.subject.repository != self.repository:
            return False
        if self.tasks and event.subject.task not in self.tasks:
            return False
        return not self.kinds or event.kind in self.kinds or f"{event.kind.partition('.')[0]}." in self.kinds


EVERYTHING: Final = Filter()


@dataclass(frozen=True, slots=True)
class Notice:
    """An event at its place. `wire` keeps what it was rendered to, so that it is rendered once for all."""

    place: Cursor
    event: Event
    wire: dict[str, bytes] = field(default_factory=dict, compare=False, repr=False)

    def message(self) -> dict[str, object]:
        """The event as it is told outside: `Event` of asyncapi.yaml."""
        event, about = self.event, self.event.subject
        return {
            "type": "event", "id": str(self.place), "at": iso(event.at), "kind": event.kind,
            "actor": event.actor, "repository": about.repository, "item": about.item, "task": about.task,
            "fence": about.fence, "data": event.data,
        }  # fmt: skip


class Feed:
    """Follows one database; its thread starts with the first subscription."""

    def __init__(self, database: Database, *, buffer_max: int = BUFFER_MAX) -> None:
        self._database, self._buffer_max = database, buffer_max
        self._changed = threading.Condition()
        self._notices: list[Notice] = []
        self._places: list[Cursor] = []
        self._since = Cursor()
        """The place before the first notice of the buffer."""
        self._first = 0
        """The number of that notice, counted since the start."""
        self._subscriptions: set[Subscription] = set()
        self._callbacks: tuple[Callable[[], None], ...] = ()
        self._thread: threading.Thread | None = None
        self._bell: Bell | None = None
        self._closed = False

    def subscribe(self, chosen: Filter = EVERYTHING, after: Cursor | None = None) -> "Subscription":
        """Follow the log behind `after`, or from its end on. Asks the database, so it may block.

        On a closed feed the first look raises FeedClosed, so that who comes back meanwhile hears Bye: a
        browser's EventSource never tries again after an error.
        """
        self._start()
        end = self._database.read(records.end)
        if after is not None and after > end:
            raise Conflict(
                f"event id {after} is ahead of the log, which ends at {end}",
                hint="the database was restored from a backup; read the state anew and start without an id",
            )
        with self._changed:
            if len(self._subscriptions) >= SUBSCRIPTIONS_MAX:
                raise Unavailable(f"{SUBSCRIPTIONS_MAX} clients follow already", hint="try again later")
            made = Subscription(self, chosen, end if after is None else after)
            self._subscriptions.add(made)
        return made

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` from the feed's thread when there is news, and at the close; returns what ends that."""
        with self._changed:
            self._callbacks = (*self._callbacks, wake)

        def leave() -> None:
            with self._changed:
                self._callbacks = tuple(one for one in self._callbacks if one is not wake)

        return leave

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def followers(self) -> int:
        return len(self._subscriptions)

    def close(self) -> None:
        """End every subscription; who waits is woken and hears FeedClosed."""
        self._closed = True
        self._wake()
        if self._bell is not None and self._thread is not None:
            self._bell.wake()
            self._thread.join(5.0)

    def __enter__(self) -> "Feed":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        if self._closed or self._thread is not None:
            return
        count = min(BEGIN_WITH, self._buffer_max)
        since = self._database.read(lambda tx: records.back(tx, count))
        with self._changed:
            if self._thread is None and not self._closed:
                self._since = since
                self._bell = self._database.bell()
                self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        assert self._bell is not None
        held_s = HELD_MIN_S
        place = self._since
        try:
            while not self._closed:
                try:
                    found, held = self._look(place)
                except Unavailable:  # the subscribers wait; their clients see pings
                    self._bell.wait(AWAY_S)
                    continue
                if found:
                    place, held_s = found[-1].place, HELD_MIN_S
                    self._publish(found)
                if len(found) < PAGE:
                    self._bell.wait(held_s if held else LOOK_EVERY_S)
                    held_s = min(2 * held_s, HELD_MAX_S) if held else HELD_MIN_S
        finally:
            self._bell.close()

    def _look(self, place: Cursor) -> tuple[list[Notice], bool]:
        """The next events, and whether others wait behind an older transaction."""

        def look(tx: Transaction) -> tuple[list[Notice], bool]:
            found = [Notice(at, event) for at, event in records.placed_after(tx, place, PAGE)]
            return found, records.held_back(tx)

        return self._database.read(look)

    def _publish(self, found: list[Notice]) -> None:
        with self._changed:
            self._notices += found
            self._places += [one.place for one in found]
            if (spare := len(self._notices) - self._buffer_max) > self._buffer_max // 4:
                self._since = self._places[spare - 1]
                self._first += spare
                del self._notices[:spare], self._places[:spare]
        self._wake()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
            callbacks = self._callbacks
        for wake in callbacks:
            wake()


class Subscription:
    """One subscriber's way through the log; used by one thread at a time."""

    def __init__(self, feed: Feed, chosen: Filter, place: Cursor) -> None:
        self._feed, self._chosen = feed, chosen
        self.place = place
        """Everything up to here was looked at, and given if the filter takes it."""
        self._number: int | None = None
        """The next notice in the feed's count; None: not in the buffer yet."""
        self._current = False
        """Whether it has had everything there was at some time; from then on it must keep up."""

    def take(self, limit: int = PAGE) -> list[Notice] | None:
        """What is there now, without waiting; empty as well when the filter takes none of it.

        None: the next events are older than the buffer, `catch_up` reads them from the database.
        """
        feed = self._feed
        with feed._changed:
            if feed._closed:
                raise FeedClosed("this server stops", hint="connect again behind the last id")
            number = self._located()
            if number is None:
                return None
            start = number - feed._first
            found = feed._notices[start : start + limit]
            self._number = number + len(found)
            self._current |= start + len(found) == len(feed._notices)
        kept = [one for one in found if one.place > self.place and self._chosen.takes(one.event)]
        if found:
            self.place = max(self.place, found[-1].place)
        return kept

    def catch_up(self, limit: int = PAGE) -> list[Notice]:
        """The next page from the database, filtered."""
        if self._feed.closed:
            raise FeedClosed("this server stops", hint="connect again behind the last id")
        rows = self._feed._database.read(lambda tx: records.placed_after(tx, self.place, limit))
        if rows:
            self.place = rows[-1][0]
        return [Notice(place, event) for place, event in rows if self._chosen.takes(event)]

    def next(self, timeout_s: float) -> list[Notice]:
        """The next events that the filter takes, in order; empty after `timeout_s` without any."""
        until = time.monotonic() + timeout_s
        while True:
            before = self.place
            found = self.take()
            if found := self.catch_up() if found is None else found:
                return found
            if self.place == before and not self._waited(until - time.monotonic()):
                return []

    def close(self) -> None:
        with self._feed._changed:
            self._feed._subscriptions.discard(self)

    def __enter__(self) -> "Subscription":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _waited(self, timeout_s: float) -> bool:
        """Sleep until there is news; whether there is."""
        with self._feed._changed:
            return timeout_s > 0 and self._feed._changed.wait_for(self._has_news, timeout_s)

    def _has_news(self) -> bool:
        number = self._located()
        return self._feed._closed or (
            number is not None and number < self._feed._first + len(self._feed._notices)
        )

    def _located(self) -> int | None:
        """The number of the next notice; raises TooSlow when the buffer has gone past it."""
        feed = self._feed
        if self._number is not None and self._number >= feed._first:
            return self._number
        if self._number is not None and self._current:
            raise TooSlow(
                f"more than {feed._buffer_max} events behind", hint=f"connect again behind {self.place}"
            )
        self._number = None
        if self.place >= feed._since:
            self._number = feed._first + bisect_right(feed._places, self.place)
        return self._number
