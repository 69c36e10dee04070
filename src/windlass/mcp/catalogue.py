"""The tools as MCP shows them: schemas from the HTTP contract, annotations from the mesh. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import mcp_types as types

from windlass.contracts import Contract, Mistake, Operation
from windlass.identity import ACTIONS, Principal
from windlass.kernel import WindlassError
from windlass.mesh import TOOLS, Group, Tool

KEY: Final = "idempotency_key"
"""The argument that stands for the header Idempotency-Key."""
KEY_HEADER: Final = "Idempotency-Key"
KEY_META: Final = "windlass/idempotency-key"
"""The same in a request's `_meta`, for clients that keep it from their model."""
LEASE_TOKEN: Final = "lease_token"  # noqa: S105 - a name

_KEY_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$",
    "description": "Any text, new for every new call: the same call with the same key is done once.",
}  # fmt: skip
_DEFS: Final = "#/$defs/"
_SKIPPED: Final = frozenset({"example", "examples", "$defs"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One tool: what the mesh knows of it, how it is listed, and the operation that says what fits."""

    tool: Tool
    listed: types.Tool
    operation: Operation

    def mistakes_of_arguments(self, asked: Mapping[str, object]) -> Sequence[Mistake]:
        return () if self.operation.body is None else self.operation.body.mistakes(asked)

    def mistakes_of_key(self, key: object) -> Sequence[Mistake]:
        return self.operation.mistakes("header", {KEY_HEADER: key})

    def mistakes_of_answer(self, told: Mapping[str, object]) -> Sequence[Mistake]:
        return self.operation.answers[self.operation.success].mistakes("application/json", told, {})


def catalogue(contract: Contract) -> Mapping[str, Entry]:
    """Every tool of the mesh, in its order; one that the contract does not describe is a bug of ours."""
    operations = {one.path.rpartition("/")[2]: one for one in contract.operations.values() if one.is_tool}
    if odd := set(operations) ^ set(TOOLS):
        raise WindlassError(f"mesh and contract disagree about the tools {sorted(odd)}")
    schemas = contract.tool_schemas()
    made = {}
    for tool in TOOLS.values():
        operation = operations[tool.name]
        words = contract.document.tree["paths"][operation.path][operation.method.lower()]
        own = schemas[tool.name]
        listed = _listed(tool, str(words.get("description", "")), own.arguments, own.answer)
        made[tool.name] = Entry(tool, listed, operation)
    return made


def visible(entries: Mapping[str, Entry], principal: Principal) -> Sequence[types.Tool]:
    """The tools this caller can have a use for: an agent's list is short, and so is its context.

    Who may claim sees the workers' tools, since a lease's token can come as an argument.
    """
    return [one.listed for one in entries.values() if _usable(one.tool, principal)]


def inlined(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with everything it refers to put in place: some models' tools cannot follow references."""
    found: dict[str, Any] = _in_place(schema, schema.get("$defs", {}))
    return found


def portable(schema: Any) -> Any:
    """The same schema with one type at a time: some clients' tools do not know lists of types."""
    if isinstance(schema, list):
        return [portable(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {key: portable(value) for key, value in schema.items()}
    kinds = made.get("type")
    if not isinstance(kinds, list):
        return made
    about = {key: made.pop(key) for key in ("description", "title", "default") if key in made}
    rules = {key: value for key, value in made.items() if key != "type"}
    # A rule about numbers says nothing of null, so it stands with every kind but that one.
    return {**about, "anyOf": [{"type": one, **({} if one == "null" else rules)} for one in kinds]}


def _usable(tool: Tool, principal: Principal) -> bool:
    if tool.group is Group.WORKER and _may(principal, "task.claim"):
        return True
    return _may(principal, tool.action)


def _may(principal: Principal, action: str) -> bool:
    named = not principal.scopes or action in principal.scopes
    return named and principal.role in ACTIONS[action]


def _listed(tool: Tool, description: str, takes: dict[str, Any], gives: dict[str, Any]) -> types.Tool:
    return types.Tool(
        name=tool.name, title=tool.title, description=f"{tool.summary}\n\n{description}".strip(),
        input_schema=_with_key(tool, inlined(takes)), output_schema=portable(gives),
        annotations=types.ToolAnnotations(
            title=tool.title, read_only_hint=tool.read_only, destructive_hint=tool.destructive,
            idempotent_hint=tool.idempotent, open_world_hint=tool.open_world,
        ),
    )  # fmt: skip


def _with_key(tool: Tool, schema: dict[str, Any]) -> dict[str, Any]:
    if tool.read_only:
        return schema
    return {**schema, "properties": {**schema.get("properties", {}), KEY: dict(_KEY_SCHEMA)}}


def _in_place(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_in_place(part, definitions) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    target = schema.get("$ref")
    if isinstance(target, str) and target.startswith(_DEFS):
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return _in_place({**definitions[target.removeprefix(_DEFS)], **beside}, definitions)
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            made[key] = {name: _in_place(part, definitions) for name, part in value.items()}
        elif key not in _SKIPPED:
            made[key] = _in_place(value, definitions)
    return _without_wrapping(made)


def _without_wrapping(schema: dict[str, Any]) -> dict[str, Any]:
    """`allOf` of one is how a contract puts a description beside a reference."""
    alone = schema.get("allOf")
    if isinstance(alone, list) and len(alone) == 1:
        return {**alone[0], **{key: value for key, value in schema.items() if key != "allOf"}}
    return schema
