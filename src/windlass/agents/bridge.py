"""The stream of the ACP library over a `kernel.Dialogue`: messages in and out, from one event loop.

An agent is a stranger: only well-formed messages get past here, so that the library never meets others.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from windlass.agents.command import Lines
from windlass.kernel import Clock, Dialogue, WindlassError

LOOK_S: Final = 0.25
"""How long one look for output lasts; the loop can end only between two."""

Message = dict[str, Any]


class Bridge:
    """An `acp` transport. `update` gets the parameters of every `session/update`; they go no further."""

    def __init__(self, dialogue: Dialogue, update: Callable[[object], None], steady: Clock) -> None:
        self._dialogue, self._update, self._steady = dialogue, update, steady
        self._lines, self._ready = Lines(), deque[Message]()
        self._order = asyncio.Lock()
        self._silent = False
        self.alive = steady()
        """When it last gave a sign of life."""
        self.spoke = False

    async def send(self, message: Message) -> None:
        data = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        async with self._order:
            try:
                await asyncio.to_thread(self._dialogue.send, data)
            except WindlassError as error:
                raise ConnectionError(str(error)) from error

    async def receive(self) -> Message | None:
        """The next message for the library; None when no more will come."""
        while not self._ready:
            if self._silent:
                return None
            try:
                data = await asyncio.to_thread(self._dialogue.receive, LOOK_S)
            except WindlassError:
                data = b""
            if data is not None:
                self._silent = not data
                self._take(data)
        return self._ready.popleft()

    async def close(self) -> None:
        self._silent = True

    def _take(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            message = parse_message(line)
            if message is None:
                continue
            self.alive, self.spoke = self._steady(), True
            if message.get("method") == "session/update":
                self._update(message.get("params"))
            else:
                self._ready.append(message)


def parse_message(line: bytes) -> Message | None:
    """One JSON-RPC message, None for anything else."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    ids = "id" not in message or (isinstance(message["id"], int | str) and message["id"] is not True)
    if isinstance(message.get("method"), str):
        return message if ids else None
    error = message.get("error")
    sound = error is None or (
        isinstance(error, dict)
        and isinstance(error.get("code", 0), int)
        and isinstance(error.get("message", ""), str)
    )
    answers = "id" in message and ids and sound and ("result" in message or error is not None)
    return message if answers and message.get("method") is None else None
