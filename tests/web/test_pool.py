"""Threads are few, the queue is bounded, and errors come back to the one who asked."""

import asyncio
import threading

import pytest

from windlass.kernel import NotFound
from windlass.web.pool import Pool
from windlass.web.problem import Busy


def test_more_than_the_queue_holds_is_refused_at_once():
    gate = threading.Event()

    async def story():
        pool = Pool(threads=1, waiting_max=1)
        asked = [asyncio.ensure_future(pool.run(gate.wait)) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(Busy):
            await pool.run(gate.wait)
        gate.set()
        assert await asyncio.gather(*asked) == [True, True]
        assert await pool.run(lambda: 7) == 7
        pool.close()

    asyncio.run(story())


def test_errors_come_back():
    def fail():
        raise NotFound("nothing")

    async def story():
        pool = Pool(threads=1)
        with pytest.raises(NotFound):
            await pool.run(fail)
        pool.close()

    asyncio.run(story())
