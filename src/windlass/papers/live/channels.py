"""Channels of an AsyncAPI document that a WebSocket reaches, and what is said on them. Asks nobody.

AsyncAPI 2 tells it from the client's side, where `subscribe` is what the service sends; AsyncAPI 3 from the
service's.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from windlass.papers.live.places import Left, below, each
from windlass.papers.live.serial import Unwritable, quote
from windlass.papers.references import Elsewhere, Missing, Place, Shelf
from windlass.papers.text import Paper, Step

CHANNELS_MAX: Final = 200
OPERATIONS_MAX: Final = 2_000
MESSAGES_MAX: Final = 500
"""Of one channel, in one direction."""
ADDRESS_MAX: Final = 2_000
NOTHING: Final = object()
"""Where no example is told; null is one."""
_PROTOCOLS: Final = ("ws", "wss")
_OURS: Final = re.compile(r"host|upgrade|connection|sec-websocket-.*|content-length|transfer-encoding")
"""Headers that the handshake itself sets."""
_PROTOCOL: Final = "sec-websocket-protocol"
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_LINE: Final = re.compile(r"[\x20-\x7e]{0,1000}")
_LITERAL: Final = "/?&=%:@!$'()*+,;~"
_VARIABLE: Final = re.compile(r"\{([^{}/]+)\}")
_FORMATS: Final = re.compile(
    r"application/vnd\.aai\.asyncapi.*|application/schema\+(json|yaml)(;.*draft-0?7.*)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Message:
    """`payload`: where its schema stands, if it has one. `media`: its content type, empty where nobody says.
    `foreign`: the format of a schema that is none of JSON. `example`: `NOTHING` where none is told.
    """

    name: str
    payload: Place | None
    media: str
    foreign: str = ""
    example: Any = NOTHING

    @property
    def json(self) -> bool:
        return self.media.endswith(("/json", "+json"))


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the service takes, and what is declared as its answer."""

    message: Message
    replies: Sequence[Message] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """`at`: `WS` and the address as it is declared; `target`: the same filled in, with its query. `keys`:
    headers (queries with a `?` in front) of which its security wants one. `unsaid`: nothing says which
    messages the service sends and which it takes; then it may send all.
    """

    at: str
    target: str
    place: Place
    headers: Mapping[str, str] = field(default_factory=dict)
    protocols: Sequence[str] = ()
    keys: frozenset[str] = frozenset()
    sends: Sequence[Message] = ()
    takes: Sequence[Taken] = ()
    unsaid: bool = False


def channels(shelf: Shelf, paper: Paper, kind: str) -> Iterator[Channel | str]:
    """Every channel that a WebSocket reaches; as a text, why others are not asked."""
    top = Place(paper, (), paper.value)
    reader = _Second(shelf, top) if kind == "asyncapi-2" else _Third(shelf, top)
    others = found = 0
    told = top.value.get("channels") if isinstance(top.value, dict) else None
    names = list(told) if isinstance(told, dict) else []
    for name in names:
        try:
            place = reader.below(top, "channels", name)
            if place is None or not isinstance(place.value, dict):
                continue
            servers = [one for one in reader.servers(place) if _is_ws(one)]
            if not servers and reader.below(place, "bindings", "ws") is None:
                others += 1
                continue
            found += 1
            if found > CHANNELS_MAX:
                yield f"unread: {len(names)} channels are more than {CHANNELS_MAX}, the rest was not asked"
                break
            yield reader.channel(name, place, servers)
        except (Elsewhere, Missing, Left, Unwritable) as error:
            yield f"channel {name[:80]!r} was not asked: {error}"
    if others:
        yield f"{others} channels speak no WebSocket and were not asked"


@dataclass
class _Said:
    """`security`: that of its operations."""

    sends: list[Message] = field(default_factory=list)
    takes: list[Taken] = field(default_factory=list)
    security: list[Place | None] = field(default_factory=list)
    unsaid: bool = True


