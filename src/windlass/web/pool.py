"""Where the event loop hands the synchronous rooms their work: a fixed number of threads, a bounded queue."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from windlass.web.problem import Busy

T = TypeVar("T")

THREADS: Final = 32
WAITING_MAX: Final = 2_000
"""Calls that may wait for a thread; the next one hears that the server is busy."""


class Pool:
    """Used from one event loop."""

    def __init__(self, *, threads: int = THREADS, waiting_max: int = WAITING_MAX) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="web")
        self._asked, self._asked_max = 0, threads + waiting_max

    async def run(self, work: Callable[[], T]) -> T:
        if self._asked >= self._asked_max:
            raise Busy
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._asked -= 1

    def close(self) -> None:
        """Ends the threads once they have nothing to do; does not wait for them."""
        self._threads.shutdown(wait=False, cancel_futures=True)
