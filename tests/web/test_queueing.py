"""Claims that wait: nobody is forgotten, one task wakes few, and a wait ends in time."""

import asyncio
import threading
import time

from windlass.web.pool import Pool
from windlass.web.queueing import WOKEN, Queue


class Bell:
    """A feed that only rings."""

    def __init__(self):
        self.wakes, self.closed = [], False

    def listen(self, wake):
        self.wakes.append(wake)
        return lambda: self.wakes.remove(wake)

    def ring(self):
        for wake in list(self.wakes):
            wake()


class Counter:
    """Tasks that may be claimed, and how often somebody asked."""

    def __init__(self, ready=0):
        self.ready, self.asked, self.lock = ready, 0, threading.Lock()

    def take(self):
        with self.lock:
            self.asked += 1
            if not self.ready:
                return {"task": None}
            self.ready -= 1
            return {"task": {"id": self.ready}}


def test_everybody_who_waits_gets_a_task_soon_after_the_ring():
    async def story():
        bell, tasks, pool = Bell(), Counter(), Pool(threads=8)
        queue = Queue(bell, pool)
        waiting = [asyncio.ensure_future(queue.take(tasks.take, 60)) for _ in range(40)]
        await asyncio.sleep(0.2)
        asked, tasks.ready = tasks.asked, 40
        began = time.monotonic()
        bell.ring()
        got = await asyncio.gather(*waiting)
        assert all(one["task"] for one in got)
        assert time.monotonic() - began < 30
        assert tasks.asked - asked < 80
        assert bell.wakes == [], "nobody listens when nobody waits"
        pool.close()

    asyncio.run(story())


def test_one_ready_task_does_not_make_everybody_ask():
    async def story():
        bell, tasks, pool = Bell(), Counter(), Pool(threads=8)
        queue = Queue(bell, pool)
        waiting = [asyncio.ensure_future(queue.take(tasks.take, 0.6)) for _ in range(100)]
        await asyncio.sleep(0.1)
        asked, tasks.ready = tasks.asked, 1
        bell.ring()
        await asyncio.sleep(0.2)
        assert tasks.asked - asked <= 2 * WOKEN
        got = await asyncio.gather(*waiting)
        assert sum(one["task"] is not None for one in got) == 1
        pool.close()

    asyncio.run(story())


def test_a_wait_ends_in_time_and_a_hung_up_client_wakes_the_next():
    async def story():
        bell, tasks, pool = Bell(), Counter(), Pool(threads=4)
        queue = Queue(bell, pool)
        began = time.monotonic()
        assert await queue.take(tasks.take, 0.2) == {"task": None}
        assert time.monotonic() - began < 30
        gone = [asyncio.ensure_future(queue.take(tasks.take, 60)) for _ in range(WOKEN)]
        last = asyncio.ensure_future(queue.take(tasks.take, 60))
        await asyncio.sleep(0.1)
        for one in gone:
            one.cancel()
        tasks.ready = 1
        bell.ring()
        assert (await last)["task"] is not None
        pool.close()

    asyncio.run(story())


def test_a_server_that_stops_lets_everybody_go():
    async def story():
        bell, pool = Bell(), Pool(threads=4)
        queue = Queue(bell, pool)
        waiting = [asyncio.ensure_future(queue.take(Counter().take, 20)) for _ in range(10)]
        await asyncio.sleep(0.1)
        bell.closed = True
        bell.ring()
        assert await asyncio.wait_for(asyncio.gather(*waiting), 3) == [{"task": None}] * 10
        pool.close()

    asyncio.run(story())
