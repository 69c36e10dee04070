"""Channels of real services, right ones and such that do one thing wrong, against their contract."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, WebSocket
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from windlass.papers.live.sockets import sockets
from windlass.papers.live.target import Target
from windlass.papers.references import Shelf
from windlass.papers.told import Fault
from windlass.papers.walk import walk

Talk = Callable[[ServerConnection], None]
HELLO = {"payload": {"type": "object", "required": ["hi"], "properties": {"hi": {"type": "integer"}}}}
ASK = {
    "payload": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}},
    "examples": [{"payload": {"n": 2}}],
}
DOUBLE = {"type": "object", "required": ["double"], "properties": {"double": {"type": "integer"}}}
ANSWER = {"payload": DOUBLE}
SLOW = {"$defs": {
    "L0": {"type": "integer"},
    **{f"L{n}": {"oneOf": [{"$ref": f"#/components/schemas/slow/$defs/L{n - 1}"}] * 2} for n in range(1, 60)},
}}  # fmt: skip


def third(**more: Any) -> dict[str, Any]:
    chat, ways = {"$ref": "#/channels/chat"}, "#/channels/chat/messages/"
    messages = {"hello": HELLO, "ask": ASK, "answer": ANSWER}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "t", "version": "1"},
        "defaultContentType": "application/json",
        "servers": {"live": {"host": "h", "protocol": "ws"}},
        "channels": {"chat": {"address": "/chat", "messages": messages}},
        "operations": {
            "tell": {"action": "send", "channel": chat, "messages": [{"$ref": f"{ways}hello"}]},
            "hear": {
                "action": "receive", "channel": chat, "messages": [{"$ref": f"{ways}ask"}],
                "reply": {"messages": [{"$ref": f"{ways}answer"}]},
            },
        },
        **more,
    }  # fmt: skip


def second() -> dict[str, Any]:
    return {
        "asyncapi": "2.6.0",
        "info": {"title": "t", "version": "1"},
        "defaultContentType": "application/json",
        "servers": {"live": {"url": "ws://h/", "protocol": "ws"}},
        "channels": {
            "/chat": {"subscribe": {"message": {"oneOf": [HELLO, ANSWER]}}, "publish": {"message": ASK}}
        },
    }


def right(line: ServerConnection) -> None:
    line.send('{"hi": 1}')
    for text in line:
        try:
            line.send(json.dumps({"double": 2 * json.loads(text)["n"]}))
        except ValueError:
            line.close(1007, "no JSON")


@contextmanager
def serving(talk: Talk, **options: Any) -> Iterator[Target]:
    def safely(line: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            talk(line)

    with serve(safely, "127.0.0.1", 0, **options) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Target(server.socket.getsockname()[1])


@contextmanager
def raw(answer: Callable[[socket.socket], None]) -> Iterator[Target]:
    """A service of plain bytes, one connection after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            while True:
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                with line, suppress(OSError):
                    answer(line)

        threading.Thread(target=run, daemon=True).start()
        yield Target(listening.getsockname()[1])


def told(tmp_path: Path, target: Target, value: Any, leave_out: Sequence[str] = ()) -> list[Fault | str]:
    (tmp_path / "a.json").write_text(json.dumps(value))
    shelf = Shelf(walk(str(tmp_path)))
    kind = "asyncapi-2" if value["asyncapi"].startswith("2") else "asyncapi-3"
    return list(sockets(target, shelf, shelf.get("a.json"), kind, leave_out))


def rules(found: Sequence[Fault | str]) -> list[tuple[str, str, bool]]:
    return [(one.rule, one.at, one.grave) for one in found if isinstance(one, Fault)]


@pytest.mark.parametrize("value", [second(), third()])
def test_a_service_that_does_as_it_says_has_no_fault(tmp_path: Path, value: Any) -> None:
    with serving(right) as target:
        assert told(tmp_path, target, value) == []


