"""/v1/events and /v1/ws as parts of the application: who may follow, and what an error becomes."""

from dataclasses import replace
from functools import partial
from typing import Any

from starlette.responses import JSONResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from windlass.contracts import problem
from windlass.identity import Door, authorize
from windlass.kernel import WindlassError
from windlass.web.auth import COOKIE, Visitor, recheck, recognise, seated
from windlass.web.bind import Handler
from windlass.web.call import Call
from windlass.web.following import Streams
from windlass.web.pool import Pool
from windlass.web.problem import MEDIA_TYPE, headers_of
from windlass.web.socket import serve_socket
from windlass.web.sse import asked, open_stream

VIA = "ws"


def handlers(streams: Streams) -> dict[str, Handler]:
    async def stream_events(call: Call) -> Any:
        call.allow(task=call.query.get("task"), repository=call.principal.repository)
        assert call.visitor is not None
        ask = asked(call.connection, call.principal.repository)
        return await open_stream(streams, replace(ask, recheck=partial(recheck, call.door, call.visitor)))

    return {"streamEvents": stream_events}


def socket_route(streams: Streams, door: Door, pool: Pool) -> WebSocketRoute:
    """The WebSocket, which asyncapi.yaml describes. A browser's page proves itself by its origin."""

    async def talk(socket: WebSocket) -> None:
        try:
            visitor = await pool.run(lambda: _visitor(door, socket))
            authorize(visitor.principal, "read", repository=visitor.principal.repository)
            ask = asked(socket, visitor.principal.repository)
            await serve_socket(streams, socket, replace(ask, recheck=partial(recheck, door, visitor)))
        except WindlassError as error:
            told = JSONResponse(problem(error), error.http_status, headers_of(error), MEDIA_TYPE)
            await socket.send_denial_response(told)

    return WebSocketRoute("/v1/ws", talk)


def _visitor(door: Door, socket: WebSocket) -> Visitor:
    """A browser cannot send a token with a WebSocket; its session comes along by itself."""
    if COOKIE in socket.cookies and "authorization" not in socket.headers:
        return seated(door, socket, csrf=False)
    return recognise(door, socket, via=VIA)
