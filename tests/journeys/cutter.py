"""A small TCP proxy that cuts connections when it is told to: what a bad network does to those who use it."""

import contextlib
import random
import selectors
import socket
import threading
from collections.abc import Callable

PIECE = 1 << 16
Target = tuple[str, int] | str
"""A TCP address, or the path of a unix socket."""


class Cutter:
    """Listens on loopback and passes everything on; one thread per connection."""

    def __init__(self, target: Target, *, host: str = "127.0.0.1") -> None:
        self.target = target
        self._listener = socket.create_server((host, 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.cuts = 0
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, share: float, chance: Callable[[], float] = random.random) -> int:
        """Reset each open connection with this probability; how many."""
        with self._lock:
            chosen = [one for one in self._open if chance() < share]
        for one in chosen:
            _reset(one)
        self.cuts += len(chosen)
        return len(chosen)

    def close(self) -> None:
        self._closed = True
        self._listener.close()
        self.cut(1.1)

    def __enter__(self) -> "Cutter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        try:
            far = _connect(self.target)
        except OSError:
            _reset(near)
            return
        with self._lock:
            self._open.add(near)
        try:
            _pump(near, far)
        finally:
            with self._lock:
                self._open.discard(near)
            for one in (near, far):
                with contextlib.suppress(OSError):
                    one.close()


def _connect(target: Target) -> socket.socket:
    if isinstance(target, tuple):
        return socket.create_connection(target, timeout=10)
    made = socket.socket(socket.AF_UNIX)
    made.connect(target)
    return made


def _pump(near: socket.socket, far: socket.socket) -> None:
    """Carry both ways until either end closes."""
    other = {near: far, far: near}
    with selectors.DefaultSelector() as ready:
        for one in other:
            one.settimeout(30)
            ready.register(one, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                source = key.fileobj
                assert isinstance(source, socket.socket)
                try:
                    piece = source.recv(PIECE)
                    if not piece:
                        return
                    other[source].sendall(piece)
                except OSError:
                    return


def _reset(one: socket.socket) -> None:
    """Not a polite end: the peer gets a reset."""
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
