"""Schemas of a contract as documents that stand alone: what they refer to comes along under `$defs`. Pure."""

from collections.abc import Mapping
from typing import Any, Final

_HERE: Final = "#/components/schemas/"
_DEFS: Final = "#/$defs/"


def standalone(name: str, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The schema `name` with everything it needs, and nothing else."""
    needed: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in needed:
            needed[one] = _moved(schemas[one], waiting)
    root: dict[str, Any] = needed.pop(name)
    if name in _names(root, needed):  # it refers to itself
        needed[name] = root
    return {**root, "$defs": dict(sorted(needed.items()))} if needed else root


def _moved(schema: Any, found: list[str]) -> Any:
    """A copy whose references lead to `$defs`; their names are added to `found`."""
    if isinstance(schema, list):
        return [_moved(part, found) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _moved(part, found) for key, part in schema.items() if key != "example"}
    target = schema.get("$ref")
    if isinstance(target, str) and target.startswith(_HERE):
        found.append(target.removeprefix(_HERE))
        made["$ref"] = _DEFS + target.removeprefix(_HERE)
    return made


def _names(*schemas: Any) -> set[str]:
    names: set[str] = set()
    waiting = list(schemas)
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            target = one.get("$ref")
            if isinstance(target, str):
                names.add(target.removeprefix(_DEFS))
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return names
