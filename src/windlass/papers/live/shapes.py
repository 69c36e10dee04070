"""The operations of an OpenAPI or Swagger document in one shape, whatever its version."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from windlass.papers.live.places import Left, below, each
from windlass.papers.operations import METHODS
from windlass.papers.references import Elsewhere, Missing, Place, Shelf
from windlass.papers.text import Paper

OPERATIONS_MAX: Final = 2_000
EACH_MAX: Final = 500
"""Parameters, answers or media types of one operation."""
PARAMETER: Final = re.compile(r"\{([^{}/]*)\}")
_HOST: Final = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/]*")
_NO_SCHEMA: Final = frozenset({
    "name", "in", "required", "description", "allowEmptyValue", "collectionFormat", "schema", "content",
    "style", "explode", "example", "examples",
})  # fmt: skip
_BY_RULE: Final = frozenset({"accept", "content-type", "authorization"})
"""Headers whose declaration is to be ignored, as OpenAPI says."""
Requirement = frozenset[tuple[str, str, frozenset[str]]]
"""What one way in wants, all of it: where it is sent, as which kind, and its scopes."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """`name`: as it is declared. `schema`: None where none is told."""

    name: str
    where: str
    required: bool
    schema: Place | None
    written: tuple[str, bool] = ("", False)


@dataclass(frozen=True, slots=True)
class Body:
    """`content`: schemas by media type, in small letters and without parameters; None where none is told."""

    required: bool
    content: Mapping[str, Place | None]


@dataclass(frozen=True, slots=True)
class Shape:
    """One operation. `parameters`: by where they are and their name, those of the path by their number.
    `ways_in`: any of these, all empty where everybody may.
    """

    at: str
    place: Place
    parameters: Mapping[tuple[str, str], Parameter] = field(default_factory=dict)
    body: Body | None = None
    responses: Mapping[str, Body] = field(default_factory=dict)
    ways_in: frozenset[Requirement] = frozenset()
    name: str = ""


@dataclass
class Document:
    """One document of either version. `lost`: paths that could not be read, with the reason."""

    shelf: Shelf
    paper: Paper
    kind: str
    lost: dict[str, str] = field(default_factory=dict)

    @property
    def top(self) -> Place:
        return Place(self.paper, (), self.paper.value)

    @property
    def old(self) -> bool:
        return self.kind == "swagger-2"

    @property
    def bases(self) -> list[str]:
        """Paths that its servers put in front, the one that counts first."""
        value = self.paper.value
        if self.old:
            urls = [str(value.get("basePath") or "")]
        else:
            several = value.get("servers")
            servers = several[:20] if isinstance(several, list) else []
            urls = [_url(one) for one in servers if isinstance(one, dict)]
        paths = [_HOST.sub("", url).partition("?")[0].strip("/") for url in urls]
        return list(dict.fromkeys([*(f"/{path}" if path else "" for path in paths), ""]))

    def shapes(self) -> Iterator[tuple[str, str, Shape]]:
        """Method, path and shape of every operation. Raises Left."""
        paths = below(self.shelf, self.top, "paths")
        told = paths.value if paths is not None and isinstance(paths.value, dict) else {}
        count = 0
        for path in told:
            if not path.startswith("/"):
                continue
            try:
                item = below(self.shelf, paths, path)
                for method, place in self._methods(item):
                    count += 1
                    if count > OPERATIONS_MAX:
                        raise Left(f"more than {OPERATIONS_MAX} operations")
                    yield method, path, self._shape(method, path, item, place)
            except (Elsewhere, Missing) as error:
                self.lost[path] = str(error)

    def _methods(self, item: Place | None) -> Iterator[tuple[str, Place]]:
        if item is None or not isinstance(item.value, dict):
            return
        for method in METHODS:
            if isinstance(item.value.get(method), dict):
                yield method, Place(item.paper, (*item.steps, method), item.value[method])
        more = item.value.get("additionalOperations")
        for method, told in more.items() if isinstance(more, dict) else ():
            if isinstance(told, dict):
                yield method, Place(item.paper, (*item.steps, "additionalOperations", method), told)

    def _shape(self, method: str, path: str, item: Place | None, place: Place) -> Shape:
        numbers = {name: str(count) for count, name in enumerate(PARAMETER.findall(path))}
        parameters, sent = dict[tuple[str, str], Parameter](), list[Place]()
        for one in (below(self.shelf, item, "parameters"), below(self.shelf, place, "parameters")):
            for told in each(self.shelf, one, most=EACH_MAX):
                if not isinstance(told.value, dict):
                    continue
                name, where = str(told.value.get("name")), str(told.value.get("in"))
                if where in ("body", "formData"):
                    sent.append(told)
                    continue
                key = {"path": numbers.get(name, name), "header": name.lower()}.get(where, name)
                if where != "header" or key not in _BY_RULE:
                    parameters[where, key] = self._parameter(told, name, where)
        name = place.value.get("operationId")
        return Shape(
            f"{method.upper()} {path}", place, parameters, self._body(place, sent), self._responses(place),
            self._ways_in(place), name if isinstance(name, str) else "",
        )  # fmt: skip

    def _parameter(self, told: Place, name: str, where: str) -> Parameter:
        value = told.value
        schema = self._schema(told) or self._only(below(self.shelf, told, "content"))
        if self.old:
            schema = _inline(told)
            form = str(value.get("collectionFormat", "csv"))
            written = ({"csv": "form", "multi": "form"}.get(form, form), form == "multi")
        else:
            style = value.get("style", "form" if where in ("query", "cookie") else "simple")
            written = (str(style), bool(value.get("explode", style == "form")))
        if where in ("path", "header"):
            written = ("simple" if written[0] == "form" else written[0], written[1])
        return Parameter(name, where, value.get("required") is True, schema, written)

    def _only(self, content: Place | None) -> Place | None:
        for one in each(self.shelf, content, most=EACH_MAX):
            return self._schema(one)
        return None

    def _body(self, place: Place, sent: Sequence[Place]) -> Body | None:
        if not self.old:
            told = below(self.shelf, place, "requestBody")
            if told is None or not isinstance(told.value, dict):
                return None
            return Body(told.value.get("required") is True, self._content(told))
        if not sent:
            return None
        media = self._media(place, "consumes")
        whole = [one for one in sent if one.value.get("in") == "body"]
        if whole:
            schema = below(self.shelf, whole[0], "schema")
            return Body(whole[0].value.get("required") is True, dict.fromkeys(media, schema))
        members = {str(one.value.get("name")): _inline(one).value for one in sent}
        required = [str(one.value.get("name")) for one in sent if one.value.get("required") is True]
        form = {"type": "object", "properties": members, "required": required}
        files = any(one.value.get("type") == "file" for one in sent)
        plain = ["multipart/form-data" if files else "application/x-www-form-urlencoded"]
        media = [one for one in media if "form" in one] or plain
        return Body(bool(required), dict.fromkeys(media, Place(place.paper, place.steps, form)))

    def _responses(self, place: Place) -> dict[str, Body]:
        found, several = dict[str, Body](), below(self.shelf, place, "responses")
        names = list(several.value) if several is not None and isinstance(several.value, dict) else []
        for status in names[:EACH_MAX]:
            told = below(self.shelf, several, status)
            if told is None or status.startswith("x-"):
                continue
            if self.old:
                schema = below(self.shelf, told, "schema")
                media = self._media(place, "produces") if schema is not None else []
                found[status] = Body(False, dict.fromkeys(media, schema))
            else:
                found[status.upper() if status != "default" else status] = Body(False, self._content(told))
        return found

    def _content(self, told: Place) -> dict[str, Place | None]:
        content = below(self.shelf, told, "content")
        names = list(content.value) if content is not None and isinstance(content.value, dict) else []
        if len(names) > EACH_MAX:
            raise Left(f"more than {EACH_MAX} media types")
        return {_plain(name): self._schema(below(self.shelf, content, name)) for name in names}

    def _schema(self, media: Place | None) -> Place | None:
        """Where it stands before any reference is followed: what stands beside one counts."""
        if media is None or not isinstance(media.value, dict) or "schema" not in media.value:
            return None
        return Place(media.paper, (*media.steps, "schema"), media.value["schema"])

    def _media(self, place: Place, key: str) -> list[str]:
        told = place.value.get(key, self.paper.value.get(key))
        return [_plain(str(one)) for one in told] if isinstance(told, list) and told else ["application/json"]

    def _ways_in(self, place: Place) -> frozenset[Requirement]:
        told = place.value.get("security", self.paper.value.get("security"))
        names = ("securityDefinitions",) if self.old else ("components", "securitySchemes")
        schemes = below(self.shelf, self.top, *names)
        found = set[Requirement]()
        for requirement in told[:EACH_MAX] if isinstance(told, list) else ():
            if isinstance(requirement, dict):
                found.add(frozenset(self._scheme(schemes, name, one) for name, one in requirement.items()))
        return frozenset(found) if found != {frozenset()} else frozenset()

    def _scheme(self, schemes: Place | None, name: str, scopes: Any) -> tuple[str, str, frozenset[str]]:
        place = below(self.shelf, schemes, name)
        told = place.value if place is not None and isinstance(place.value, dict) else {}
        kind = str(told.get("type", name))
        wanted = frozenset(str(one) for one in scopes) if isinstance(scopes, list) else frozenset[str]()
        if kind == "apiKey":
            key, where = str(told.get("name")), str(told.get("in"))
            return f"{where} {key.lower() if where == 'header' else key}", kind, frozenset()
        if kind in ("http", "basic"):
            kind = f"http {str(told.get('scheme', 'basic')).lower()}"
        return "header authorization", kind, wanted


def _url(server: Mapping[str, Any]) -> str:
    url, variables = str(server.get("url", "")), server.get("variables")
    for name, told in variables.items() if isinstance(variables, dict) else ():
        if isinstance(told, dict):
            url = url.replace(f"{{{name}}}", str(told.get("default", "")))
    return url[:2_000]


def _inline(told: Place) -> Place:
    """The schema of a parameter of Swagger, which stands in the parameter itself."""
    schema = {key: one for key, one in told.value.items() if key not in _NO_SCHEMA}
    return Place(told.paper, told.steps, schema)


def _plain(media: str) -> str:
    return media.partition(";")[0].strip().lower()


