"""One turn of an agent that speaks ACP over its standard input and output (agentclientprotocol.com).

The library carries the requests; what the agent sends is read as from a stranger. Nothing waits for ever: an
agent that ends takes its pending prompt with it, and the clock ends one that is silent.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from acp import PROTOCOL_VERSION, RequestError
from acp.connection import Connection

from windlass.agents.bridge import LOOK_S, Bridge
from windlass.agents.command import LINGER_S, STDERR_MAX
from windlass.agents.listening import Heard
from windlass.agents.model import End, Terms, Turn
from windlass.agents.outfit import Outfit
from windlass.agents.permission import answer
from windlass.agents.prompt import prompt
from windlass.agents.trouble import trouble
from windlass.agents.updates import end_of, events_of, tokens_of
from windlass.agents.verdict import verdict
from windlass.dispatch import Assignment, RunnerOutcome
from windlass.kernel import Dialogue

CANCEL_S: Final = 3.0
"""For an agent that was told to stop, before it is killed."""
AUTH_REQUIRED: Final = -32000
_ABOUT: Final = {"name": "windlass", "version": "1"}


def work_acp(outfit: Outfit, terms: Terms, assignment: Assignment) -> RunnerOutcome:
    """Let an ACP agent work on a task, in the session of an earlier attempt where it can take that up."""
    outfit.settle()
    talk, preset = outfit.tools.talk, outfit.preset
    wall_s = terms.bounds.wall_s + LINGER_S
    with talk(outfit.command(""), timeout_s=wall_s, env=outfit.env(), program=preset.program) as dialogue:
        turn = asyncio.run(_Client(dialogue, outfit, terms, assignment).turn())
    return verdict(turn, changed=outfit.changed(), fault=outfit.tools.fault())


class _Over(Exception):
    """The turn has come to its end."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn


