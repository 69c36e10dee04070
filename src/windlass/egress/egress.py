"""The egress: one thread that serves the tunnels of all leases, each on a listener of its own."""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Mapping
from types import TracebackType
from typing import Any, Final, TypeVar

from windlass.egress.model import Outcome, Passage, Policy
from windlass.egress.tunnel import Tunnels
from windlass.egress.way import CHUNK, Internet, Way
from windlass.kernel import Invalid, Unavailable

T = TypeVar("T")

WAIT_S: Final = 30.0


class Open:
    """A lease's way out while it is served. The listener is the identity: whoever comes in is that lease."""

    def __init__(self, egress: "Egress", tunnels: Tunnels, server: asyncio.Server) -> None:
        self._egress, self._tunnels, self._server = egress, tunnels, server
        self._work: set[asyncio.Task[None]] = set()

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The tries that ended, oldest first, at most `Limits.passages_max`."""
        return tuple(self._tunnels.passages)

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many tries ended how, the ones that are not told one by one among them."""
        return dict(self._tunnels.counts)

    def close(self) -> None:
        """Take nothing more and cut what is open; again: nothing. Raises Unavailable when that takes long."""
        self._egress.run(self._close())

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Called by asyncio for each connection."""
        task = asyncio.current_task()
        assert task is not None
        self._work.add(task)
        try:
            await self._tunnels.serve(reader, writer)
        finally:
            self._work.discard(task)

    async def _close(self) -> None:
        self._server.close()
        for task in list(self._work):
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)


class Egress:
    """Open it once for a process: `with Egress() as egress: out = egress.open(…)`. Safe for many threads."""

    def __init__(self, way: Way | None = None) -> None:
        """`way` leads to another network than this host's."""
        self._way = way or Internet()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="egress", daemon=True)
        self._open: list[Open] = []

    def __enter__(self) -> "Egress":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.run(self._stop())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(WAIT_S)
            if not self._thread.is_alive():
                self._loop.close()

    def open(self, policy: Policy, listener: socket.socket) -> Open:
        """Serve a policy on a listening socket (TCP or unix), which is ours from now on.

        Raises Invalid, and serves nothing, when nothing listens.
        """
        if listener.type != socket.SOCK_STREAM or not listener.getsockopt(
            socket.SOL_SOCKET, socket.SO_ACCEPTCONN
        ):
            raise Invalid("the socket for a way out does not listen")
        listener.setblocking(False)
        return self.run(self._serve(policy, listener))

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the thread of the egress. Raises Unavailable when it does not end in time."""
        waiting = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return waiting.result(WAIT_S)
        except TimeoutError as error:
            waiting.cancel()
            raise Unavailable(f"the egress did not do it within {WAIT_S:.0f} s") from error

    async def _serve(self, policy: Policy, listener: socket.socket) -> Open:
        async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await opened.serve(reader, writer)

        server = await asyncio.start_server(served, sock=listener, limit=CHUNK)
        opened = Open(self, Tunnels(policy, self._way), server)
        self._open = [one for one in self._open if one._server.is_serving()] + [opened]
        return opened

    async def _stop(self) -> None:
        await asyncio.gather(*(one._close() for one in self._open))
