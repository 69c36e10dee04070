"""A real service for the tests of what is asked of one: a shop, right or with one fault planted."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Form, Header, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field

from windlass.papers.live.target import Target
from windlass.papers.references import Shelf
from windlass.papers.text import Paper, read
from windlass.papers.walk import walk

PATH = "openapi.json"
GONE: dict[int | str, dict[str, Any]] = {404: {"description": "it is not there"}}


class NewPet(BaseModel):
    name: Annotated[str, Field(min_length=2, pattern="^[A-Z][a-z]+$")]
    kind: str = "cat"
    age: Annotated[int, Field(ge=0, lt=40)]
    tags: list[str] = []


class Pet(NewPet):
    id: str
    note: str | None = None


def shop(fault: str = "") -> FastAPI:
    """`fault`: the rule that it is to break; none for a right one."""
    app, pets, toys = FastAPI(), dict[str, Pet](), dict[str, list[str]]()
    asked: list[str] = []
    app.state.asked = asked

    @app.middleware("http")
    async def remember(request: Request, follow: Callable[[Request], Any]) -> Any:
        asked.append(f"{request.method} {request.url.path}")
        if fault == "accepted-method" and request.method == "PATCH":
            return Response(status_code=204)
        return await follow(request)

    @app.get("/pets")
    def pets_of(response: Response, limit: Annotated[int, Query(le=50, examples=[5])] = 20) -> list[Pet]:
        if fault == "server-error":
            raise HTTPException(500)
        if fault == "undeclared-status":
            raise HTTPException(418)
        return list(pets.values())[:limit]

    @app.post("/pets", status_code=201)
    def added(pet: NewPet) -> Pet:
        made = Pet(id=f"p{len(pets) + 7}", **pet.model_dump())
        pets[made.id] = made
        return made

    @app.get("/pets/{pet_id}", responses=GONE, response_model=Pet)
    def one(pet_id: str) -> Any:
        if pet_id not in pets:
            raise HTTPException(404, "no such pet")
        if fault == "body-misfit":
            return JSONResponse({**pets[pet_id].model_dump(), "age": "old"})
        if fault == "undeclared-media-type":
            return PlainTextResponse("a pet")
        return Response(media_type="application/json") if fault == "missing-body" else pets[pet_id]

    @app.put("/pets/{pet_id}", responses=GONE)
    def changed(pet_id: str, pet: NewPet) -> Pet:
        if pet_id not in pets:
            raise HTTPException(404, "no such pet")
        pets[pet_id] = Pet(id=pet_id, **pet.model_dump())
        return pets[pet_id]

    @app.get("/pets/{pet_id}/toys", responses=GONE)
    def toys_of(pet_id: str) -> list[str]:
        if pet_id not in pets:
            raise HTTPException(404, "no such pet")
        return toys.get(pet_id, [])

    @app.delete("/pets/{pet_id}", status_code=204, responses=GONE)
    def removed(pet_id: str) -> None:
        if pets.pop(pet_id, None) is None:
            raise HTTPException(404, "no such pet")

    if fault == "accepted-invalid":
        @app.get("/search")
        def loose(word: str = "", count: str = "1") -> list[str]:
            return [word]
    else:
        @app.get("/search")
        def search(word: str, count: int, x_trace: Annotated[str | None, Header()] = None) -> list[str]:
            return [word] * min(count, 3)

    rate = {200: {"headers": {"X-Left": {"required": True, "schema": {"type": "integer", "minimum": 0}}}}}

    @app.get("/rate", responses=rate)  # type: ignore[arg-type]  # it takes any status
    def left(response: Response) -> dict[str, int]:
        if fault != "missing-header":
            response.headers["X-Left"] = "many" if fault == "header-misfit" else "12"
        return {"left": 12}

    @app.post("/login")
    def login(user: Annotated[str, Form()], word: Annotated[str, Form()]) -> dict[str, str]:
        return {user: word}

    return app


@contextmanager
def served(app: Any) -> Iterator[int]:
    """The port where an application listens on this machine."""
    line = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[line])), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield line.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        line.close()


def laid(tmp_path: Path, document: Any, path: str = PATH) -> tuple[Shelf, Paper]:
    """A contract in a tree of its own."""
    (tmp_path / path).write_text(json.dumps(document))
    shelf = Shelf(walk(str(tmp_path)))
    return shelf, read(path, (tmp_path / path).read_bytes())


def target(port: int, within_s: float = 30.0, **headers: str) -> Target:
    return Target(port, headers, time.monotonic() + within_s)


Answered = Callable[[str, str, bytes], tuple[int, dict[str, str], bytes]]


@contextmanager
def plain(answered: Answered) -> Iterator[tuple[int, list[tuple[str, str, dict[str, str], bytes]]]]:
    """The port of a service that answers as a function says; and all that it was asked."""
    asked: list[tuple[str, str, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status, headers, content = answered(self.command, self.path, body)
            self.send_response_only(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = do_QUERY = _any

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_port, asked
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def raw(sent: Callable[[socket.socket], None]) -> Iterator[int]:
    """The port of a service that does with each connection what a function does."""
    line = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                one, _ = line.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(one,), daemon=True).start()

    def talk(one: socket.socket) -> None:
        with one, suppress(OSError):
            one.recv(65_536)
            sent(one)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield line.getsockname()[1]
    finally:
        line.shutdown(socket.SHUT_RDWR)
        line.close()
