"""The port of doors: what answers the programs of a run, on listeners in the run's own network."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from windlass.kernel import Invalid

PORT_MAX: Final = 65535


class Closes(Protocol):
    """Something at work until it is closed."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Door:
    """A port on 127.0.0.1 of a run's own network: whoever comes in is that run, for nobody else can.

    `serve` gets the listening socket, its own from then on, and gives what ends its service. `host`: a
    socket of the host that listens at `port`, for runs without a network of their own. `inside`: for runs
    with one alone, because who comes in is believed to be the run. `fault`: see `kernel.Tools`.
    """

    port: int
    serve: Callable[[socket.socket], Closes]
    host: socket.socket | None = None
    inside: bool = False
    fault: Callable[[], tuple[str, str] | None] = lambda: None

    def __post_init__(self) -> None:
        if not 0 < self.port <= PORT_MAX:
            raise Invalid(f"a door has a port from 1 to {PORT_MAX}, not {self.port}")
