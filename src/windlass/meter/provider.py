"""A provider of models: where it is, what it speaks, and what of a request may reach it. Pure.

Everything is a list of what is allowed: methods with paths, parameters of the query, headers both ways. So
the agent's own keys, cookies and account headers are dropped without being named.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from windlass.kernel import Denied, Invalid
from windlass.meter.model import Protocol

PATH_MAX: Final = 500
Headers = list[tuple[str, str]]

_MODEL: Final = r"(?P<model>[A-Za-z0-9][A-Za-z0-9._-]{0,199})"
_ROUTES: Final = (
    (Protocol.CHAT, "POST", re.compile(r"/v1/chat/completions"), True),
    (Protocol.RESPONSES, "POST", re.compile(r"/v1/responses"), True),
    (Protocol.MESSAGES, "POST", re.compile(r"/v1/messages"), True),
    (Protocol.MESSAGES, "POST", re.compile(r"/v1/messages/count_tokens"), False),
    (Protocol.GEMINI, "POST", re.compile(rf"/v1(beta)?/models/{_MODEL}:(?P<verb>generateContent)"), True),
    (
        Protocol.GEMINI,
        "POST",
        re.compile(rf"/v1(beta)?/models/{_MODEL}:(?P<verb>streamGenerateContent)"),
        True,
    ),
    (Protocol.GEMINI, "POST", re.compile(rf"/v1(beta)?/models/{_MODEL}:countTokens"), False),
    (Protocol.CHAT, "GET", re.compile(r"/v1/models"), False),
    (Protocol.RESPONSES, "GET", re.compile(r"/v1/models"), False),
    (Protocol.MESSAGES, "GET", re.compile(r"/v1/models"), False),
    (Protocol.GEMINI, "GET", re.compile(r"/v1(beta)?/models"), False),
)
_QUERY: Final = {"alt": re.compile(r"sse|json"), "beta": re.compile(r"true")}
_ONWARD: Final = frozenset(
    {"accept", "user-agent", "anthropic-version", "anthropic-beta", "openai-beta", "x-goog-api-client"}
)
_BACK: Final = re.compile(
    r"content-type|retry-after(-ms)?|(x-)?request-id|openai-(processing-ms|version)|"
    r"(x|anthropic)-ratelimit-[a-z-]{1,60}"
)


@dataclass(frozen=True, slots=True)
class Provider:
    """`base_url` stands for the root of the listener: what comes before `/v1` or `/v1beta`, e.g.
    `https://api.openai.com`, `https://openrouter.ai/api` or `http://127.0.0.1:11434`.
    """

    name: str
    base_url: str
    speaks: frozenset[Protocol]

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise Invalid(f"provider {self.name!r}: {self.base_url!r} is no address of a provider")
        if parts.username or parts.password:
            raise Invalid(f"provider {self.name!r}: a key does not belong into the address")
        if not self.speaks:
            raise Invalid(f"provider {self.name!r} speaks no protocol")

    def url(self, route: "Route") -> str:
        """Where a call goes."""
        return self.base_url.rstrip("/") + route.path + (f"?{route.query}" if route.query else "")


@dataclass(frozen=True, slots=True)
class Route:
    """An allowed call. `metered`: it runs a model. `model` and `streamed`: where the path tells them."""

    protocol: Protocol
    path: str
    query: str
    metered: bool
    model: str = ""
    streamed: bool | None = None


def route(provider: Provider, method: str, path: str, query: str) -> Route:
    """The call that a request asks for. Raises Denied when nothing allows it."""
    if len(path) + len(query) <= PATH_MAX:
        for protocol, verb, pattern, metered in _ROUTES:
            if protocol in provider.speaks and verb == method and (found := pattern.fullmatch(path)):
                named = found.groupdict()
                streamed = named["verb"].startswith("stream") if named.get("verb") else None
                return Route(protocol, path, _kept(query), metered, named.get("model") or "", streamed)
    raise Denied(
        f"{method[:20]} {path[:100]} is not allowed at provider {provider.name!r}",
        hint=f"it speaks {', '.join(sorted(one.value for one in provider.speaks))}",
    )


def _kept(query: str) -> str:
    pairs = parse_qsl(query, max_num_fields=20)
    return urlencode(
        [(name, value) for name, value in pairs if name in _QUERY and _QUERY[name].fullmatch(value)]
    )


def onward(headers: Iterable[tuple[str, str]], protocol: Protocol, key: str) -> Headers:
    """The headers that go to the provider: what is allowed, and the key where this protocol has it."""
    kept = [(name, value) for name, value in headers if name in _ONWARD]
    kept += [("content-type", "application/json"), ("accept-encoding", "identity")]
    if key:
        named = {Protocol.MESSAGES: "x-api-key", Protocol.GEMINI: "x-goog-api-key"}.get(protocol)
        kept.append((named, key) if named else ("authorization", f"Bearer {key}"))
    return kept


def back(headers: Iterable[tuple[str, str]]) -> Headers:
    """The headers of the provider's answer that the agent gets."""
    return [(name, value) for name, value in headers if _BACK.fullmatch(name)]