@pytest.mark.slow
def test_an_exponential_message_loses_itself_and_no_other(tmp_path: Path) -> None:
    slow = {"payload": {"$ref": "#/components/schemas/slow/$defs/L59"}}
    value = third(components={"schemas": {"slow": SLOW}})
    value["channels"]["chat"]["messages"]["hello"] = slow
    value["channels"]["news"] = {"address": "/news", "messages": {"hello": HELLO}}
    with serving(wrong_hello) as target:
        found = told(tmp_path, target, value)
    unread = [one for one in found if isinstance(one, str) and one.startswith("unread: ")]
    assert len(unread) == 1
    assert unread[0].startswith("unread: WS /chat: whether 'hello' was sent cannot be told: ")
    assert rules(found) == [("message-misfit", "WS /news hello", True)]


def test_a_message_whose_schema_cannot_be_used_is_unread_and_never_right(tmp_path: Path) -> None:
    value = third()
    value["channels"]["chat"]["messages"]["hello"] = {"payload": {"type": "object", "pattern": "("}}
    with serving(right) as target:
        found = told(tmp_path, target, value)
    assert [str(one)[:54] for one in found] == ["unread: WS /chat: whether 'hello' was sent cannot be t"]


def wrong_hello(line: ServerConnection) -> None:
    line.send('{"hi": "one"}')
    line.recv()
    line.send('{"double": 4}')
    line.recv()


def no_json(line: ServerConnection) -> None:
    line.send("hi")
    right(line)


def breaks_at_examples(line: ServerConnection) -> None:
    line.recv()
    line.close(1011, "oh")


def breaks_at_once(line: ServerConnection) -> None:
    line.close(1011)


def breaks_at_texts(line: ServerConnection) -> None:
    for text in line:
        try:
            line.send(json.dumps({"double": json.loads(text)["n"]}))
        except ValueError:
            line.close(1011)


def vanishes(line: ServerConnection) -> None:
    line.recv()
    line.socket.shutdown(socket.SHUT_RDWR)


def silent(line: ServerConnection) -> None:
    list(line)


@pytest.mark.parametrize(
    ("talk", "expected"),
    [
        (wrong_hello, [("message-misfit", "WS /chat hello", True)]),
        (no_json, [("unreadable-message", "WS /chat", True)]),
        (
            breaks_at_examples,
            [("closed", "WS /chat ask", True), ("server-error", "WS /chat no JSON", True)],
        ),
        (breaks_at_once, [("closed", "WS /chat", True)]),
        (breaks_at_texts, [("server-error", "WS /chat no JSON", True)]),
        (vanishes, [("closed", "WS /chat ask", True), ("server-error", "WS /chat no JSON", True)]),
        (silent, [("no-reply", "WS /chat ask", False)]),
    ],
)
def test_each_thing_that_is_wrong_is_its_own_fault(tmp_path: Path, talk: Talk, expected: Any) -> None:
    with serving(talk) as target:
        found = told(tmp_path, target, third())
    assert rules(found) == expected
    assert all(one.path == "a.json" for one in found if isinstance(one, Fault))


def test_a_misfit_names_its_place_and_what_was_meant(tmp_path: Path) -> None:
    with serving(wrong_hello) as target:
        (found,) = told(tmp_path, target, third())
    assert isinstance(found, Fault)
    assert "at /hi" in found.text
    assert "'hello'" in found.text


def test_a_handshake_that_is_refused(tmp_path: Path) -> None:
    def refuse(line: ServerConnection, request: Any) -> Any:
        return line.respond(403, "no")

    with serving(right, process_request=refuse) as target:
        assert rules(told(tmp_path, target, third())) == [("handshake", "WS /chat", True)]
        value = third()
        value["servers"]["live"]["security"] = [{"type": "http", "scheme": "bearer"}]
        (note,) = told(tmp_path, target, value)
        assert "authorization" in str(note)
        known = Target(target.port, {"Authorization": "Bearer x"})
        assert rules(told(tmp_path, known, value)) == [("handshake", "WS /chat", True)]


