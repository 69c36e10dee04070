"""Schemas that stand alone say the same as those in the contract."""

import jsonschema_rs
import pytest

from windlass.contracts import load_contract
from windlass.contracts.schemas import standalone

TOOLS = load_contract().tool_schemas()


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_the_schemas_of_a_tool_stand_alone(name: str):
    for schema in (TOOLS[name].arguments, TOOLS[name].answer):
        assert schema["type"] == "object"
        assert "#/components" not in str(schema)
        jsonschema_rs.meta.validate(schema)
        jsonschema_rs.Draft202012Validator(schema, offline=True)  # every reference leads somewhere


def test_only_what_is_needed_comes_along():
    schemas = {
        "A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}},
        "B": {"items": {"$ref": "#/components/schemas/C"}},
        "C": {"type": "string"}, "D": {"type": "null"},
    }  # fmt: skip
    made = standalone("A", schemas)
    assert made == {
        "properties": {"b": {"$ref": "#/$defs/B"}},
        "$defs": {"B": {"items": {"$ref": "#/$defs/C"}}, "C": {"type": "string"}},
    }
    assert standalone("C", schemas) == {"type": "string"}


def test_a_schema_that_refers_to_itself_stands_alone():
    made = standalone("T", {"T": {"items": {"$ref": "#/components/schemas/T"}, "type": ["array", "null"]}})
    assert jsonschema_rs.Draft202012Validator(made).is_valid([[], [None]])
    assert not jsonschema_rs.Draft202012Validator(made).is_valid([[1]])
