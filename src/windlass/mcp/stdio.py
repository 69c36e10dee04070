"""MCP over standard input and output, for a client that starts windlass itself.

One line is one message. A line that is too long, not strict JSON, or no object is answered with an error and
goes no further; the next line is read as if nothing had been.
"""

import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, TextIO

import anyio
import anyio.to_thread
import mcp_types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage

from windlass.contracts import Malformed, load_contract, parse_json
from windlass.identity import Door, Principal
from windlass.mcp.calls import Calls, Tools
from windlass.mcp.catalogue import catalogue
from windlass.mcp.procedures import Library
from windlass.mcp.server import Counter, server_of
from windlass.mesh import Caller, procedure

LINE_MAX: Final = 1024 * 1024
"""Bytes of one message."""
DEPTH_MAX: Final = 40

Tell = Callable[[SessionMessage], Awaitable[None]]


def serve_stdio(mesh: Tools, door: Door, principal: Principal, *, library: Library = procedure) -> None:
    """Serve `principal` on this process's standard input and output until the input ends."""
    source = _taken_input()
    try:
        anyio.run(serve_streams, server_for(mesh, door, principal, library=library), source)
    finally:
        source.close()


def server_for(
    mesh: Tools, door: Door, principal: Principal, *, library: Library = procedure
) -> Server[Any]:
    """A server with one caller, who was known before the first message."""
    entries = catalogue(load_contract())
    calls = Calls(Rechecked(mesh, door), door, entries)
    return server_of(Counter(calls, entries, library, lambda ctx: principal))


@dataclass(frozen=True, slots=True)
class Rechecked:
    """The tools for one who came in once and stays: each call asks whether the token still is good."""

    mesh: Tools
    door: Door

    def call(self, tool: str, caller: Caller, arguments: Mapping[str, object]) -> dict[str, object]:
        self.door.recheck(caller.principal)
        return self.mesh.call(tool, caller, arguments)


async def serve_streams(server: Server[Any], source: BinaryIO, sink: TextIO | None = None) -> None:
    """Serve lines from `source`; answers go to `sink`, or to standard output, which is then ours alone."""
    lines: Any = Lines(source)
    async with stdio_server(stdin=lines, stdout=None if sink is None else anyio.wrap_file(sink)) as streams:
        read, write = streams
        lines.answer_with(write.send)
        await server.run(read, write, server.create_initialization_options())


class Lines:
    """Lines of a stream that are strict JSON; the others are answered here."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._tell: Tell | None = None
        self._ready = anyio.Event()

    def answer_with(self, tell: Tell) -> None:
        self._tell = tell
        self._ready.set()

    async def __aiter__(self) -> AsyncIterator[str]:
        while line := await anyio.to_thread.run_sync(self._line, abandon_on_cancel=True):
            problem = problem_of(line)
            if problem is None:
                yield line.decode()
            else:
                await self._refuse(problem)

    def _line(self) -> bytes:
        """The next line, cut one byte above the limit; the rest of a longer one is read and dropped."""
        line = self._source.readline(LINE_MAX + 1)
        rest = line
        while len(rest) > LINE_MAX and not rest.endswith(b"\n"):
            rest = self._source.readline(LINE_MAX + 1)
        return line

    async def _refuse(self, problem: types.ErrorData) -> None:
        await self._ready.wait()
        if self._tell is not None:
            await self._tell(SessionMessage(types.JSONRPCError(jsonrpc="2.0", id=None, error=problem)))


def problem_of(line: bytes) -> types.ErrorData | None:
    """Why a line is not passed on; None if it is. Its id is not trusted, so the answer has none."""
    if len(line) > LINE_MAX:
        return types.ErrorData(code=types.INVALID_REQUEST, message=f"a message has at most {LINE_MAX} bytes")
    try:
        found = parse_json(line, depth_max=DEPTH_MAX)
    except Malformed as error:
        return types.ErrorData(code=types.PARSE_ERROR, message=str(error))
    if not isinstance(found, dict):
        return types.ErrorData(code=types.INVALID_REQUEST, message="a message is one JSON object")
    return None


def _taken_input() -> BinaryIO:
    """Standard input for us alone: what runs beside or below us reads an end of file."""
    private = os.dup(sys.stdin.fileno())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())
    os.close(nothing)
    return os.fdopen(private, "rb")
