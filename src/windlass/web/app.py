"""The application: guard, contract routes, streams, and what else is mounted; starts only when all agree."""

import logging
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from windlass import __version__, events
from windlass.app import ServeSettings
from windlass.contracts import ASYNCAPI, load_contract, load_document, problem
from windlass.identity import Door, served_names
from windlass.kernel import NotFound, WindlassError, system_clock
from windlass.store import Database
from windlass.web import (
    attempts,
    decisions,
    instances,
    lanes,
    letters,
    shared,
    sops,
    streams,
    tasks,
    tokens,
    tools,
    upkeep,
)
from windlass.web.bind import Binding, Handler, routes
from windlass.web.call import Served
from windlass.web.following import PING_EVERY_S, RECHECK_EVERY_S, Streams
from windlass.web.frames import Frames
from windlass.web.guard import Guard
from windlass.web.messages import Messages
from windlass.web.metrics import Metrics
from windlass.web.pool import THREADS, Pool
from windlass.web.problem import MEDIA_TYPE, MethodNotAllowed
from windlass.web.queueing import Queue
from windlass.web.replying import RECORDED_EVERY_S, Replier, Violations

_LOG: Final = logging.getLogger("windlass.web")

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class WebSettings:
    """`names`: what `identity.trusted` takes as ours. `secure`: reached by https. `strict`: a broken contract
    is raised, for tests.
    """

    names: Collection[str]
    secure: bool = False
    strict: bool = False
    threads: int = THREADS
    ping_every_s: float = PING_EVERY_S
    recheck_every_s: float = RECHECK_EVERY_S


def create_app(
    served: Served,
    settings: WebSettings | None = None,
    *,
    extra_routes: Sequence[BaseRoute] = (),
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """Everything a server answers over HTTP; raises Drift when code and contract differ.

    Without `settings` they follow from where the server listens. `extra_routes` (such as MCP) stand behind
    the guard too; `lifespan` is theirs.
    """
    chosen = settings or settings_for(served.settings)
    contract = load_contract()
    pool, door = Pool(threads=chosen.threads), Door(served.database)
    violations = Violations(_recorder(served.database))
    frames = Frames(Messages(load_document(ASYNCAPI).tree))
    told = Streams(
        served.feed, frames, ping_every_s=chosen.ping_every_s, recheck_every_s=chosen.recheck_every_s
    )
    binding = Binding(
        served, door, pool, Replier(violations, strict=chosen.strict), secure=chosen.secure
    )
    metrics = Metrics(served.database, served.node.id)
    known = collect(
        tools.handlers(Queue(served.feed, pool)), upkeep.handlers(metrics, violations),
        streams.handlers(told), tasks.HANDLERS, decisions.HANDLERS, lanes.HANDLERS, instances.HANDLERS,
        letters.HANDLERS, shared.HANDLERS, attempts.HANDLERS, sops.HANDLERS, tokens.HANDLERS,
    )  # fmt: skip
    bound = routes(contract, known, binding)
    app = FastAPI(
        title="windlass", version=__version__, openapi_url=None, docs_url=None, redoc_url=None,
        routes=[*bound, streams.socket_route(told, door, pool), *extra_routes],
        lifespan=_lifespan(pool, lifespan),
    )  # fmt: skip
    app.openapi = lambda: dict(contract.document.tree)  # type: ignore[method-assign]  # the file is the document
    app.add_exception_handler(HTTPException, _unknown)
    app.add_middleware(Guard, names=chosen.names)
    return app


def settings_for(served: ServeSettings) -> WebSettings:
    """What follows from where a server listens. A port that the system chooses is not known yet: any is."""
    bind, shield = served.bind, served.shield
    names = served_names(bind.host, bind.port, shield.names)
    if bind.port == 0:
        names |= {f"{name.removesuffix(':0')}:*" for name in names if name.endswith(":0")}
    return WebSettings(names, secure=shield.tls or bool(shield.proxies))


def collect(*groups: dict[str, Handler]) -> dict[str, Handler]:
    """All handlers by operation; two for one are a bug."""
    found: dict[str, Handler] = {}
    for group in groups:
        if twice := set(found) & set(group):
            raise WindlassError(f"operations {sorted(twice)} have two handlers")
        found |= group
    return found


def _lifespan(pool: Pool, inner: Lifespan | None) -> Lifespan:
    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        try:
            if inner is None:
                yield
            else:
                async with inner(app):
                    yield
        finally:
            pool.close()

    return live


async def _unknown(request: Request, error: Exception) -> Response:
    """Paths and methods that are in no contract."""
    assert isinstance(error, HTTPException)
    made: WindlassError = NotFound("there is nothing under this path", hint="GET /openapi.yaml tells what is")
    if error.status_code == MethodNotAllowed.http_status:
        made = MethodNotAllowed(f"{request.method} is not for this path", hint="`Allow` tells what is")
    return JSONResponse(problem(made), made.http_status, dict(error.headers or {}), MEDIA_TYPE)


def _recorder(database: Database) -> Callable[[str, str], None]:
    """Records a violation as an event, each operation's at most once a minute."""
    last: dict[str, float] = {}

    def tell(operation: str, what: str) -> None:
        now = system_clock()
        if now - last.get(operation, 0.0) < RECORDED_EVERY_S:
            return
        last[operation] = now
        try:
            database.write(
                lambda tx: events.append(tx, "contract.violated", tx.now(), operation=operation, what=what)
            )
        except WindlassError as error:
            _LOG.error("a contract violation could not be recorded: %s", error)

    return tell
