"""Find what to send: what a contract tells, what earlier answers taught, or what its schemas allow.

Every value is held against its schema before it is used; where none fits, nothing is asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

from windlass.papers.live import serial
from windlass.papers.live.calls import FORM, NAMED, PARTS, Body, Contract, Operation, Parameter
from windlass.papers.live.learned import Learned
from windlass.papers.live.making import made
from windlass.papers.live.schemas import Side
from windlass.papers.live.target import Ask
from windlass.papers.live.validating import Unusable
from windlass.papers.references import Place

ADDRESS_MAX: Final = 8_000
_ORDER: Final = (FORM, PARTS)


class Origin(Enum):
    """Where a value comes from."""

    TOLD = "told"
    LEARNED = "learned"
    MADE = "made"


class Unasked(Exception):
    """There is nothing to send."""


@dataclass(frozen=True, slots=True)
class Value:
    value: Any
    origin: Origin


@dataclass(frozen=True, slots=True)
class Call:
    """An operation with all that is sent."""

    operation: Operation
    filled: Sequence[tuple[Parameter, Value]]
    body: Body | None = None
    content: Value | None = None

    @property
    def invented(self) -> bool:
        """Whether nobody knows that what its path names is there."""
        return any(one.where == "path" and value.origin is Origin.MADE for one, value in self.filled)

    @property
    def path_values(self) -> list[Any]:
        """Those of the parameters of its path, in their order."""
        found = {one.name: value.value for one, value in self.filled if one.where == "path"}
        return [found.get(name, "") for name in NAMED.findall(self.operation.path)]

    def ask(self) -> Ask:
        """What is sent. Raises Unasked."""
        try:
            return _ask(self)
        except serial.Unwritable as error:
            raise Unasked(str(error)) from error


@dataclass
class Finder:
    """`sent`: names of headers, in small letters, that go with every request anyway."""

    contract: Contract
    sent: frozenset[str] = frozenset()
    learned: Learned = field(default_factory=Learned)

    def call(self, operation: Operation) -> Call:
        """An operation with a value for all that it has to have. Raises Unasked, TooLong."""
        names = NAMED.findall(operation.path)
        declared = {one.name for one in operation.parameters if one.where == "path"}
        if missing := next((one for one in names if one not in declared), None):
            raise Unasked(f"no value is known for {missing[:60]!r}: it is not declared")
        found = self.learned.values(operation.name, operation.path) if names else {}
        filled: list[tuple[Parameter, Value]] = []
        for one in operation.parameters:
            if one.where == "header" and one.name.lower() in self.sent:
                continue
            if one.where == "cookie" and "cookie" in self.sent:
                continue
            if one.where == "path" and one.name not in names:
                continue
            value = self._filled(one, found)
            if value is None and one.required:
                raise Unasked(f"no value is known for {one.where} {one.name[:60]!r}{self._why(one.schema)}")
            if value is not None:
                filled.append((one, value))
        return self._with_body(Call(operation, filled))

    def _filled(self, one: Parameter, found: Mapping[str, Any]) -> Value | None:
        side = self.contract.asked
        if one.where == "path" and one.name in found:
            for each in _alike(found[one.name]):
                if fits(side, one.schema, each) and _writes(one, each):
                    return Value(each, Origin.LEARNED)
        for value in candidates(side, one.schema, one.given, required=one.required):
            if value.value is not None and value.value != [] and _writes(one, value.value):
                return value
        return None

    def _with_body(self, call: Call) -> Call:
        """The first media type that can be written, the likeliest first."""
        bodies = sorted(call.operation.bodies, key=lambda one: _rank(one.media))
        for body in bodies:
            text = serial.speaks_json(body.media)
            for value in candidates(self.contract.asked, body.schema, body.given, text=text):
                full = self._related(body, value)
                found = replace(call, body=body, content=full)
                try:
                    found.ask()
                except Unasked:
                    continue
                return found
        if any(one.required for one in bodies):
            why = self._why(bodies[0].schema)
            raise Unasked(f"no value is known for its body of {bodies[0].media[:60]}{why}")
        return call

    def _why(self, schema: Place | None) -> str:
        """What is wrong with a schema that nobody can use."""
        try:
            if schema is not None:
                self.contract.asked.misfit(schema, None)
        except Unusable as error:
            return f": {error}"
        return ""

    def _related(self, body: Body, value: Value) -> Value:
        """What was made up, with the keys of things that are really there."""
        if value.origin is not Origin.MADE or not isinstance(value.value, dict):
            return value
        full = dict(value.value)
        for name in [one for one in full if one.lower().endswith("id") and len(one) > 2][:20]:
            for known in _alike(self.learned.named(name)):
                if known is not None and fits(self.contract.asked, body.schema, {**full, name: known}):
                    full[name] = known
                    break
        return Value(full, Origin.MADE)


def candidates(
    side: Side, schema: Place | None, given: Sequence[Any], *, required: bool = True, text: bool = False
) -> Iterator[Value]:
    """Values that fit, in the order in which they are to be used. What nobody requires is used where it is
    told alone. `text`: an example may be written as a text of JSON.
    """
    for one in given:
        for each in (one, serial.said(one)) if text and isinstance(one, str) else (one,):
            if fits(side, schema, each):
                yield Value(each, Origin.TOLD)
    if schema is None:
        if required:
            yield Value({} if text else "windlass", Origin.MADE)
        return
    for value, stated in made(side, schema):
        if not required and not (stated and _exemplary(side, schema)):
            return
        if fits(side, schema, value):
            yield Value(value, Origin.TOLD if stated else Origin.MADE)


def fits(side: Side, schema: Place | None, value: Any) -> bool:
    """Whether a value is allowed; not where nobody can say. Raises TooLong."""
    try:
        return schema is None or side.misfit(schema, value) is None
    except Unusable:
        return False


def _exemplary(side: Side, schema: Place) -> bool:
    """Whether a schema has an example: what is a default or one of some need not be sent."""
    found = schema.value
    if isinstance(found, dict) and isinstance(found.get("$ref"), str):
        holder = side.inner(Place(schema.paper, (), {"schema": found}), "schema")
        found = holder.value if holder is not None else {}
    return isinstance(found, dict) and any(word in found for word in ("example", "examples", "x-example"))


def _alike(value: Any) -> Iterator[Any]:
    """The same as a contract may want it."""
    yield value
    if isinstance(value, int):
        yield str(value)
    elif isinstance(value, str) and value.isascii() and value.isdecimal():
        yield int(value)


def _rank(media: str) -> int:
    if serial.speaks_json(media):
        return 0
    return 1 + _ORDER.index(media) if media in _ORDER else 9


def _writes(one: Parameter, value: Any) -> bool:
    try:
        _written(one, value)
    except serial.Unwritable:
        return False
    return True


def _written(one: Parameter, value: Any) -> str:
    if one.where == "path":
        return serial.path(one, value)
    if one.where in ("query", "querystring"):
        return "&".join(serial.query(one, value))
    return serial.header(one, value)


def _ask(call: Call) -> Ask:
    headers, cookies = {"Accept": call.operation.accept}, list[str]()
    path, pairs = call.operation.where, call.operation.path.partition("#")[0].split("?")[1:]
    for one, value in call.filled:
        if one.where == "path":
            path = path.replace(f"{{{one.name}}}", serial.path(one, value.value))
        elif one.where in ("query", "querystring"):
            pairs += serial.query(one, value.value)
        elif one.where == "cookie":
            cookies.append(f"{one.name}={serial.header(one, value.value)}")
        else:
            headers[one.name] = serial.header(one, value.value)
    content = None
    if call.body is not None and call.content is not None:
        headers["Content-Type"], content = serial.body(call.body, call.content.value)
    if cookies:
        headers["Cookie"] = "; ".join(cookies)
    path = f"{call.operation.base}{path}"
    address = "?".join(serial.address(one) for one in (path, "&".join(pairs)) if one)
    if len(address) > ADDRESS_MAX:
        raise Unasked("its address would be too long")
    for name, text in headers.items():
        serial.sound(name, text)
    return Ask(call.operation.method, address, headers, content)
