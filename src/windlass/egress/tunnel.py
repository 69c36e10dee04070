"""The tunnels of one lease: judge a request, resolve once, dial what was resolved, carry bytes in bounds."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from windlass.egress.address import address_problem
from windlass.egress.model import Outcome, Passage, Policy
from windlass.egress.request import END, Refused, check_start, parse_connect
from windlass.egress.rule import allowed
from windlass.egress.way import CHUNK, Streams, Way

FAREWELL_S = 2.0
"""For a refused client to read why and hang up."""
_LOG = logging.getLogger(__name__)
_PHRASES = {
    400: "Bad Request", 403: "Forbidden", 405: "Method Not Allowed", 408: "Request Timeout", 429: "Too Many",
    431: "Too Large", 502: "Bad Gateway",
}  # fmt: skip


class _Cut(Exception):
    """A bound was met while bytes were carried."""


@dataclass(slots=True)
class _Traffic:
    """What went through one tunnel, and when last."""

    up: int = 0
    down: int = 0
    moved: float = field(default_factory=time.monotonic)


class Tunnels:
    """Serves the connections of one lease, in one event loop."""

    def __init__(self, policy: Policy, way: Way) -> None:
        self._policy, self._way = policy, way
        self._at_work = 0
        self._bytes = 0
        self.passages: deque[Passage] = deque(maxlen=policy.limits.passages_max)
        self.counts = dict.fromkeys(Outcome, 0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from its first byte to its last."""
        began, traffic = time.monotonic(), _Traffic()
        told = Passage(self._policy.clock(), "", Outcome.CUT, "the way out was closed")
        self._at_work += 1
        try:
            async with asyncio.timeout(self._policy.limits.whole_s):
                told = await self._pass(reader, writer, traffic, told)
        except Refused as no:
            kind = Outcome.UNREACHABLE if no.status == 502 else Outcome.REFUSED
            told = replace(told, target=no.target, outcome=kind, why=str(no))
            await _farewell(reader, writer, no)
        except TimeoutError:
            told = replace(told, why=f"it lasted longer than {self._policy.limits.whole_s:.0f} s")
        except OSError as error:
            told = replace(told, why=f"the connection broke: {error}")
        finally:
            self._at_work -= 1
            writer.close()
            self._note(replace(told, up=traffic.up, down=traffic.down, seconds=time.monotonic() - began))

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, traffic: _Traffic, told: Passage
    ) -> Passage:
        limits = self._policy.limits
        if self._at_work > limits.connections_max:
            raise Refused(429, f"over {limits.connections_max} connections at once")
        name, port = parse_connect(await self._head(reader))
        target = f"{name}:{port}"
        told = replace(told, target=target)
        if not allowed(self._policy.rules, name, port):
            raise Refused(403, f"{target} is not among the hosts that were allowed", target)
        if self._bytes >= limits.bytes_max:
            raise Refused(403, f"all {limits.bytes_max} bytes of this lease are spent", target)
        there = await self._reach(name, port)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._carry((reader, writer), there, traffic)
        except _Cut as cut:
            return replace(told, why=str(cut))
        finally:
            there[1].close()
        return replace(told, outcome=Outcome.PASSED, why="")

    async def _head(self, reader: asyncio.StreamReader) -> bytes:
        """The request's head, and not a byte behind it: nothing may come before our answer."""
        limits, data = self._policy.limits, b""
        try:
            async with asyncio.timeout(limits.head_s):
                while END not in data:
                    part = await reader.read(limits.head_max + 1 - len(data))
                    data += part
                    check_start(data)
                    if not part:
                        raise Refused(400, "the request ended before its head was whole")
                    if len(data) > limits.head_max:
                        raise Refused(431, f"the head of the request is over {limits.head_max} bytes")
        except TimeoutError as late:
            raise Refused(408, f"the request did not come within {limits.head_s:.0f} s") from late
        if not data.endswith(END) or data.count(END) > 1:
            raise Refused(400, "bytes follow the request before it was answered")
        return data

    async def _reach(self, name: str, port: int) -> Streams:
        """Resolve once, look at every address, dial them in turn."""
        limits, target = self._policy.limits, f"{name}:{port}"
        try:
            async with asyncio.timeout(limits.resolve_s):
                addresses = await self._way.resolve(name)
        except (OSError, TimeoutError, UnicodeError) as error:
            raise Refused(502, f"{name} has no address: {error or 'no answer in time'}", target) from error
        for address in addresses:
            if problem := address_problem(address):
                raise Refused(403, f"{name} leads where no agent may go: {problem}", target)
        failed = "it has no address"
        for address in addresses[: limits.addresses_max]:
            try:
                async with asyncio.timeout(limits.connect_s):
                    return await self._way.dial(address, port)
            except (OSError, TimeoutError) as error:
                failed = f"{address}: {error or 'no answer in time'}"
        raise Refused(502, f"{target} cannot be reached: {failed}", target)

    async def _carry(self, here: Streams, there: Streams, traffic: _Traffic) -> None:
        def up(count: int) -> None:
            traffic.up += count

        def down(count: int) -> None:
            traffic.down += count

        both = [
            asyncio.ensure_future(self._copy(here[0], there[1], traffic, up)),
            asyncio.ensure_future(self._copy(there[0], here[1], traffic, down)),
        ]
        try:
            await asyncio.gather(*both)
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _copy(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        traffic: _Traffic,
        count: Callable[[int], None],
    ) -> None:
        limits = self._policy.limits
        while True:
            try:
                async with asyncio.timeout(traffic.moved + limits.idle_s - time.monotonic()):
                    part = await source.read(CHUNK)
            except TimeoutError:
                if time.monotonic() - traffic.moved < limits.idle_s:
                    continue  # the other direction moved meanwhile
                raise _Cut(f"nothing moved for {limits.idle_s:.0f} s") from None
            if not part:
                with suppress(OSError):
                    target.write_eof()
                return
            traffic.moved = time.monotonic()
            self._bytes += len(part)
            count(len(part))
            if self._bytes > limits.bytes_max:
                raise _Cut(f"the lease has spent its {limits.bytes_max} bytes")
            target.write(part)
            await target.drain()

    def _note(self, passage: Passage) -> None:
        self.counts[passage.outcome] += 1
        if sum(self.counts.values()) > self._policy.limits.passages_max:
            return
        self.passages.append(passage)
        if passage.outcome is not Outcome.PASSED:
            _LOG.info("egress %s: %r: %s", passage.outcome.value, passage.target, passage.why)
        if self._policy.record:
            self._policy.record(passage)


async def _farewell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, no: Refused) -> None:
    """Say why and wait for the other end, so that it reads that before it sees the connection end.

    What it still sends is thrown away: after a refusal nothing on the connection is a request.
    """
    body = f"{no}\n".encode()
    head = f"HTTP/1.1 {no.status} {_PHRASES[no.status]}\r\nContent-Type: text/plain; charset=utf-8\r\n"
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(FAREWELL_S):
            writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
            await writer.drain()
            writer.write_eof()
            while await reader.read(CHUNK):
                pass