@dataclass
class _Reader(ABC):
    """What both versions have in common."""

    shelf: Shelf
    top: Place

    def below(self, place: Place | None, *steps: Step) -> Place | None:
        return below(self.shelf, place, *steps)

    def each(self, place: Place | None, *, most: int = OPERATIONS_MAX) -> Iterator[Place]:
        return each(self.shelf, place, most=most)

    @abstractmethod
    def servers(self, channel: Place) -> list[Place]:
        """Those that have the channel."""

    @abstractmethod
    def base(self, server: Place) -> str:
        """The path that a server puts before the addresses."""

    @abstractmethod
    def address(self, name: str, channel: Place) -> str:
        """Raises Left where there is none."""

    @abstractmethod
    def parameter(self, told: Any) -> Any:
        """A value of a parameter; None where none is told."""

    @abstractmethod
    def said(self, channel: Place) -> _Said:
        """What the operations say of a channel."""

    @abstractmethod
    def schemes(self, security: Place | None) -> Iterator[Place]:
        """Every scheme of which one is wanted."""

    def channel(self, name: str, place: Place, servers: Sequence[Place]) -> Channel:
        server = servers[0] if servers else None
        declared = f"/{self.address(name, place).lstrip('/')}"
        base = self.base(server).strip("/") if server is not None else ""
        prefix = f"/{base}" if base else ""
        if len(prefix) + len(declared) > ADDRESS_MAX:
            raise Left(f"its address is longer than {ADDRESS_MAX} characters")
        variables = self.below(server, "variables") if server is not None else None
        path = self._filled(prefix, variables, "server") + self._filled(
            declared, self.below(place, "parameters"), "channel"
        )
        query, headers = self._bound(place, "query"), self._bound(place, "headers")
        words = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in query.items())
        said = self.said(place)
        if server is not None:
            said.security.append(self.below(server, "security"))
        asked = ",".join(value for key, value in headers.items() if key.lower() == _PROTOCOL).split(",")
        protocols = [one.strip() for one in asked if _TOKEN.fullmatch(one.strip())]
        headers = {key: one for key, one in headers.items() if not _OURS.fullmatch(key.lower())}
        if words:
            path += ("&" if "?" in path else "?") + words
        return Channel(
            at=f"WS {prefix}{declared}", target=path, place=place, headers=headers, protocols=protocols,
            keys=self._keys(said.security), sends=said.sends, takes=said.takes,
            unsaid=said.unsaid,
        )  # fmt: skip

    def _filled(self, template: str, told: Place | None, whose: str) -> str:
        def value(name: str) -> str:
            one = self.below(told, name)
            made = self.parameter(one.value) if one is not None else None
            if made is None or isinstance(made, dict | list):
                raise Left(f"{whose} parameter {name[:60]!r} has no default, example or enum")
            return quote(_plain(made)[:ADDRESS_MAX], safe="")

        parts = _VARIABLE.split(template)  # names are every second one
        return "".join(value(one) if n % 2 else quote(one, safe=_LITERAL) for n, one in enumerate(parts))

    def _bound(self, channel: Place, what: str) -> dict[str, str]:
        """Required queries or headers of the binding, by name."""
        schema = self.below(channel, "bindings", "ws", what)
        told = schema.value if schema is not None else None
        required = told.get("required") if isinstance(told, dict) else None
        found = dict[str, str]()
        for name in required[:100] if isinstance(required, list) else ():
            one = self.below(schema, "properties", str(name))
            made = _value(one.value if one is not None else {})
            if made is None or isinstance(made, dict | list):
                raise Left(f"nobody says a value for {what} {str(name)[:60]!r}")
            text = _plain(made)
            if what == "headers" and not (_TOKEN.fullmatch(str(name)) and _LINE.fullmatch(text)):
                raise Left(f"its header {str(name)[:60]!r} cannot be sent")
            found[str(name)] = text[:ADDRESS_MAX]
        return found

    def _keys(self, secured: Sequence[Place | None]) -> frozenset[str]:
        found = set[str]()
        for security in secured:
            for scheme in self.schemes(security):
                told = scheme.value if isinstance(scheme.value, dict) else {}
                if told.get("type") not in ("httpApiKey", "apiKey"):
                    found.add("authorization")
                else:
                    name, where = str(told.get("name", "")).lower(), told.get("in")
                    found.add({"query": f"?{name}", "cookie": "cookie"}.get(str(where), name))
        return frozenset(found)

    def message(self, place: Place) -> Message:
        told = place.value if isinstance(place.value, dict) else {}
        traits = [one.value for one in self.each(self.below(place, "traits"), most=100)]
        layers = [told, *(one for one in traits if isinstance(one, dict))]
        payload = self.below(place, "payload")
        form = self.first(layers, "schemaFormat")
        if payload is not None and isinstance(payload.value, dict) and "schemaFormat" in payload.value:
            form, payload = payload.value["schemaFormat"], self.below(payload, "schema")
        media = self.first(layers, "contentType") or self.top.value.get("defaultContentType")
        foreign = str(form)[:80] if form is not None and not _FORMATS.fullmatch(str(form)) else ""
        return Message(
            self._named(place), payload, str(media or "").partition(";")[0].strip().lower(), foreign,
            _example([one.get("examples") for one in layers], payload),
        )  # fmt: skip

    def first(self, layers: Sequence[Mapping[str, Any]], key: str) -> Any:
        """What is said of a message by itself or else by its traits."""
        return next((one[key] for one in layers if key in one), None)

    def _named(self, place: Place) -> str:
        for key in ("messageId", "name"):
            if isinstance(place.value, dict) and isinstance(name := place.value.get(key), str) and name:
                return name[:80]
        last = place.steps[-1] if place.steps else ""
        return str(last)[:80] if isinstance(last, str) else f"{place.steps[-2]} {last}"

    def several(self, places: Iterator[Place]) -> list[Message]:
        """Messages at these places, each once."""
        found: dict[tuple[str, Any], Message] = {}
        for place in places:
            if (place.paper.path, place.steps) not in found:
                found[place.paper.path, place.steps] = self.message(place)
        return list(found.values())


