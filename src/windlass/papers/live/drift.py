"""What a service tells of itself against the contract in the tree: operation by operation, both OpenAPI of
any version.

Grave is what a client would notice: an operation, parameter, media type or answer that only one of both has,
and a schema whose types, members, required members, enumerations or bounds differ. A warning is what may mean
the same, what changes nothing of what is valid (defaults, names of operations), an answer of an error that
the service does not tell of (frameworks do not see what a handler raises), and the answer 422 that FastAPI
adds to each operation with input: whether a contract lists it is a matter of taste, and what a handler of its
own makes of it FastAPI does not know.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from windlass.papers.kinds import kind_of
from windlass.papers.live.alike import Pair
from windlass.papers.live.places import Left
from windlass.papers.live.raised import Side
from windlass.papers.live.shapes import PARAMETER, Body, Document, Parameter, Shape
from windlass.papers.references import Elsewhere, Missing, Place, Shelf
from windlass.papers.text import Paper
from windlass.papers.told import Fault

KINDS: Final = ("swagger-2", "openapi-3.0", "openapi-3.1", "openapi-3.2")
EACH_MAX: Final = 20
"""Differences that are told of one schema."""
_OWN: Final = "HTTPValidationError"
"""What FastAPI calls the schema of its answer 422."""
Shapes = Mapping[tuple[str, str], Shape]


def drift(shelf: Shelf, paper: Paper, kind: str, served: Paper) -> Iterator[Fault | str]:
    """Where both differ. `served`: what the service answered, with any path."""
    other = kind_of(served.value)
    if kind not in KINDS:
        yield f"{paper.path}: {kind or 'what it is'} is not compared with what a service tells"
        return
    if other not in KINDS:
        what = other.lstrip("?") or "something else"
        why = f"what the service tells of itself is no OpenAPI document but {what}"
        yield Fault(paper.path, "drift-unreadable", "served", 0, why)
        return
    mine, theirs = Document(shelf, paper, kind), Document(shelf, served, other)
    try:
        ours, told = _by_key(mine), _by_key(theirs)
    except (Left, Elsewhere, Missing) as error:
        yield f"unread: the operations of {paper.path} and of what is served: {error}"
        return
    front, behind = _fronts(mine.bases, theirs.bases, ours, told)
    if (front, behind) != (mine.bases[0], theirs.bases[0]):
        used = [one or "nothing" for one in (front, behind)]
        yield f"{paper.path}: compared with {used[0]!r} before its paths, {used[1]!r} before the service's"
    yield from _lost(mine, theirs)
    look = _Look(paper, Pair(Side(shelf, kind), Side(shelf, other)))
    a, b = _moved(ours, front), _moved(told, behind)
    gaps = {PARAMETER.sub("{}", front + path) for path in mine.lost}
    gaps |= {PARAMETER.sub("{}", behind + path) for path in theirs.lost}
    for key in sorted({**a, **b}):
        if key[1] not in gaps:
            yield from look.operation(a.get(key), b.get(key))
    yield from look.rest()


def _by_key(document: Document) -> dict[tuple[str, str], Shape]:
    """Shapes by method and path, in which parameters have no names."""
    return {(method.upper(), PARAMETER.sub("{}", path)): one for method, path, one in document.shapes()}


def _moved(shapes: Shapes, base: str) -> dict[tuple[str, str], Shape]:
    base = PARAMETER.sub("{}", base)
    return {(method, base + path): one for (method, path), one in shapes.items()}


def _fronts(mine: list[str], theirs: list[str], a: Shapes, b: Shapes) -> tuple[str, str]:
    """What stands before the paths: as the servers say, or otherwise where more of them meet so; what a
    contract names may be a proxy, which the service that was started is without.
    """
    best, most = (mine[0], theirs[0]), -1
    for one in mine:
        for two in theirs:
            count = len(_moved(a, one).keys() & _moved(b, two).keys())
            if count > most:
                best, most = (one, two), count
    return best


def _lost(mine: Document, theirs: Document) -> Iterator[str]:
    for whose, document in ((mine.paper.path, mine), ("what is served", theirs)):
        for path, why in document.lost.items():
            yield f"unread: {path[:120]} of {whose}: {why}"


@dataclass
class _Look:
    paper: Paper
    pair: Pair
    _names: list[str] = field(default_factory=list)
    _apart: int = 0

    def operation(self, mine: Shape | None, theirs: Shape | None) -> Iterator[Fault | str]:
        if mine is None:
            assert theirs is not None
            why = "the service tells of it, the contract does not"
            yield self._fault("drift-undeclared-operation", theirs.at, None, why)
            return
        if theirs is None:
            why = "the contract declares it, the service does not tell of it"
            yield self._fault("drift-missing-operation", mine.at, mine.place, why)
            return
        if mine.name and theirs.name and mine.name != theirs.name:
            self._names.append(f"{mine.at} is {mine.name!r} and {theirs.name!r}")
        self._apart += "callbacks" in mine.place.value or "callbacks" in theirs.place.value
        for key in sorted({**mine.parameters, **theirs.parameters}):
            yield from self._parameter(mine, mine.parameters.get(key), theirs.parameters.get(key))
        yield from self._body(mine, mine.body, theirs.body)
        for status in sorted({**mine.responses, **theirs.responses}):
            yield from self._response(mine, theirs, status)
        yield from self._security(mine, theirs)

    def rest(self) -> Iterator[Fault | str]:
        if self._names:
            text = f"{len(self._names)} operations have other names: {self._names[0]}"
            yield Fault(self.paper.path, "drift-operation-id", "", 0, text, False)
        if self._apart or "webhooks" in self.paper.value:
            yield f"{self.paper.path}: callbacks and webhooks are not compared with what is served"

    def _parameter(
        self, shape: Shape, mine: Parameter | None, theirs: Parameter | None
    ) -> Iterator[Fault | str]:
        one = mine or theirs
        assert one is not None
        about = f"{one.where} {one.name}"
        if mine is None or theirs is None:
            why = "the service does not tell of it" if theirs is None else "the contract does not declare it"
            yield self._fault("drift-parameter", f"{shape.at} {about}", shape.place, why)
            return
        if mine.required != theirs.required and one.where != "path":
            why = "required: the contract {}, the service {}".format(*_yes(mine.required, theirs.required))
            yield self._fault("drift-parameter", f"{shape.at} {about} required", shape.place, why)
        if mine.schema is not None and theirs.schema is not None:
            yield from self._schemas("drift-parameter", shape, about, (mine.schema, theirs.schema), wire=True)
            several = {"array", "object"} & (self._types(mine.schema) or set())
            if several and mine.written != theirs.written:
                shown = [f"{one.written[0]}{' exploded' * one.written[1]}" for one in (mine, theirs)]
                why = f"its parts are written as {shown[0]} in the contract, {shown[1]} by the service"
                yield self._fault("drift-parameter", f"{shape.at} {about} style", shape.place, why)

    def _types(self, place: Place) -> set[str] | None:
        try:
            found = self.pair.mine.norm(place).types
        except (Left, Elsewhere, Missing):
            return None
        return set(found) if found is not None else None

    def _body(self, shape: Shape, mine: Body | None, theirs: Body | None) -> Iterator[Fault | str]:
        if mine is None and theirs is None:
            return
        if mine is None or theirs is None:
            why = "the service takes none" if theirs is None else "the contract has none"
            yield self._fault("drift-body", f"{shape.at} body", shape.place, why)
            return
        if mine.required != theirs.required:
            why = "required: the contract {}, the service {}".format(*_yes(mine.required, theirs.required))
            yield self._fault("drift-body", f"{shape.at} body required", shape.place, why)
        wire = not theirs.required
        yield from self._media("drift-body", shape, "body", (mine, theirs), wire=wire)

    def _response(self, a: Shape, b: Shape, status: str) -> Iterator[Fault | str]:
        mine, theirs = a.responses.get(status), b.responses.get(status)
        if theirs is not None and status == "422" and _of_fastapi(theirs):
            if mine is None:
                why = "FastAPI adds it, the contract does not declare it"
                yield self._fault("drift-response", f"{a.at} {status}", a.place, why, grave=False)
                return
            for one in self._media("drift-response", a, status, (mine, theirs)):
                yield replace(one, grave=False) if isinstance(one, Fault) else one
            return
        mine, theirs = mine or _covering(a, status), theirs or _covering(b, status)
        if mine is not None and theirs is not None:
            yield from self._media("drift-response", a, status, (mine, theirs))
        elif mine is None and not _covers(b, status, a):
            why = "the contract does not declare it"
            yield self._fault("drift-response", f"{a.at} {status}", a.place, why)
        elif theirs is None and not _covers(a, status, b):
            why, grave = "the service does not tell of it", status[0] in "123"
            yield self._fault("drift-response", f"{a.at} {status}", a.place, why, grave=grave)

    def _media(
        self, rule: str, shape: Shape, about: str, bodies: tuple[Body, Body], *, wire: bool = False
    ) -> Iterator[Fault | str]:
        mine, theirs = bodies[0].content, bodies[1].content
        for media in sorted({**mine, **theirs}):
            a, b = _under(mine, media), _under(theirs, media)
            if a == b == "" or (media not in mine and "*" in media) or (media not in theirs and "*" in media):
                continue
            if not a or not b:
                why = "the contract does not declare it" if not a else "the service does not tell of it"
                yield self._fault(rule, f"{shape.at} {about} {media}", shape.place, why)
                continue
            nothing = Place(self.paper, shape.place.steps, {})
            schemas = mine[a] or nothing, theirs[b] or nothing
            said = self._says(self.pair.mine, schemas[0]) and self._says(self.pair.theirs, schemas[1])
            if "json" in media or said:
                yield from self._schemas(rule, shape, f"{about} {media}", schemas, wire=wire)

    def _says(self, side: Side, place: Place) -> bool:
        """Whether a schema says more of something that is no JSON than that it is bytes."""
        try:
            norm = side.norm(place)
        except (Left, Elsewhere, Missing):
            return True
        return not norm.empty and norm.words.get("format") != "binary"

    def _schemas(
        self, rule: str, shape: Shape, about: str, schemas: tuple[Place, Place], *, wire: bool = False
    ) -> Iterator[Fault | str]:
        try:
            found = self.pair.differences(*schemas, wire=wire)
        except (Left, Elsewhere, Missing) as error:
            yield f"unread: {shape.at} {about}: {error}"
            return
        for one in found[:EACH_MAX]:
            at = " ".join(filter(None, (shape.at, about, one.at, one.word)))
            yield self._fault(rule, at, shape.place, f"{about}: {one.text}", grave=one.grave, shown=shape.at)
        if len(found) > EACH_MAX:
            yield f"{shape.at} {about}: {len(found) - EACH_MAX} more differences"

    def _security(self, mine: Shape, theirs: Shape) -> Iterator[Fault | str]:
        if mine.ways_in == theirs.ways_in:
            return
        several = (mine, theirs)
        carried = [{frozenset(where for where, _, _ in way) for way in one.ways_in} for one in several]
        kinds = [{frozenset(kind for _, kind, _ in way) for way in one.ways_in} for one in several]
        shown = [" or ".join(sorted(_way(way) for way in one.ways_in)) or "nothing" for one in (mine, theirs)]
        why = f"security: the contract wants {shown[0][:80]}, the service {shown[1][:80]}"
        grave = carried[0] != carried[1] or kinds[0] == kinds[1]
        if not grave:
            why += ", which may mean the same"
        yield self._fault("drift-security", mine.at, mine.place, why, grave=grave)

    def _fault(
        self, rule: str, at: str, place: Place | None, why: str, *, grave: bool = True, shown: str = ""
    ) -> Fault:
        paper = place.paper if place is not None else self.paper
        line = paper.line(place.steps) if place is not None else 0
        return Fault(paper.path, rule, at, line, f"{shown or at}: {why}", grave)


def _yes(*several: bool) -> list[str]:
    return ["says yes" if one else "says no" for one in several]


def _way(way: Any) -> str:
    return " and ".join(sorted(f"{kind} in {where}" for where, kind, _ in way)) or "nothing"


def _of_fastapi(body: Body) -> bool:
    values = [one.value for one in body.content.values() if one is not None]
    return any(isinstance(one, dict) and str(one.get("$ref", "")).endswith(f"/{_OWN}") for one in values)


def _covering(shape: Shape, status: str) -> Body | None:
    """The answer that stands for a status that is not listed."""
    ranged = shape.responses.get(f"{status[0]}XX") if status.isdigit() else None
    return ranged or (shape.responses.get("default") if status != "default" else None)


def _covers(shape: Shape, status: str, other: Shape) -> bool:
    """Whether a range, or what stands for the rest, is all told one by one by the other."""
    if status.isdigit():
        return False
    listed = {one for one in shape.responses if one.isdigit()}
    told = {one for one in other.responses if one.isdigit() and one not in listed}
    return any(status == "default" or one[0] == status[0] for one in told)


def _under(content: Mapping[str, Any], media: str) -> str:
    """The media type by which another is declared; empty where it is not."""
    kinds = (media, f"{media.partition('/')[0]}/*", "*/*")
    return next((one for one in kinds if one in content), "")
