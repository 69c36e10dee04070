#!/usr/bin/env python3
"""Write the pages of docs/reference that follow from the contracts and the table of figures.

    .venv/bin/python scripts/docs_contracts.py            # write them
    .venv/bin/python scripts/docs_contracts.py --check    # exit 1 and name the pages that are stale
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import reference_pages
import yaml

from windlass.learn.flow import Facts, readings
from windlass.mesh import TOOLS
from windlass.web.metrics import meaning, name_of

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- Written by scripts/docs_contracts.py; change the contract, then run it again. -->"
METHODS = ("get", "put", "post", "patch", "delete")
DEPTH_MAX = 3
HTTP = """
What a server answers (`windlass serve`), from [contracts/openapi.yaml](../../contracts/openapi.yaml), which
it also serves as `/openapi.json` and `/openapi.yaml`. Every request and every answer is held against it.
*Right* is what the caller must be allowed to do: see [rights](rights.md).
"""
TOOLS_TEXT = """
The same fourteen over MCP (streamable HTTP at `/mcp`, or `windlass mcp serve` on standard input), over HTTP
(`POST /v1/tools/NAME`) and as `windlass task …`: one implementation, the same errors. Over MCP the
idempotency key is the argument `idempotency_key`, over HTTP the header `Idempotency-Key`, on the command line
`--key`. Members marked * are required.
"""
STREAM = """
What happens, as it happens, from [contracts/asyncapi.yaml](../../contracts/asyncapi.yaml): `GET /v1/events`
as server-sent events, `/v1/ws` as a WebSocket, both with the same messages.
"""
METRICS = """
Health, quality and flow of the mesh, computed from tables and events when they are asked for: under
`windlass status`, as `metrics` in `windlass status --json`, and on `/metrics` for Prometheus with the label
`repository`. Rates and durations look back seven days. What nobody measured is `null` with the reason in
`why`, and has no sample in Prometheus; `windlass_unknown{figure="…"}` names it.

Every server of a database gives the same figures: take the maximum over servers, never the sum.
"""


def contract(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "contracts" / name).read_text(encoding="utf-8"))
    return found


def http() -> str:
    tree = contract("openapi.yaml")
    lines = ["# HTTP", "", MADE, "", *HTTP.strip().splitlines(), ""]
    lines += tree["info"]["description"].strip().splitlines()
    for tag in tree["tags"]:
        lines += ["", f"## {tag['name']}", "", tag["description"]]
        for path, method, operation in operations(tree):
            if operation["tags"] == [tag["name"]]:
                lines += ["", f"### {method.upper()} {path}", "", *told(tree, operation)]
    return "\n".join(lines).rstrip() + "\n"


def operations(tree: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in tree["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, {**item[method], "shared": item.get("parameters", [])}


def told(tree: Mapping[str, Any], operation: Mapping[str, Any]) -> list[str]:
    right = operation.get("x-windlass-action")
    lines = [operation["summary"]]
    lines += ["", operation["description"].strip()] if "description" in operation else []
    lines += ["", f"Right: `{right}`." if right else "Right: none, or what the text says."]
    given = [resolved(tree, one) for one in (*operation["shared"], *operation.get("parameters", ()))]
    rows = [(one["name"], one["in"], kind(tree, one["schema"]), about(tree, one)) for one in given]
    if rows:
        lines += ["", "| parameter | in | value | meaning |", "|---|---|---|---|"]
        lines += [f"| `{name}` | {where} | {value} | {text} |" for name, where, value, text in rows]
    for media, body in operation.get("requestBody", {}).get("content", {}).items():
        lines += ["", f"Sends `{media}`:", "", *members(tree, body["schema"])]
    for status, answer in operation["responses"].items():
        for media, body in resolved(tree, answer).get("content", {}).items():
            if status.startswith("2"):
                lines += ["", f"Answers {status} `{media}`:", "", *members(tree, body.get("schema", {}))]
    errors = ", ".join(status for status in operation["responses"] if not status.startswith("2"))
    return [*lines, "", f"Refusals: {errors}."] if errors else lines


def tools() -> str:
    tree = contract("openapi.yaml")
    lines = ["# Tools", "", MADE, "", *TOOLS_TEXT.strip().splitlines()]
    for tool in TOOLS.values():
        operation = tree["paths"][f"/v1/tools/{tool.name}"]["post"]
        asked = operation["requestBody"]["content"]["application/json"]["schema"]
        given = operation["responses"]["200"]["content"]["application/json"]["schema"]
        words = [f"for {tool.group.value}s" if tool.group.value != "brain" else "for the brain"]
        words += ["reads only"] * tool.read_only + ["cannot be undone"] * tool.destructive
        lines += ["", f"## {tool.name}", "", tool.summary, "", f"*{', '.join(words)}; right `{tool.action}`*"]
        lines += ["", operation["description"].strip(), "", *members(tree, asked), "", "Answer:", ""]
        lines += members(tree, given)
    return "\n".join(lines) + "\n"


def stream() -> str:
    tree = contract("asyncapi.yaml")
    lines = ["# Events as a stream", "", MADE, "", *STREAM.strip().splitlines(), ""]
    lines += tree["info"]["description"].strip().splitlines()
    for channel in tree["channels"].values():
        lines += ["", f"## {channel['title']}: {channel['address']}", "", channel["description"].strip()]
    lines += ["", "## Messages", "", "| message | data | meaning |", "|---|---|---|"]
    for name, message in tree["components"]["messages"].items():
        inside = ", ".join(data(tree, message["payload"])) or "-"
        lines.append(f"| `{name}` | {inside} | {message['summary']} |")
    return "\n".join(lines) + "\n"


def data(tree: Mapping[str, Any], payload: Mapping[str, Any]) -> list[str]:
    """The members of an event's data, or of another message."""
    parts = [resolved(tree, part) for part in payload.get("allOf", [payload])]
    own = [part for part in parts if "kind" in part.get("properties", {})] or parts
    properties = own[-1].get("properties", {})
    inner = resolved(tree, properties["data"]) if "data" in properties else own[-1]
    while "allOf" in inner:
        merged: dict[str, Any] = {}
        for part in inner["allOf"]:
            merged |= resolved(tree, part).get("properties", {})
        inner = {"properties": merged}
    return [f"`{name}`" for name in inner.get("properties", {}) if name not in ("type", "kind")]


