"""/v1/ws: the same messages over a WebSocket, where the client may change what it follows."""

from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from windlass.events import Filter, parse_cursor
from windlass.kernel import Conflict, Invalid, WindlassError
from windlass.web.following import Ask, Follower, Gone, Streams, beside, ended
from windlass.web.frames import FRAME_MAX, Wanted

DONE: Final = 1000
BAD_DATA: Final = 1007
NOT_ALLOWED: Final = 1008
TOO_BIG: Final = 1009
FAULT: Final = 1011
RESTART: Final = 1012
TRY_AGAIN: Final = 1013
CODES: Final = {
    "slow": TRY_AGAIN, "restart": RESTART, "over": DONE, "fault": FAULT, "credential": NOT_ALLOWED,
}  # fmt: skip
"""Close codes for the reasons of Bye."""
REASON_MAX: Final = 120
"""Bytes of a close frame's reason."""


class _Refused(WindlassError):
    """A frame that ends the connection."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.close_code = code


async def serve_socket(streams: Streams, socket: WebSocket, ask: Ask) -> None:
    """Accept and tell until one side ends it; what is wrong with `ask` is raised before the acceptance."""
    follower = await streams.follow(ask)
    try:
        await socket.accept()
        await _Talk(streams, socket, follower, ask).run()
    except (Gone, WebSocketDisconnect, OSError):
        return
    finally:
        follower.close()


class _Talk:
    def __init__(self, streams: Streams, socket: WebSocket, follower: Follower, ask: Ask) -> None:
        self._streams, self._socket, self._follower, self._ask = streams, socket, follower, ask
        self._refused: _Refused | None = None
        self._place = follower.place
        """Behind the last event or ping that was sent."""

    async def run(self) -> None:
        frames, clock = self._streams.frames, self._streams.clock
        hello = frames.hello(clock(), self._place, self._streams.ping_every_s)
        async with beside(self._hear()):
            await self._give(hello)
            code, reason = await self._tell()
        if reason in CODES:
            await self._give(frames.bye(clock(), self._place, reason))
        if self._socket.application_state is WebSocketState.CONNECTED:
            await self._socket.close(code, reason.encode()[:REASON_MAX].decode(errors="ignore"))

    async def _tell(self) -> tuple[int, str]:
        """Send until there is a reason to end."""
        frames, clock, follower = self._streams.frames, self._streams.clock, self._follower
        while True:
            try:
                notices = await follower.turn()
                told = [frames.event(one) for one in notices]
                if follower.chose is not None:
                    self._place, follower.chose = follower.chose, None
                    told.insert(0, frames.hello(clock(), self._place, self._streams.ping_every_s))
            except Gone:
                if self._refused is None:
                    raise
                return self._refused.close_code, str(self._refused)
            except Exception as error:  # the stream's edge: the client is told, the log knows the rest
                reason, self._place = ended(error, self._place, follower.place)
                return CODES[reason], reason
            for message in told or [frames.ping(clock(), follower.place)]:
                await self._give(message)
            self._place = notices[-1].place if notices else follower.place

    async def _hear(self) -> None:
        """Take the client's frames; the one that breaks the contract is the last."""
        try:
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                await self._heard(message.get("text"), message.get("bytes"))
        except _Refused as error:
            self._refused = error
        except WebSocketDisconnect:
            pass
        finally:
            self._follower.leave()

    async def _heard(self, text: str | None, raw: bytes | None) -> None:
        if text is None:
            raise _Refused(BAD_DATA, f"frames are text, not {len(raw or b'')} bytes")
        if len(text) > FRAME_MAX or len(text.encode()) > FRAME_MAX:
            raise _Refused(TOO_BIG, f"a frame has at most {FRAME_MAX} bytes")
        try:
            wanted = self._streams.frames.read(text)
            if wanted is None:
                pong = self._streams.frames.pong(self._streams.clock(), self._follower.place)
                await self._socket.send_text(pong.decode())
            else:
                await self._choose(wanted)
        except (Conflict, Invalid) as error:
            raise _Refused(BAD_DATA, str(error)) from error

    async def _choose(self, wanted: Wanted) -> None:
        allowed = self._ask.chosen.repository
        if allowed is not None and wanted.repository not in (None, allowed):
            raise _Refused(NOT_ALLOWED, f"not allowed to follow repository {wanted.repository}")
        chosen = Filter(wanted.tasks, wanted.kinds, wanted.repository if allowed is None else allowed)
        after = None if wanted.after is None else parse_cursor(wanted.after)
        await self._follower.choose(chosen, after)

    async def _give(self, message: bytes) -> None:
        await self._follower.give(self._socket.send_text(message.decode()))
