"""Make what contracts are held against: `scripts/meta_schemas.py OPENAPI ASYNCAPI`, two unpacked packages.

OPENAPI is the folder `openapi_spec_validator` of that distribution (0.9.0), ASYNCAPI the folder `package` of
the npm package `@asyncapi/specs` (6.11.1); both carry the schemas of the standards' own bodies, under
Apache-2.0. What only explains is left out; so are the bindings of AsyncAPI, nine tenths of it.
"""

import json
import sys
from pathlib import Path
from typing import Any

INTO = Path(__file__).parents[1] / "src/windlass/papers/schemas"
WORDS = {"description", "title", "examples", "example", "$comment", "format", "default"}
NAMES = {"properties", "patternProperties", "definitions", "$defs", "dependentSchemas"}
DATA = {"enum", "const", "required", "type"}
SPARED = ("bindings-", "extensions-")
OPEN_VERSIONS = {"2.0": "swagger-2", "3.0": "openapi-3.0", "3.1": "openapi-3.1", "3.2": "openapi-3.2"}
ASYNC_VERSIONS = {
    "2.6.0": ("asyncapi-2", r"^2\.[0-6]\.[0-9]+$"), "3.1.0": ("asyncapi-3", r"^3\.[01]\.[0-9]+$"),
}  # fmt: skip


def bare(schema: Any) -> Any:
    """A schema without its words and bindings."""
    if isinstance(schema, list):
        return [bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if str(schema.get("$ref", "")).startswith(tuple(f"#/definitions/{one}" for one in SPARED)):
        return {}
    made = {}
    for key, value in schema.items():
        if key in DATA:
            made[key] = value
        elif key in NAMES:
            made[key] = {name: bare(one) for name, one in value.items() if not name.startswith(SPARED)}
        elif key not in WORDS:
            made[key] = bare(value)
    return made


def reached(schema: dict[str, Any]) -> dict[str, Any]:
    """Without the definitions that nothing leads to any more."""
    found, waiting = set[str](), [{key: value for key, value in schema.items() if key != "definitions"}]
    while waiting:
        text = json.dumps(waiting.pop())
        for name in schema.get("definitions", {}):
            if name not in found and f'"#/definitions/{name}' in text:
                found.add(name)
                waiting.append(schema["definitions"][name])
    kept = {name: one for name, one in schema.get("definitions", {}).items() if name in found}
    return {**schema, "definitions": kept} if kept else schema


def write(name: str, schema: dict[str, Any]) -> None:
    (INTO / f"{name}.json").write_text(json.dumps(schema, sort_keys=True, separators=(",", ":")) + "\n")


def main(openapi: Path, asyncapi: Path) -> None:
    for version, name in OPEN_VERSIONS.items():
        told = json.loads((openapi / "resources/schemas" / f"v{version}" / "schema.json").read_text())
        write(name, bare(told))
    for version, (name, pattern) in ASYNC_VERSIONS.items():
        told = json.loads((asyncapi / "schemas" / f"{version}-without-$id.json").read_text())
        for binding in [one for one in told["definitions"] if one.endswith("BindingsObject")]:
            told["definitions"][binding] = {"type": "object", "not": {"required": ["$ref"]}}
        made = bare(told)
        made["properties"]["asyncapi"] = {"type": "string", "pattern": pattern}
        write(name, reached(made))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