def metrics() -> str:
    lines = ["# Figures", "", MADE, "", *METRICS.strip().splitlines()]
    group = ""
    for one in readings(Facts(), 0.0):
        if one.group != group:
            group = one.group
            lines += ["", f"## {group}", "", "| figure | for Prometheus | what it is | computed from |"]
            lines += ["|---|---|---|---|"]
        label = f'{{quantile="{one.quantile:g}"}}' if one.quantile else ""
        lines.append(f"| `{one.key}` | `{name_of(one)}{label}` | {meaning(one)} | {one.source} |")
    return "\n".join(lines) + "\n"


def members(tree: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    found = resolved(tree, schema)
    if "properties" not in found:
        return [kind(tree, schema)]
    must = set(found.get("required", ()))
    rows = [
        f"| `{name}`{'*' if name in must else ''} | {kind(tree, one)} | {about(tree, one)} |"
        for name, one in found["properties"].items()
    ]
    return ["| member | value | meaning |", "|---|---|---|", *rows]


def resolved(tree: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = tree
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return dict(part)


def kind(tree: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> str:
    """A value in words: `text`, `number 0..30`, `list of text`, `one of …`, or the name of an object."""
    found = resolved(tree, schema)
    if depth > DEPTH_MAX:
        return "any JSON"
    for word in ("oneOf", "anyOf"):
        if word in found:
            return " or ".join(dict.fromkeys(kind(tree, one, depth + 1) for one in found[word]))
    if "allOf" in found:
        return kind(tree, found["allOf"][0], depth + 1)
    if "const" in found:
        return f"`{found['const']}`"
    if "enum" in found:
        return "one of " + ", ".join(f"`{one}`" for one in found["enum"])
    types = found.get("type", "any value")
    names = [NAMES.get(one, one) for one in (types if isinstance(types, list) else [types])]
    if "array" in (types if isinstance(types, list) else [types]):
        names[0] = f"list of {kind(tree, found.get('items', {}), depth + 1)}"
    if names[0] == "object" and "$ref" in schema:
        names[0] = schema["$ref"].rpartition("/")[2]
    return " or ".join(names) + bounds(found)


NAMES = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "null"}


def bounds(found: Mapping[str, Any]) -> str:
    low = found.get("minimum", found.get("exclusiveMinimum"))
    high = found.get("maximum")
    if (low is None and high is None) or (isinstance(high, int) and high > 2**50):
        return ""
    return f" {low if low is not None else ''}..{high if high is not None else ''}"


def about(tree: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    text = part.get("description") or resolved(tree, part).get("description", "")
    return " ".join(str(text).split()).replace("|", "\\|")


PAGES: Mapping[str, Callable[[], str]] = {
    "http.md": http, "tools.md": tools, "stream.md": stream, "metrics.md": metrics,
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(reference_pages.main(PAGES, "docs_contracts.py", __doc__ or "", sys.argv[1:]))
