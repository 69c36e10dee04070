"""The operations of a contract of OpenAPI or Swagger, as what can be asked of a service."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from windlass.papers.live.schemas import ASKED, TOLD, Side, side
from windlass.papers.references import Place, Shelf
from windlass.papers.text import Paper
from windlass.papers.walk import glob

METHODS: Final = ("get", "head", "options", "query", "post", "put", "patch", "delete")
SAFE: Final = ("GET", "HEAD", "OPTIONS", "QUERY")
PATH_MAX: Final = 2_000
EXAMPLES_MAX: Final = 10
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
NAMED: Final = re.compile(r"\{([^{}]+)\}")
_UNASKED: Final = ("accept", "content-type", "authorization")
"""Headers that a contract does not declare as parameters, whatever it says."""
_LOCAL: Final = ("localhost", "127.0.0.1")
_COLLECTIONS: Final = {
    "csv": ("", False), "multi": ("form", True), "ssv": ("spaceDelimited", False),
    "pipes": ("pipeDelimited", False), "tsv": ("tabDelimited", False),
}  # fmt: skip
"""Swagger's ways to write a list, in the words of OpenAPI."""
_STYLES: Final = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """`where`: path, query, querystring, header or cookie. `media`: of what it holds, where that is no plain
    value. `given`: its examples.
    """

    name: str
    where: str
    required: bool
    style: str
    explode: bool
    reserved: bool
    media: str
    schema: Place | None
    given: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Body:
    """One media type of what is sent. `files`: members that are files, in a form of several parts."""

    media: str
    required: bool
    schema: Place | None
    given: Sequence[Any]
    encoding: Mapping[str, Any]
    files: frozenset[str]


@dataclass(frozen=True, slots=True)
class Operation:
    """`base`: what stands in front of its path. `security`: sets of schemes, one of which is enough; empty
    where none is asked for. `declared`: its responses, as answers have them.
    """

    method: str
    path: str
    base: str
    place: Place
    parameters: Sequence[Parameter]
    bodies: Sequence[Body]
    declared: Place | None
    security: Sequence[Sequence[Mapping[str, Any]]]
    accept: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def where(self) -> str:
        """Its path without a query, and without the fragment by which some tell operations of it apart."""
        return self.path.partition("#")[0].partition("?")[0]

    @property
    def line(self) -> int:
        return self.place.paper.line(self.place.steps)


@dataclass(frozen=True)
class Contract:
    """A contract as both directions have it."""

    kind: str
    paper: Paper
    asked: Side
    told: Side

    @property
    def swagger(self) -> bool:
        return self.kind == "swagger-2"


def contract(shelf: Shelf, paper: Paper, kind: str) -> Contract:
    return Contract(kind, paper, side(shelf, paper, kind, ASKED), side(shelf, paper, kind, TOLD))


def left_out(method: str, path: str, patterns: Sequence[str]) -> bool:
    """Whether an operation is named by one of `METHOD /path`, with `*` for any method and stars in paths."""
    for one in patterns:
        named, _, where = one.strip().partition(" ")
        if named in ("*", method) and re.fullmatch(glob(where.strip()), path, re.DOTALL):
            return True
    return False


def operations(told: Contract) -> Iterator[Operation]:
    """Every operation of a contract in its order; those of paths that lead nowhere are not there."""
    root = Place(told.asked.paper, (), told.asked.paper.value)
    answers = Place(told.told.paper, (), told.told.paper.value)
    paths = root.value.get("paths")
    for path in paths if isinstance(paths, dict) else ():
        item = told.asked.inner(root, "paths", path)
        if item is None or not isinstance(item.value, dict) or not path.startswith("/"):
            continue
        if len(path) > PATH_MAX:
            continue
        for method in METHODS:
            place = told.asked.inner(item, method)
            if place is not None and isinstance(place.value, dict):
                declared = told.told.inner(answers, "paths", path, method, "responses")
                yield _operation(told, (method, path), item, place, declared)


def unasked(told: Contract) -> Iterator[str]:
    """What stands among the operations of a contract and is none that can be asked, with why."""
    root = Place(told.asked.paper, (), told.asked.paper.value)
    paths = root.value.get("paths")
    for path in paths if isinstance(paths, dict) else ():
        item = told.asked.inner(root, "paths", path)
        if path.startswith("x-"):
            continue
        if item is None or not isinstance(item.value, dict):
            yield f"{path[:80]} (its reference leads nowhere)"
        elif not path.startswith("/") or len(path) > PATH_MAX:
            yield f"{path[:80]} (it is no path)"
        else:
            more = item.value.get("additionalOperations")
            others = ["TRACE"] if "trace" in item.value else []
            others += list(more) if isinstance(more, dict) else []
            yield from (f"{str(one)[:20]} {path[:80]}" for one in others)


