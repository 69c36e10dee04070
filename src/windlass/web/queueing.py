"""Where claims wait for work without holding a thread: first come, first served, woken by the event log.

Hundreds of workers may wait at once. News of the log wakes a few of them, the ones who wait longest; each who
finds a task wakes the next, so that one ready task does not make everybody ask. Now and then somebody asks
without news, for work that becomes ready by time alone.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from windlass.events import Feed
from windlass.web.pool import Pool

WOKEN: Final = 4
"""Claims that news of the log wakes; each lucky one wakes another."""
LOOK_EVERY_S: Final = 0.5
"""Without news the one who waits longest asks so often."""
WAITING_MAX: Final = 5_000

Try = Callable[[], dict[str, object]]


class Queue:
    """Used from one event loop; listens to the feed only while somebody waits."""

    def __init__(self, feed: Feed, pool: Pool) -> None:
        self._feed, self._pool = feed, pool
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._leave: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._coming = False

    async def take(self, attempt: Try, wait_s: float) -> Any:
        """Try at once, then whenever there is reason to, for at most `wait_s` seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_s
        while True:
            found = await self._pool.run(attempt)
            left = until - loop.time()
            if found.get("task") is not None:
                self._wake(1)
                return found
            if left <= 0 or self._feed.closed or len(self._waiting) >= WAITING_MAX:
                return found
            await self._sleep(left)

    async def _sleep(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        mine = loop.create_future()
        self._waiting.append(mine)
        self._listen(loop)
        try:
            async with asyncio.timeout(seconds):
                await mine
        except TimeoutError:
            pass
        finally:
            if mine in self._waiting:
                self._waiting.remove(mine)
            elif mine.cancelled():
                self._wake(1)  # woken and gone at once: the wake goes on to the next
            self._rest()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._leave is None:
            self._leave = self._feed.listen(lambda: self._rung(loop))
            self._timer = loop.call_later(LOOK_EVERY_S, self._look, loop)

    def _rest(self) -> None:
        if not self._waiting and self._leave is not None:
            self._leave()
            self._leave = None
            if self._timer is not None:
                self._timer.cancel()

    def _rung(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the feed's thread."""
        if not self._coming:
            self._coming = True
            loop.call_soon_threadsafe(self._wave)

    def _wave(self) -> None:
        self._coming = False
        self._wake(len(self._waiting) if self._feed.closed else WOKEN)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._wake(1)
        self._timer = loop.call_later(LOOK_EVERY_S, self._look, loop)

    def _wake(self, count: int) -> None:
        while count > 0 and self._waiting:
            sleeper = self._waiting.popleft()
            if not sleeper.done():
                sleeper.set_result(None)
                count -= 1
