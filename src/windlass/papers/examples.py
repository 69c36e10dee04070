"""Whether examples and defaults fit the schemas they are told for. Where nobody can say, nothing is said."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from windlass.papers import holding
from windlass.papers.references import Elsewhere, Missing, Shelf, nodes, references
from windlass.papers.text import Paper, Steps

EXAMPLES_MAX: Final = 2_000
FILES_MAX: Final = 200
"""Files that schemas of one document may be spread over."""
HOME: Final = "https://tree.invalid/"
"""Where the tree would be if it had an address; nothing is ever asked there."""
DIALECTS: Final = {
    "swagger-2": "draft-4", "openapi-3.0": "draft-4", "openapi-3.1": "draft-2020-12",
    "openapi-3.2": "draft-2020-12", "asyncapi-2": "draft-7", "asyncapi-3": "draft-7",
}  # fmt: skip
"""What the schemas of a standard are written in."""
_SCHEMA_WORDS: Final = frozenset({
    "type", "properties", "items", "allOf", "anyOf", "oneOf", "enum", "format", "pattern", "minimum",
    "maximum",    "minLength", "maxLength", "const", "additionalProperties", "required",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """`steps`: where it stands; `schema`: where what it has to fit stands."""

    steps: Steps
    value: Any
    schema: Steps


def misfits(shelf: Shelf, paper: Paper, kind: str) -> Iterator[tuple[Steps, str]]:
    """Every example that does not fit, with its place and why."""
    draft = DIALECTS.get(kind, kind)
    found = list(_examples(paper.value))[:EXAMPLES_MAX]
    if not found:
        return
    papers = spread(shelf, paper)
    plain = draft == "draft-4" and kind != draft
    values = {f"{HOME}{quote(one.path)}": lenient(one.value, nullable=plain) for one in papers}
    known = holding.registry(values, draft)
    for one in found:
        where = address(paper, one.schema)
        try:
            why = holding.misfit({"$ref": where}, draft, one.value, known)
            if why and isinstance(one.value, str):  # a text that is JSON may be meant as what it says
                why = holding.misfit({"$ref": where}, draft, _said(one.value), known)
        except ValueError:
            continue
        if why and not (one.value is None and _nullable(paper.value, one.schema)):
            yield one.steps, why


def spread(shelf: Shelf, paper: Paper, *, most: int = FILES_MAX) -> list[Paper]:
    """The document and what it refers to inside of the tree: not many more files than `most`."""
    found, waiting = {paper.path: paper}, [paper]
    while waiting and len(found) <= most:
        one = waiting.pop()
        for _, ref in references(one.value):
            try:
                place = shelf.find(one, ref)
            except (Elsewhere, Missing):
                continue
            if place.paper.path not in found:
                found[place.paper.path] = place.paper
                waiting.append(place.paper)
    return list(found.values())


def _examples(root: Any) -> Iterator[Example]:
    for steps, node in nodes(root):
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("schema"), dict):  # a parameter, a header, or what one media type holds
            if _speaks_json(steps):
                yield from _of_holder(steps, node)
        elif _SCHEMA_WORDS & node.keys() and "$ref" not in node:
            yield from _of_schema(steps, node)
        if isinstance(node.get("payload"), dict) and isinstance(node.get("examples"), list):
            for number, one in enumerate(node["examples"]):
                if isinstance(one, dict) and "payload" in one and "schemaFormat" not in node:
                    place = (*steps, "examples", number, "payload")
                    yield Example(place, one["payload"], (*steps, "payload"))


def _of_holder(steps: Steps, node: dict[str, Any]) -> Iterator[Example]:
    schema = (*steps, "schema")
    if "example" in node:
        yield Example((*steps, "example"), node["example"], schema)
    several = node.get("examples")
    for name, one in several.items() if isinstance(several, dict) else ():
        if isinstance(one, dict) and "value" in one:
            yield Example((*steps, "examples", name, "value"), one["value"], schema)


def _of_schema(steps: Steps, node: dict[str, Any]) -> Iterator[Example]:
    if not isinstance(node.get("type"), str | list | None) or isinstance(node.get("in"), str):
        return
    for key in ("default", "example"):
        if key in node:
            yield Example((*steps, key), node[key], steps)
    several = node.get("examples")
    for number, one in enumerate(several) if isinstance(several, list) else ():
        yield Example((*steps, "examples", number), one, steps)


def _speaks_json(steps: Steps) -> bool:
    """Whether what stands here is, if it is about a media type, about one whose examples are values."""
    return len(steps) < 2 or steps[-2] != "content" or "json" in str(steps[-1])


def _said(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def lenient(value: Any, *, nullable: bool) -> Any:
    """The same without what is asked of one direction alone: a request has no answer's members. With
    `nullable`, what OpenAPI 3.0 and Swagger write in words of their own is put in those of draft 4.
    """
    if isinstance(value, list):
        return [lenient(one, nullable=nullable) for one in value]
    if not isinstance(value, dict):
        return value
    made = {key: lenient(one, nullable=nullable) for key, one in value.items()}
    members, required = made.get("properties"), made.get("required")
    if isinstance(members, dict) and isinstance(required, list):
        made["required"] = [name for name in required if not _one_way(members.get(str(name)))]
        if not made["required"]:
            del made["required"]
    if nullable and made.get("type") == "file":
        del made["type"]
    if nullable and made.get("nullable") is True:
        if isinstance(made.get("type"), str):
            made["type"] = [made["type"], "null"]
        if isinstance(made.get("enum"), list):
            made["enum"] = [*made["enum"], None]
        for key in ("allOf", "anyOf", "oneOf"):
            made.pop(key, None)
    return made


def _one_way(member: Any) -> bool:
    return isinstance(member, dict) and (member.get("readOnly") is True or member.get("writeOnly") is True)


def _nullable(root: Any, steps: Steps) -> bool:
    for step in steps:
        root = root[step]
    return isinstance(root, dict) and root.get("nullable") is True


def address(paper: Paper, steps: Steps) -> str:
    """What a place is called in a registry of papers."""
    words = (str(one).replace("~", "~0").replace("/", "~1") for one in steps)
    fragment = quote("".join(f"/{word}" for word in words), safe="/~")
    return f"{HOME}{quote(paper.path)}#{fragment}"