def _operation(
    told: Contract, name: tuple[str, str], item: Place, place: Place, declared: Place | None
) -> Operation:
    every = list(_parameters(told, item, place))
    bodies = _of_swagger(told, place, every) if told.swagger else list(_bodies(told, place))
    parameters = {(name, where): one for name, where, one in (_parameter(told, one) for one in every) if one}
    return Operation(
        name[0].upper(), name[1], _base(told, item, place), place, list(parameters.values()), bodies,
        declared, _security(told, place), _accept(told, place, declared),
    )  # fmt: skip


def _parameters(told: Contract, item: Place, place: Place) -> Iterator[Place]:
    """Those of a path and then those of its operation, which are said in place of the first."""
    for holder in (item, place):
        several = holder.value.get("parameters")
        for at in range(len(several) if isinstance(several, list) else 0):
            one = told.asked.inner(holder, "parameters", at)
            if one is not None and isinstance(one.value, dict):
                yield one


def _parameter(told: Contract, place: Place) -> tuple[str, str, Parameter | None]:
    value = place.value
    name, where = value.get("name"), value.get("in")
    if not isinstance(name, str) or where not in (*_STYLES, "querystring"):
        return "", "", None
    if where == "header" and name.lower() in _UNASKED:
        return "", "", None
    if told.swagger:
        required = value.get("required") is True or where == "path"
        style, explode = _COLLECTIONS.get(str(value.get("collectionFormat")), ("", False))
        style, given = style or _STYLES[where], _given(told, place)
        return name, where, Parameter(name, where, required, style, explode, False, "", _plain(place), given)
    return name, where, _of_openapi(told, place, name, where)


def _of_openapi(told: Contract, place: Place, name: str, where: str) -> Parameter:
    value, required = place.value, place.value.get("required") is True or where == "path"
    style = str(value.get("style", _STYLES.get(where, "form")))
    explode = value.get("explode", style in ("form", "cookie", "deepObject")) is True
    media = next(iter(value.get("content") or {}), "") if isinstance(value.get("content"), dict) else ""
    holder: Place | None = told.asked.inner(place, "content", media) if media else place
    given = [*_given(told, place), *(_given(told, holder) if holder and media else [])]
    reserved, schema = value.get("allowReserved") is True, _schema(holder)
    return Parameter(name, where, required, style, explode, reserved, media, schema, given)


def _schema(holder: Place | None) -> Place | None:
    """The schema that is told in a place, where it stands: a reference in it is followed by who reads it."""
    if holder is None or not isinstance(holder.value, dict):
        return None
    schema = holder.value.get("schema")
    known = isinstance(schema, dict | bool)
    return Place(holder.paper, (*holder.steps, "schema"), schema) if known else None


def _plain(place: Place) -> Place:
    """Of Swagger: a parameter is its own schema."""
    words = {
        key: one for key, one in place.value.items()
        if key not in ("name", "in", "required", "description", "collectionFormat", "allowEmptyValue")
    }  # fmt: skip
    return Place(place.paper, (), words)


def _given(told: Contract, place: Place) -> list[Any]:
    """Examples that stand beside a schema."""
    value, found = place.value, list[Any]()
    if not isinstance(value, dict):
        return []
    found += [value[word] for word in ("example", "x-example") if word in value]
    several = value.get("examples", value.get("x-examples"))
    for name in list(several)[:EXAMPLES_MAX] if isinstance(several, dict) else ():
        one = told.asked.inner(place, "examples" if "examples" in value else "x-examples", name)
        if one is not None and isinstance(one.value, dict) and not told.swagger:
            found += [one.value[word] for word in ("dataValue", "value") if word in one.value][:1]
        elif one is not None and told.swagger:
            found.append(one.value)
    return found


def _bodies(told: Contract, place: Place) -> Iterator[Body]:
    body = told.asked.inner(place, "requestBody")
    content = body.value.get("content") if body is not None and isinstance(body.value, dict) else None
    for media in content if isinstance(content, dict) else ():
        assert body is not None
        holder = told.asked.inner(body, "content", media)
        if holder is not None and isinstance(holder.value, dict):
            encoding = holder.value.get("encoding")
            yield Body(
                media.strip(), body.value.get("required") is True, _schema(holder), _given(told, holder),
                encoding if isinstance(encoding, dict) else {}, _files(told, holder),
            )  # fmt: skip


