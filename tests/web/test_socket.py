"""The WebSocket in a real uvicorn, with a real client, on both databases."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.web.streaming import Server
from windlass.events import Subject, append
from windlass.store import Database


@pytest.fixture
def server(database: Database) -> Iterator[Server]:
    with Server(database.url, options=("ping=60", "buffer=50")) as server:
        yield server


@pytest.fixture
def channel(server: Server) -> Iterator[ClientConnection]:
    with connect(server.socket_url + "?after=0.0", proxy=None) as channel:
        assert heard(channel)["type"] == "hello"
        yield channel


def heard(channel: ClientConnection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(channel.recv(timeout=60))
    return found


def everything(channel: ClientConnection) -> tuple[list[dict[str, Any]], tuple[int, str]]:
    """What the server still says, and the code and reason with which it ends."""
    said: list[dict[str, Any]] = []
    try:
        while True:
            said.append(heard(channel))
    except ConnectionClosed as error:
        return said, (error.rcvd.code, error.rcvd.reason) if error.rcvd else (1006, "")


def closed(channel: ClientConnection) -> tuple[int, str]:
    """The code and reason with which the server ended it, after whatever it still said."""
    _, end = everything(channel)
    return end


def add(database: Database, count: int = 1, *, task: int = 1) -> None:
    about = Subject(1, task=task)
    database.write(lambda tx: [append(tx, "node.started", 1.8e9, about=about, pid=n) for n in range(count)])


def test_events_come_in_order_as_one_frame_each(channel: ClientConnection, database: Database) -> None:
    add(database, 3)
    add(database)
    found = [heard(channel) for _ in range(4)]
    assert [one["data"]["pid"] for one in found] == [0, 1, 2, 0]
    assert {one["type"] for one in found} == {"event"}


def test_a_ping_is_answered(channel: ClientConnection) -> None:
    channel.send('{"type": "ping"}')
    assert heard(channel)["type"] == "pong"


def test_subscribe_replaces_filter_and_place_and_is_answered_with_hello(
    channel: ClientConnection, database: Database
) -> None:
    add(database, 2, task=1)
    add(database, 1, task=2)
    assert [heard(channel)["task"] for _ in range(3)] == [1, 1, 2]
    channel.send('{"type": "subscribe", "tasks": [2], "after": "0.0"}')
    assert (hello := heard(channel))["type"] == "hello"
    assert hello["after"] == "0.0"
    assert heard(channel)["task"] == 2
    add(database, 1, task=1)
    add(database, 1, task=2)
    assert heard(channel)["task"] == 2
    channel.send('{"type": "subscribe", "kinds": ["item."]}')
    assert heard(channel)["type"] == "hello"
    add(database)
    with pytest.raises(TimeoutError):
        channel.recv(timeout=0.3)


BAD = [
    "no json",
    "[]",
    "7",
    '{"type": "subscribe", "more": 1}',
    '{"type": "subscribe", "tasks": ["1"]}',
    '{"type": "subscribe", "tasks": [1], "tasks": [2]}',
    '{"type": "subscribe", "kinds": ["*"]}',
    '{"type": "subscribe", "after": "12"}',
    '{"type": "subscribe", "after": "0.99999999"}',
    '{"type": "event"}',
    '{"type": "ping", "x": NaN}',
    "[" * 50_000,
    '{"type": "ping\\ud800"}',
]


def test_a_frame_outside_the_contract_ends_it_with_1007(server: Server) -> None:
    for frame in BAD:
        with connect(server.socket_url, proxy=None) as channel:
            channel.send(frame)
            code, reason = closed(channel)
        assert code == 1007, frame[:30]
        assert reason


def test_a_binary_frame_ends_it_with_1007(channel: ClientConnection) -> None:
    channel.send(b'{"type": "ping"}')
    assert closed(channel)[0] == 1007


def test_a_huge_frame_ends_it_with_1009(channel: ClientConnection) -> None:
    channel.send(json.dumps({"type": "subscribe", "kinds": ["a." * 40_000]}))
    assert closed(channel)[0] == 1009


def test_others_are_not_disturbed_by_a_bad_client(
    server: Server, channel: ClientConnection, database: Database
) -> None:
    with connect(server.socket_url, proxy=None) as bad:
        bad.send("{")
        assert closed(bad)[0] == 1007
    add(database)
    assert heard(channel)["type"] == "event"


def test_a_bad_query_is_refused_with_its_status(server: Server) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(server.socket_url + "?after=x", proxy=None)
    assert refused.value.response.status_code == 422
    assert b"not an event id" in refused.value.response.body


def test_a_client_that_takes_nothing_is_cut_off_as_slow_and_resumes(
    server: Server, database: Database
) -> None:
    """Its messages fill the connection, the log goes on past the buffer; then it reads, and hears why."""
    with connect(server.socket_url + "?after=0.0", proxy=None, max_queue=1, compression=None) as slow:
        assert heard(slow)["type"] == "hello"
        add(database)
        assert heard(slow)["type"] == "event"
        for _ in range(300):
            database.write(
                lambda tx: [
                    append(tx, "cycle.finished", 1.8e9, about=Subject(1), text=secrets.token_hex(15_000))
                    for _ in range(2)
                ]
            )
        got, (code, _) = everything(slow)
        assert code == 1013
        *before, bye = got
        assert (bye["type"], bye["reason"]) == ("bye", "slow")
        assert 0 < len(before) < 600
        assert bye["after"] == before[-1]["id"]
    with connect(f"{server.socket_url}?after={bye['after']}", proxy=None) as again:
        assert heard(again)["type"] == "hello"
        rest = [heard(again) for _ in range(600 - len(before))]
    numbers = [int(one["id"].split(".")[1]) for one in before + rest]
    assert numbers == list(range(numbers[0], numbers[0] + 600))


def test_the_server_says_bye_before_it_stops(server: Server) -> None:
    said: list[object] = []

    def follow() -> None:
        with connect(server.socket_url, proxy=None) as channel:
            try:
                while True:
                    said.append(heard(channel)["type"])
            except ConnectionClosed as error:
                said.append(error.rcvd.code if error.rcvd else None)

    thread = threading.Thread(target=follow)
    thread.start()
    time.sleep(0.7)
    server.stop()
    thread.join(10)
    assert said[0] == "hello"
    assert said[-1] in (1012, 1001)
