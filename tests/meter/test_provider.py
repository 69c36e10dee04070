"""Where a call may go, and which headers go with it."""

import pytest

from windlass.kernel import Denied, Invalid
from windlass.meter.model import Protocol
from windlass.meter.provider import Provider, Route, back, onward, route

BOTH = Provider("openai", "https://api.example/prefix/", frozenset({Protocol.CHAT, Protocol.RESPONSES}))
GEMINI = Provider("google", "https://g.example", frozenset({Protocol.GEMINI}))


def test_the_address_stands_for_the_root_of_the_listener() -> None:
    found = route(BOTH, "POST", "/v1/responses", "")
    assert found == Route(Protocol.RESPONSES, "/v1/responses", "", True)
    assert BOTH.url(found) == "https://api.example/prefix/v1/responses"


def test_a_path_may_name_model_and_stream() -> None:
    path = "/v1beta/models/gemini-2.5-pro:streamGenerateContent"
    found = route(GEMINI, "POST", path, "alt=sse&key=AIzaSecret&key=2&$alt=x")
    assert (found.model, found.streamed, found.query) == ("gemini-2.5-pro", True, "alt=sse")
    assert GEMINI.url(found) == f"https://g.example{path}?alt=sse"
    assert route(GEMINI, "POST", "/v1/models/x:generateContent", "").streamed is False
    assert not route(GEMINI, "POST", "/v1beta/models/x:countTokens", "").metered


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/messages"), ("GET", "/v1/responses"), ("POST", "/v1/responses/"),
        ("POST", "/v1/responses\n"),
        ("POST", "/v1/Responses"), ("PATCH", "/v1/models"), ("POST", "/v1/models"),
        ("GET", "/v1/responses/resp_1"),
    ],
)  # fmt: skip
def test_everything_else_is_denied(method: str, path: str) -> None:
    with pytest.raises(Denied, match="is not allowed at provider 'openai'"):
        route(BOTH, method, path, "")
    with pytest.raises(Denied):
        route(BOTH, "POST", "/v1/responses", "a" * 500)


@pytest.mark.parametrize(
    "url", ["", "api.example", "ftp://x", "https://", "https://u:p@x", "https://x?key=1", "https://x#a"]
)
def test_an_address_is_an_address_without_a_key(url: str) -> None:
    with pytest.raises(Invalid):
        Provider("x", url, frozenset({Protocol.CHAT}))
    with pytest.raises(Invalid, match="speaks no protocol"):
        Provider("x", "https://x", frozenset())


@pytest.mark.parametrize(
    ("protocol", "name", "value"),
    [
        (Protocol.CHAT, "authorization", "Bearer K"), (Protocol.RESPONSES, "authorization", "Bearer K"),
        (Protocol.MESSAGES, "x-api-key", "K"), (Protocol.GEMINI, "x-goog-api-key", "K"),
    ],
)  # fmt: skip
def test_the_key_goes_where_the_protocol_has_it_and_the_agents_own_goes_nowhere(
    protocol: Protocol, name: str, value: str
) -> None:
    sent = [
        ("authorization", "mine"), ("x-api-key", "mine"), ("x-goog-api-key", "mine"), ("cookie", "mine"),
        ("proxy-authorization", "mine"), ("host", "mine"), ("x-forwarded-for", "mine"), ("te", "trailers"),
        ("user-agent", "agent/1"), ("anthropic-beta", "b"), ("content-type", "application/json; charset=x"),
    ]  # fmt: skip
    assert onward(sent, protocol, "K") == [
        ("user-agent", "agent/1"), ("anthropic-beta", "b"), ("content-type", "application/json"),
        ("accept-encoding", "identity"), (name, value),
    ]  # fmt: skip
    assert name not in dict(onward(sent, protocol, ""))


def test_only_harmless_headers_come_back() -> None:
    kept = [
        ("content-type", "a"), ("retry-after", "1"), ("retry-after-ms", "1"), ("request-id", "r"),
        ("x-ratelimit-remaining-tokens", "1"), ("anthropic-ratelimit-requests-reset", "t"),
        ("openai-version", "v"),
    ]  # fmt: skip
    dropped = [("set-cookie", "a"), ("content-length", "3"), ("content-encoding", "gzip"),
               ("connection", "x"),
               ("openai-organization", "org"), ("transfer-encoding", "chunked")]  # fmt: skip
    assert back(kept + dropped) == kept
