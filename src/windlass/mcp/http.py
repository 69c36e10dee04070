"""MCP over streamable HTTP: a guard in front of the SDK's transport, to be mounted by whoever serves HTTP.

The guard answers before anything is parsed by others: foreign Host (421) and Origin (403), bodies that are
too large (413) or that two readers could read differently (400), and callers nobody knows (401).
"""

import functools
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any, Final

import anyio
import anyio.to_thread
import mcp_types as types
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from windlass.contracts import Malformed, load_contract, parse_json
from windlass.identity import Door, Principal, Unknown, trusted
from windlass.kernel import Unavailable
from windlass.mcp.calls import VIA, Calls, Tools
from windlass.mcp.catalogue import catalogue
from windlass.mcp.procedures import Library
from windlass.mcp.server import HOLDERS, IN_A_BOX, INSTRUCTIONS, Context, Counter, server_of
from windlass.mesh import procedure

PATH: Final = "/mcp"
BODY_MAX: Final = 1024 * 1024
DEPTH_MAX: Final = 40
"""Levels of a message: what the contract allows for arguments, and the envelope around them."""
SESSIONS_MAX: Final = 5000
HOLDERS_SESSIONS_MAX: Final = 16
IDLE_S: Final = 1800.0
"""A session of the older protocol that is silent for this long is forgotten."""
CALLER: Final = "windlass.principal"
"""Where the request's scope holds who is calling."""
METHODS: Final = ("GET", "POST", "DELETE")
RECHECK_EVERY_S: Final = 30.0
"""Whoever keeps a stream open is asked anew so often whether the token still is good."""
EXPELLED: Final = b": the credential is not valid any more\r\n\r\n"
"""The last words of such a stream: a comment, since no message of the protocol is about that."""


class Endpoint:
    """MCP at one path: `route` for an application and its `lifespan`, good for one run.

    `holder`: everybody who comes in is the holder of this lease, in its box, and has the tools of one.
    """

    def __init__(
        self, mesh: Tools, door: Door, allowed: Collection[str], *, library: Library = procedure,
        recheck_every_s: float = RECHECK_EVERY_S, holder: Principal | None = None,
    ) -> None:  # fmt: skip
        entries = catalogue(load_contract())
        if holder is not None:
            entries = {name: entries[name] for name in HOLDERS}
        counter = Counter(Calls(mesh, door, entries), entries, library, _caller)
        server = server_of(counter, instructions=INSTRUCTIONS if holder is None else IN_A_BOX)
        # The guard in front has looked at Host, Origin and size already, so the SDK's own checks stay off.
        self._manager = StreamableHTTPSessionManager(
            server, max_request_body_size=BODY_MAX, session_idle_timeout=IDLE_S,
            max_sessions=SESSIONS_MAX if holder is None else HOLDERS_SESSIONS_MAX,
        )  # fmt: skip
        self.app = Guard(self._manager, door, allowed, recheck_every_s=recheck_every_s, holder=holder)
        self.route = Route(PATH, endpoint=self.app, methods=None)

    @asynccontextmanager
    async def lifespan(self, app: object) -> AsyncIterator[None]:
        """Sessions live inside of this: the lifespan of the application that the route is part of."""
        async with self._manager.run():
            yield


