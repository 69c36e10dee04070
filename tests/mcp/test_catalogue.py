"""Tools as MCP lists them: the contract's schemas, the mesh's annotations, and no more than one can use."""

import json

import jsonschema
import pytest

from windlass.contracts import load_contract
from windlass.identity import OWNER, LeaseRef, Principal, Role
from windlass.mcp.catalogue import KEY, catalogue, inlined, portable, visible
from windlass.mesh import TOOLS

ENTRIES = catalogue(load_contract())
WORKERS = [name for name, tool in TOOLS.items() if tool.group.value == "worker"]
RUNNER = Principal("runner:a", Role.AGENT, instance="a")
HOLDER = Principal("lease:1/1", Role.AGENT, lease=LeaseRef(1, 1, "runner:a", "n"))


def names(principal):
    return [tool.name for tool in visible(ENTRIES, principal)]


def test_all_fourteen_are_there_in_their_order():
    assert list(ENTRIES) == list(TOOLS)
    assert len(ENTRIES) == 14
    assert names(OWNER) == list(TOOLS)


@pytest.mark.parametrize("principal", [RUNNER, HOLDER])
def test_an_agent_sees_the_seven_tools_of_workers(principal):
    assert names(principal) == WORKERS
    assert len(WORKERS) == 7


def test_what_a_role_can_never_use_is_not_shown_to_it():
    assert names(Principal("person:v", Role.VIEWER)) == ["check_task_status", "get_task_history"]
    assert {"approve_work", "reject_work"} <= set(names(Principal("person:a", Role.APPROVER)))
    assert "approve_work" not in names(Principal("person:o", Role.OPERATOR))
    assert names(Principal("service:ci", Role.SERVICE, frozenset({"read"}))) == names(
        Principal("person:v", Role.VIEWER)
    )
    scoped = Principal("service:farm", Role.SERVICE, frozenset({"task.claim"}))
    assert names(scoped) == WORKERS
    assert names(Principal("service:x", Role.SERVICE, frozenset({"audit.read"}))) == []


@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_is_annotated_and_described(name):
    tool, listed = TOOLS[name], ENTRIES[name].listed
    hints = listed.annotations
    assert (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint) == (
        tool.read_only, tool.destructive, tool.idempotent, tool.open_world,
    )  # fmt: skip
    assert listed.title == tool.title
    assert listed.description.startswith(tool.summary)


@pytest.mark.parametrize("name", TOOLS)
def test_schemas_stand_alone_and_say_what_the_contract_says(name):
    listed, contract = ENTRIES[name].listed, load_contract().tool_schemas()[name]
    jsonschema.Draft202012Validator.check_schema(listed.input_schema)
    jsonschema.Draft202012Validator.check_schema(listed.output_schema)
    assert "$ref" not in json.dumps(listed.input_schema)
    assert listed.input_schema["type"] == listed.output_schema["type"] == "object"
    assert set(listed.input_schema.get("properties", {})) - {KEY} == set(contract.arguments["properties"])
    assert listed.input_schema.get("required", []) == contract.arguments.get("required", [])
    assert listed.input_schema["additionalProperties"] is False
    assert (KEY in listed.input_schema["properties"]) is not TOOLS[name].read_only
    assert '"type": [' not in json.dumps([listed.input_schema, listed.output_schema])


SAMPLES = [
    {}, {"task_id": 1}, {"task_id": 0}, {"task_id": "1"}, {"task_id": 1, "reason": "x"},
    {"lanes": ["a", "a"]},
    {"lanes": ["a"], "wait_s": 30}, {"wait_s": 31}, {"question": "", "options": ["a"]}, {"question": "why"},
    {"question": "why", "options": ["a", "b"], "proposal": "no"}, {"lease_token": "wl"}, {"lease_token": 5},
    {"task_id": 1, "commit": "a" * 40}, {"task_id": 1, "commit": "A" * 40}, {"verdict": "maybe"},
    {"task_id": 1, "answer": "yes"}, {"unknown": 1}, {"after": -1}, {"limit": 501}, {"repository": "shop"},
]  # fmt: skip


@pytest.mark.parametrize("name", TOOLS)
def test_a_listed_schema_takes_exactly_what_the_contract_takes(name):
    entry = ENTRIES[name]
    listed = jsonschema.Draft202012Validator(entry.listed.input_schema)
    for sample in SAMPLES:
        assert listed.is_valid(sample) is not bool(entry.mistakes_of_arguments(sample)), sample


def test_an_answer_fits_the_listed_schema_exactly_when_it_fits_the_contracts():
    schema = ENTRIES["get_task_history"].listed.output_schema
    listed = jsonschema.Draft202012Validator(schema)
    for sample in (
        {"messages": [], "events": [], "attempts": [], "next": None},
        {"messages": [], "events": [], "attempts": [], "next": 5},
        {"messages": [], "events": [], "attempts": [], "next": "5"},
        {"messages": [], "events": [], "attempts": []},
    ):
        assert listed.is_valid(sample) is not bool(ENTRIES["get_task_history"].mistakes_of_answer(sample))


def test_references_are_put_in_place_with_what_stands_beside_them():
    schema = {
        "properties": {
            "a": {"$ref": "#/$defs/Text", "description": "mine"},
            "b": {"allOf": [{"$ref": "#/$defs/Text"}], "description": "wrapped"},
            "example": {"type": "array", "items": {"$ref": "#/$defs/Text"}, "examples": [1]},
        },
        "$defs": {"Text": {"type": "string", "description": "any", "examples": ["x"]}},
    }
    assert inlined(schema) == {
        "properties": {
            "a": {"type": "string", "description": "mine"},
            "b": {"type": "string", "description": "wrapped"},
            "example": {"type": "array", "items": {"type": "string", "description": "any"}},
        }
    }


def test_types_stand_one_by_one():
    assert portable({"type": ["integer", "null"], "minimum": 1, "description": "d"}) == {
        "description": "d", "anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}],
    }  # fmt: skip
    assert portable({"type": "object", "properties": {"type": {"type": ["string", "null"]}}}) == {
        "type": "object",
        "properties": {"type": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    }


def test_the_workers_tools_cost_a_model_little():
    """Characters of JSON; about four make a token."""
    listed = [tool.model_dump_json(by_alias=True, exclude_none=True) for tool in visible(ENTRIES, RUNNER)]
    assert sum(map(len, listed)) < 30_000
