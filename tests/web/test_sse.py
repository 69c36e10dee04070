"""The SSE stream in a real uvicorn, with a real HTTP client, on both databases."""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from starlette.requests import Request

from tests.web.streaming import Client, Server, SocketClient, SseClient, sse
from windlass.events import Cursor, Subject, after, append
from windlass.kernel import Invalid
from windlass.store import Database, Transaction
from windlass.web.sse import asked


@pytest.fixture
def server(database: Database) -> Iterator[Server]:
    with Server(database.url, options=("ping=0.5",)) as server:
        yield server


def add(database: Database, count: int = 1, *, task: int | None = None, kind: str = "node.started") -> None:
    data = {"pid": 1} if kind == "node.started" else {"attempt": 1, "node": "n"}
    database.write(
        lambda tx: [append(tx, kind, 1.8e9, about=Subject(1, task=task), **data) for _ in range(count)]
    )


def told(server: Server, query: str = "", **headers: str) -> list[tuple[str, str, str]]:
    """Name, id and kind (or reason) of everything a bounded stream says."""
    with httpx.stream(
        "GET", f"{server.url}/v1/events?for_s=0.8{query}", headers=headers, timeout=60
    ) as answer:
        assert answer.status_code == 200, answer.read()
        found = sse(answer.iter_lines())
        return [(one.name, one.id, one.data.get("kind") or one.data.get("reason", "")) for one in found]


def test_hello_says_where_it_begins_and_bye_why_it_ends(server: Server, database: Database) -> None:
    add(database, 2)
    first, *pings, last = told(server)
    assert first[0] == "hello"
    assert {name for name, _, _ in pings} <= {"ping"}
    assert last[0::2] == ("bye", "over")


def test_the_beginning_is_0_0_and_last_event_id_wins(server: Server, database: Database) -> None:
    add(database, 4)
    everything = [one for one in told(server, "&after=0.0") if one[0] == "message"]
    assert len(everything) == 4
    rest = [
        one
        for one in told(server, "&after=0.0", **{"Last-Event-ID": everything[2][1]})
        if one[0] == "message"
    ]
    assert rest == everything[3:]


def test_filters_by_task_kind_and_subject(server: Server, database: Database) -> None:
    add(database, task=5, kind="task.claimed")
    add(database, task=6, kind="task.claimed")
    add(database)

    def kinds(query: str) -> list[str]:
        return [kind for name, _, kind in told(server, "&after=0.0" + query) if name == "message"]

    assert kinds("&task=5") == ["task.claimed"]
    assert kinds("&kind=task.&kind=item.open") == ["task.claimed"] * 2
    assert kinds("&kind=node.started") == ["node.started"]


def test_a_filtered_client_resumes_from_its_pings(server: Server, database: Database) -> None:
    add(database, 3)
    said = told(server, "&after=0.0&task=99")
    assert [name for name, _, _ in said if name == "message"] == []
    end = database.read(lambda tx: after(tx, Cursor(), limit=10))[1]
    assert ("ping", str(end), "") in said
    assert said[-1] == ("bye", str(end), "over")


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ("after=12", 422, "not an event id"),
        ("after=0.999999999", 409, "ahead of the log"),
        ("task=x", 422, "not a task's number"),
        ("for_s=-1", 422, "not between"),
        ("for_s=nan", 422, "not between"),
    ],
)
def test_a_bad_query_is_refused_before_the_stream(
    server: Server, query: str, status: int, detail: str
) -> None:
    answer = httpx.get(f"{server.url}/v1/events?{query}", timeout=60)
    assert answer.status_code == status
    assert detail in answer.json()["detail"]


def test_the_server_stops_soon_and_says_so(server: Server) -> None:
    names: list[tuple[str, str]] = []

    def follow() -> None:
        with httpx.stream("GET", f"{server.url}/v1/events", timeout=60) as answer:
            names.extend((one.name, one.data.get("reason", "")) for one in sse(answer.iter_lines()))

    thread = threading.Thread(target=follow)
    thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 25
    thread.join(30)
    assert names[0][0] == "hello"
    assert names[-1] == ("bye", "restart")


def test_a_client_that_leaves_is_forgotten(server: Server, database: Database) -> None:
    for _ in range(5):
        with httpx.stream("GET", f"{server.url}/v1/events", timeout=60) as answer:
            assert next(iter(answer.iter_lines())) == "retry: 1000"
    add(database)
    assert told(server)[0][0] == "hello"


def test_the_repository_is_the_callers_and_nobody_elses() -> None:
    scope = {"type": "http", "query_string": b"task=3&task=4&kind=task.&for_s=2.5", "headers": []}
    ask = asked(Request(scope), repository=7)
    assert (ask.chosen.repository, ask.chosen.tasks, ask.for_s) == (7, {3, 4}, 2.5)
    with pytest.raises(Invalid):
        asked(Request({**scope, "query_string": b"task=" + b"9" * 40}))


def wait(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 120
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)


class Writers:
    """Six threads that append numbered events, some in slow transactions that commit out of order."""

    def __init__(self, database: Database) -> None:
        self.database, self.stop = database, threading.Event()
        self.written = [0] * 6
        self.threads = [threading.Thread(target=self._write, args=(n,)) for n in range(6)]

    def __enter__(self) -> "Writers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(30)

    def write(self, count: int) -> None:
        """Wait until so many more events are written."""
        wanted = sum(self.written) + count
        wait(lambda: sum(self.written) >= wanted)

    def _write(self, number: int) -> None:
        chance = random.Random(number)
        while not self.stop.is_set():

            def work(tx: Transaction) -> None:
                append(tx, "node.started", 1.8e9, about=Subject(task=number), pid=self.written[number])
                time.sleep(chance.choice((0, 0.001, 0.01, 0.05)))

            self.database.write(work)
            self.written[number] += 1
            time.sleep(chance.choice((0, 0.005, 0.02)))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["restart", "kill"])
def test_clients_reconnect_through_a_restart_without_a_gap(database: Database, number: int) -> None:
    """SSE and WebSocket, each of them twice, while slow transactions commit out of order."""
    with Server(database.url, options=("buffer=40",)) as server:
        clients: list[Client] = [
            SseClient(server),
            SseClient(server),
            SocketClient(server),
            SocketClient(server),
        ]
        for client in clients:
            client.last = "0.0"
        threads = [threading.Thread(target=client.run) for client in clients]
        with Writers(database) as writers:
            for thread in threads:
                thread.start()
            writers.write(20)
            wait(lambda: all(client.events for client in clients))
            server.stop(number)
            writers.write(20)
            server.start()
            writers.write(20)
        add(database)
        last, _ = database.read(lambda tx: after(tx, Cursor(), limit=100_000))
        wait(lambda: all(len(client.events) >= len(last) for client in clients))
        for client in clients:
            client.stop.set()
        add(database)  # wakes who still reads
        for thread in threads:
            thread.join(30)
    expected = [event.seq for event in last]
    for client in clients:
        assert client.connections >= 2
        assert [int(one["id"].split(".")[1]) for one in client.events][: len(expected)] == expected
