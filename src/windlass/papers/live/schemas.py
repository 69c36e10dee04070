"""The schemas of a contract as one direction has them: what is asked, or what is answered.

A request has no read-only members and an answer need not have the write-only ones. What OpenAPI 3.0 and
Swagger write in words of their own is put in those of draft 4, in its place: references still lead there.
"""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from windlass.papers.examples import DIALECTS, HOME, address, spread
from windlass.papers.live.validating import Misfit, Validator, validator
from windlass.papers.references import Elsewhere, Missing, Place, Shelf
from windlass.papers.text import Paper, Step

FILES_MAX: Final = 5_000
"""Files that one contract may be spread over."""
ASKED, TOLD = "readOnly", "writeOnly"
"""A direction, by the word that is said of members which it has not."""
_DATA: Final = frozenset({"example", "examples", "default", "enum", "const", "x-example", "x-examples"})
_NAMES: Final = frozenset({
    "properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "schemas", "headers",
})  # fmt: skip
"""Below these, keys are names that somebody chose."""
_NO_SCHEMA: Final = frozenset({"in", "schema", "content"})
_WORDS: Final = frozenset({"type", "properties", "items", "allOf", "anyOf", "oneOf", "enum", "format"})
"""A schema has one of the second and none of the first; some give it a `required` that is no list."""


@dataclass
class Side:
    """`way`: ASKED or TOLD. `shelf`: the files of the contract, as this direction has them."""

    way: str
    draft: str
    shelf: Shelf
    paper: Paper
    validator: Validator

    def inner(self, place: Place, *steps: Step) -> Place | None:
        """What stands below a place, its references followed; None where nothing does."""
        for step in steps:
            try:
                value = place.value[step]
                place = Place(place.paper, (*place.steps, step), value)
                if isinstance(value, dict) and isinstance(value.get("$ref"), str):
                    place = self.shelf.end(place.paper, value)
            except (KeyError, IndexError, TypeError, Elsewhere, Missing):
                return None
        return place

    def misfit(self, place: Place, value: Any) -> Misfit | None:
        """Where and why a value does not fit the schema of a place. Raises Unusable, TooLong."""
        # One that stands nowhere was made of what a parameter says, and refers to nothing.
        schema = {"$ref": address(place.paper, place.steps)} if place.steps else place.value
        return self.validator.misfit(schema, value)


def side(shelf: Shelf, paper: Paper, kind: str, way: str) -> Side:
    """A contract and all that it refers to, as one direction has them."""
    draft = DIALECTS[kind]
    plain = draft == "draft-4"
    papers = {
        one.path: Paper(one.path, turned(one.value, way, plain=plain), one.text, one.mark)
        for one in spread(shelf, paper, most=FILES_MAX)
    }
    values = {f"{HOME}{quote(path)}": one.value for path, one in papers.items()}
    known = Shelf(shelf.tree, dict(papers))
    return Side(way, draft, known, papers[paper.path], validator(draft, values))


def turned(value: Any, way: str, *, plain: bool, names: bool = False) -> Any:
    """A document as one direction has it. With `plain`, it is put in the words of draft 4."""
    if isinstance(value, list):
        return [turned(one, way, plain=plain) for one in value]
    if not isinstance(value, dict):
        return value
    made = {
        key: one if key in _DATA and not names
        else turned(one, way, plain=plain, names=not names and key in _NAMES)
        for key, one in value.items()
    }  # fmt: skip
    if names:
        return made
    _require(made, way)
    if plain:
        if made.get("type") == "file":
            del made["type"]
        if made.get("nullable") is True:
            _nullable(made)
    return made


def _require(made: dict[str, Any], way: str) -> None:
    members, required = made.get("properties"), made.get("required")
    if isinstance(required, list):
        known = members if isinstance(members, dict) else {}
        left = [one for one in required if not _one_way(known.get(str(one)), way)]
        made["required"] = left
        if not left:  # draft 4 has no empty list
            del made["required"]
    elif "required" in made and _WORDS & made.keys() and not _NO_SCHEMA & made.keys():
        del made["required"]


def _one_way(member: Any, way: str) -> bool:
    return isinstance(member, dict) and member.get(way) is True


def _nullable(made: dict[str, Any]) -> None:
    if isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    if isinstance(made.get("enum"), list):
        made["enum"] = [*made["enum"], None]
    ways = {key: made.pop(key) for key in ("allOf", "oneOf", "anyOf") if key in made}
    if ways:
        made["anyOf"] = [ways, {"type": "null"}]
