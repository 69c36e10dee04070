"""A value made from a schema: as small as it may be, the same every time, and only likely to fit.

Several schemas that hold at once are taken together, choices are tried in their order, references are
followed to a bounded depth, and the whole work is counted. Whoever uses a value holds it against the schema
first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from windlass.papers.live import patterns, scalars
from windlass.papers.live.schemas import Side
from windlass.papers.references import Elsewhere, Missing, Place
from windlass.papers.text import Paper

DEPTH_MAX: Final = 14
RICH_MAX: Final = 3
"""Levels in which a list that may be empty has one item."""
STEPS_MAX: Final = 20_000
ITEMS_MAX: Final = 1_000
TURNS: Final = 8
Part = tuple[Paper, Any]
_NOTHING: Final = object()
_TYPES: Final = ("object", "array", "string", "integer", "number", "boolean", "null")
_HINTS: Final = {
    "object": {"properties", "required", "additionalProperties", "minProperties", "patternProperties"},
    "array": {"items", "minItems", "maxItems", "uniqueItems", "prefixItems"},
    "string": {"pattern", "minLength", "maxLength", "format"},
    "number": {"minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"},
}  # fmt: skip


class Unknown(Exception):
    """No value is found."""


def made(side: Side, place: Place) -> Iterator[tuple[Any, bool]]:
    """Values that a schema may allow, the likeliest first: with its own examples, without them, and then by
    other choices; each with whether the schema says it itself. None at all where there is no way to make one.
    """
    before: list[Any] = []
    for turn in range(TURNS):
        maker = _Maker(side, turn)
        try:
            value = maker.value([(place.paper, place.value)], 0)
        except (Unknown, RecursionError):
            continue
        if value not in before:
            before.append(value)
            yield value, maker.stated


@dataclass
class _Maker:
    side: Side
    turn: int
    steps: int = 0
    nth: int = 0
    stated: bool = False

    def value(self, parts: Sequence[Part], depth: int) -> Any:
        """One that all parts may allow. Raises Unknown."""
        if depth > DEPTH_MAX:
            raise Unknown("it goes too deep")
        flat = self._flat(parts)
        given = self._given(flat)
        if given is not _NOTHING:
            self.stated = self.stated or not depth
            return given
        for at, (_, schema) in enumerate(flat):
            for word in ("oneOf", "anyOf"):
                if isinstance(schema.get(word), list) and schema[word]:
                    return self._chosen(flat, at, word, depth)
        return self._typed(flat, depth)

    def _flat(self, parts: Sequence[Part]) -> list[Part]:
        """All schemas that hold at once: those of `allOf` and behind references too."""
        found: list[Part] = []
        waiting, seen = list(parts), set[int]()
        while waiting:
            self.steps += 1
            if self.steps > STEPS_MAX:
                raise Unknown("it is too much")
            paper, schema = waiting.pop(0)
            if schema is False:
                raise Unknown("nothing is allowed there")
            if not isinstance(schema, dict) or id(schema) in seen:
                continue
            seen.add(id(schema))
            if isinstance(schema.get("$ref"), str):
                waiting.insert(0, self._referred(paper, schema))
                if self.side.draft == "draft-4":
                    continue
            inner = schema.get("allOf")
            waiting += [(paper, one) for one in inner] if isinstance(inner, list) else []
            # what is followed here is not to come again when a choice is made among the rest
            found.append((paper, {key: one for key, one in schema.items() if key not in ("$ref", "allOf")}))
        return found

    def _referred(self, paper: Paper, schema: dict[str, Any]) -> Part:
        try:
            place = self.side.shelf.find(paper, schema["$ref"])
        except (Elsewhere, Missing) as error:
            raise Unknown(f"{schema['$ref'][:80]} leads nowhere") from error
        return place.paper, place.value

    def _given(self, flat: Sequence[Part]) -> Any:
        """What a schema tells itself: an example, a default, a constant, the first of some."""
        told: list[Any] = []
        for _, schema in flat if self.turn == 0 else ():
            several = schema.get("examples")
            told += [schema[word] for word in ("example", "x-example") if word in schema]
            told += several if isinstance(several, list) else []
            told += [schema["default"]] if "default" in schema else []
        constants = [schema["const"] for _, schema in flat if "const" in schema]
        choices = [schema["enum"] for _, schema in flat if isinstance(schema.get("enum"), list)]
        types = self._types(flat)
        usable = [
            one for one in (*told, *constants, *(choices[0] if choices else ()))
            if _kind(one) in types and all(one in few for few in choices)
            and all(one == few for few in constants)
        ]  # fmt: skip
        usable = [one for one in usable if one is not None] or usable
        if usable:
            return usable[self.nth % len(usable)]
        if constants or choices:
            raise Unknown("nothing is one of all that it has to be")
        return _NOTHING

    def _chosen(self, flat: Sequence[Part], at: int, word: str, depth: int) -> Any:
        paper, schema = flat[at]
        rest = [*flat[:at], *flat[at + 1 :], (paper, {key: schema[key] for key in schema if key != word})]
        start = max(self.turn - 1, 0) % len(schema[word])
        ways = [*schema[word][start:], *schema[word][:start]]
        if depth > RICH_MAX:  # the way that ends soonest
            ways.sort(key=lambda one: not isinstance(one, dict) or one.get("type") != "null")
        for way in ways:
            try:
                return self.value([*rest, (paper, way), *_marked(paper, schema, way)], depth + 1)
            except Unknown:
                if self.steps > STEPS_MAX:
                    raise
        raise Unknown("no way of a choice can be gone")

    def _typed(self, flat: Sequence[Part], depth: int) -> Any:
        schemas = [schema for _, schema in flat]
        for kind in self._types(flat):
            found: Any = None
            if kind == "object":
                found = self._object(flat, depth)
            elif kind == "array":
                found = self._array(flat, depth)
            elif kind == "string":
                found = scalars.texts(schemas, self.nth, max(self.turn - 1, 0))
            elif kind in ("integer", "number"):
                found = scalars.numbers(schemas, self.nth, whole=kind == "integer")
            elif kind == "boolean":
                return self.nth % 2 == 0
            if found is not None or kind == "null":
                return found
        raise Unknown("no value is within all bounds")

    def _types(self, flat: Sequence[Part]) -> list[str]:
        """What it may be, in the order in which it is told, and nothing only at last."""
        left, told = list(_TYPES), False
        for _, schema in flat:
            types = schema.get("type")
            several = [types] if isinstance(types, str) else types
            if isinstance(several, list):
                wide = [*several, *(["integer"] if "number" in several else [])]
                left = sorted((one for one in left if one in wide), key=wide.index)
                told = True
        if not told and self._bare(flat):
            hinted = [kind for kind, words in _HINTS.items() if any(words & one.keys() for _, one in flat)]
            left = [*hinted, "string", *(one for one in _TYPES if one not in (*hinted, "string"))]
        return sorted(left, key=lambda one: one == "null")

    @staticmethod
    def _bare(flat: Sequence[Part]) -> bool:
        return not any("const" in schema or "enum" in schema for _, schema in flat)

    def _object(self, flat: Sequence[Part], depth: int) -> dict[str, Any]:
        members: dict[str, list[Part]] = {}
        required: dict[str, None] = {}
        for paper, schema in flat:
            inner, wanted = schema.get("properties"), schema.get("required")
            for name, one in inner.items() if isinstance(inner, dict) else ():
                members.setdefault(name, []).append((paper, one))
            required |= dict.fromkeys(str(one) for one in wanted) if isinstance(wanted, list) else {}
        value = {name: self.value(members.get(name) or _others(flat), depth + 1) for name in required}
        least = max([0, *(n for _, one in flat if isinstance(n := one.get("minProperties"), int))])
        spare = [name for name, parts in members.items() if name not in value and not self._hidden(parts)]
        spare += [f"{self._extra(flat)}{n or ''}" for n in range(min(least, ITEMS_MAX))]
        for name in spare:
            if len(value) >= least:
                break
            if name not in value:
                value[name] = self.value(members.get(name) or _others(flat), depth + 1)
        return value

    def _hidden(self, parts: Sequence[Part]) -> bool:
        return any(isinstance(one, dict) and one.get(self.side.way) is True for _, one in parts)

    @staticmethod
    def _extra(flat: Sequence[Part]) -> str:
        """How a member is called that nobody named."""
        for _, schema in flat:
            inner = schema.get("patternProperties")
            if isinstance(inner, dict) and inner:
                return patterns.text(str(next(iter(inner))), 1, 100) or "a"
        return "a"

    def _array(self, flat: Sequence[Part], depth: int) -> list[Any]:
        schemas = [schema for _, schema in flat]
        least = max([0, *(n for one in schemas if isinstance(n := one.get("minItems"), int))])
        most = min([ITEMS_MAX, *(n for one in schemas if isinstance(n := one.get("maxItems"), int))])
        if least > most:
            raise Unknown("the list has to be too long")
        first: list[list[Part]] = []
        for paper, schema in flat:
            inner = schema.get("prefixItems", schema.get("items"))
            for at, one in enumerate(inner if isinstance(inner, list) else ()):
                first += [[]] if at == len(first) else []
                first[at].append((paper, one))
            if isinstance(schema.get("contains"), dict):
                least = max(least, 1)
        count = min(max(least, len(first), 1 if depth < RICH_MAX else 0), most)
        items = [(paper, one["items"]) for paper, one in flat if isinstance(one.get("items"), dict | bool)]
        items += [(paper, one["contains"]) for paper, one in flat if isinstance(one.get("contains"), dict)]
        unique = any(one.get("uniqueItems") is True for one in schemas)
        nth, value = self.nth, list[Any]()
        for at in range(count):
            self.nth = at if unique else nth
            try:
                value.append(self.value(first[at] if at < len(first) else items, depth + 1))
            except Unknown:
                if at < least:
                    raise
                break
            finally:
                self.nth = nth
        return value


def _others(flat: Sequence[Part]) -> list[Part]:
    """What holds for members that nobody named."""
    found = [(paper, one["additionalProperties"]) for paper, one in flat if "additionalProperties" in one]
    if found:
        return found if not any(one is False for _, one in found) else _patterned(flat) or found
    return _patterned(flat)


def _patterned(flat: Sequence[Part]) -> list[Part]:
    return [
        (paper, next(iter(one["patternProperties"].values()))) for paper, one in flat
        if isinstance(one.get("patternProperties"), dict) and one["patternProperties"]
    ]  # fmt: skip


def _marked(paper: Paper, schema: dict[str, Any], way: Any) -> list[Part]:
    """The member by which a choice tells which way it went."""
    told = schema.get("discriminator")
    ref = way.get("$ref") if isinstance(way, dict) else None
    name = told.get("propertyName") if isinstance(told, dict) else None
    if not isinstance(name, str) or not isinstance(ref, str):
        return []
    mapping = told.get("mapping") if isinstance(told, dict) else None
    last = ref.rpartition("/")[2]
    pairs = mapping.items() if isinstance(mapping, dict) else ()
    key = next((key for key, one in pairs if one in (ref, last)), "")
    word: dict[str, Any] = {"enum": [key]} if key else {"default": last}
    return [(paper, {"properties": {name: word}, "required": [name]})]


def _kind(value: Any) -> str:
    """The type of a value in the words of JSON Schema."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    for kind, several in (("string", str), ("object", dict), ("array", list), ("integer", int)):
        if isinstance(value, several):
            return kind
    return "integer" if isinstance(value, float) and value.is_integer() else "number"
