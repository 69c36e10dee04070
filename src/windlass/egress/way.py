"""The port to the network outside: names to addresses, addresses to connections."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Protocol

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
CHUNK = 64 << 10


class Way(Protocol):
    """How names are resolved and addresses dialled; both may raise OSError."""

    async def resolve(self, name: str) -> Sequence[str]:
        """The addresses of a name as texts, best first."""
        ...

    async def dial(self, address: str, port: int) -> Streams: ...


class Internet:
    """The resolver and the network of this host."""

    async def resolve(self, name: str) -> Sequence[str]:
        found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    async def dial(self, address: str, port: int) -> Streams:
        """Raises OSError, too, where the address is this host's own: that is no way out."""
        reader, writer = await asyncio.open_connection(address, port, limit=CHUNK)
        if writer.get_extra_info("peername")[0] == writer.get_extra_info("sockname")[0]:
            writer.close()
            raise OSError(f"{address} is this host itself")
        return reader, writer