def _files(told: Contract, holder: Place) -> frozenset[str]:
    schema = told.asked.inner(holder, "schema")
    members = told.asked.inner(schema, "properties") if schema is not None else None
    found = set[str]()
    for name in members.value if members is not None and isinstance(members.value, dict) else ():
        one = told.asked.inner(members, name) if members is not None else None
        item = told.asked.inner(one, "items") if one is not None else None
        values = [each.value for each in (one, item) if each is not None and isinstance(each.value, dict)]
        if any(each.get("format") == "binary" or "contentMediaType" in each for each in values):
            found.add(str(name))
    return frozenset(found)


def _of_swagger(told: Contract, place: Place, every: Sequence[Place]) -> list[Body]:
    """What Swagger tells among the parameters: one body, or the fields of a form."""
    types = _types(told, place, "consumes")
    fields = [one for one in every if one.value.get("in") == "formData"]
    for one in every:
        if one.value.get("in") == "body":
            required, given = one.value.get("required") is True, _given(told, one)
            sent = types or ["application/json"]
            return [Body(each, required, _schema(one), given, {}, frozenset()) for each in sent]
    if not fields:
        return []
    named = {str(one.value.get("name")): one for one in fields}
    wanted = [name for name, one in named.items() if one.value.get("required") is True]
    schema: dict[str, Any] = {
        "type": "object", "properties": {name: _plain(one).value for name, one in named.items()},
        **({"required": wanted} if wanted else {}),
    }  # fmt: skip
    files = frozenset(name for name, one in named.items() if "type" not in one.value)
    media = PARTS if files or (PARTS in types and FORM not in types) else FORM
    multi = {name: one.value.get("collectionFormat") == "multi" for name, one in named.items()}
    encoding = {name: {"explode": explode} for name, explode in multi.items()}
    return [Body(media, bool(wanted), Place(place.paper, (), schema), (), encoding, files)]


def _types(told: Contract, place: Place, word: str) -> list[str]:
    """Media types of Swagger: an operation's own, or those of all."""
    several = place.value.get(word, told.paper.value.get(word))
    return [one for one in several if isinstance(one, str)] if isinstance(several, list) else []


def _base(told: Contract, item: Place, place: Place) -> str:
    """The path of the first server, or of the first one that is this machine, without a slash at its end."""
    if told.swagger:
        base = told.paper.value.get("basePath")
        return _path(base) if isinstance(base, str) else ""
    for holder in (place.value, item.value, told.paper.value):
        several = holder.get("servers") if isinstance(holder.get("servers"), list) else []
        addresses = [_address(one) for one in several if isinstance(one, dict)]
        if addresses:
            local = (one for one in addresses if urlsplit(one).netloc.partition(":")[0] in _LOCAL)
            return _path(urlsplit(next(local, addresses[0])).path)
    return ""


def _address(server: dict[str, Any]) -> str:
    text, variables = str(server.get("url", "")), server.get("variables")
    for name, one in variables.items() if isinstance(variables, dict) else ():
        text = text.replace(f"{{{name}}}", str(one.get("default", "")) if isinstance(one, dict) else "")
    try:
        urlsplit(text)
    except ValueError:
        return ""
    return text


def _path(text: str) -> str:
    text = text.strip("/")
    return f"/{text}" if text and "{" not in text else ""


def _security(told: Contract, place: Place) -> list[list[Mapping[str, Any]]]:
    """The schemes that an operation asks for; a set that is empty asks for none."""
    several = place.value.get("security", told.paper.value.get("security"))
    root = Place(told.asked.paper, (), told.asked.paper.value)
    where = ("securityDefinitions",) if told.swagger else ("components", "securitySchemes")
    found: list[list[Mapping[str, Any]]] = []
    for one in several if isinstance(several, list) else ():
        schemes = [told.asked.inner(root, *where, name) for name in one] if isinstance(one, dict) else []
        found.append([each.value if each and isinstance(each.value, dict) else {} for each in schemes])
    return found if all(found) else []


def _accept(told: Contract, place: Place, declared: Place | None) -> str:
    """What is declared of answers, so that nobody has to guess."""
    types: dict[str, None] = {}
    if told.swagger:
        types = dict.fromkeys(_types(told, place, "produces"))
    for status in declared.value if declared is not None and isinstance(declared.value, dict) else ():
        one = told.told.inner(declared, status) if declared is not None else None
        content = one.value.get("content") if one is not None and isinstance(one.value, dict) else None
        types |= dict.fromkeys(content) if isinstance(content, dict) else {}
    plain = [one for one in types if re.fullmatch(r"[\w.+*-]{1,80}/[\w.+*-]{1,80}(; ?[\w=.\"-]{1,80})*", one)]
    return ", ".join(plain[:10]) or "*/*"
