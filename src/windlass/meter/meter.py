"""The meter: one thread that serves the lines of all leases, each on a listener of its own."""

import asyncio
import logging
import socket
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Final, TypeVar

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from windlass.kernel import Invalid, Unavailable
from windlass.meter.line import Line
from windlass.meter.proxy import Proxy
from windlass.meter.upstream import new_client

T = TypeVar("T")

GRACE_S: Final = 5
"""How long calls may go on when their line is closed; then they are cut, and on record so."""
STOP_WAIT_S: Final = 30.0
HEADERS_MAX: Final = 32 << 10
KEEP_ALIVE_S: Final = 600
"""An agent works for minutes between two calls; a connection that is closed just then costs it a call."""
_LOG: Final = logging.getLogger(__name__)


class Open:
    """A line that is being served."""

    def __init__(
        self, meter: "Meter", proxy: Proxy, server: uvicorn.Server, task: "asyncio.Task[None]"
    ) -> None:
        self._meter, self._proxy, self._server, self._task = meter, proxy, server, task

    def close(self) -> None:
        """Take no more calls, give those at work GRACE_S, and put everything on record; again: nothing.

        Raises Unavailable when something cannot be put on record; calling it again tries again.
        """
        self._meter.run(self._close(), GRACE_S + STOP_WAIT_S)

    async def _close(self) -> None:
        self._server.should_exit = True
        await self._task
        await self._proxy.pay()


class Meter:
    """Open it once for a process: `with Meter() as meter: line = meter.open(…)`. Safe for many threads."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="meter", daemon=True)
        self._client = new_client()
        self._open: list[Open] = []

    def __enter__(self) -> "Meter":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.run(self._stop(), GRACE_S + STOP_WAIT_S)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(STOP_WAIT_S)
            if not self._thread.is_alive():
                self._loop.close()

    def open(self, line: Line, listener: socket.socket) -> Open:
        """Serve a line on a listening socket (TCP or unix), which is ours from now on.

        Raises Invalid, before anything is served, when a cap could not be measured or nothing listens.
        """
        line.check()
        if listener.type != socket.SOCK_STREAM or not listener.getsockopt(
            socket.SOL_SOCKET, socket.SO_ACCEPTCONN
        ):
            raise Invalid("the socket for a line does not listen")
        listener.setblocking(False)
        if listener.family != socket.AF_UNIX:
            # asyncio does it only for sockets that name their protocol; else small answers wait 40 ms
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.run(self._serve(line, listener), STOP_WAIT_S)

    def run(self, work: Coroutine[Any, Any, T], wait_s: float) -> T:
        """Do something in the thread of the meter. Raises Unavailable when it does not end in time."""
        waiting = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return waiting.result(wait_s)
        except TimeoutError as error:
            waiting.cancel()
            raise Unavailable(f"the meter did not do it within {wait_s:.0f} s") from error

    async def _serve(self, line: Line, listener: socket.socket) -> Open:
        proxy = Proxy(line, self._client)
        server = uvicorn.Server(
            uvicorn.Config(
                proxy, http=_Quiet, ws="none", lifespan="off", log_config=None, access_log=False,
                server_header=False, date_header=False, proxy_headers=False, backlog=128,
                h11_max_incomplete_event_size=HEADERS_MAX, timeout_graceful_shutdown=GRACE_S,
                timeout_keep_alive=KEEP_ALIVE_S,
            )
        )  # fmt: skip
        task = asyncio.ensure_future(server.serve(sockets=[listener]))
        while not server.started and not task.done():
            await asyncio.sleep(0)
        opened = Open(self, proxy, server, task)
        self._open = [one for one in self._open if not one._task.done()] + [opened]
        return opened

    async def _stop(self) -> None:
        left = [one._close() for one in self._open]
        failed = [error for error in await asyncio.gather(*left, return_exceptions=True) if error]
        await self._client.aclose()
        if failed:
            raise Unavailable(f"not all spend is on record: {failed[0]}") from failed[0]


class _Quiet(H11Protocol):
    """A cut answer is passed on as a cut, which is no error of ours; the rest goes to our own logger."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.logger = _SERVER_LOG


_SERVER_LOG: Final = logging.getLogger("windlass.meter.server")
_SERVER_LOG.addFilter(lambda record: "without completing response" not in record.getMessage())