class _Second(_Reader):
    """AsyncAPI 2."""

    def servers(self, channel: Place) -> list[Place]:
        every = self.below(self.top, "servers")
        names = channel.value.get("servers")
        if every is None or not isinstance(names, list) or not names:
            return list(self.each(every))
        found = (self.below(every, str(name)) for name in names[:OPERATIONS_MAX])
        return [one for one in found if one is not None]

    def base(self, server: Place) -> str:
        url = str(server.value.get("url", ""))
        return url.partition("://")[2 if "://" in url else 0].partition("/")[2]

    def address(self, name: str, channel: Place) -> str:
        return name

    def parameter(self, told: Any) -> Any:
        schema = told.get("schema") if isinstance(told, dict) else None
        return _told(schema) if isinstance(schema, dict) else _told(told)

    def said(self, channel: Place) -> _Said:
        said = _Said()
        for way in ("subscribe", "publish"):
            operation = self.below(channel, way)
            if operation is None:
                continue
            said.unsaid = False
            said.security.append(self.below(operation, "security"))
            one = self.below(operation, "message")
            several = self.below(one, "oneOf")
            single = [one] if one is not None and several is None else []
            places = iter(single) if single else self.each(several, most=MESSAGES_MAX)
            if way == "subscribe":
                said.sends = self.several(places)
            else:
                said.takes = [Taken(message) for message in self.several(places)]
        return said

    def schemes(self, security: Place | None) -> Iterator[Place]:
        for requirement in self.each(security, most=100):
            for name in requirement.value if isinstance(requirement.value, dict) else ():
                scheme = self.below(self.top, "components", "securitySchemes", name)
                yield scheme if scheme is not None else requirement

    def first(self, layers: Sequence[Mapping[str, Any]], key: str) -> Any:
        return super().first([*reversed(layers[1:]), layers[0]], key)


class _Third(_Reader):
    """AsyncAPI 3."""

    def servers(self, channel: Place) -> list[Place]:
        named = self.below(channel, "servers")
        every = named if named is not None and named.value else self.below(self.top, "servers")
        return list(self.each(every))

    def base(self, server: Place) -> str:
        return str(server.value.get("pathname") or "")

    def address(self, name: str, channel: Place) -> str:
        address = channel.value.get("address")
        if not isinstance(address, str):
            raise Left("it has no address")
        return address

    def parameter(self, told: Any) -> Any:
        return _told(told)

    def said(self, channel: Place) -> _Said:
        said = _Said()
        for operation in self.each(self.below(self.top, "operations")):
            about = self.below(operation, "channel")
            if not isinstance(operation.value, dict) or about is None:
                continue
            if (about.paper.path, about.steps) != (channel.paper.path, channel.steps):
                continue
            said.unsaid = False
            said.security.append(self.below(operation, "security"))
            mine = self._of(operation, channel)
            if operation.value.get("action") == "send":
                said.sends += mine
                continue
            reply = self.below(operation, "reply")
            other = self.below(reply, "channel")
            replies = self._of(reply, other or channel) if reply is not None else []
            said.takes += [Taken(one, replies) for one in mine]
        if said.unsaid:
            said.sends = self._of(channel, channel)
        return said

    def _of(self, told: Place, channel: Place) -> list[Message]:
        """Messages of an operation or a reply: those it lists, or all of its channel."""
        listed = self.below(told, "messages")
        every = listed if listed is not None else self.below(channel, "messages")
        return self.several(self.each(every, most=MESSAGES_MAX))

    def schemes(self, security: Place | None) -> Iterator[Place]:
        return self.each(security, most=100)


def _is_ws(server: Place) -> bool:
    return isinstance(server.value, dict) and str(server.value.get("protocol")).lower() in _PROTOCOLS


def _example(several: Sequence[Any], payload: Place | None) -> Any:
    """The first one that is told for a message, else for its schema."""
    for examples in several:
        for one in examples if isinstance(examples, list) else ():
            if isinstance(one, dict) and "payload" in one:
                return one["payload"]
    schema = payload.value if payload is not None and isinstance(payload.value, dict) else {}
    examples = schema.get("examples")
    return examples[0] if isinstance(examples, list) and examples else NOTHING


def _told(schema: Any) -> Any:
    """A value that a schema tells itself; None where it tells none."""
    if not isinstance(schema, dict):
        return None
    for key in ("const", "default", "example"):
        if schema.get(key) is not None:
            return schema[key]
    for key in ("examples", "enum"):
        if isinstance(several := schema.get(key), list) and several:
            return several[0]
    return None


def _value(schema: Any) -> Any:
    """The same, or the plainest of its type."""
    made = _told(schema)
    if made is not None or not isinstance(schema, dict):
        return made
    least = schema.get("minimum")
    number = least if isinstance(least, int | float) else 1
    plainest = {"integer": number, "number": number, "boolean": True, "string": "windlass"}
    return plainest.get(str(schema.get("type")))


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
