"""What is read of the channels of an AsyncAPI document."""

import json
from pathlib import Path
from typing import Any

import pytest

from windlass.papers.live.channels import CHANNELS_MAX, NOTHING, Channel, channels
from windlass.papers.references import Shelf
from windlass.papers.walk import walk


def told(tmp_path: Path, version: int, **more: Any) -> list[Channel | str]:
    (tmp_path / "a.json").write_text(json.dumps({"asyncapi": f"{version}.0.0", **more}))
    shelf = Shelf(walk(str(tmp_path)))
    return list(channels(shelf, shelf.get("a.json"), f"asyncapi-{version}"))


def only(found: list[Channel | str]) -> Channel:
    (one,) = found
    assert isinstance(one, Channel), one
    return one


WS = {"live": {"host": "h", "pathname": "/v{n}", "protocol": "wss", "variables": {"n": {"default": "1"}}}}
OLD = {"live": {"url": "ws://{host}:{port}/v{n}/", "protocol": "ws", "variables": {"n": {"enum": ["1"]}}}}


def test_addresses_are_filled_in(tmp_path: Path) -> None:
    room = {"address": "rooms/{room}", "parameters": {"room": {"examples": ["a b/c"]}}}
    found = only(told(tmp_path, 3, servers=WS, channels={"r": room}))
    assert (found.at, found.target) == ("WS /v{n}/rooms/{room}", "/v1/rooms/a%20b%2Fc")
    one = {"parameters": {"room": {"schema": {"type": "string", "default": "x"}}}}
    found = only(told(tmp_path, 2, servers=OLD, channels={"rooms/{room}": one}))
    assert (found.at, found.target) == ("WS /v{n}/rooms/{room}", "/v1/rooms/x")


def test_what_nobody_gives_a_value_for_is_not_asked(tmp_path: Path) -> None:
    room = {"address": "rooms/{room}", "parameters": {"room": {}}}
    (why,) = told(tmp_path, 3, servers={"live": {"protocol": "ws"}}, channels={"r": room})
    assert "no default, example or enum" in str(why)
    (why,) = told(tmp_path, 3, servers={"live": {"protocol": "ws"}}, channels={"r": {"address": None}})
    assert "no address" in str(why)
    (why,) = told(tmp_path, 3, servers={"live": {"protocol": "ws"}}, channels={"r": {"$ref": "#/none"}})
    assert "was not asked" in str(why)


def test_channels_of_other_protocols_are_counted(tmp_path: Path) -> None:
    servers = {"queue": {"host": "h", "protocol": "kafka"}, "live": {"host": "h", "protocol": "ws"}}
    mine = {"address": "/a", "servers": [{"$ref": "#/servers/live"}]}
    bound = {"address": "/b", "servers": [{"$ref": "#/servers/queue"}], "bindings": {"ws": {}}}
    other = {"address": "c", "servers": [{"$ref": "#/servers/queue"}]}
    found = told(tmp_path, 3, servers=servers, channels={"a": mine, "b": bound, "c": other})
    assert [one if isinstance(one, str) else one.at for one in found] == [
        "WS /a", "WS /b", "1 channels speak no WebSocket and were not asked"
    ]  # fmt: skip
    old = {"live": {"url": "h", "protocol": "ws"}, "queue": {"url": "h", "protocol": "amqp"}}
    found = told(tmp_path, 2, servers=old, channels={"a": {"servers": ["live"]}, "b": {"servers": ["queue"]}})
    assert [one if isinstance(one, str) else one.at for one in found] == [
        "WS /a", "1 channels speak no WebSocket and were not asked"
    ]  # fmt: skip


def test_queries_and_headers_of_the_binding(tmp_path: Path) -> None:
    members = {"a": {"const": "x&y"}, "b": {"type": "integer", "minimum": 4}, "c": {"type": "string"}}
    query = {"type": "object", "required": ["a", "b"], "properties": members}
    headers = {
        "required": ["X-Key", "Sec-WebSocket-Protocol", "Host"],
        "properties": {
            "X-Key": {"examples": ["k"]}, "Sec-WebSocket-Protocol": {"enum": ["p"]}, "Host": {"const": "h"}
        },
    }  # fmt: skip
    chat = {"address": "/chat", "bindings": {"ws": {"query": query, "headers": headers}}}
    found = only(told(tmp_path, 3, channels={"c": chat}))
    assert found.target == "/chat?a=x%26y&b=4"
    assert (found.headers, found.protocols) == ({"X-Key": "k"}, ["p"])


