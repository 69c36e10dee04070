"""Schemas as one direction has them."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.papers.live.shop import laid

from windlass.papers.live.schemas import ASKED, TOLD, Side, side, turned
from windlass.papers.live.validating import Unusable
from windlass.papers.references import Place

SLOW = "^(([a-z])+.)+[A-Z]([a-z])+$(?<!q)"
USER = {
    "type": "object", "required": ["id", "word", "name"], "properties": {
        "id": {"type": "integer", "readOnly": True}, "word": {"type": "string", "writeOnly": True},
        "name": {"type": "string"},
    },
}  # fmt: skip


def one(tmp_path: Path, schema: Any, kind: str, way: str) -> tuple[Side, Place]:
    made = side(*laid(tmp_path, {"components": {"schemas": {"One": schema}}}), kind, way)
    place = made.inner(Place(made.paper, (), made.paper.value), "components", "schemas")
    assert place is not None
    return made, Place(made.paper, (*place.steps, "One"), place.value["One"])


@pytest.mark.parametrize("kind", ["openapi-3.0", "openapi-3.1"])
def test_members_of_the_other_direction_are_not_required(tmp_path: Path, kind: str) -> None:
    asked, place = one(tmp_path, USER, kind, ASKED)
    assert asked.misfit(place, {"word": "w", "name": "n"}) is None
    assert asked.misfit(place, {"name": "n"}) == ((), '"word" is a required property')
    told, place = one(tmp_path, USER, kind, TOLD)
    assert told.misfit(place, {"id": 1, "name": "n"}) is None
    assert told.misfit(place, {"id": 1, "name": 2}) == (("name",), '2 is not of type "string"')


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "nullable": True},
        {"type": "string", "nullable": True, "enum": ["a"]},
        {"nullable": True, "allOf": [{"type": "string"}]},
        {"nullable": True, "oneOf": [{"type": "string"}, {"type": "integer"}]},
        {"type": "object", "nullable": True, "anyOf": [{"required": ["a"]}]},
    ],
)
def test_null_is_allowed_where_openapi_3_0_says_so(tmp_path: Path, schema: Any) -> None:
    made, place = one(tmp_path, schema, "openapi-3.0", TOLD)
    assert made.misfit(place, None) is None
    assert made.misfit(place, 1.5) is not None
    del schema["nullable"]
    made, place = one(tmp_path, schema, "openapi-3.0", TOLD)
    assert made.misfit(place, None) is not None


def test_data_and_names_are_no_schemas() -> None:
    data = {"example": {"required": ["a"], "nullable": True, "type": "file"}, "enum": [{"nullable": True}]}
    assert turned(data, ASKED, plain=True) == data
    names = {"properties": {"example": {"type": "file"}, "required": {"type": "string", "required": True}}}
    assert turned(names, ASKED, plain=True) == {"properties": {"example": {}, "required": {"type": "string"}}}
    assert turned({"in": "query", "required": True}, ASKED, plain=True) == {"in": "query", "required": True}


def test_references_lead_to_other_files_and_to_nowhere(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(json.dumps({"type": "string", "nullable": True}))
    made, place = one(tmp_path, {"$ref": "b.json"}, "openapi-3.0", TOLD)
    assert made.misfit(place, None) is None
    assert made.misfit(place, 1) is not None
    assert made.inner(Place(made.paper, (), made.paper.value), "components", "none") is None
    made, place = one(tmp_path, {"items": {"$ref": "https://elsewhere.example/x"}}, "openapi-3.0", TOLD)
    with pytest.raises(Unusable):
        made.misfit(place, [])


@pytest.mark.parametrize(
    ("schema", "value"),
    [({"type": 7}, 1), ({"pattern": "("}, "a"), ({"pattern": SLOW}, "a" * 60)],
)
def test_what_nobody_can_say_is_not_said(tmp_path: Path, schema: Any, value: Any) -> None:
    made, place = one(tmp_path, schema, "openapi-3.1", TOLD)
    with pytest.raises(Unusable):
        made.misfit(place, value)


def test_what_is_deep_ends_soon(tmp_path: Path) -> None:
    lists = {"type": "array", "items": {"$ref": "#/components/schemas/One"}}
    made, place = one(tmp_path, lists, "openapi-3.1", TOLD)
    misfit = made.misfit(place, json.loads("[" * 900 + "1" + "]" * 900))
    assert misfit is not None
    assert len(misfit[0]) == 900
