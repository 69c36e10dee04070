"""One tool call: checked against the contract, done by the mesh on a thread, checked again, answered."""

import functools
import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeVar

import anyio
import anyio.to_thread
import mcp_types as types

from windlass.contracts import Unfit
from windlass.identity import Door, Principal
from windlass.kernel import Denied, WindlassError
from windlass.mcp.catalogue import KEY, KEY_META, LEASE_TOKEN, Entry
from windlass.mcp.problems import result_of
from windlass.mesh import Caller

T = TypeVar("T")

THREADS_MAX: Final = 32
"""Calls that are worked on at once; the others wait their turn."""
WAIT: Final = "wait_s"
LOOK_FIRST_S: Final = 0.1
LOOK_LAST_S: Final = 1.0
"""A claim that waits looks again after this, more and more seldom: waiting costs a timer and no thread."""
VIA: Final = "mcp"
SEE: Final = "see the input schema"
"""Where a caller reads what fits."""


class Tools(Protocol):
    """The mesh, as far as a face needs it."""

    def call(self, tool: str, caller: Caller, arguments: Mapping[str, object]) -> dict[str, object]: ...


class Calls:
    """Answers tool calls; one per process. Errors are results, as a model can read and correct them."""

    def __init__(self, mesh: Tools, door: Door, entries: Mapping[str, Entry]) -> None:
        self._mesh = mesh
        self._door = door
        self._entries = entries
        self._threads = anyio.CapacityLimiter(THREADS_MAX)

    async def answer(
        self, principal: Principal, name: str, arguments: Mapping[str, Any], meta: Mapping[str, Any]
    ) -> types.CallToolResult:
        """What the tool says, or why it could not: both as text for a model and as data for a program."""
        entry = self._entries[name]
        try:
            told = await self._told(principal, entry, arguments, meta)
        except Denied as error:
            credential = str(arguments.get(LEASE_TOKEN, ""))
            await self._on_thread(
                functools.partial(self._door.refuse, principal, error, via=VIA, credential=credential)
            )
            return result_of(error)
        except Exception as error:  # the edge of a call: a result tells it, a bug is logged
            return result_of(error)
        text = types.TextContent(type="text", text=json.dumps(told, ensure_ascii=False))
        return types.CallToolResult(content=[text], structured_content=told)

    async def _told(
        self, principal: Principal, entry: Entry, arguments: Mapping[str, Any], meta: Mapping[str, Any]
    ) -> dict[str, object]:
        asked = dict(arguments)
        caller = Caller(principal, _key(entry, asked, meta), VIA)
        if mistakes := entry.mistakes_of_arguments(asked):
            raise Unfit(mistakes, hint=SEE)
        told = await self._called(entry.tool.name, caller, asked)
        if wrong := entry.mistakes_of_answer(told):
            raise WindlassError(f"{entry.tool.name} answered what its contract does not know: {wrong[0]}")
        return told

    async def _called(self, name: str, caller: Caller, asked: dict[str, object]) -> dict[str, object]:
        """Claims wait here, without a thread, for a task to become ready."""
        wait_s = asked.pop(WAIT, 0)
        until = anyio.current_time() + (float(wait_s) if isinstance(wait_s, int | float) else 0.0)
        pause = LOOK_FIRST_S
        while True:
            told = await self._on_thread(functools.partial(self._mesh.call, name, caller, asked))
            left = until - anyio.current_time()
            if left <= 0 or told.get("task", ...) is not None:
                return told
            await anyio.sleep(min(pause, left))
            pause = min(pause * math.sqrt(2), LOOK_LAST_S)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work, limiter=self._threads)


def _key(entry: Entry, asked: dict[str, object], meta: Mapping[str, Any]) -> str | None:
    """The idempotency key, from the argument or from `_meta`; taken out of what the mesh is asked."""
    given = meta.get(KEY_META)
    if not entry.tool.read_only:
        given = asked.pop(KEY, given)
    if given is None:
        return None
    if mistakes := entry.mistakes_of_key(given):
        raise Unfit(mistakes, hint=SEE)
    return str(given)
