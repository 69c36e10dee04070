"""Two schemas: where they differ, how grave it is, and that everything ends."""

import random
from pathlib import Path
from typing import Any

import pytest

from windlass.papers import holding
from windlass.papers.live.alike import STEPS_MAX, Difference, Pair
from windlass.papers.live.places import Left
from windlass.papers.live.raised import Side
from windlass.papers.references import Place, Shelf
from windlass.papers.text import Paper
from windlass.papers.walk import walk

CAT = {"type": "object", "required": ["meow"], "properties": {"meow": {"type": "string"}}}
DOG = {"type": "object", "required": ["bark"], "properties": {"bark": {"type": "string"}}}

TREE = {"type": "object", "properties": {"below": {"type": "array", "items": {"$ref": "#/x/Tree"}}}}


@pytest.fixture
def differ(tmp_path: Path) -> Any:
    shelf = Shelf(walk(str(tmp_path)))

    def found(one: Any, two: Any, *, wire: bool = False, left: int = 5_000, **named: Any) -> list[Difference]:
        pair = Pair(Side(shelf, "openapi-3.1"), Side(shelf, "openapi-3.1"), left)
        places = [
            Place(Paper(name, {"x": schemas, "schema": schema}, ""), ("schema",), schema)
            for name, schema, schemas in (("a", one, named.get("mine")), ("b", two, named.get("theirs")))
        ]
        return pair.differences(places[0], places[1], wire=wire)

    return found


def told(found: list[Difference]) -> list[tuple[str, str, bool]]:
    return [(one.at, one.word, one.grave) for one in found]


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ({"type": "string"}, {"type": "integer"}, [("", "type", True)]),
        ({"type": "string"}, {}, [("", "type", True)]),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, [("", "enum", True)]),
        ({"enum": ["a"]}, {"type": "string"}, [("", "enum", True)]),
        ({"type": "string", "maxLength": 1}, {"type": "string"}, [("", "maxLength", True)]),
        ({"type": "string", "maxLength": 1}, {"type": "string", "maxLength": 1.0}, []),
        ({"type": "string", "pattern": "a"}, {"type": "string", "pattern": "b"}, [("", "pattern", False)]),
        ({"type": "string", "pattern": "a"}, {"type": "string"}, [("", "pattern", True)]),
        ({"type": "string", "format": "date"}, {"type": "string"}, [("", "format", False)]),
        ({"type": "integer", "format": "int64"}, {"type": "integer"}, []),
        ({"prefixItems": [{"type": "string"}]}, {}, [("/0", "prefixItems", True)]),
        ({"type": "string", "default": "a"}, {"type": "string"}, [("", "default", False)]),
        ({"default": 1}, {"default": True}, [("", "default", False)]),
        (
            {"type": "array", "items": {"type": "string"}},
            {"type": "array", "items": {"type": "integer"}},
            [("/*", "type", True)],
        ),
        ({"type": "array", "items": {"type": "string"}}, {"type": "array"}, [("/*", "items", True)]),
        (CAT, {**CAT, "required": []}, [("/meow", "required", True)]),
        (CAT, DOG, [("/bark", "property", True), ("/meow", "property", True)]),
        ({"anyOf": [CAT, DOG]}, {"anyOf": [DOG, CAT]}, []),
        ({"anyOf": [CAT, DOG]}, {"oneOf": [DOG, CAT]}, [("", "alternatives", False)]),
        ({"anyOf": [CAT, DOG]}, {"anyOf": [CAT, DOG, {"type": "string"}]}, [("", "type", True)]),
        ({"anyOf": [CAT, DOG]}, {"anyOf": [CAT, DOG, TREE]}, [("", "alternatives", True)]),
        ({"anyOf": [CAT, DOG]}, {"type": "object"}, [("", "alternatives", False)]),
        ({"anyOf": [CAT, DOG]}, {"type": "string"}, [("", "type", True)]),
        (
            {"anyOf": [CAT, DOG]},
            {"anyOf": [DOG, {**CAT, "properties": {"meow": {"type": "integer"}}}]},
            [("/meow", "type", True)],
        ),
        ({"not": {"type": "string"}}, {}, [("/not", "not", False)]),
    ],
)
def test_where_they_differ(differ: Any, one: Any, two: Any, expected: Any) -> None:
    assert told(differ(one, two)) == expected
    assert [grave for *_, grave in told(differ(two, one))] == [grave for *_, grave in expected]


