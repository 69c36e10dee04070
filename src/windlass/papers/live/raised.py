"""Schemas of any version of OpenAPI in one form, so that those that mean the same look the same.

What only describes is dropped. `nullable` and null among alternatives become a type, bounds become numbers,
a constant becomes an enumeration of one, and what `allOf` says is put together where that changes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from windlass.papers.live.places import Left, end
from windlass.papers.references import Place, Shelf

DEPTH_MAX: Final = 40
"""Schemas inside of schemas that are put together as one."""
Key = tuple[str | int, ...]
NULL: Final = "null"
OLD: Final = frozenset({"swagger-2", "openapi-3.0"})
"""Versions whose schemas are of a dialect of their own."""
SOFT: Final = frozenset({"default", "readOnly", "writeOnly"})
"""Words that change nothing of what is valid."""
_DESCRIBES: Final = frozenset({
    "description", "summary", "title", "example", "examples", "externalDocs", "deprecated", "xml", "tags",
    "discriminator", "$schema", "$id", "id", "$comment", "$anchor", "$dynamicAnchor", "$defs", "definitions",
    "nullable",
})  # fmt: skip
_ONE: Final = frozenset({
    "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
    "additionalItems", "unevaluatedItems", "unevaluatedProperties", "contentSchema",
})  # fmt: skip
VOID: Final = frozenset({
    "items", "additionalProperties", "additionalItems", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties", "patternProperties", "dependentSchemas", "then", "else",
})  # fmt: skip
"""Those that say nothing where anything is right for them."""
_NAMED: Final = frozenset({"properties", "patternProperties", "dependentSchemas"})
_WAYS: Final = ("allOf", "anyOf", "oneOf")
_NOTHING: Final = frozenset({
    ("minItems", "0"), ("minLength", "0"), ("minProperties", "0"), ("uniqueItems", "False"),
    ("readOnly", "False"), ("writeOnly", "False"), ("exclusiveMinimum", "False"),
    ("exclusiveMaximum", "False"),
})  # fmt: skip
"""Words that say nothing with this value."""
_EVERY: Final = frozenset({"string", "number", "integer", "boolean", "object", "array", NULL})


@dataclass(frozen=True, slots=True)
class Norm:
    """One schema. `types`: None where any is right. `enum`: its values as JSON. `words`: what is said by a
    plain value. `inner`: schemas by their place in this one. `ways`: alternatives, and what could not be put
    together.
    """

    types: frozenset[str] | None = None
    enum: frozenset[str] | None = None
    required: frozenset[str] = frozenset()
    words: Mapping[str, Any] = field(default_factory=dict)
    inner: Mapping[Key, Place] = field(default_factory=dict)
    ways: Mapping[str, Sequence[Place]] = field(default_factory=dict)

    @property
    def hard(self) -> dict[str, Any]:
        return {key: one for key, one in self.words.items() if key not in SOFT}

    @property
    def bare(self) -> bool:
        """Whether it says a type or an enumeration at most."""
        return not (self.required or self.hard or self.inner or self.ways)

    @property
    def empty(self) -> bool:
        return self.bare and self.types is None and self.enum is None


@dataclass
class Side:
    """One of the documents that are compared; each of its schemas is raised once."""

    shelf: Shelf
    kind: str
    _known: dict[int, tuple[Any, Norm]] = field(default_factory=dict)
    _open: set[int] = field(default_factory=set)

    def norm(self, place: Place, depth: int = 0) -> Norm:
        """A schema in the common form. Raises Elsewhere, Missing, Left."""
        place = self.at(place)
        name = id(place.value)
        if name in self._known:
            return self._known[name][1]
        if depth > DEPTH_MAX or name in self._open:
            raise Left(f"a schema stands for itself, or is deeper than {DEPTH_MAX} levels")
        self._open.add(name)
        try:
            made = self._raised(place, depth)
        finally:
            self._open.discard(name)
        self._known[name] = (place.value, made)  # with its value, so that nothing else gets its identity
        return made

    def at(self, place: Place) -> Place:
        """Where a schema stands in the end. What is said beside a reference counts since OpenAPI 3.1."""
        value = place.value
        if isinstance(value, dict) and "$ref" in value and self.kind not in OLD:
            beside = {key: one for key, one in value.items() if key != "$ref" and _says(key)}
            if beside:
                return place
        return end(self.shelf, place)

    def _raised(self, place: Place, depth: int) -> Norm:
        value = place.value
        if isinstance(value, bool):
            return Norm() if value else Norm(words={"never": True})
        if not isinstance(value, dict):
            return Norm(words={"schema": value})
        told = {key: one for key, one in value.items() if _says(key)}
        if "$ref" in told:
            told["allOf"] = [{"$ref": told.pop("$ref")}, *_listed(told.get("allOf"))]
        if value.get("nullable") is True and self.kind in OLD and told:
            told = {"anyOf": [dict(told), {"type": NULL}]}
        ways = dict[str, list[Place]]()
        for key in _WAYS:
            if isinstance(several := told.get(key), list):
                steps = (*place.steps, key)
                ways[key] = [Place(place.paper, (*steps, n), one) for n, one in enumerate(several)]
                del told[key]
        return self._with_ways(_own(place, told), ways, depth)

    def _with_ways(self, own: Norm, ways: Mapping[str, Sequence[Place]], depth: int) -> Norm:
        left = dict[str, Sequence[Place]]()
        for key, places in ways.items():
            norms = [self.norm(one, depth + 1) for one in places]
            if key == "allOf":
                made: Norm | None = own
                for one in norms:
                    made = _both(made, one) if made is not None else None
            else:
                one_of = _alternatives(norms) if key == "anyOf" or _apart(norms) else None
                made = _both(own, one_of) if one_of is not None else None
            if made is None:
                left[key] = places
            else:
                own = made
        return replace(own, ways={**own.ways, **left}) if left else own


def without_null(side: Side, norm: Norm) -> Norm:
    """The same for what is no JSON: nobody can write null into a query, a path or a header."""
    if norm.types is not None and len(norm.types) > 1:
        norm = replace(norm, types=norm.types - {NULL})
    if norm.enum is not None and len(norm.enum) > 1:
        norm = replace(norm, enum=norm.enum - {NULL})
    if norm.words.get("default", 0) is None:
        norm = replace(norm, words={key: one for key, one in norm.words.items() if key != "default"})
    ways = dict(norm.ways)
    for key in ("anyOf", "oneOf"):
        places = [one for one in ways.pop(key, ()) if not _is_null(side.norm(one))]
        if len(places) == 1 and (made := _both(replace(norm, ways=ways), side.norm(places[0]))) is not None:
            return made
        if places:
            ways[key] = places
    return replace(norm, ways=ways)


def _says(key: str) -> bool:
    return key not in _DESCRIBES and not key.startswith("x-")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _own(place: Place, told: Mapping[str, Any]) -> Norm:
    """What a schema says itself."""
    types = _types(told.get("type"))
    several = [[told["const"]]] if "const" in told else []
    several += [told["enum"]] if isinstance(told.get("enum"), list) else []
    values = None
    if several:
        every = [frozenset(as_json(one) for one in enum) for enum in several]
        fit = {as_json(one) for enum in several for one in enum if types is None or _type(one) & types}
        values, types = frozenset.intersection(*every) & fit, None
    words: dict[str, Any] = {"format": "binary"} if told.get("type") == "file" else {}
    inner = dict[Key, Place]()
    for key, one in told.items():
        if key in ("type", "enum", "const", "required"):
            continue
        below = (*place.steps, key)
        if key in _NAMED and isinstance(one, dict):
            for name, schema in one.items():
                inner[key, name] = Place(place.paper, (*below, name), schema)
        elif isinstance(one, list) and key in ("items", "prefixItems"):
            for count, schema in enumerate(one):
                inner["prefixItems", count] = Place(place.paper, (*below, count), schema)
        elif key in _ONE and isinstance(one, dict):
            if one or key not in VOID:
                inner[key,] = Place(place.paper, below, one)
        elif not (key in VOID and one is True) and (key, repr(one)) not in _NOTHING:
            words[key] = one
    required = frozenset(str(one) for one in _listed(told.get("required")))
    return Norm(types, values, required, _numbers(types, _formats(words)), inner)


def _types(told: Any) -> frozenset[str] | None:
    several = {told} if isinstance(told, str) else {one for one in _listed(told) if isinstance(one, str)}
    if "number" in several:
        several.discard("integer")
    found = frozenset("string" if one == "file" else one for one in several)
    return found if found and found != _EVERY - {"integer"} else None


def _type(value: Any) -> frozenset[str]:
    if isinstance(value, bool):
        return frozenset({"boolean"})
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return frozenset({"integer", "number"})
    names = {str: "string", float: "number", dict: "object", list: "array", type(None): NULL}
    return frozenset({names.get(type(value), "")})


def as_json(value: Any) -> str:
    """A value as text, alike for those that JSON Schema takes as equal."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True)