@dataclass
class _Client:
    """Our side of one conversation."""

    dialogue: Dialogue
    outfit: Outfit
    terms: Terms
    assignment: Assignment
    heard: Heard = field(default_factory=Heard)
    refused: list[str] = field(default_factory=list)

    async def turn(self) -> Turn:
        self._steady = self.outfit.tools.steady
        self._began = self._steady()
        self._folder = await asyncio.to_thread(self.outfit.folder)
        self._bridge = Bridge(self.dialogue, self._note, self._steady)
        connection = Connection(self._serve, self._bridge)
        try:
            return await self._prompted(connection)
        except _Over as over:
            return over.turn
        except RequestError as error:
            return self._failed(error)
        except ConnectionError:
            return await asyncio.to_thread(self._gone)
        finally:
            await connection.close()

    async def _prompted(self, connection: Connection) -> Turn:
        hello = {
            "protocolVersion": PROTOCOL_VERSION, "clientInfo": _ABOUT,
            "clientCapabilities": {"fs": {"readTextFile": False, "writeTextFile": False}, "terminal": False},
        }  # fmt: skip
        can = _table(await self._ask(connection, "initialize", hello), "agentCapabilities")
        self._place = self._offered(can)
        loads = can.get("loadSession") is True
        kept = await asyncio.to_thread(self.outfit.session) if loads else ""
        if kept and (turn := await self._resumed(connection, {**self._place, "sessionId": kept})) is not None:
            return turn
        session = _text(await self._ask(connection, "session/new", self._place), "sessionId")
        if loads:
            await asyncio.to_thread(self.outfit.keep, session)
        return await self._told(connection, session, again=False)

    async def _resumed(self, connection: Connection, kept: dict[str, Any]) -> Turn | None:
        """The turn in the session of an earlier attempt; None where that cannot be gone on with."""
        try:
            await self._ask(connection, "session/load", kept)
        except RequestError:
            return None  # it says that it can, and cannot
        finally:
            self.heard = Heard()  # what it told again of the past is no work of this turn
        try:
            return await self._told(connection, kept["sessionId"], again=True)
        except RequestError as error:
            turn = self._failed(error)
            begun = turn.end is not End.CRASHED or self.heard.acts or self.heard.said
            return turn if begun else None

    async def _told(self, connection: Connection, session: str, *, again: bool) -> Turn:
        """The turn that comes of telling it its task."""
        text = prompt(self.assignment, again=again, asks=bool(self._place["mcpServers"]))
        asked = {"sessionId": session, "prompt": [{"type": "text", "text": text}]}
        result = await self._ask(connection, "session/prompt", asked, session=session)
        self.heard.tokens = tokens_of(result)
        end = end_of(result)
        cancelled = _text(result, "stopReason") == "cancelled"
        if end is End.DONE or (self.refused and cancelled):  # some end the turn when they are refused
            turn = self.heard.by_words()
            return turn if turn.end is not End.DONE else replace(turn, detail="; ".join(self.refused))
        reason = f"the agent stopped: {_text(result, 'stopReason') or 'it gave no reason'}"
        return self.heard.turn(end, "; ".join([reason, *self.refused]))

    def _offered(self, can: dict[str, Any]) -> dict[str, Any]:
        """Where it works, and the tools of its lease, where it can have them."""
        url = self.outfit.values["mcp_url"]
        server = {"type": "http", "name": "windlass", "url": f"{url}/mcp", "headers": []}
        takes = bool(url) and _table(can, "mcpCapabilities").get("http") is True
        return {"cwd": self._folder, "mcpServers": [server] if takes else []}

    async def _ask(
        self, connection: Connection, method: str, params: dict[str, Any], *, session: str = ""
    ) -> object:
        """One request, until it is answered or the turn has to be ended; `session` is cancelled then."""
        asked = asyncio.ensure_future(connection.send_request(method, params))
        while not asked.done():
            await asyncio.wait({asked}, timeout=LOOK_S)
            if (why := self._overdue()) is not None and not asked.done():
                end, words = why
                if said := await self._cancel(connection, session, asked):
                    words = f"{words}; told to stop, it ended its prompt: {said}"
                raise _Over(await asyncio.to_thread(self._stopped, end, words))
        return await asked

    def _overdue(self) -> tuple[End, str] | None:
        bounds, now = self.terms.bounds, self._steady()
        if now - self._began >= bounds.wall_s:
            return End.WALL, f"it was not done after {bounds.wall_s:g} s"
        if now - self._bridge.alive >= bounds.idle_s:
            return End.IDLE, f"no sign of life for {bounds.idle_s:g} s"
        if self.heard.acts > bounds.acts_max:
            return End.TURNS, f"it used tools more than {bounds.acts_max} times"
        return None

    async def _cancel(self, connection: Connection, session: str, asked: "asyncio.Future[Any]") -> str:
        """Ask it to stop, and wait a little: the stop reason that it gives; empty when it gives none."""
        if session:
            await _quietly(connection.send_notification("session/cancel", {"sessionId": session}), CANCEL_S)
            await asyncio.wait({asked}, timeout=CANCEL_S)
        asked.cancel()
        ends: list[object] = await asyncio.gather(asked, return_exceptions=True)
        return _text(ends[0], "stopReason")

    async def _serve(self, method: str, params: Any, is_notification: bool) -> Any:
        """What the agent asks of us: permission, and nothing else."""
        if method != "session/request_permission" or is_notification:
            raise RequestError.method_not_found(method)
        allowed, said = answer(params, self.terms.kinds, self._folder)
        if not allowed:
            call = _table(params, "toolCall")
            self.refused.append(f"refused {_text(call, 'kind') or 'other'}: {_text(call, 'title')[:200]}")
        return said

    def _note(self, params: object) -> None:
        for event in events_of(params):
            self.heard.note(event)

    def _failed(self, error: RequestError) -> Turn:
        words = f"{error} {error.data or ''}".strip()
        end = End.AUTH if error.code == AUTH_REQUIRED else trouble(words)
        return self.heard.turn(end, words)

    def _gone(self) -> Turn:
        ran = self.dialogue.end()
        stderr = ran.stderr.decode("utf-8", "replace")[-STDERR_MAX:]
        self.heard.ended = False
        if ran.exit_code in (126, 127) and not self._bridge.spoke:
            return self.heard.turn(End.NOT_STARTED, f"it could not be started: {stderr.strip()[-500:]}")
        return self.heard.over(ran.exit_code, stderr, tells_end=True)

    def _stopped(self, end: End, words: str) -> Turn:
        stderr = self.dialogue.end().stderr.decode("utf-8", "replace")[-STDERR_MAX:]
        return self.heard.stopped(end, words, stderr)


async def _quietly(work: Awaitable[None], wait_s: float) -> None:
    try:
        await asyncio.wait_for(work, wait_s)
    except (ConnectionError, TimeoutError):
        return


def _table(value: object, name: str) -> dict[str, Any]:
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _text(value: object, name: str) -> str:
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, str) else ""
