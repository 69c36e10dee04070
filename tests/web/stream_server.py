"""`stream_server.py DATABASE_URL PORT [buffer=N] [ping=S]`: both streams and nothing else, in uvicorn."""

import asyncio
import signal
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from windlass.contracts import ASYNCAPI, load_document
from windlass.events import Feed
from windlass.kernel import WindlassError
from windlass.store import open_database
from windlass.web.following import Streams
from windlass.web.frames import Frames
from windlass.web.messages import Messages
from windlass.web.socket import serve_socket
from windlass.web.sse import asked, open_stream


class Server(uvicorn.Server):
    """Says Bye to the streams before uvicorn waits for them."""

    feed: Feed

    def handle_exit(self, sig: int, frame: object) -> None:
        self.feed.close()
        super().handle_exit(sig, None)


def application(streams: Streams) -> Starlette:
    async def follow(request: Request) -> Response:
        try:
            return await open_stream(streams, asked(request))
        except WindlassError as error:
            return JSONResponse({"detail": str(error)}, error.kind.http_status)

    async def talk(socket: WebSocket) -> None:
        try:
            await serve_socket(streams, socket, asked(socket))
        except WindlassError as error:
            await socket.send_denial_response(JSONResponse({"detail": str(error)}, error.kind.http_status))

    return Starlette(routes=[Route("/v1/events", follow), WebSocketRoute("/v1/ws", talk)])


def main(url: str, port: int, options: dict[str, str]) -> None:
    database = open_database(url)
    feed = Feed(database, buffer_max=int(options.get("buffer", 5000)))
    frames = Frames(Messages(load_document(ASYNCAPI).tree))
    streams = Streams(feed, frames, ping_every_s=float(options.get("ping", 15)))
    config = uvicorn.Config(
        application(streams),
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=3,
        ws="websockets-sansio",
    )
    server = Server(config)
    server.feed = feed
    signal.signal(signal.SIGTERM, lambda *_: None)
    asyncio.run(server.serve())
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), dict(word.split("=", 1) for word in sys.argv[3:]))