def test_what_each_side_says_is_told(differ: Any) -> None:
    (found,) = differ({"type": "string", "maxLength": 1}, {"type": "string", "maxLength": 2})
    assert found.text == "maxLength: the contract 1, the service 2"
    (found,) = differ({"type": "string", "format": "a"}, {"type": "string"})
    assert found.text.endswith("which may mean the same")


def test_schemas_that_hold_themselves(differ: Any) -> None:
    ref = {"$ref": "#/x/Tree"}
    twice = {"type": "object", "properties": {"below": {"type": "array", "items": TREE}}}
    assert differ(ref, ref, mine={"Tree": TREE}, theirs={"Tree": TREE}) == []
    assert differ(ref, twice, mine={"Tree": TREE}, theirs={"Tree": TREE}) == []
    wide = {**TREE, "properties": {**TREE["properties"], "n": {"type": "integer"}}}
    assert told(differ(ref, ref, mine={"Tree": TREE}, theirs={"Tree": wide})) == [("/n", "property", True)]


def test_alternatives_by_the_hundred_that_hold_each_other_end_soon(differ: Any) -> None:
    names = [f"S{number}" for number in range(25)]
    ways = {"anyOf": [{"$ref": f"#/x/{name}"} for name in names]}
    plain = {"anyOf": [{"allOf": [one, {"minProperties": 1}]} for one in ways["anyOf"]]}

    def schemas(word: str) -> dict[str, Any]:
        several = {name: [f"{word}{name}{number}" for number in range(3)] for name in names}
        return {
            name: {"type": "object", "properties": dict.fromkeys(members, plain)}
            for name, members in several.items()
        }

    assert differ(ways, ways, mine=schemas("a"), theirs=schemas("a")) == []
    with pytest.raises(Left):
        differ(plain, {"anyOf": list(plain["anyOf"])}, mine=schemas("a"), theirs=schemas("b"), left=300)


def test_what_an_older_version_cannot_say_is_no_grave_difference(tmp_path: Path) -> None:
    shelf = Shelf(walk(str(tmp_path)))
    pair = Pair(Side(shelf, "openapi-3.0"), Side(shelf, "openapi-3.1"))
    schemas = {"type": "array"}, {"type": "array", "prefixItems": [{"type": "string"}]}
    one, two = (Place(Paper("a", schema, ""), (), schema) for schema in schemas)
    assert told(pair.differences(one, two)) == [("/0", "prefixItems", False)]


def test_a_pair_that_was_alike_is_not_compared_again(tmp_path: Path) -> None:
    side = Side(Shelf(walk(str(tmp_path))), "openapi-3.1")
    pair = Pair(side, side)
    place = Place(Paper("a", CAT, ""), (), CAT)
    for _ in range(3):
        assert pair.differences(place, place) == []
    assert pair.left == STEPS_MAX - 4


def test_schemas_that_nobody_compares_are_never_alike(differ: Any) -> None:
    deep: Any = {"type": "string"}
    for _ in range(100):
        deep = {"type": "array", "items": deep}
    with pytest.raises(Left):
        differ(deep, {**deep})


WORDS = ("string", "integer", "number", "boolean", "null", "object", "array")
VALUES: list[Any] = [
    None, True, False, 0, 1, 2, 1.5, -1, "", "a", "ab", [], [1], ["a"], [1, "a"], [None], [[1]], {}, {"a": 1},
    {"a": "a"}, {"b": None}, {"a": 1, "b": "x"}, {"a": None, "b": 1, "c": 2},
]  # fmt: skip


