"""The schemas of a contract as one direction has them: what is asked, or what is answered.

A request has no read-only members and an answer need not have the write-only ones. What OpenAPI 3.0 and
Swagger write in words of their own is put in those of draft 4, in its place: references still lead there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from windlass.papers import holding
from windlass.papers.examples import DIALECTS, HOME, address, spread
from windlass.papers.references import Elsewhere, Missing, Place, Shelf
from windlass.papers.text import Paper, Step, Steps

FILES_MAX: Final = 5_000
"""Files that one contract may be spread over."""
WHY_MAX: Final = 120
ASKED, TOLD = "readOnly", "writeOnly"
"""A direction, by the word that is said of members which it has not."""
Misfit = tuple[Steps, str]
_DATA: Final = frozenset({"example", "examples", "default", "enum", "const", "x-example", "x-examples"})
_NAMES: Final = frozenset({
    "properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "schemas", "headers",
})  # fmt: skip
"""Below these, keys are names that somebody chose."""
_NO_SCHEMA: Final = frozenset({"in", "schema", "content"})
_WORDS: Final = frozenset({"type", "properties", "items", "allOf", "anyOf", "oneOf", "enum", "format"})
"""A schema has one of the second and none of the first; some give it a `required` that is no list."""


class Unusable(Exception):
    """Nobody can say whether anything fits there."""


@dataclass
class Side:
    """`way`: ASKED or TOLD. `shelf`: the files of the contract, as this direction has them."""

    way: str
    draft: str
    shelf: Shelf
    paper: Paper
    registry: Any
    _held: dict[tuple[str, Steps], Callable[[Any], Misfit | None]] = field(default_factory=dict)

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
        """Where and why a value does not fit the schema of a place. Raises Unusable."""
        key = place.paper.path, place.steps
        if not place.steps:  # made of what a parameter says: it stands nowhere and refers to nothing
            return _told(self._made(place), value)
        if key not in self._held:
            self._held[key] = self._made(place)
        return _told(self._held[key], value)

    def _made(self, place: Place) -> Callable[[Any], Misfit | None]:
        schema = {"$ref": address(place.paper, place.steps)} if place.steps else place.value
        try:
            return holding.held(schema, self.draft, self.registry)
        except ValueError as error:
            return partial(_unusable, str(error).partition("\n")[0][:WHY_MAX])


def _unusable(why: str, _: Any) -> Misfit | None:
    raise Unusable(f"its schema, or what that refers to, cannot be used: {why}")


def _told(held: Callable[[Any], Misfit | None], value: Any) -> Misfit | None:
    try:
        return held(value)
    except holding.Undecided as error:
        raise Unusable(str(error)) from error
    except (ValueError, RecursionError):
        return (), "it is deeper than anything that is read"


def side(shelf: Shelf, paper: Paper, kind: str, way: str) -> Side:
    """A contract and all that it refers to, as one direction has them."""
    draft = DIALECTS[kind]
    plain = draft == "draft-4"
    papers = {
        one.path: Paper(one.path, turned(one.value, way, plain=plain), one.text, one.mark)
        for one in spread(shelf, paper, most=FILES_MAX)
    }
    values = {f"{HOME}{quote(path)}": one.value for path, one in papers.items()}
    try:
        known = holding.registry(values, draft)
    except ValueError:
        known = None
    return Side(way, draft, Shelf(shelf.tree, dict(papers)), papers[paper.path], known)


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
