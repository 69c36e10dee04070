"""One bounded exchange over HTTP, with servers that do as they please."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from tests.papers.live.conftest import Start

from windlass.papers.live import target
from windlass.papers.live.target import Ask, Target, Unanswered

Raw = Callable[[Callable[[socket.socket], None]], int]


@pytest.fixture
def raw() -> Iterator[Raw]:
    """Makes a server that does with its one connection what it is told."""
    listening: list[socket.socket] = []

    def make(then: Callable[[socket.socket], None]) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def serve() -> None:
            line, _ = server.accept()
            with line:
                try:
                    then(line)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        return int(server.getsockname()[1])

    yield make
    for one in listening:
        one.close()


def test_an_exchange_brings_status_headers_and_body(serving: Start) -> None:
    service = serving("self.reply(201, {'path': self.path, 'token': self.headers['X-Token']})")
    service.start()
    answer = Target(service.port, {"X-Token": "a"}).ask(Ask("GET", "/a%20b?c=d"))
    assert (answer.status, answer.body) == (201, b'{"path": "/a%20b?c=d", "token": "a"}')
    assert answer.header("content-type") == "application/json"
    assert answer.header("location") is None
    assert answer.seconds > 0


def test_an_own_header_of_a_request_counts_more(serving: Start) -> None:
    service = serving("self.reply(200, self.headers['X-Token'])")
    service.start()
    assert Target(service.port, {"X-Token": "a"}).ask(Ask("GET", "/", {"X-Token": "b"})).body == b'"b"'


def test_a_port_where_nobody_listens_is_no_answer() -> None:
    with pytest.raises(Unanswered, match="the connection broke: ConnectionRefusedError") as caught:
        Target(1).ask(Ask("GET", "/"))
    assert not caught.value.late


@pytest.mark.parametrize("said", [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"HTTP/1.1 200\r\nX:"])
def test_what_does_not_end_is_late(raw: Raw, said: bytes) -> None:
    def drip(line: socket.socket) -> None:
        line.sendall(said)
        while True:
            line.sendall(b"x")
            time.sleep(0.05)

    began = time.monotonic()
    with pytest.raises(Unanswered, match="no whole answer") as caught:
        Target(raw(drip)).ask(Ask("GET", "/"), wait_s=0.5)
    assert caught.value.late
    assert time.monotonic() - began < 5


def test_a_body_without_end_is_given_up(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "BODY_MAX", 1_000_000)

    def flood(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            line.sendall(b"x" * 65_536)

    with pytest.raises(Unanswered, match="larger than") as caught:
        Target(raw(flood)).ask(Ask("GET", "/"))
    assert caught.value.late  # it is a bound of ours, and says nothing against the service


def test_what_comes_before_an_answer_is_none(raw: Raw) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
    said = early * 3 + b"HTTP/1.1 201 Created\r\nA: b\r\nContent-Length: 2\r\n\r\n{}"
    answer = Target(raw(lambda line: line.sendall(said))).ask(Ask("GET", "/"))
    assert (answer.status, answer.body, answer.header("link"), answer.header("a")) == (201, b"{}", None, "b")
    with pytest.raises(Unanswered):
        Target(raw(lambda line: line.sendall(early * 100 + said))).ask(Ask("GET", "/"))


def test_fields_of_one_name_are_one(serving: Start) -> None:
    service = serving(
        "self.send_response(204)\nfor one in '12': self.send_header('X-N', one)\nself.end_headers()"
    )
    service.start()
    answer = Target(service.port).ask(Ask("GET", "/"))
    assert (answer.field("x-n"), answer.header("x-n"), answer.field("x-m")) == ("1, 2", "1", None)
    empty = replace(answer, headers=(("X-N", ""), ("Set-Cookie", "a"), ("Set-Cookie", "b")))
    assert (empty.field("x-n"), empty.field("set-cookie")) == ("", "a")


@pytest.mark.parametrize(
    "said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nxx",
             b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n"],
)  # fmt: skip
def test_what_is_no_answer_is_told(raw: Raw, said: bytes) -> None:
    with pytest.raises(Unanswered, match="the connection broke"):
        Target(raw(lambda line: line.sendall(said))).ask(Ask("GET", "/"))


def test_after_its_time_nothing_is_asked() -> None:
    target = Target(1, until=time.monotonic())
    assert target.late
    with pytest.raises(Unanswered, match="no time was left") as caught:
        target.ask(Ask("GET", "/"))
    assert caught.value.late
