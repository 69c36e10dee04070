"""The HTTP contract, compiled: each operation with validators for what comes in and what goes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import quote

import jsonschema_rs

from windlass.contracts.document import OPENAPI, ContractBroken, Document, load_document
from windlass.contracts.model import Answer, Body, Operation, Parameter, ToolSchemas
from windlass.contracts.schemas import standalone

METHODS: Final = ("get", "put", "post", "delete", "patch")
BODY_MAX: Final = 1024 * 1024
"""Bytes of a body, unless the operation says otherwise."""
PLACES: Final = ("path", "query", "header")

_NAME: Final = "urn:windlass:contract"


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract and its operations by id."""

    document: Document
    operations: Mapping[str, Operation]

    def tool_schemas(self) -> Mapping[str, ToolSchemas]:
        """Arguments and answer of every tool, by the tool's name."""
        found = {}
        for one in self.operations.values():
            if one.is_tool and one.body is not None:
                schemas = self.document.schemas
                found[one.path.rpartition("/")[2]] = ToolSchemas(
                    standalone(one.body.model, schemas), standalone(f"{one.body.model}Answer", schemas)
                )
        return found


@cache
def load_contract() -> Contract:
    """The contract this windlass keeps; read and compiled once per process."""
    return compile_contract(load_document(OPENAPI))


def compile_contract(document: Document) -> Contract:
    """Compile a document; ContractBroken names the first thing in it that cannot be right."""
    made = _Compiler(document)
    operations: dict[str, Operation] = {}
    for path, methods in document.tree["paths"].items():
        for method in METHODS:
            if method in methods:
                one = made.operation(path, method)
                if one.id in operations:
                    raise ContractBroken(f"operation {one.id!r} is there twice")
                operations[one.id] = one
    return Contract(document, operations)


class _Compiler:
    """Turns parts of one document into what requests and answers are held against."""

    def __init__(self, document: Document) -> None:
        self._tree = document.tree
        self._registry = jsonschema_rs.Registry(
            [(_NAME, dict(document.tree))], draft=jsonschema_rs.Draft202012
        )
        self._made: dict[str, Any] = {}

    def operation(self, path: str, method: str) -> Operation:
        at = f"#/paths/{_step(path)}/{method}"
        told = self._tree["paths"][path][method]
        parameters = [
            self._found(one, f"{at}/parameters/{n}") for n, one in enumerate(told.get("parameters", ()))
        ]
        actions = told.get("x-windlass-action", ())
        security = tuple(frozenset(one) for one in told.get("security", self._tree.get("security", ())))
        if security and not actions:
            raise ContractBroken(f"{method} {path} asks who is calling and names no right")
        return Operation(
            id=told["operationId"], method=method.upper(), path=path, summary=told["summary"],
            actions=(actions,) if isinstance(actions, str) else tuple(actions), security=security,
            parameters=tuple(self._parameter(one) for one, _ in parameters),
            checks={place: self._together(parameters, place) for place in PLACES},
            body=self._body(told, at), answers=self._answers(told, at),
            stream=told.get("x-windlass-stream") is True,
        )  # fmt: skip

    def _parameter(self, told: Mapping[str, Any]) -> Parameter:
        schema, _ = self._found(told["schema"], "")
        many = schema.get("type") == "array"
        inner, _ = self._found(schema["items"], "") if many else (schema, "")
        return Parameter(
            told["name"], told["in"], told.get("required") is True, inner.get("type", "string"), many,
            schema.get("default"),
        )  # fmt: skip

    def _together(self, parameters: Sequence[tuple[Any, str]], place: str) -> Any:
        mine = [(one, at) for one, at in parameters if one["in"] == place]
        schema = {
            "type": "object",
            "properties": {one["name"]: _reference(f"{at}/schema") for one, at in mine},
            "required": [one["name"] for one, _ in mine if one.get("required")],
            "additionalProperties": False,
        }
        return self._validator(schema)

    def _body(self, told: Mapping[str, Any], at: str) -> Body | None:
        if "requestBody" not in told:
            return None
        ((media_type, content),) = told["requestBody"]["content"].items()
        size = told.get("x-windlass-body-max", BODY_MAX)
        if media_type != "application/json":
            return Body(media_type, size, "", None)
        name = content["schema"]["$ref"].rpartition("/")[2]
        return Body(media_type, size, name, self._at(f"#/components/schemas/{name}"))

    def _answers(self, told: Mapping[str, Any], at: str) -> Mapping[int, Answer]:
        found = {}
        for status, one in told["responses"].items():
            response, place = self._found(one, f"{at}/responses/{status}")
            headers = {
                name: self._found(header, f"{place}/headers/{_step(name)}")
                for name, header in response.get("headers", {}).items()
            }
            found[int(status)] = Answer(
                int(status),
                {media: self._content(media, place) for media in response.get("content", {})},
                {name.lower(): self._at(f"{where}/schema") for name, (_, where) in headers.items()},
                frozenset(name.lower() for name, (header, _) in headers.items() if header.get("required")),
            )
        return found

    def _content(self, media: str, place: str) -> Any:
        return self._at(f"{place}/content/{_step(media)}/schema") if media.endswith("json") else None

    def _found(self, told: Mapping[str, Any], at: str) -> tuple[Mapping[str, Any], str]:
        """Follow a reference: what is there, and where it stands."""
        while "$ref" in told:
            at = told["$ref"]
            told = self._tree
            for step in at.removeprefix("#/").split("/"):
                told = told[step.replace("~1", "/").replace("~0", "~")]
        return told, at

    def _at(self, pointer: str) -> Any:
        """The validator of the schema at this place of the document."""
        if pointer not in self._made:
            self._made[pointer] = self._validator(_reference(pointer))
        return self._made[pointer]

    def _validator(self, schema: dict[str, Any]) -> Any:
        return jsonschema_rs.Draft202012Validator(
            schema, registry=self._registry, validate_formats=True, mask="the value", offline=True,
            pattern_options=jsonschema_rs.RegexOptions(),
        )  # fmt: skip


def _reference(pointer: str) -> dict[str, Any]:
    return {"$ref": f"{_NAME}#{quote(pointer.removeprefix('#'), safe='/~')}"}


def _step(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
