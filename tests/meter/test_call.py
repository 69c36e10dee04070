"""The body that goes to the provider is the one that was judged."""

import json
from typing import Any

import pytest

from windlass.kernel import Invalid
from windlass.meter.call import parse_call
from windlass.meter.model import Protocol
from windlass.meter.provider import Route

CHAT = Route(Protocol.CHAT, "/v1/chat/completions", "", True)
MESSAGES = Route(Protocol.MESSAGES, "/v1/messages", "", True)
GEMINI = Route(Protocol.GEMINI, "/v1beta/models/g:streamGenerateContent", "", True, "g", True)


def parsed(route: Route, tree: Any) -> tuple[Any, Any]:
    call = parse_call(route, json.dumps(tree).encode())
    return call, json.loads(call.body)


@pytest.mark.parametrize(
    ("options", "hides"),
    [({}, True), ({"stream_options": None}, True),
     ({"stream_options": {"include_usage": False, "x": 1}}, True),
     ({"stream_options": {"include_usage": True}}, False)],
)  # fmt: skip
def test_a_chat_stream_asks_for_usage(options: dict[str, Any], hides: bool) -> None:
    call, body = parsed(CHAT, {"model": "m", "stream": True, **options})
    assert (call.model, call.streamed, call.hides_usage) == ("m", True, hides)
    assert body["stream_options"]["include_usage"] is True
    assert body["stream_options"].get("x") == (options.get("stream_options") or {}).get("x")


def test_nothing_else_is_changed() -> None:
    tree = {"model": "m", "n": 12345678901234567890, "t": 0.1, "text": "ä\ud800\u2028", "stream": False}
    for route in (CHAT, MESSAGES):
        call, body = parsed(route, tree)
        assert body == tree
        assert not call.streamed
        assert not call.hides_usage


def test_two_fields_of_one_name_are_read_one_way() -> None:
    call = parse_call(CHAT, b'{"model":"dear","model":"cheap"}')
    assert (call.model, call.body) == ("cheap", b'{"model":"cheap"}')


def test_the_path_names_model_and_stream_for_gemini() -> None:
    call, _ = parsed(GEMINI, {"model": "other", "stream": False})
    assert (call.model, call.streamed, call.hides_usage) == ("g", True, False)


@pytest.mark.parametrize(
    ("tier", "priced"), [(None, "m"), ("auto", "m"), ("default", "m"), ("flex", "m@flex"), (3, "m@3")]
)
def test_a_service_tier_has_a_price_of_its_own(tier: object, priced: str) -> None:
    assert parsed(CHAT, {"model": "m", "service_tier": tier})[0].priced_as == priced


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no JSON"), (b"\xff", "no JSON"), (b"3", "no JSON object"), (b'{"a":NaN}', "NaN is no number"),
        (b'{"a":Infinity}', "Infinity is no number"), (b"{}", "no model"), (b'{"model":""}', "no model"),
        (b'{"model":"%s"}' % (b"m" * 201), "no model"), (b'{"model":"m","background":true}', "background"),
        (b'{"model":"m","stream":true,"stream_options":3}', "stream_options"), (b"[" * 100_000, "no JSON"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        parse_call(CHAT, data)
