"""Many clients of one event loop follow one feed: its thread wakes the loop once, the loop wakes them all."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread

from windlass.events import EVERYTHING, Cursor, Feed, FeedClosed, Filter, Notice, Subscription, TooSlow
from windlass.identity import Unknown
from windlass.kernel import Clock, Unavailable, WindlassError, system_clock
from windlass.web.frames import Frames

PING_EVERY_S: Final = 15.0
TICK_S: Final = 1.0
RECHECK_EVERY_S: Final = 30.0
"""Who follows is asked anew so often whether the token or session still is good."""
STALLED_S: Final = 30.0
"""A client that takes nothing for so long is left."""
READERS_MAX: Final = 4
"""Threads that read old events for clients who come back; the others wait their turn."""

_LOG: Final = logging.getLogger(__name__)
T = TypeVar("T")


class Over(WindlassError):
    """The time that the client asked for is over."""


class Gone(WindlassError):
    """The client has left."""


def let_everybody() -> None:
    """For streams that nobody has to be known for."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a client follows, from where, and for how long. `recheck` raises Unknown once it may not."""

    chosen: Filter = EVERYTHING
    after: Cursor | None = None
    for_s: float | None = None
    recheck: Callable[[], None] = let_everybody


class Streams:
    """What all streams of a process share."""

    def __init__(
        self, feed: Feed, frames: Frames, *, clock: Clock = system_clock,
        ping_every_s: float = PING_EVERY_S, recheck_every_s: float = RECHECK_EVERY_S,
    ) -> None:  # fmt: skip
        self.feed, self.frames, self.clock = feed, frames, clock
        self.ping_every_s, self.recheck_every_s = ping_every_s, recheck_every_s
        self._tides: dict[asyncio.AbstractEventLoop, Tide] = {}

    def tide(self) -> "Tide":
        """The one of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._tides:
            tick_s = min(TICK_S, self.ping_every_s / 2, self.recheck_every_s / 2)
            self._tides[loop] = Tide(self.feed, loop, tick_s)
        return self._tides[loop]

    async def follow(self, ask: Ask) -> "Follower":
        """Begin to follow; what is wrong with `ask` is raised here, before anything was sent."""
        tide = self.tide()
        subscription = await tide.aside(lambda: self.feed.subscribe(ask.chosen, ask.after))
        return Follower(self, tide, subscription, ask)


class Tide:
    """The followers of one event loop; awake only while there are any."""

    def __init__(self, feed: Feed, loop: asyncio.AbstractEventLoop, tick_s: float) -> None:
        self._feed, self._loop, self._tick_s = feed, loop, tick_s
        self._followers: set[Follower] = set()
        self._leave: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._coming = False
        self._readers = CapacityLimiter(READERS_MAX)

    async def aside(self, work: Callable[[], T]) -> T:
        """Run what asks the database in a thread."""
        return await to_thread.run_sync(work, limiter=self._readers)

    def join(self, follower: "Follower") -> None:
        self._followers.add(follower)
        if self._leave is None:
            self._leave = self._feed.listen(self._rung)
            self._timer = self._loop.call_later(self._tick_s, self._tick)

    def part(self, follower: "Follower") -> None:
        self._followers.discard(follower)
        if not self._followers and self._leave is not None:
            self._leave()
            self._leave = None
            if self._timer is not None:
                self._timer.cancel()

    def _rung(self) -> None:
        """In the feed's thread; a wave that is on its way brings this news too."""
        if not self._coming:
            self._coming = True
            self._loop.call_soon_threadsafe(self._wave)

    def _wave(self) -> None:
        self._coming = False
        for follower in self._followers:
            follower.wake()

    def _tick(self) -> None:
        now = self._loop.time()
        for follower in list(self._followers):
            follower.look_at_the_clock(now)
        self._timer = self._loop.call_later(self._tick_s, self._tick)