class Refusal(Exception):
    """Why a request goes no further: an HTTP status and what a JSON-RPC client is told."""

    def __init__(
        self, status: int, message: str, *, code: int = types.INVALID_REQUEST, **headers: str
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Visit:
    """One streamed answer; once `over` is set, the transport hears that the client has left."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._open = False
        self.over = anyio.Event()

    async def receive(self) -> Message:
        found: Message = {"type": "http.disconnect"}
        async with anyio.create_task_group() as group:
            group.start_soon(self._leave, group.cancel_scope)
            found = await self._receive()
            group.cancel_scope.cancel()
        return found

    async def send(self, message: Message) -> None:
        self._open = bool(message.get("more_body", message["type"] == "http.response.start"))
        await self._send(message)

    async def close(self) -> None:
        """Say why it ends, if it does so before its time."""
        if self._open and self.over.is_set():
            await self._send({"type": "http.response.body", "body": EXPELLED, "more_body": False})

    async def _leave(self, waiting: anyio.CancelScope) -> None:
        await self.over.wait()
        waiting.cancel()


class Guard:
    """An ASGI application that lets good requests through to the transport."""

    def __init__(
        self, manager: StreamableHTTPSessionManager, door: Door, allowed: Collection[str], *,
        recheck_every_s: float, holder: Principal | None,
    ) -> None:  # fmt: skip
        self._manager = manager
        self._door = door
        self._allowed = allowed
        self._recheck_every_s = recheck_every_s
        self._holder = holder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            self._check_origin(headers)
            _check_method(scope)
            principal = await self._enter(scope, headers)
            if scope["method"] == "POST":
                receive = _replay(await _checked_body(headers, receive), receive)
        except Refusal as refusal:
            await _refused(refusal)(scope, receive, send)
            return
        scope[CALLER] = principal
        scope["user"] = AuthenticatedUser(_access(principal))
        if scope["method"] == "GET":
            await self._stream(principal, scope, receive, send)
        else:
            await self._manager.handle_request(scope, receive, send)

    async def _stream(self, principal: Principal, scope: Scope, receive: Receive, send: Send) -> None:
        """A stream stands for as long as the client likes, and as its caller would be let in."""
        visit = Visit(receive, send)
        async with anyio.create_task_group() as group:
            group.start_soon(self._watch, principal, visit)
            await self._manager.handle_request(scope, visit.receive, visit.send)
            group.cancel_scope.cancel()
        await visit.close()

    async def _watch(self, principal: Principal, visit: "Visit") -> None:
        while not visit.over.is_set():
            await anyio.sleep(self._recheck_every_s)
            try:
                await anyio.to_thread.run_sync(self._door.recheck, principal)
            except Unknown:
                visit.over.set()
            except Unavailable:
                continue  # nobody can tell; nothing new is told meanwhile either

    def _check_origin(self, headers: Headers) -> None:
        if not trusted(headers.get("host"), None, self._allowed):
            raise Refusal(421, "this server does not answer for that Host")
        if len(headers.getlist("host")) != 1 or len(headers.getlist("origin")) > 1:
            raise Refusal(400, "one Host and at most one Origin, please")
        if not trusted(headers.get("host"), headers.get("origin"), self._allowed):
            raise Refusal(403, "pages of that Origin may not call this server")

    async def _enter(self, scope: Scope, headers: Headers) -> Principal:
        if self._holder is not None:
            return self._holder
        credential = _bearer(headers.getlist("authorization"))
        source = ":".join(str(part) for part in scope.get("client") or ())
        enter = functools.partial(self._door.enter, credential, via=VIA, source=source)
        try:
            return await anyio.to_thread.run_sync(enter)
        except Unknown as error:
            challenge = 'Bearer realm="windlass"' + (', error="invalid_token"' if credential else "")
            raise Refusal(401, f"{error}; {error.hint}", WWW_Authenticate=challenge) from error


def _bearer(given: list[str]) -> str | None:
    """The token of an Authorization header; None when there is none, or two, or another scheme."""
    scheme, _, text = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return text.strip() if scheme.lower() == "bearer" else None


def _caller(ctx: Context) -> Principal:
    """Who sent this message, as the guard found out for this very request."""
    request: Any = ctx.request
    principal = None if request is None else request.scope.get(CALLER)
    if not isinstance(principal, Principal):
        raise Unknown
    return principal


def _access(principal: Principal) -> AccessToken:
    """What the SDK binds a session to, so that nobody else can use it; the token itself stays out of it."""
    client = f"token-{principal.token_id}"
    return AccessToken(token="", client_id=client, scopes=[], subject=principal.subject)


def _check_method(scope: Scope) -> None:
    if scope["method"] not in METHODS:
        raise Refusal(405, "use POST, GET or DELETE", Allow=", ".join(METHODS))


async def _checked_body(headers: Headers, receive: Receive) -> bytes:
    declared = headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > BODY_MAX:
        raise Refusal(413, f"a message has at most {BODY_MAX} bytes")
    body = await _body(receive)
    try:
        parse_json(body, depth_max=DEPTH_MAX)
    except Malformed as error:
        raise Refusal(400, str(error), code=types.PARSE_ERROR) from error
    return body


async def _body(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refusal(400, "the message was not sent to its end")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_MAX:
            raise Refusal(413, f"a message has at most {BODY_MAX} bytes")
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once more; after it, what the connection says, above all that it was closed."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _refused(refusal: Refusal) -> Response:
    error = {"code": refusal.code, "message": str(refusal)}
    return Response(
        json.dumps({"jsonrpc": "2.0", "id": None, "error": error}), status_code=refusal.status,
        media_type="application/json", headers=refusal.headers,
    )  # fmt: skip