def some(chance: random.Random, depth: int = 0) -> Any:
    """A schema by chance."""
    kind = chance.random()
    if kind > 0.92:
        return chance.choice([True, False, {}, {"not": some(chance, depth + 1)}])
    if depth < 4 and kind > 0.4:
        way = chance.choice(["allOf", "anyOf", "oneOf"])
        return {way: [some(chance, depth + 1) for _ in range(chance.randint(1, 3))]}
    made: dict[str, Any] = {"type": chance.choice([*WORDS, chance.sample(WORDS, 2)])}
    words = {
        "enum": chance.sample([None, 0, 1, 1.0, 1.5, True, "a"], 2), "const": chance.choice([None, 1, "a"]),
        "minimum": 1, "exclusiveMinimum": 0, "maxLength": 1, "minItems": chance.randint(0, 1),
        "required": ["a"], "additionalProperties": chance.choice([True, False, {}, {"type": "string"}]),
        "items": {"type": "string"}, "properties": {chance.choice("ab"): {"type": chance.choice(WORDS)}},
    }  # fmt: skip
    made.update({key: one for key, one in words.items() if chance.random() < 0.15})
    if chance.random() < 0.2:
        del made["type"]
    return made


def varied(chance: random.Random, schema: Any) -> Any:
    """The same, or nearly so, in other words."""
    if isinstance(schema, list):
        return [varied(chance, one) for one in chance.sample(schema, len(schema))]
    if not isinstance(schema, dict):
        return schema
    made = {key: varied(chance, one) for key, one in schema.items() if chance.random() > 0.03}
    for way in ("allOf", "anyOf", "oneOf"):
        if way in made and chance.random() < 0.2:
            made[chance.choice(["allOf", "anyOf", "oneOf"])] = made.pop(way)
    more = chance.random()
    return {"anyOf": [made, {"type": "null"}]} if more < 0.03 else {"allOf": [made]} if more < 0.1 else made


def test_schemas_without_a_difference_take_the_same_values(differ: Any) -> None:
    chance, alike = random.Random(7), 0
    for _ in range(600):
        one = {"allOf": [some(chance)]}
        two = varied(chance, one)
        if differ(one, two) == []:
            alike += 1
            a, b = (holding.held(schema, "draft-2020-12") for schema in (one, two))
            assert [v for v in VALUES if (a(v) is None) != (b(v) is None)] == [], (one, two)
    assert alike > 100


def test_one_pair_that_has_no_end_leaves_steps_for_others(tmp_path: Path) -> None:
    side = Side(Shelf(walk(str(tmp_path))), "openapi-3.1")
    pair = Pair(side, side, left=1_000, each=100)

    def place(schema: Any) -> Place:
        return Place(Paper("a", schema, ""), (), schema)

    wide = [place({"properties": {f"p{n}": {"minLength": n} for n in range(300)}}) for _ in "ab"]
    for _ in range(3):
        with pytest.raises(Left):
            pair.differences(*wide)
    assert told(pair.differences(place({"type": "string"}), place({"type": "null"})))
    assert pair.left > 600


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ([{"not": {"type": "string"}}, {"not": {"type": "null"}}], {"not": {"allOf": [
            {"type": "string"}, {"type": "null"}]}}),
        ([{"contains": {"const": 1}}, {"contains": {"const": 2}}], {"contains": {"allOf": [
            {"const": 1}, {"const": 2}]}}),
        ([{"contains": {"const": 1}}, {"minContains": 0}], {"contains": {"const": 1}, "minContains": 0}),
        ([{"if": {"type": "string"}}, {"then": False}], {"if": {"type": "string"}, "then": False}),
        ([{"prefixItems": [{"const": 1}]}, {"items": {"const": 2}}],
         {"prefixItems": [{"const": 1}], "items": {"const": 2}}),
    ],
)  # fmt: skip
def test_what_cannot_be_said_in_one_schema_is_not_alike_to_it(differ: Any, one: Any, two: Any) -> None:
    assert differ({"allOf": one}, two)
    assert differ(two, {"allOf": one})
    assert not differ({"allOf": one}, {"allOf": one})