def test_a_redirection_is_not_followed(tmp_path: Path) -> None:
    def elsewhere(line: ServerConnection, request: Any) -> Any:
        answer = line.respond(302, "there")
        answer.headers["Location"] = "http://127.0.0.1:9/"
        return answer

    with serving(right, process_request=elsewhere) as target:
        (found,) = told(tmp_path, target, third())
    assert isinstance(found, Fault)
    assert found.rule == "handshake"
    assert "302" in found.text


HEAD = b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "


@pytest.mark.parametrize("answer", [HEAD + b"wrong\r\n\r\n", b"220 smtp\r\n", b"", b"HTTP/1.1 101 x\r\n\r\n"])
def test_a_handshake_that_is_none(tmp_path: Path, answer: bytes) -> None:
    def say(line: socket.socket) -> None:
        line.recv(4096)
        line.sendall(answer)

    with raw(say) as target:
        assert rules(told(tmp_path, target, third())) == [("broken-handshake", "WS /chat", True)]


def test_nobody_is_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert rules(told(tmp_path, Target(port), third())) == [("broken-handshake", "WS /chat", True)]


def test_what_is_left_out_and_what_is_late_is_said(tmp_path: Path) -> None:
    value = third()
    assert told(tmp_path, Target(1), value, ["WS /ch*"]) == ["1 channels are left out by the settings"]
    (late,) = told(tmp_path, Target(1, until=time.monotonic()), value)
    assert str(late).startswith("unread: 1 channels")


def test_messages_without_an_example_and_in_other_formats_are_told(tmp_path: Path) -> None:
    value = third()
    chat = value["channels"]["chat"]["messages"]
    chat["ask"] = {"payload": {"schemaFormat": "application/vnd.apache.avro;version=1.9.0", "schema": {}}}
    value["operations"]["hear"].pop("reply")
    with serving(right) as target:
        found = told(tmp_path, target, value)
    assert rules(found) == []
    assert [one for one in found if "avro" in str(one)]


def test_an_example_that_does_not_fit_is_not_sent(tmp_path: Path) -> None:
    value = third()
    value["channels"]["chat"]["messages"]["ask"] = {**ASK, "examples": [{"payload": {"n": "x"}}]}
    with serving(right) as target:
        found = told(tmp_path, target, value)
    assert rules(found) == []
    assert "does not fit its own schema" in str(found[0])


def test_a_message_of_a_channel_that_sends_nothing(tmp_path: Path) -> None:
    value = third()
    value["operations"].pop("tell")
    with serving(right) as target:
        found = told(tmp_path, target, value)
    assert rules(found) == [("message-misfit", "WS /chat answer", True)]


@pytest.fixture(scope="module")
def fastapi() -> Iterator[Target]:
    app = FastAPI()

    @app.websocket("/chat")
    async def chat(line: WebSocket) -> None:
        await line.accept()
        await line.send_json({"hi": 1})
        while True:
            told = await line.receive_json()
            await line.send_json({"double": 2 * told["n"]})

    @app.websocket("/private")
    async def private(line: WebSocket) -> None:
        await line.close(1008)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield Target(listening.getsockname()[1])
        server.should_exit = True
        thread.join(5)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/chat", [("server-error", "WS /chat no JSON", True)]),
        ("/private", [("handshake", "WS /private", True)]),
        ("/nothing", [("handshake", "WS /nothing", True)]),
    ],
)
def test_fastapi(tmp_path: Path, fastapi: Target, address: str, expected: Any) -> None:
    """One that takes every text for JSON breaks at the first that is none, which is what is told of it."""
    value = third()
    value["channels"]["chat"]["address"] = address
    assert rules(told(tmp_path, fastapi, value)) == expected


def test_a_service_that_talks_without_end_is_left_soon(tmp_path: Path) -> None:
    def flood(line: ServerConnection) -> None:
        while True:
            line.send('{"hi": 1}')

    began = time.monotonic()
    with serving(flood) as target:
        (note,) = told(tmp_path, target, third())
    assert str(note) == "unread: WS /chat sent 100 messages at once; no more was asked there"
    assert time.monotonic() - began < 5