def test_a_header_that_would_be_two_is_not_sent(tmp_path: Path) -> None:
    headers = {"required": ["X-Key"], "properties": {"X-Key": {"const": "a\r\nHost: b"}}}
    (why,) = told(tmp_path, 3, channels={"c": {"address": "/c", "bindings": {"ws": {"headers": headers}}}})
    assert "cannot be sent" in str(why)


@pytest.mark.parametrize(
    ("scheme", "key"),
    [
        ({"type": "http", "scheme": "bearer"}, "authorization"),
        ({"type": "httpApiKey", "in": "header", "name": "X-Key"}, "x-key"),
        ({"type": "httpApiKey", "in": "query", "name": "key"}, "?key"),
    ],
)
def test_what_its_security_wants(tmp_path: Path, scheme: Any, key: str) -> None:
    servers = {"live": {"host": "h", "protocol": "ws", "security": [scheme]}}
    assert only(told(tmp_path, 3, servers=servers, channels={"a": {"address": "/a"}})).keys == {key}
    old = {"live": {"url": "h", "protocol": "ws", "security": [{"mine": []}]}}
    parts = {"securitySchemes": {"mine": scheme}}
    found = told(tmp_path, 2, servers=old, channels={"a": {}}, components=parts)
    assert only(found).keys == {key}


def test_messages_with_their_traits(tmp_path: Path) -> None:
    trait = {"contentType": "text/plain", "examples": [{"payload": "t"}]}
    message = {"payload": {"type": "string"}, "traits": [trait]}
    chat = {"address": "/chat", "messages": {"say": message}}
    hear = {"action": "receive", "channel": {"$ref": "#/channels/c"}}
    servers = {"live": {"host": "h", "protocol": "ws"}}
    found = only(told(tmp_path, 3, servers=servers, channels={"c": chat}, operations={"hear": hear}))
    (taken,) = found.takes
    assert (taken.message.name, taken.message.media, taken.message.example) == ("say", "text/plain", "t")
    assert (taken.message.json, found.sends, found.unsaid) == (False, [], False)


def test_without_operations_a_channel_may_send_all_its_messages(tmp_path: Path) -> None:
    chat = {"address": "/chat", "messages": {"say": {"payload": {"type": "string"}}}}
    servers = {"live": {"host": "h", "protocol": "ws"}}
    found = only(told(tmp_path, 3, servers=servers, channels={"c": chat}))
    assert ([one.name for one in found.sends], found.unsaid) == (["say"], True)
    assert found.sends[0].example is NOTHING


def test_there_is_an_end_to_channels(tmp_path: Path) -> None:
    many = {f"c{number}": {"address": f"/{number}"} for number in range(CHANNELS_MAX + 1)}
    found = told(tmp_path, 3, servers={"live": {"host": "h", "protocol": "ws"}}, channels=many)
    assert len(found) == CHANNELS_MAX + 1
    assert str(found[-1]).startswith("unread: ")


def test_shapes_that_nobody_expects_break_nothing(tmp_path: Path) -> None:
    odd = {
        "a": {"address": "/a", "messages": [1], "parameters": 3, "bindings": {"ws": {"query": 4}}},
        "b": {"address": "/b", "messages": {"m": {"payload": 5, "traits": {"x": 1}, "examples": {"y": 2}}}},
        "c": 7,
    }
    servers = {"x": 3, "live": {"protocol": "ws", "pathname": 5, "variables": [], "security": {"a": 1}}}
    operations = {"o": 1, "p": {"channel": {"$ref": "#/channels/b"}, "messages": "m", "reply": 3}}
    found = told(tmp_path, 3, servers=servers, channels=odd, operations=operations)
    assert len(found) == 2


def test_half_a_character_loses_its_channel_and_no_other(tmp_path: Path) -> None:
    named = {"address": "/{x}", "parameters": {"x": {"default": "\udc00"}}}
    bound = {"address": "/c", "bindings": {"ws": {"query": {"required": ["\ud800"]}}}}
    every = {"a": {"address": "/\ud800"}, "b": named, "c": bound, "d": {"address": "/d"}}
    found = told(tmp_path, 3, servers={"live": {"protocol": "ws"}}, channels=every)
    assert [one.target for one in found if isinstance(one, Channel)] == ["/d"]
    assert len(found) == 4
