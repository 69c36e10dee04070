"""Which offered tool runs a command line, and what its arguments look like. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

NAMES: Final = (
    "bash", "shell", "exec_command", "shell_command", "run_shell_command", "execute_bash", "terminal",
    "run_command", "execute_command", "run_terminal_cmd", "local_shell",
)  # fmt: skip
"""Names under which the agents that are known offer a shell, the likeliest first."""
COMMANDS: Final = ("command", "cmd", "script")
"""Names of the argument that holds the line."""
_WRAP: Final = ("bash", "-lc")


def shell_of(offers: Sequence[tuple[str, str, Mapping[str, object]]]) -> int | None:
    """The index of the shell among (name, kind, schema): by name, else the one tool that takes a command."""
    for wanted in NAMES:
        for index, (name, kind, _) in enumerate(offers):
            if wanted in (name.lower(), kind):
                return index
    takers = [index for index, (_, _, schema) in enumerate(offers) if _parameter(schema) is not None]
    return takers[0] if len(takers) == 1 else None


def fill(kind: str, schema: Mapping[str, object], line: str) -> dict[str, object]:
    """Arguments that run `line`; whatever else the schema requires gets the simplest value it allows."""
    properties = _properties(schema)
    name = _parameter(schema) or COMMANDS[0]
    lists = kind == "local_shell" or "array" in _types(properties.get(name))
    filled: dict[str, object] = {name: [*_WRAP, line] if lists else line}
    required = schema.get("required")
    for other in required if isinstance(required, list) else []:
        filled.setdefault(str(other), _simplest(properties.get(str(other))))
    return filled


def _parameter(schema: Mapping[str, object]) -> str | None:
    properties = _properties(schema)
    return next((name for name in COMMANDS if name in properties), None)


def _properties(schema: Mapping[str, object]) -> Mapping[str, object]:
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


def _types(schema: object) -> tuple[str, ...]:
    kind = schema.get("type") if isinstance(schema, dict) else None
    kinds = kind if isinstance(kind, list) else [kind]
    return tuple(str(one).lower() for one in kinds if one)  # Gemini writes STRING


def _simplest(schema: object) -> object:
    if isinstance(schema, dict):
        for named in ("default", "const"):
            if named in schema:
                value: object = schema[named]
                return value
        if isinstance(choices := schema.get("enum"), list) and choices:
            first: object = choices[0]
            return first
    kinds = _types(schema)
    if "integer" in kinds or "number" in kinds:
        least = schema.get("minimum") if isinstance(schema, dict) else None
        return least if isinstance(least, int | float) else 1
    simple: dict[str, object] = {"boolean": False, "array": [], "object": {}, "null": None}
    return next((simple[kind] for kind in kinds if kind in simple), "scripted")