def _formats(words: dict[str, Any]) -> dict[str, Any]:
    """What OpenAPI 3.1 says of bytes, in the words of 3.0."""
    media, encoding = words.get("contentMediaType"), words.get("contentEncoding")
    if media == "application/octet-stream" and encoding is None and "format" not in words:
        words = {**words, "format": "binary"}
        del words["contentMediaType"]
    elif encoding == "base64" and "format" not in words:
        words = {key: one for key, one in words.items() if key not in ("contentEncoding", "contentMediaType")}
        words["format"] = "byte"
    return words


def _numbers(types: frozenset[str] | None, words: dict[str, Any]) -> dict[str, Any]:
    """Bounds as numbers, and of whole numbers those that are included."""
    whole = types is not None and types - {NULL} == {"integer"}
    for bound, other, more in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
        if words.get(other) is True:
            words.pop(other)
            if bound in words:
                words[other] = words.pop(bound)
        value = words.get(other)
        if whole and isinstance(value, int) and bound not in words:
            words[bound] = words.pop(other) + more
    return words


def _alternatives(norms: Sequence[Norm]) -> Norm | None:
    """Alternatives as one schema, where that is the same; None where it is not."""
    others = [one for one in norms if not _is_null(one)]
    null = len(others) < len(norms)
    if len(others) == 1:
        return _or_null(others[0]) if null else others[0]
    soft = [one for one in others if one.bare]
    if not others or len(soft) < len(others):
        return None
    if all(one.enum is None and one.types is not None for one in others):
        types = _types(sorted(frozenset[str]().union(*(one.types or () for one in others))))
        return Norm(types | {NULL} if types is not None and null else types)
    if all(one.enum is not None for one in others):
        enum = frozenset[str]().union(*(one.enum or () for one in others))
        return Norm(enum=enum | {NULL} if null else enum)
    return None


