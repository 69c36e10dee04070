"""Before anything else: is the request meant for this server, and sent by no page of somebody else?

Stands around the whole application, also around what is mounted into it, and around WebSockets.
"""

import json
from collections.abc import Collection
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from windlass.contracts import problem
from windlass.identity import trusted
from windlass.kernel import WindlassError
from windlass.web.problem import MEDIA_TYPE, ForeignOrigin, Misdirected, TooLarge

LARGEST: Final = 128 * 1024 * 1024
"""Bytes of the largest body that anything here takes; each operation has its own limit below."""
SHIELDS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
"""Headers of every answer that does not say otherwise."""


class Guard:
    """`names`: what `identity.trusted` takes as ours."""

    def __init__(self, app: ASGIApp, *, names: Collection[str]) -> None:
        self._app, self._names = app, frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        error = self._judge(Headers(scope=scope))
        if error is None:
            await self._app(scope, receive, _shielded(send))
        elif scope["type"] == "http":
            await _refuse(error, _shielded(send))
        elif "websocket.http.response" in scope.get("extensions", {}):
            await _refuse(error, send, "websocket.http.response")
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": ""})

    def _judge(self, headers: Headers) -> WindlassError | None:
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        if len(hosts) != 1 or not trusted(hosts[0], None, self._names):
            return Misdirected()
        if len(origins) > 1 or not trusted(hosts[0], origins[0] if origins else None, self._names):
            return ForeignOrigin()
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length[:20]) > LARGEST:
            return TooLarge(LARGEST)
        return None


def _shielded(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            for name, value in SHIELDS.items():
                headers.setdefault(name, value)
            message = {**message, "headers": headers.raw}
        await send(message)

    return sending


async def _refuse(error: WindlassError, send: Send, kind: str = "http.response") -> None:
    body = json.dumps(problem(error)).encode()
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    if kind == "http.response":
        headers.append((b"connection", b"close"))  # what follows on this connection is not read
    await send({"type": f"{kind}.start", "status": error.http_status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})