class Follower:
    """One client; used by the task that serves it, `wake` and `leave` by others of the same loop."""

    def __init__(self, streams: Streams, tide: Tide, subscription: Subscription, ask: Ask) -> None:
        self._streams, self._tide, self._subscription = streams, tide, subscription
        self._recheck = ask.recheck
        self._loop = asyncio.get_running_loop()
        self._sleeping: asyncio.Future[None] | None = None
        self._over_at = None if ask.for_s is None else self._loop.time() + ask.for_s
        self._ping_at = self._loop.time() + streams.ping_every_s
        self._recheck_at = self._loop.time() + streams.recheck_every_s
        self._sending: tuple[float, asyncio.Task[object]] | None = None
        self._gone = self._looked_last = False
        self.chose: Cursor | None = None
        """Where the stream begins anew when the client has just chosen otherwise; cleared when told."""
        tide.join(self)
        if self._over_at is not None:
            self._loop.call_at(self._over_at, self.wake)

    @property
    def place(self) -> Cursor:
        return self._subscription.place

    async def turn(self) -> list[Notice]:
        """The next events; none when it is time for a ping.

        Raises Over, Gone, TooSlow, FeedClosed, or Unknown when the client may not follow any more.
        """
        while True:
            if self._gone:
                raise Gone("the client has left")
            await self._look_at_the_credential()
            subscription, before = self._subscription, self.place
            found = subscription.take()
            if found is None:
                found = await self._tide.aside(subscription.catch_up)
            if self._subscription is not subscription:
                continue  # the client chose otherwise meanwhile
            if found or self.chose is not None:
                return found
            if self.place != before:
                continue
            now = self._loop.time()
            if self._over_at is not None and now >= self._over_at:
                if self._looked_last:
                    raise Over("the time asked for is over")
                self._looked_last = True  # the feed may not have read yet what was written before the end
                if found := await self._tide.aside(subscription.catch_up):
                    return found
                continue
            if now >= self._ping_at:
                self._ping_at = now + self._streams.ping_every_s
                return []
            await self._sleep()

    async def _look_at_the_credential(self) -> None:
        """Again at the next turn where nobody could tell: then there is no news to give away either."""
        if self._loop.time() < self._recheck_at:
            return
        with suppress(Unavailable):
            await self._tide.aside(self._recheck)
            self._recheck_at = self._loop.time() + self._streams.recheck_every_s

    async def choose(self, chosen: Filter, after: Cursor | None) -> None:
        """Go on with another filter, and from another place if one is given."""
        place = self.place if after is None else after
        fresh = await self._tide.aside(lambda: self._streams.feed.subscribe(chosen, place))
        self._subscription.close()
        self._subscription, self.chose = fresh, place
        self.wake()

    async def give(self, sending: Awaitable[None]) -> None:
        """Wait until the client took it; Gone after STALLED_S."""
        task = asyncio.current_task()
        assert task is not None
        self._sending = (self._loop.time(), task)
        try:
            await sending
        except asyncio.CancelledError:
            if self._gone:
                raise Gone("the client took nothing for too long") from None
            raise
        finally:
            self._sending = None
        self._ping_at = self._loop.time() + self._streams.ping_every_s

    def wake(self) -> None:
        if self._sleeping is not None and not self._sleeping.done():
            self._sleeping.set_result(None)

    def leave(self) -> None:
        """The client is gone."""
        self._gone = True
        self.wake()

    def look_at_the_clock(self, now: float) -> None:
        if self._sending is not None and now - self._sending[0] > STALLED_S:
            self._gone = True
            self._sending[1].cancel()
        elif now >= min(self._ping_at, self._recheck_at):
            self.wake()

    def close(self) -> None:
        self._tide.part(self)
        self._subscription.close()

    async def _sleep(self) -> None:
        self._sleeping = self._loop.create_future()
        try:
            await self._sleeping
        finally:
            self._sleeping = None


_REASONS: Final[Mapping[type[Exception], str]] = {
    TooSlow: "slow", FeedClosed: "restart", Over: "over", Unknown: "credential",
}  # fmt: skip


def ended(error: Exception, sent: Cursor, looked: Cursor) -> tuple[str, Cursor]:
    """Why a stream ends, in the words of Bye, and where to go on: what was looked at may be further than what
    was sent.
    """
    reason = _REASONS.get(type(error))
    if reason is not None:
        return reason, looked
    _LOG.error("a stream ends by a fault", exc_info=error)
    return "fault", sent


@asynccontextmanager
async def beside(work: Awaitable[None]) -> AsyncIterator[None]:
    """Let `work` run for as long as the block does; the log has its fault."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        (fault,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(fault, Exception):
            _LOG.error("what ran beside a stream ended by a fault", exc_info=fault)