def _apart(norms: Sequence[Norm]) -> bool:
    """Whether no value is right for two of these, as far as their types and enumerations tell."""
    if len(norms) == 1:
        return True
    values = [value for one in norms for value in one.enum or ()]
    types = [name for one in norms for name in one.types or ()]
    several = {name for value in values for name in _type(json.loads(value))}
    mixed = {"integer", "number"} <= set(types) or several & set(types)
    said = all(one.types is not None or one.enum is not None for one in norms)
    return said and not mixed and len(set(values)) == len(values) and len(set(types)) == len(types)


def _is_null(norm: Norm) -> bool:
    return norm.bare and (frozenset({NULL}) in (norm.types, norm.enum))


def _or_null(norm: Norm) -> Norm | None:
    if norm.ways or {"not", "if", "never"} & {*norm.words, *(str(key[0]) for key in norm.inner)}:
        return None
    if norm.enum is not None:
        return replace(norm, enum=norm.enum | {NULL})
    return replace(norm, types=norm.types | {NULL}) if norm.types is not None else None


def _both(one: Norm, two: Norm) -> Norm | None:
    """What both say together; None where that cannot be said in one."""
    closed = [any(str(key) in _CLOSED for key in (*a.hard, *(k[0] for k in a.inner))) for a in (one, two)]
    if (closed[0] and two.inner) or (closed[1] and one.inner) or one.ways.keys() & two.ways.keys():
        return None
    if any(_told(one, group) and _told(two, group) for group in _TOGETHER):
        return None
    if any(_told(a, _LISTS[:1]) and _told(b, _LISTS) for a, b in ((one, two), (two, one))):
        return None
    types, enum = _common(one.types, two.types), one.enum
    if two.enum is not None:
        enum = two.enum if enum is None else enum & two.enum
    if enum is not None and types is not None:
        enum = frozenset(value for value in enum if _type(json.loads(value)) & types)
        types = None
    if types is not None and not types:
        return None
    if any(one.hard[key] != two.hard[key] for key in one.hard.keys() & two.hard.keys()):
        return None
    inner = {**one.inner, **two.inner}
    for key in one.inner.keys() & two.inner.keys():
        a, b = one.inner[key], two.inner[key]
        if a.value is b.value or a.value == b.value:
            continue
        if a.paper is not b.paper:
            return None
        inner[key] = Place(a.paper, a.steps, {"allOf": [a.value, b.value]})
    words = {**two.words, **one.words}
    return Norm(types, enum, one.required | two.required, words, inner, {**one.ways, **two.ways})


_CLOSED: Final = frozenset({"additionalProperties", "unevaluatedProperties", "additionalItems"})
"""What they say depends on the schema they stand in."""
_TOGETHER: Final = (("not",), ("if", "then", "else"), ("contains", "minContains", "maxContains"))
"""What two schemas say by these cannot be said by one that holds both in their place."""
_LISTS: Final = ("prefixItems", "items")
"""Nor can these, where one says of some places what the other says of the rest."""


def _told(norm: Norm, words: Sequence[str]) -> bool:
    return any(word in norm.words for word in words) or any(key[0] in words for key in norm.inner)


def _common(one: frozenset[str] | None, two: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or two is None:
        return two if one is None else one
    both = one & two
    if ("integer" in one and "number" in two) or ("number" in one and "integer" in two):
        both |= {"integer"}
    return both
