"""MCP for the programs in a lease's box: the listener is the identity, so no caller brings a token.

Nothing is begun, and the SDK not even loaded, before the first of them comes in; most agents never do.
"""

import select
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.applications import Starlette

from windlass import mcp
from windlass.identity import Door, Principal, served_names
from windlass.kernel import Unavailable

if TYPE_CHECKING:
    from windlass.mcp.calls import Tools
    from windlass.mcp.procedures import Library

CONNECTIONS_MAX: Final = 32
"""At once; more are answered with 503."""
HEADERS_MAX: Final = 32 << 10
GRACE_S: Final = 1
"""For calls at work when the box is closed: nobody is left in it to hear their answers."""
STOP_WAIT_S: Final = 30.0


def serve_lease(
    tools: "Tools", door: Door, holder: Principal, library: "Library", listener: socket.socket
) -> "Served":
    """Serve the holder of a lease on a listening socket, which is ours from now on, until it is closed."""
    names = served_names("127.0.0.1", listener.getsockname()[1])

    def made() -> uvicorn.Server:
        endpoint = mcp.Endpoint(tools, door, names, library=library, holder=holder)
        return uvicorn.Server(
            uvicorn.Config(
                Starlette(routes=[endpoint.route], lifespan=endpoint.lifespan), http="h11", ws="none",
                log_config=None, access_log=False, server_header=False, proxy_headers=False,
                limit_concurrency=CONNECTIONS_MAX, h11_max_incomplete_event_size=HEADERS_MAX,
                timeout_graceful_shutdown=GRACE_S,
            )
        )  # fmt: skip

    return Served(made, listener)


class Served:
    """A server in a thread of its own, made when somebody comes."""

    def __init__(self, make: Callable[[], uvicorn.Server], listener: socket.socket) -> None:
        self._make, self._listener = make, listener
        self._wake, self._woken = socket.socketpair()
        self._lock = threading.Lock()
        self._closed = False
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=self._serve, name="mcp-lease", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more calls, and end; again: nothing. Raises Unavailable when a call will not end."""
        with self._lock:
            self._closed = True
            if self._server is not None:
                self._server.should_exit = True
        self._wake.close()
        self._thread.join(STOP_WAIT_S)
        if self._thread.is_alive():
            raise Unavailable(f"the tools of a lease were still at work after {STOP_WAIT_S:.0f} s")

    def _serve(self) -> None:
        with self._listener, self._woken:
            poller = select.poll()
            for each in (self._listener, self._woken):
                poller.register(each, select.POLLIN)
            poller.poll()
            with self._lock:
                if self._closed:
                    return
                self._server = self._make()
            self._server.run(sockets=[self._listener])
